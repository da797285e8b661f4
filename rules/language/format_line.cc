#include "rules/language/format_line.h"

#include <algorithm>
#include <array>

#include "rules/model/text.h"

namespace lamplight::rules {
namespace {

// A word of the line, with what stands right before it.
struct Word {
  std::string text;
  bool space_before = false;
  bool may_break = false;
  size_t depth = 0;  // parentheses and lists around a possible break
};

bool is_symbol(const Token& t, std::string_view text) {
  return t.kind == TokenKind::symbol && t.text == text;
}
bool is_word(const Token& t, std::string_view text) {
  return t.kind == TokenKind::word && t.text == text;
}

// What a text stays beside, however long it is.
bool says(const Token& t) { return t.text == "say" || t.text == "do" || t.text == "because"; }

bool is_value(const Token& t) {
  if (t.kind == TokenKind::number || t.kind == TokenKind::unit || is_symbol(t, ")")) return true;
  return t.kind == TokenKind::word && (!is_reserved(t.text) || t.text == "valid");
}

class Layout {
 public:
  explicit Layout(const std::vector<Token>& tokens) {
    is_lost_ = !tokens.empty() && is_word(tokens.front(), "lost");
    for (size_t i = 0; i < tokens.size(); ++i) add(tokens, i);
  }

  std::string lines(size_t indent) const {
    std::string out(indent, ' ');
    for (size_t from = 0; from < words_.size();) {
      const size_t room = kColumnsMax - (from == 0 ? indent : indent + 2);
      const size_t to = end_of_line(from, room);
      if (from != 0) out += "\n" + std::string(indent + 2, ' ');
      for (size_t i = from; i < to; ++i) {
        if (i != from && words_[i].space_before) out += ' ';
        out += words_[i].text;
      }
      from = to;
    }
    return out;
  }

 private:
  void add(const std::vector<Token>& tokens, size_t i) {
    const Token& t = tokens[i];
    Word word;
    word.text = std::string(t.text);
    if (is_symbol(t, ")")) --depth_;
    word.depth = depth_;
    if (i > 0) {
      word.space_before = has_space(tokens[i - 1], t, i > 1 ? &tokens[i - 2] : nullptr);
      word.may_break = word.space_before && may_break(tokens[i - 1], t);
      if (is_symbol(tokens[i - 1], ",")) ++word.depth;
    }
    if (is_word(t, "between")) between_.push_back(depth_);
    if (is_symbol(t, "(")) ++depth_;
    words_.push_back(std::move(word));
  }

  bool has_space(const Token& before, const Token& t, const Token* two_before) const {
    for (const char* tight : {",", ")", "}", ".."}) {
      if (is_symbol(t, tight)) return false;
    }
    for (const char* tight : {"(", "{", ".."}) {
      if (is_symbol(before, tight)) return false;
    }
    if (is_symbol(t, ":")) return !is_lost_;
    const bool is_sign =
        is_symbol(before, "-") && (two_before == nullptr || !is_value(*two_before));
    return !is_sign;
  }

  bool may_break(const Token& before, const Token& t) {
    if (is_symbol(before, ",")) return true;
    if (t.kind == TokenKind::string) return before.kind != TokenKind::word || !says(before);
    if (is_word(t, "and") && !between_.empty() && between_.back() == depth_) {
      between_.pop_back();
      return false;
    }
    if (is_word(t, "severity")) return is_symbol(before, ":");
    static constexpr std::array<std::string_view, 9> kBefore = {
        "and", "or", "from", "every", "allowed", "by", "do", "escalate", "while"};
    return t.kind == TokenKind::word &&
           std::find(kBefore.begin(), kBefore.end(), t.text) != kBefore.end();
  }

  // One past the last word of the line that begins at `from`: the least nested break, the latest
  // of them; without one, up to the next that comes.
  size_t end_of_line(size_t from, size_t room) const {
    size_t width = 0;
    size_t best = words_.size();
    bool found = false;
    for (size_t i = from; i < words_.size(); ++i) {
      const bool is_break = i > from && words_[i].may_break;
      if (is_break && (!found || words_[i].depth <= words_[best].depth)) {
        best = i;
        found = true;
      }
      width += (i > from && words_[i].space_before ? 1 : 0) + count_characters(words_[i].text);
      if (width > room && found) return best;
    }
    return words_.size();
  }

  std::vector<Word> words_;
  std::vector<size_t> between_;  // depths at which an `and` belongs to a `between`
  size_t depth_ = 0;
  bool is_lost_ = false;
};

}  // namespace

std::string lay_out(const std::vector<Token>& tokens, size_t indent) {
  return Layout(tokens).lines(indent);
}

}  // namespace lamplight::rules
