// The words of the mode and alarm fields. No list of them is public: those here are from memory of
// the pump's manuals, and every other word is told as it stands, as a note, and as `other` where it
// is an alarm. So a word we do not know is never silence.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lamplight::alaris {

// Of pump.state; nothing: an unknown word.
std::optional<int32_t> state_of(std::string_view mode);

bool means_no_alarm(std::string_view word);
struct AlarmWord {
  std::string_view word;
  std::string_view condition;
};
std::span<const AlarmWord> alarm_words();

}  // namespace lamplight::alaris
