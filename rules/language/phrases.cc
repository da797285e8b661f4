#include "rules/language/phrases.h"

#include <algorithm>
#include <utility>

namespace lamplight::rules {

// Each in a file of its own: phrases_en.cc, phrases_es.cc.
extern const PhraseTable kEnglish;
extern const PhraseTable kSpanish;
extern const std::string_view kEnglishSignals;
extern const std::string_view kSpanishSignals;

std::string_view name_of(Language language) { return language == Language::english ? "en" : "es"; }

std::optional<Language> language_of(std::string_view word) {
  for (const Language language : kLanguages) {
    if (name_of(language) == word) return language;
  }
  return std::nullopt;
}

const PhraseTable& phrases(Language language) {
  return language == Language::english ? kEnglish : kSpanish;
}

std::string_view signal_words(Language language) {
  return language == Language::english ? kEnglishSignals : kSpanishSignals;
}

namespace {

// Spanish: "de el oxígeno" is "del oxígeno".
std::string contracted(std::string text) {
  for (const auto& [two, one] : {std::pair{" de el ", " del "}, std::pair{" a el ", " al "}}) {
    const std::string_view from = two;
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, from.size(), one);
    }
  }
  return text;
}

}  // namespace

std::string say(Language language, Phrase phrase, std::initializer_list<std::string_view> slots) {
  const std::string_view text = phrases(language)[static_cast<size_t>(phrase)].text;
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_slot = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}';
    if (!is_slot) {
      out += text[i];
      continue;
    }
    const auto slot = static_cast<size_t>(text[i + 1] - '0');
    if (slot < slots.size()) out += *(slots.begin() + slot);
    i += 2;
  }
  return language == Language::spanish ? contracted(std::move(out)) : out;
}

std::optional<SignalWords> words_for(Language language, std::string_view path) {
  for (std::string_view rest = signal_words(language); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const size_t space = line.find(' ');
    if (line.substr(0, space) != path) continue;
    const bool of_child = line[space + 1] == '~';
    return SignalWords{line.substr(space + (of_child ? 2 : 1)), of_child};
  }
  return std::nullopt;
}

}  // namespace lamplight::rules
