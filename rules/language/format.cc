#include "rules/language/format.h"

#include <algorithm>
#include <array>

#include "rules/language/format_line.h"

namespace lamplight::rules {
namespace {

struct Comment {
  std::string text;  // with its "#"
  bool blank_before = false;
};

// A token with the comments that stand before it on lines of their own, and the one behind it.
struct Commented {
  Token token;
  std::vector<Comment> before;
  std::string behind;
  bool blank_before = false;
};

// A declaration; of an alarm its head, its rank, a clause, its `end`.
struct Element {
  std::vector<Token> tokens;
  std::vector<Comment> before;
  std::string behind;
  bool blank_before = false;  // between the last comment and the first token
  size_t order = 0;           // of clauses
};

constexpr std::array<std::string_view, 12> kClauses = {"when",    "clear",    "worsens", "never",
                                                       "latch",   "unknown",  "say",     "do",
                                                       "because", "escalate", "remind",  "notify"};
constexpr std::array<std::string_view, 8> kDeclarations = {"roles", "signal", "button", "profile",
                                                           "limit", "let",    "alarm",  "inhibit"};

template <size_t N>
bool is_one_of(const Token& t, const std::array<std::string_view, N>& words) {
  return t.kind == TokenKind::word && std::find(words.begin(), words.end(), t.text) != words.end();
}

// What stands between two tokens: white space and comments.
class Gap {
 public:
  Gap(std::string_view text, bool begins_text) : text_(text), on_own_line_(begins_text) {
    size_t line_ends = 0;
    for (size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\n') {
        ++line_ends;
        on_own_line_ = true;
      }
      if (text_[i] != '#') continue;
      size_t end = std::min(text_.find('\n', i), text_.size());
      const size_t next = end - 1;
      while (end > i && (text_[end - 1] == ' ' || text_[end - 1] == '\t' || text_[end - 1] == '\r'))
        --end;
      take(std::string(text_.substr(i, end - i)), line_ends > 1);
      line_ends = 0;
      i = next;
    }
    ends_blank_ = line_ends > 1;
  }

  std::string behind;          // the comment in the line of the token before
  std::vector<Comment> lines;  // those on lines of their own
  bool ends_blank() const { return ends_blank_; }

 private:
  void take(std::string comment, bool blank_before) {
    if (on_own_line_) {
      lines.push_back({std::move(comment), blank_before});
    } else {
      behind = std::move(comment);
    }
  }

  std::string_view text_;
  bool on_own_line_;
  bool ends_blank_ = false;
};

// All tokens; the last is the end of the text.
std::vector<Commented> read(const std::string& text) {
  std::vector<Commented> out;
  Lexer lexer(text, {}, text.size());
  size_t end = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  do {
    const Token token = lexer.next();
    Gap gap(std::string_view(text).substr(end, token.at.offset - end), out.empty());
    if (!out.empty()) out.back().behind = std::move(gap.behind);
    out.push_back({token, std::move(gap.lines), "", gap.ends_blank()});
    end = token.at.offset + token.text.size();
  } while (out.back().token.kind != TokenKind::end);
  return out;
}

class Formatter {
 public:
  explicit Formatter(const std::string& text) : tokens_(read(text)) {}

  std::string run() {
    print(element(next_declaration(0)), 0, false);  // rules 1 "…"
    while (at_ + 1 < tokens_.size()) declaration();
    Element rest = element(tokens_.size());  // the comments at the end
    rest.tokens.clear();
    if (!rest.before.empty()) print(rest, 0, was_alarm_ && !rest.before[0].blank_before);
    return std::move(out_);
  }

 private:
  bool begins_declaration(size_t i) const {
    const Token& t = tokens_[i].token;
    if (t.kind == TokenKind::end || is_one_of(t, kDeclarations)) return true;
    if (t.kind != TokenKind::word || t.text != "lost") return false;
    // `is lost`, `inhibit lost x`, `, lost x`
    const std::string_view before = i == 0 ? "" : tokens_[i - 1].token.text;
    return before != "is" && before != "not" && before != "inhibit" && before != ",";
  }

  size_t next_declaration(size_t from) const {
    size_t i = from + 1;
    while (!begins_declaration(i)) ++i;
    return i;
  }

  // The tokens up to `end`; comments from within go before it.
  Element element(size_t end) {
    Element out;
    out.blank_before = tokens_[at_].blank_before;
    for (const size_t first = at_; at_ < end; ++at_) {
      Commented& t = tokens_[at_];
      for (Comment& c : t.before) {
        out.before.push_back({std::move(c.text), at_ == first && c.blank_before});
      }
      if (at_ != first && !t.before.empty()) out.blank_before = false;
      out.tokens.push_back(t.token);
      if (at_ + 1 == end) {
        out.behind = std::move(t.behind);
      } else if (!t.behind.empty()) {
        out.before.push_back({std::move(t.behind), false});
        out.blank_before = false;
      }
    }
    return out;
  }

  void print(const Element& e, size_t indent, bool force_blank) {
    bool first = true;
    const auto blank = [&](bool wanted) {
      if ((wanted || (first && force_blank)) && !out_.empty()) out_ += "\n";
      first = false;
    };
    for (const Comment& c : e.before) {
      blank(c.blank_before);
      out_ += std::string(indent, ' ') + c.text + "\n";
    }
    if (e.tokens.empty()) return;
    blank(e.blank_before);
    out_ += lay_out(e.tokens, indent) + (e.behind.empty() ? "" : "  " + e.behind) + "\n";
  }

  void declaration() {
    const bool is_alarm = tokens_[at_].token.text == "alarm";
    const size_t end = next_declaration(at_);
    if (is_alarm) {
      alarm(end);
    } else {
      print(element(end), 0, was_alarm_);
    }
    was_alarm_ = is_alarm;
  }

  bool begins_clause(size_t i) const {
    const Token& t = tokens_[i].token;
    if (!is_one_of(t, kClauses)) return false;
    const std::string_view before = tokens_[i - 1].token.text;
    return t.text != "when" || (before != "clear" && before != "worsens");
  }

  void alarm(size_t end) {
    print(element(at_ + 3), 0, true);          // alarm ID STRING
    print(without_blanks(at_ + 4), 2, false);  // severity … onset …
    std::vector<Element> clauses;
    while (at_ + 1 < end) {
      size_t next = at_ + 1;
      while (next + 1 < end && !begins_clause(next)) ++next;
      const auto* word = std::find(kClauses.begin(), kClauses.end(), tokens_[at_].token.text);
      clauses.push_back(without_blanks(next));
      clauses.back().order = static_cast<size_t>(word - kClauses.begin());
    }
    std::stable_sort(clauses.begin(), clauses.end(),
                     [](const Element& a, const Element& b) { return a.order < b.order; });
    for (const Element& clause : clauses) print(clause, 2, false);
    Element last = without_blanks(end);
    for (const Comment& c : last.before) out_ += "  " + c.text + "\n";
    last.before.clear();
    print(last, 0, false);
  }

  Element without_blanks(size_t end) {
    Element out = element(end);
    out.blank_before = false;
    for (Comment& c : out.before) c.blank_before = false;
    return out;
  }

  std::vector<Commented> tokens_;
  size_t at_ = 0;
  std::string out_;
  bool was_alarm_ = false;
};

}  // namespace

Formatted format_rules(const SourceText& source) {
  Formatted out;
  out.diagnostics = parse_rules(source).diagnostics;
  if (!has_errors(out.diagnostics)) out.text = Formatter(source.text).run();
  return out;
}

}  // namespace lamplight::rules
