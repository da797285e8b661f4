// What every parser of the language stands on: one token of look-ahead, typed expectations that
// report once, and panic mode. After an error `peek()` answers `end` until `recover()`, so that
// all loops of a recursive descent come to rest without a second message.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/language/ast.h"
#include "rules/language/lexer.h"
#include "rules/language/parse.h"

namespace lamplight::rules {

class Cursor {
 public:
  Cursor(const SourceText& source, uint16_t file_index, std::vector<Diagnostic>& out);
  // Reads the inside of a text: source[start.offset, end_offset).
  Cursor(const Cursor& outer, Position start, size_t end_offset);

  const Token& peek() const { return panic_ ? stop_ : token_; }
  bool at_end() const { return token_.kind == TokenKind::end; }
  bool panicking() const { return panic_; }
  // Nothing more is read after kErrorsMax errors.
  bool exhausted() const;
  Position here() const { return token_.at; }
  Position last_end() const { return last_end_; }
  std::string_view text_between(Position from, Position to) const;

  bool is_word(std::string_view word) const;
  bool is_symbol(std::string_view symbol) const;
  Token take();
  bool accept_word(std::string_view word);
  bool accept_symbol(std::string_view symbol);

  void expect_word(std::string_view word);
  void expect_symbol(std::string_view symbol);
  ast::Name expect_name(std::string_view what);  // an ID: "a signal's name"
  std::string expect_string(std::string_view what, size_t characters_max);
  Token expect_token(TokenKind kind, std::string_view what, std::string_view fix);
  Decimal expect_decimal(std::string_view what);         // NUM
  Decimal expect_signed_decimal(std::string_view what);  // number
  int64_t expect_integer(std::string_view what);         // INT
  Duration expect_duration(std::string_view what);       // dur
  ast::Span expect_span(std::string_view what);
  ast::Quantity expect_quantity(std::string_view what);
  ast::TimeOfDay expect_time();
  ast::TimeRange expect_time_range();

  // A word stands where a unit belongs: E12, with the unit that was probably meant.
  bool is_strange_unit() const;
  void fail_unit(std::string_view fitting);

  // Reports and begins to panic.
  void fail(Position at, std::string_view code, std::string message, std::string fix);
  void fail_here(std::string expected, std::string fix);
  // The same where a statement begins: the place is `first` itself, not the end of the line before.
  void fail_at_start(const Token& first, std::string expected, std::string fix);
  // Reports without panic: the text can be read on.
  void report(Position at, std::string_view code, std::string message, std::string fix);
  // E10 if a name or text is longer than allowed. `text` is without its quotes.
  void bound(Position at, std::string_view what, std::string_view text, size_t characters_max);
  // Skips to the next of `words` that begins a line, ends the panic. A name that begins a line at
  // `column` may be one of them, misspelt: it is not skipped either. 0: none.
  void recover(std::span<const std::string_view> words, uint32_t column = 0);
  // The same, to the next line that begins with a name or with one of `words`.
  void recover_at_line(std::span<const std::string_view> words);

  const SourceText& source() const { return *source_; }

 private:
  void advance();
  void skip_until(std::span<const std::string_view> words, bool or_name, uint32_t column);
  std::string found() const;

  const SourceText* source_;
  std::vector<Diagnostic>* out_;
  Lexer lexer_;
  Token token_;
  Token stop_;
  Position last_end_;
  bool panic_ = false;
};

// "90.05" → {9005, 2}; nothing if it has more than 18 digits.
std::optional<Decimal> read_decimal(std::string_view text);
// Whole nanoseconds of `number` units of time; nothing if it is no whole number or too long.
std::optional<Duration> to_duration(Decimal number, const Unit& unit);

// The word of `known` that `word` was probably meant to be; empty if none is near.
std::string nearest_word(std::string_view word, std::span<const std::string_view> known);
// A text without its quotes, `{{` for a brace undone.
std::string unquoted(std::string_view quoted);

}  // namespace lamplight::rules
