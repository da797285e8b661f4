#include "gateway/config/tree.h"

#include <algorithm>
#include <optional>

#define TOML_EXCEPTIONS 0
#include "drivers/sdk/guarded_toml.h"
#include "rules/model/text.h"

namespace lamplight::config {
namespace {

Position position_of(const toml::source_region& region) {
  return {.line = std::max<uint32_t>(1, region.begin.line),
          .column = std::max<uint32_t>(1, region.begin.column)};
}

Node converted(const toml::node& from);

void convert_table(const toml::table& from, Node& to) {
  to.kind = Kind::table;
  for (const auto& [key, value] : from) {
    to.members.push_back({std::string(key.str()), position_of(key.source()), converted(value)});
  }
  // toml++ sorts by key; people read the file from the top.
  std::stable_sort(to.members.begin(), to.members.end(),
                   [](const Member& a, const Member& b) { return a.at < b.at; });
}

// Recursion is bounded by the parser's own limit on nesting (256) and by kKeyDotsMax.
Node converted(const toml::node& from) {
  Node to;
  to.at = position_of(from.source());
  if (const auto* table = from.as_table()) {
    convert_table(*table, to);
  } else if (const auto* list = from.as_array()) {
    to.kind = Kind::list;
    for (const auto& item : *list) to.items.push_back(converted(item));
  } else if (const auto* string = from.as_string()) {
    to.kind = Kind::string;
    to.text = string->get();
  } else if (const auto* integer = from.as_integer()) {
    to.kind = Kind::integer;
    to.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    to.kind = Kind::boolean;
    to.boolean = boolean->get();
  }
  return to;
}

// toml++ descends a dotted key part by part, on the stack, and its own limit does not count them.
// No key of ours has more than two parts.
constexpr int kKeyDotsMax = 8;

// Walks the text as TOML's lexer would: comments and strings hold no keys.
class KeyScan {
 public:
  explicit KeyScan(std::string_view text) : text_(text) {}

  // What toml++ must not be given, if it is there.
  std::optional<Problem> problem() {
    if (auto found = malformed()) return found;
    int dots = 0;
    at_ = text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        if (auto found = misplaced_quote()) return found;
        skip_string(c);
        continue;
      }
      if (c == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_ == text_.size()) break;
      if (auto found = foreign()) return found;
      if (std::string_view("\n=,{}[]").find(text_[at_]) != std::string_view::npos) {
        dots = 0;
        key_ = at_ + 1;
      }
      if (text_[at_] == '.' && ++dots > kKeyDotsMax) {
        return Problem{position(), "this key has too many parts",
                       "no key here has more than two parts, such as `log.level`"};
      }
      ++at_;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

  std::optional<Problem> malformed() {
    for (key_ = 0; key_ < text_.size();) {
      const Character c = character_at(text_, key_);
      if (c.bytes == 0) return Problem{position(), "a byte here is not UTF-8", "save it as UTF-8"};
      key_ += c.bytes;
    }
    key_ = 0;
    return std::nullopt;
  }

  // toml++ looks such a character up in tables, and most of them run into what it calls
  // unreachable.
  std::optional<Problem> foreign() {
    const Character c = character_at(text_, at_);
    if (c.bytes == 1) return std::nullopt;
    key_ = at_;
    const std::string shown(text_.substr(at_, c.bytes));
    return Problem{position(), "not TOML: `" + shown + "` stands outside double quotes",
                   "write text between double quotes, `\"`, as on any keyboard"};
  }

  // Only to us it would begin a text; toml++ reads on as a word, into the same tables.
  std::optional<Problem> misplaced_quote() {
    const bool begins = at_ == 0 || text_.substr(0, at_) == kByteOrderMark ||
                        std::string_view(" \t\r\n=,[{.").find(text_[at_ - 1]) != text_.npos;
    if (begins) return std::nullopt;
    key_ = at_;
    return Problem{position(), "not TOML: a quote stands within a word",
                   "write text between two double quotes, with a blank or `=` before it"};
  }

  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool is_long = text_.substr(at_, 3) == three;
    at_ += is_long ? 3 : 1;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && quote == '"') {
        at_ = std::min(at_ + 2, text_.size());
      } else if (is_long && text_.substr(at_, 3) == three) {
        at_ += 3;  // and up to two more belong to the text
        for (int more = 0; more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) ++at_;
        return;
      } else if (!is_long && (text_[at_] == quote || text_[at_] == '\n')) {
        at_ += text_[at_] == quote ? 1 : 0;
        return;
      } else {
        ++at_;
      }
    }
  }

  Position position() const {
    const std::string_view before = text_.substr(0, key_);
    const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    Position out;
    out.line += static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
    out.column += static_cast<uint32_t>(count_characters(before.substr(line_start)));
    return out;
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t key_ = 0;
};

constexpr std::string_view kHowToWrite =
    "write one `key = value` a line, text in double quotes, a table as [name]";

// Nothing, if toml++ gave up.
std::optional<toml::parse_result> parsed(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const guarded_toml::GaveUp&) {
    return std::nullopt;
  }
}

}  // namespace

std::string_view described(Kind kind) {
  switch (kind) {
    case Kind::string:
      return "a string";
    case Kind::integer:
      return "a whole number";
    case Kind::boolean:
      return "true or false";
    case Kind::table:
      return "a table";
    case Kind::list:
      return "a list";
    case Kind::other:
      return "a number with a fraction or a date";
  }
  return "a value";
}

Node parse_toml(std::string_view text, std::vector<Problem>& problems) {
  Node root;
  root.kind = Kind::table;
  if (auto problem = KeyScan(text).problem()) {
    problems.push_back(*std::move(problem));
    return root;
  }
  const auto result = parsed(text);
  if (!result) {
    const auto gives_up = [](std::string_view part) { return !parsed(part); };
    problems.push_back({{.line = guarded_toml::line_given_up(text, gives_up), .column = 1},
                        "not TOML: this line cannot be read",
                        std::string(kHowToWrite)});
    return root;
  }
  if (!*result) {
    problems.push_back({position_of(result->error().source()),
                        "not TOML: " + std::string(result->error().description()),
                        std::string(kHowToWrite)});
    return root;
  }
  convert_table(result->table(), root);
  return root;
}

}  // namespace lamplight::config
