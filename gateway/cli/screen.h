// Read-outs of lamplightd (JSON text) as lines for people. Pure text in, text out; what is absent
// or malformed is left out, never guessed. The live view is made of these parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamplight::cli {

struct Style {
  bool colour = false;  // ANSI colours for priorities; the words are there either way
};

// The state of an alarm that nobody has acknowledged, as alarm_lines() say it.
inline constexpr std::string_view kOver = "over, not yet acknowledged";

// `alarms` is counted for what is over and not yet acknowledged; empty: not counted.
std::string status_lines(const std::string& status, const std::string& alarms, const Style& style);
std::string alarm_lines(const std::string& alarms, const Style& style);
// Pressed buttons and alarms stood down, each with its end; the head of alarm_lines.
std::string standing_lines(const std::string& alarms, const Style& style);
std::string vital_lines(const std::string& vitals, const Style& style);
std::string link_lines(const std::string& links, const std::string& devices, const Style& style);
std::string record_lines(const std::string& status);

// One journal event (its body) on one line: when, lane and seq, name, rule, occurrence, text.
std::string event_line(const std::string& body);

// 950 → "0.9 s", 61'000 → "1 min", 7'300'000 → "2 h".
std::string age_text(int64_t ms);

// How long something still lasts: 119'000 → "1 min 59 s".
std::string left_text(int64_t ms);

}  // namespace lamplight::cli
