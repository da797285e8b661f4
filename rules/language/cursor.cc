#include "rules/language/cursor.h"

#include <algorithm>
#include <array>

#include "rules/model/limits.h"
#include "rules/model/text.h"

namespace lamplight::rules {
namespace {

constexpr size_t kDigitsMax = 18;
// A span of more than a year is a slip of the pen; every real bound is far below.
constexpr int64_t kDurationMaxSeconds = 366LL * 24 * 3600;

std::string quoted(std::string_view text) {
  constexpr size_t kShown = 40;
  std::string out = "`" + std::string(text.substr(0, kShown));
  return out + (text.size() > kShown ? "…`" : "`");
}

}  // namespace

std::optional<Decimal> read_decimal(std::string_view text) {
  Decimal out;
  size_t digits = 0;
  bool after_point = false;
  for (const char c : text) {
    if (c == '.') {
      after_point = true;
      continue;
    }
    if (out.digits != 0 || c != '0') ++digits;
    if (digits > kDigitsMax || out.places >= static_cast<int>(kDigitsMax)) return std::nullopt;
    out.digits = out.digits * 10 + (c - '0');
    if (after_point) ++out.places;
  }
  return out;
}

std::optional<Duration> to_duration(Decimal number, const Unit& unit) {
  const auto seconds = multiply(to_ratio(number), unit.scale);
  if (!seconds || compare(*seconds, Ratio::of(kDurationMaxSeconds)) > 0) return std::nullopt;
  const auto ns = multiply(*seconds, Ratio::of(1'000'000'000));
  if (!ns) return std::nullopt;
  const auto count = whole(*ns);
  if (!count) return std::nullopt;
  return Duration{*count};
}

std::string nearest_word(std::string_view word, std::span<const std::string_view> known) {
  constexpr size_t kLengthMax = 40;
  if (word.size() > kLengthMax) return {};
  std::string best;
  size_t best_distance = 1 + std::min<size_t>(3, word.size() / 3 + (word.size() < 3 ? 0 : 1));
  for (const std::string_view candidate : known) {
    if (candidate.size() > kLengthMax) continue;
    std::array<size_t, kLengthMax + 1> row{};
    for (size_t j = 0; j <= candidate.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= candidate.size(); ++j) {
        const size_t replaced = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row[candidate.size()] < best_distance) {
      best_distance = row[candidate.size()];
      best = std::string(candidate);
    }
  }
  return best;
}

std::string unquoted(std::string_view quoted_text) {
  std::string out;
  for (size_t i = 1; i + 1 < quoted_text.size(); ++i) {
    out += quoted_text[i];
    if (quoted_text[i] == '{' && quoted_text[i + 1] == '{') ++i;
  }
  return out;
}

Cursor::Cursor(const SourceText& source, uint16_t file_index, std::vector<Diagnostic>& out)
    : source_(&source),
      out_(&out),
      lexer_(source.text, Position{.file = file_index}, source.text.size()) {
  const TextProblem problem = find_text_problem(source.text);
  if (!problem.problem.empty()) {
    Position at = problem.at;
    at.file = file_index;
    lexer_ = Lexer(source.text, at, 0);
    fail(at, "E0", std::string(problem.problem), std::string(problem.fix));
  }
  token_ = lexer_.next();
}

Cursor::Cursor(const Cursor& outer, Position start, size_t end_offset)
    : source_(outer.source_), out_(outer.out_), lexer_(outer.source_->text, start, end_offset) {
  last_end_ = start;
  token_ = lexer_.next();
}

bool Cursor::exhausted() const {
  return std::count_if(out_->begin(), out_->end(), [](const Diagnostic& d) {
           return d.gravity == Gravity::error;
         }) >= kErrorsMax;
}

std::string_view Cursor::text_between(Position from, Position to) const {
  return std::string_view(source_->text).substr(from.offset, to.offset - from.offset);
}

bool Cursor::is_word(std::string_view word) const {
  return peek().kind == TokenKind::word && peek().text == word;
}

bool Cursor::is_symbol(std::string_view symbol) const {
  return peek().kind == TokenKind::symbol && peek().text == symbol;
}

void Cursor::advance() {
  last_end_ = token_.at;
  last_end_.offset += static_cast<uint32_t>(token_.text.size());
  last_end_.column += static_cast<uint32_t>(count_characters(token_.text));
  token_ = lexer_.next();
}

Token Cursor::take() {
  const Token out = peek();
  if (!panic_ && !at_end()) advance();
  return out;
}

bool Cursor::accept_word(std::string_view word) {
  if (!is_word(word)) return false;
  advance();
  return true;
}

bool Cursor::accept_symbol(std::string_view symbol) {
  if (!is_symbol(symbol)) return false;
  advance();
  return true;
}

std::string Cursor::found() const {
  return token_.kind == TokenKind::end ? "the text ends" : quoted(token_.text) + " stands";
}

void Cursor::report(Position at, std::string_view code, std::string message, std::string fix) {
  if (exhausted()) return;
  out_->push_back(
      diagnose(source_->name, source_->text, at, code, std::move(message), std::move(fix)));
}

void Cursor::fail(Position at, std::string_view code, std::string message, std::string fix) {
  if (panic_) return;
  report(at, code, std::move(message), std::move(fix));
  panic_ = true;
}

void Cursor::fail_here(std::string expected, std::string fix) {
  if (panic_) return;
  if (token_.kind == TokenKind::bad) {
    fail(token_.at, "E0", quoted(token_.text) + ": " + std::string(token_.problem),
         token_.text.starts_with('"') ? "close it with \" on the same line, plain characters inside"
                                      : "remove it, or put it inside a text or a comment");
    return;
  }
  // What is missing is missing where the line before ended.
  const bool line_ended = token_.begins_line && last_end_.line < token_.at.line;
  const bool is_first = last_end_.offset == 0;
  const std::string what = line_ended && !at_end() && !is_first ? "the line ends" : found();
  fail(line_ended && !is_first ? last_end_ : token_.at, "E0",
       what + " here where " + expected + " is expected", std::move(fix));
}

void Cursor::fail_at_start(const Token& first, std::string expected, std::string fix) {
  const bool is_readable = first.kind != TokenKind::bad && first.kind != TokenKind::end;
  if (!is_readable) return fail_here(std::move(expected), std::move(fix));
  fail(first.at, "E0", quoted(first.text) + " stands here where " + expected + " is expected",
       std::move(fix));
}

void Cursor::bound(Position at, std::string_view what, std::string_view text,
                   size_t characters_max) {
  const size_t length = count_characters(text);
  if (length <= characters_max) return;
  report(at, "E10",
         std::string(what) + " has " + std::to_string(length) + " characters, " +
             std::to_string(characters_max) + " allowed",
         "write it in " + std::to_string(characters_max) + " characters or fewer");
}

void Cursor::expect_word(std::string_view word) {
  if (!accept_word(word)) fail_here(quoted(word), "write " + quoted(word) + " here");
}

void Cursor::expect_symbol(std::string_view symbol) {
  if (!accept_symbol(symbol)) fail_here(quoted(symbol), "write " + quoted(symbol) + " here");
}

Token Cursor::expect_token(TokenKind kind, std::string_view what, std::string_view fix) {
  if (peek().kind == kind) return take();
  fail_here(std::string(what), std::string(fix));
  return stop_;
}

ast::Name Cursor::expect_name(std::string_view what) {
  const Token& t = peek();
  const bool reserved =
      t.kind == TokenKind::unit || (t.kind == TokenKind::word && is_reserved(t.text));
  if (reserved) {
    fail(t.at, "E0",
         quoted(t.text) + " is a word of the language and cannot be " + std::string(what),
         "choose another name, such as " + quoted("my_" + std::string(t.text)));
    return {};
  }
  const Token name = expect_token(TokenKind::word, what, "write " + std::string(what) + " here");
  if (!panic_) bound(name.at, what, name.text, limits::kNameCharsMax);
  return {std::string(name.text), name.at};
}

std::string Cursor::expect_string(std::string_view what, size_t characters_max) {
  const Token token = expect_token(TokenKind::string, what, "write it between quotes: \"…\"");
  std::string out = unquoted(token.text);
  if (!panic_) bound(token.at, what, out, characters_max);
  return out;
}

Decimal Cursor::expect_decimal(std::string_view what) {
  const Token number = expect_token(TokenKind::number, what, "write a number here");
  if (panic_) return {};
  const auto out = read_decimal(number.text);
  if (!out) {
    fail(number.at, "E10", quoted(number.text) + " has more than 18 digits", "write fewer digits");
    return {};
  }
  return *out;
}

Decimal Cursor::expect_signed_decimal(std::string_view what) {
  const bool negative = accept_symbol("-");
  Decimal out = expect_decimal(what);
  if (negative) out.digits = -out.digits;
  return out;
}

int64_t Cursor::expect_integer(std::string_view what) {
  const Position at = here();
  const Decimal out = expect_decimal(what);
  if (out.places != 0) {
    fail(at, "E0", std::string(what) + " is a whole number", "write it without a point");
  }
  return out.places == 0 ? out.digits : 0;
}

// Nothing of the grammar is a name directly after a number on the same line.
bool Cursor::is_strange_unit() const {
  const Token& t = peek();
  return t.kind == TokenKind::word && !t.begins_line && !is_reserved(t.text);
}

void Cursor::fail_unit(std::string_view fitting) {
  static constexpr std::array<std::string_view, 15> kUnits = {
      "percent", "ms",    "s",   "min",  "h",   "bpm",  "breaths/min", "mL",
      "L",       "cmH2O", "hPa", "mbar", "kPa", "mL/h", "degC"};
  const Token& t = peek();
  const std::string near = nearest_word(t.text, kUnits);
  const std::string all =
      "percent, ms, s, min, h, bpm, breaths/min, mL, L, cmH2O, hPa, mbar, kPa, "
      "degC";
  fail(t.at, "E12", quoted(t.text) + ": no such unit",
       near.empty() ? "units here are " + (fitting.empty() ? all : std::string(fitting))
                    : "did you mean " + quoted(near) + "?");
}

Duration Cursor::expect_duration(std::string_view what) {
  const Position at = here();
  const Decimal number = expect_decimal(what);
  if (panic_) return {};
  const Token& t = peek();
  if (is_strange_unit()) {
    fail_unit("ms, s, min and h");
    return {};
  }
  if (t.kind != TokenKind::unit) {
    fail_here("a unit of time", "write " + quoted(to_text(number) + " s") + ", or ms, min, h");
    return {};
  }
  const auto unit = find_unit(t.text);
  if (!unit || t.text.find_first_of("*/") != std::string_view::npos ||
      unit->dimension != second().dimension) {
    fail(t.at, "E1", quoted(t.text) + " is no unit of time, and " + std::string(what) + " is",
         "write ms, s, min or h");
    return {};
  }
  take();
  const auto out = to_duration(number, *unit);
  if (!out) {
    fail(at, "E10", "a duration is at most 366 days and a whole number of nanoseconds",
         "write a shorter one, or fewer digits after the point");
    return {};
  }
  return *out;
}

ast::Span Cursor::expect_span(std::string_view what) {
  ast::Span out;
  out.at = here();
  if (peek().kind == TokenKind::number) {
    out.literal = expect_duration(what);
  } else if (peek().kind == TokenKind::word && !is_reserved(peek().text)) {
    out.limit = expect_name(what);
  } else {
    fail_here(std::string(what), "write `10 s`, or the name of a limit that is a time");
  }
  return out;
}

ast::Quantity Cursor::expect_quantity(std::string_view what) {
  ast::Quantity out;
  out.at = here();
  out.number = expect_signed_decimal(what);
  if (is_strange_unit()) fail_unit({});
  if (peek().kind != TokenKind::unit) return out;
  const Token unit = take();
  out.unit = find_unit(unit.text);
  if (!out.unit) {
    fail(unit.at, "E1", quoted(unit.text) + " is no unit anybody uses at a bedside",
         "use the units of the language, joined by * and /");
  }
  return out;
}

ast::TimeOfDay Cursor::expect_time() {
  const Token t = expect_token(TokenKind::time, "a time of day", "write it as 21:00");
  if (panic_) return {};
  const int hour = (t.text[0] - '0') * 10 + (t.text[1] - '0');
  const int minute = (t.text[3] - '0') * 10 + (t.text[4] - '0');
  if (hour > 23 || minute > 59) {
    fail(t.at, "E0", quoted(t.text) + " is no time of day", "write 00:00 to 23:59");
  }
  return {hour * 60 + minute};
}

ast::TimeRange Cursor::expect_time_range() {
  ast::TimeRange out;
  out.at = here();
  out.from = expect_time();
  expect_symbol("..");
  out.to = expect_time();
  if (!panic_ && out.from.minutes == out.to.minutes) {
    report(out.at, "E0", "a profile from a time to the same time never holds",
           "write two different times");
  }
  return out;
}

void Cursor::skip_until(std::span<const std::string_view> words, bool or_name, uint32_t column) {
  panic_ = false;
  while (!at_end()) {
    const bool is_word = token_.begins_line && token_.kind == TokenKind::word;
    const bool is_place =
        is_word && std::find(words.begin(), words.end(), token_.text) != words.end();
    const bool is_name = is_word && !is_reserved(token_.text);
    if (is_place || (is_name && (or_name || token_.at.column == column))) break;
    advance();
  }
}

void Cursor::recover(std::span<const std::string_view> words, uint32_t column) {
  skip_until(words, false, column);
}

void Cursor::recover_at_line(std::span<const std::string_view> words) {
  skip_until(words, true, 0);
}

}  // namespace lamplight::rules
