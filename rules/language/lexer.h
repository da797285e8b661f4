// Tokens of rules, plan and test texts (reference section 2, lexical rules). The lexer looks at
// each byte once, keeps no list, and never fails: what it cannot read is a token of kind `bad`
// that says why. Views point into the text, which must outlive the lexer.
#pragma once

#include <string_view>

#include "rules/language/diagnostic.h"

namespace lamplight::rules {

enum class TokenKind : uint8_t {
  end,
  word,
  unit,    // a unit name of the table or a compound; `min` only directly after a number
  number,  // digits [ . digits ]
  time,    // HH:MM
  date,    // YYYY-MM-DD
  path,    // words joined by dots
  string,  // text includes the quotes
  symbol,  // one of { } ( ) , : = < <= > >= + - * / ..
  bad,     // `problem` says why
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;
  Position at;
  bool begins_line = false;
  std::string_view problem;
};

class Lexer {
 public:
  // Reads text[start.offset, end_offset).
  Lexer(std::string_view text, Position start, size_t end_offset);
  Token next();

 private:
  char look(size_t ahead = 0) const;
  void advance(size_t bytes);
  void skip_blank();
  Token take(TokenKind kind, size_t bytes);
  Token bad(size_t bytes, std::string_view problem);
  Token number();
  Token word();
  Token text_in_quotes();
  Token symbol();
  size_t word_length(size_t ahead) const;
  bool digits(size_t ahead, size_t count) const;

  std::string_view text_;
  size_t end_;
  Position at_;
  bool begins_line_ = true;
  bool after_number_ = false;
};

// The first thing that makes a text unreadable as a whole (too large, UTF-16, NUL, malformed
// UTF-8), as a problem and its place; an empty problem means the text can be lexed.
struct TextProblem {
  std::string_view problem;
  std::string_view fix;
  Position at;
};
TextProblem find_text_problem(std::string_view text);

// True for every quoted word of the grammar and every unit name: they cannot be names.
bool is_reserved(std::string_view word);

}  // namespace lamplight::rules
