#include "rules/language/lexer.h"

#include <algorithm>
#include <array>

#include "rules/language/parse.h"
#include "rules/language/unit.h"
#include "rules/model/text.h"

namespace lamplight::rules {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word_character(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

// Sorted, for a binary search.
constexpr std::array<std::string_view, 99> kReserved = {
    "above",      "acknowledged", "after",    "age",     "alarm",    "allowed",   "and",
    "at",         "because",      "below",    "between", "bool",     "button",    "by",
    "change",     "child",        "clear",    "clears",  "count",    "delayed",   "do",
    "drop",       "end",          "escalate", "every",   "excess",   "for",       "forget",
    "fri",        "from",         "gaps",     "held",    "ignoring", "immediate", "inhibit",
    "inhibited",  "irreversible", "is",       "keeps",   "last",     "lasts",     "latch",
    "let",        "limit",        "lost",     "max",     "mean",     "min",       "minor",
    "mon",        "most",         "needs",    "never",   "not",      "notify",    "now",
    "of",         "off",          "on",       "onset",   "or",       "over",      "per",
    "plan",       "profile",      "prompt",   "range",   "reason",   "remind",    "rests",
    "reversible", "rise",         "roles",    "rules",   "sat",      "say",       "severity",
    "share",      "shortfall",    "signal",   "since",   "stale",    "starting",  "step",
    "sun",        "thu",          "time",     "to",      "tue",      "unknown",   "until",
    "up",         "valid",        "wed",      "when",    "while",    "within",    "without",
    "worsens"};

static_assert(std::is_sorted(kReserved.begin(), kReserved.end()));

}  // namespace

bool is_reserved(std::string_view word) {
  return std::binary_search(kReserved.begin(), kReserved.end(), word) || is_unit_name(word);
}

TextProblem find_text_problem(std::string_view text) {
  Position at;
  if (text.size() > kSourceBytesMax) {
    return {"the file is larger than 1 MiB", "split it; a home needs a few kilobytes of rules", at};
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return {"the file is UTF-16", "save it as UTF-8", at};
  }
  for (size_t i = 0; i < text.size();) {
    at.offset = static_cast<uint32_t>(i);
    const size_t length = character_at(text, i).bytes;
    if (length == 0) return {"a byte here is not UTF-8", "save the file as UTF-8", at};
    if (text[i] == '\0') return {"a NUL byte stands here", "remove it; save as UTF-8", at};
    at.column = text[i] == '\n' ? 1 : at.column + 1;
    if (text[i] == '\n') ++at.line;
    i += length;
  }
  return {};
}

Lexer::Lexer(std::string_view text, Position start, size_t end_offset)
    : text_(text), end_(end_offset), at_(start) {
  // A byte order mark of UTF-8 says nothing and has no width.
  if (at_.offset == 0 && text_.starts_with("\xEF\xBB\xBF")) at_.offset = 3;
}

char Lexer::look(size_t ahead) const {
  return at_.offset + ahead < end_ ? text_[at_.offset + ahead] : '\0';
}

void Lexer::advance(size_t bytes) {
  for (size_t i = 0; i < bytes && at_.offset < end_; ++i) {
    const char c = text_[at_.offset++];
    if (c == '\n') {
      ++at_.line;
      at_.column = 1;
      begins_line_ = true;
    } else if (at_.offset >= end_ || !continues_character(text_[at_.offset])) {
      ++at_.column;
    }
  }
}

void Lexer::skip_blank() {
  for (;;) {
    const char c = look();
    if (at_.offset < end_ && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      advance(1);
    } else if (c == '#') {
      while (at_.offset < end_ && look() != '\n') advance(1);
    } else {
      return;
    }
  }
}

Token Lexer::take(TokenKind kind, size_t bytes) {
  Token out;
  out.kind = kind;
  out.at = at_;
  out.begins_line = begins_line_;
  out.text = text_.substr(at_.offset, bytes);
  begins_line_ = false;
  advance(bytes);
  begins_line_ = false;
  after_number_ = kind == TokenKind::number;
  return out;
}

Token Lexer::bad(size_t bytes, std::string_view problem) {
  Token out = take(TokenKind::bad, bytes);
  out.problem = problem;
  return out;
}

bool Lexer::digits(size_t ahead, size_t count) const {
  for (size_t i = 0; i < count; ++i) {
    if (!is_digit(look(ahead + i))) return false;
  }
  return true;
}

size_t Lexer::word_length(size_t ahead) const {
  if (!is_letter(look(ahead))) return 0;
  size_t length = 1;
  while (is_word_character(look(ahead + length))) ++length;
  return length;
}

Token Lexer::number() {
  size_t length = 1;
  while (is_digit(look(length))) ++length;
  if (length == 2 && look(2) == ':' && digits(3, 2) && !is_digit(look(5))) {
    return take(TokenKind::time, 5);
  }
  const bool is_date =
      length == 4 && look(4) == '-' && digits(5, 2) && look(7) == '-' && digits(8, 2);
  if (is_date && !is_digit(look(10))) return take(TokenKind::date, 10);
  if (look(length) == '.' && is_digit(look(length + 1))) {
    length += 2;
    while (is_digit(look(length))) ++length;
  }
  return take(TokenKind::number, length);
}

Token Lexer::word() {
  size_t length = word_length(0);
  const std::string_view first = text_.substr(at_.offset, length);
  if (look(length) == '.' && is_letter(look(length + 1))) {
    while (look(length) == '.' && is_letter(look(length + 1))) {
      length += 1 + word_length(length + 1);
    }
    return take(TokenKind::path, length);
  }
  // Units join without spaces as long as a name of the table follows.
  size_t unit_length = is_unit_name(first) ? length : 0;
  if (first == "breaths" && look(length) == '/' && word_length(length + 1) == 3 &&
      text_.substr(at_.offset, 11) == "breaths/min") {
    unit_length = 11;
  }
  const size_t single = unit_length;
  while (unit_length > 0 && (look(unit_length) == '*' || look(unit_length) == '/')) {
    const size_t more = word_length(unit_length + 1);
    if (more == 0 || !is_unit_name(text_.substr(at_.offset + unit_length + 1, more))) break;
    unit_length += 1 + more;
  }
  const bool is_aggregate = first == "min" && unit_length == single && !after_number_;
  if (unit_length > 0 && !is_aggregate) return take(TokenKind::unit, unit_length);
  return take(TokenKind::word, length);
}

Token Lexer::text_in_quotes() {
  size_t length = 1;
  while (at_.offset + length < end_ && look(length) != '"' && look(length) != '\n' &&
         look(length) != '\r') {
    const auto c = static_cast<unsigned char>(look(length));
    if ((c < 0x20 && c != '\t') || c == 0x7F) {
      return bad(length + 1, "a control character stands in this text");
    }
    ++length;
  }
  if (look(length) != '"') return bad(length, "this text has no closing quote on its line");
  return take(TokenKind::string, length + 1);
}

Token Lexer::symbol() {
  const char c = look();
  const char following = look(1);
  if ((c == '<' || c == '>') && following == '=') return take(TokenKind::symbol, 2);
  if (c == '.' && following == '.') return take(TokenKind::symbol, 2);
  if (std::string_view("{}(),:=<>+-*/").find(c) != std::string_view::npos) {
    return take(TokenKind::symbol, 1);
  }
  size_t length = 1;
  while (at_.offset + length < end_ && static_cast<unsigned char>(look(length)) >= 0x80) ++length;
  return bad(length, "no word, number or sign of the language begins like this");
}

Token Lexer::next() {
  skip_blank();
  if (at_.offset >= end_) return take(TokenKind::end, 0);
  const char c = look();
  if (is_digit(c)) return number();
  if (is_letter(c)) return word();
  if (c == '"') return text_in_quotes();
  return symbol();
}

}  // namespace lamplight::rules
