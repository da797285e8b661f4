// UTF-8 text: its characters, and cutting it to a bound. A character is never cut in two, because
// half of one makes a whole message unreadable to everybody behind it. What is cut was valid, and
// stays so.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lamplight {

// A byte that is not the first of its character.
constexpr bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

constexpr size_t count_characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

struct Character {
  uint32_t code = 0;
  size_t bytes = 0;  // 1..4; 0: no character begins here
};

// The character that begins at `at` < text.size(). Strict: no overlong forms, no surrogates,
// nothing above U+10FFFF.
Character character_at(std::string_view text, size_t at);

// Is this UTF-8, without NUL? As strict as character_at; a JSON reader behind it never has to guess
// what a byte means.
bool is_utf8_text(std::string_view text);

// The longest beginning of at most `bytes_max` bytes that ends between two characters.
constexpr std::string_view cut_text(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && continues_character(text[end])) --end;
  return text.substr(0, end);
}

// Its first characters, at most so many.
constexpr std::string_view cut_characters(std::string_view text, size_t characters_max) {
  size_t end = 0;
  for (size_t left = characters_max; end < text.size(); ++end) {
    if (continues_character(text[end])) continue;
    if (left == 0) break;
    --left;
  }
  return text.substr(0, end);
}

// The text in pieces, each of which takes at most `bytes_max` bytes within a JSON string
// (JsonWriter's escapes). Never empty: an empty text is one empty piece.
inline std::vector<std::string_view> pieces_for_json(std::string_view text, size_t bytes_max) {
  std::vector<std::string_view> pieces;
  while (true) {
    size_t end = 0;
    for (size_t escaped = 0; end < text.size(); ++end) {
      const char c = text[end];
      const bool is_control = static_cast<unsigned char>(c) < 0x20;
      escaped += is_control ? 6 : (c == '"' || c == '\\' ? 2 : 1);
      if (escaped > bytes_max) break;
    }
    std::string_view piece = cut_text(text, end);
    if (piece.empty()) piece = text;  // a bound too small for one character is the caller's bug
    pieces.push_back(piece);
    if (piece.size() == text.size()) return pieces;
    text.remove_prefix(piece.size());
  }
}

}  // namespace lamplight
