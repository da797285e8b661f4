#include "gateway/core/nameless.h"

#include <algorithm>
#include <vector>

namespace lamplight::core {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A byte of a word: beyond ASCII all are, so that "Mia" is not found within "Miałam".
bool is_letter(char c) {
  const char small = lower(c);
  return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool stands_at(std::string_view text, size_t at, std::string_view word) {
  if (text.size() - at < word.size()) return false;
  const bool same = std::equal(word.begin(), word.end(), text.begin() + static_cast<long>(at),
                               [](char a, char b) { return lower(a) == lower(b); });
  if (!same) return false;
  const size_t end = at + word.size();
  const bool begins = at == 0 || !is_letter(text[at - 1]) || !is_letter(word.front());
  return begins && (end == text.size() || !is_letter(text[end]) || !is_letter(word.back()));
}

std::string replaced(std::string_view text, std::string_view word, std::string_view instead) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (!stands_at(text, at, word)) {
      out += text[at++];
      continue;
    }
    out += instead;
    at += word.size();
  }
  return out;
}

}  // namespace

std::string without_name(std::string_view text, std::string_view name, std::string_view instead) {
  std::vector<std::string_view> words{name};
  for (size_t at = 0; at < name.size();) {
    const size_t end = std::min(name.find(' ', at), name.size());
    if (end > at) words.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  std::string out(text);
  for (const std::string_view word : words) {
    if (!word.empty()) out = replaced(out, word, instead);
  }
  return out;
}

}  // namespace lamplight::core
