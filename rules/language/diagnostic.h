// What the front end has to say about a text: where, which check, what is wrong and what to do.
// The rendered form is a contract (first line and fix line):
//   FILE:LINE:COL: E5: sentence
//   <the source line>
//   <a caret under the column>
//     fix: sentence
// Where the text has no line to show, the second and third are left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamplight::rules {

// Line and column count from 1; the column counts characters, not bytes.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
  uint32_t offset = 0;  // bytes from the start of the text
  uint16_t file = 0;    // which of the texts that are compiled together
  bool operator==(const Position&) const = default;
};

enum class Gravity : uint8_t { error, warning };

struct Diagnostic {
  std::string file;
  uint32_t line = 1;
  uint32_t column = 1;
  std::string code;  // "E5", "W1"; "E0" is the grammar itself
  Gravity gravity = Gravity::error;
  std::string message;  // one sentence, without a full stop
  std::string fix;
  std::string source_line;  // at most about 220 characters around the place
  uint32_t caret = 1;       // column within source_line, from 1
};

// Builds one from a place in a text: cuts the source line and finds the caret.
Diagnostic diagnose(std::string_view file, std::string_view text, Position at,
                    std::string_view code, std::string message, std::string fix);

bool has_errors(const std::vector<Diagnostic>& all);

// The form above, ending in a newline. A long source line is cut around the caret.
std::string render(const Diagnostic& d);
// One JSON object without a newline: file, line, column, code, gravity, message, fix, source.
std::string render_json(const Diagnostic& d);

}  // namespace lamplight::rules
