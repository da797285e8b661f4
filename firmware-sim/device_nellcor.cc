#include "firmware-sim/device_nellcor.h"

#include <algorithm>
#include <cstdio>

#include "firmware-sim/calendar.h"

namespace lamplight::sim {
namespace {

constexpr char kXon = 0x11, kXoff = 0x13;
constexpr int64_t kLinesPerHeading = 25;
constexpr std::string_view kHeading =
    "N-595 VERSION 1.2.0.1 CRC: 3F2A SpO2 Limit: 85-100% PR Limit: 75-160BPM\r\n"
    "          PEDIATRIC 0SAT-S SPO2 RESP MODE: NORMAL\r\n"
    "TIME             %SPO2   BPM   PA   Status\r\n";
constexpr std::string_view kMonth[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

struct Letters {
  std::string_view condition;
  std::string_view code;
};
constexpr Letters kLetters[] = {
    {"probe_disconnected", "SD"}, {"probe_off", "SO"},  {"searching", "PS"}, {"spo2_high", "SH"},
    {"spo2_low", "SL"},           {"pulse_high", "PH"}, {"pulse_low", "PL"}, {"low_battery", "LB"},
};

std::string number_or_dashes(const std::optional<int32_t>& value, bool is_marked) {
  char text[16];
  if (value) {
    std::snprintf(text, sizeof text, "%3d%c", *value, is_marked ? '*' : ' ');
  } else {
    std::snprintf(text, sizeof text, "--- ");
  }
  return text;
}

// No code says it: the line repeats, its own second included.
constexpr std::string_view kStandsStill = "data_frozen";

}  // namespace

std::string format_nellcor(const NellcorLine& line) {
  const Civil c = civil_from(line.clock);
  char time[48];
  std::snprintf(time, sizeof time, "%02d-%.3s-%02d %02d:%02d:%02d", c.day,
                kMonth[c.month - 1].data(), c.year % 100, c.hour, c.minute, c.second);
  std::string out(time);
  out += "  " + number_or_dashes(line.spo2, line.marks_spo2);
  out += " " + number_or_dashes(line.bpm, line.marks_bpm);
  out += " " + number_or_dashes(line.amplitude, false) + " ";
  for (const std::string_view code : line.codes) out += " " + std::string(code);
  return out + "\r\n";
}

Nellcor::Nellcor(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Oximeter(std::move(setup), patient, truth, outlet, 1, seconds(5)) {}

const Abilities& Nellcor::abilities() const {
  static const Abilities kAbilities = [] {
    Abilities a;
    for (const Letters& l : kLetters) a.conditions.push_back(l.condition);
    a.wordless = {kStandsStill};
    a.conditions.push_back(kStandsStill);
    a.conditions.push_back("non_pulsatile");
    a.conditions.push_back("interference");
    a.faults = stream_faults();
    a.has_silenced = true;
    return a;
  }();
  return kAbilities;
}

bool Nellcor::says(std::string_view condition) const {
  return is_present(id_of(Role::oximeter, "alarm." + std::string(condition)));
}

void Nellcor::receive(MonoTime, Peer, std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    if (byte == kXoff) is_stopped_ = true;
    if (byte == kXon) is_stopped_ = false;
  }
}

void Nellcor::send_frame(MonoTime now) {
  if (seconds_++ % 2 != 0 || is_stopped_) return;
  const SignalId frozen = id_of(Role::oximeter, "alarm." + std::string(kStandsStill));
  decide(frozen, is_frozen(), now);
  OximeterReading r = read(now);
  const bool has_lost_pulse = says("non_pulsatile");
  if (has_lost_pulse && r.missing == Reason::none) {
    r.missing = says("interference") ? Reason::artefact : Reason::searching;
  }
  NellcorLine line;
  line.clock = displayed_clock(now);
  if (r.missing == Reason::none) {
    line.spo2 = whole_from_tenths(r.spo2);
    line.bpm = whole_from_tenths(r.pulse);
    line.amplitude = std::clamp(r.perfusion / 4, 0, 254);
  }
  line.marks_spo2 = says("spo2_low") || says("spo2_high");
  line.marks_bpm = says("pulse_low") || says("pulse_high");
  if (bedside_.is_silenced) line.codes.push_back("AS");
  for (const Letters& l : kLetters) {
    if (says(l.condition)) line.codes.push_back(l.code);
  }
  // Two conditions, three codes.
  if (has_lost_pulse) {
    line.codes.push_back(says("interference") ? "LM" : "LP");
  } else if (says("interference")) {
    line.codes.push_back("MO");
  }
  std::string text(lines_++ % kLinesPerHeading == 0 ? kHeading : std::string_view());
  text += format_nellcor(line);
  Frame frame;
  frame.bytes.assign(text.begin(), text.end());
  append_values(frame.facts, r, false);
  append_said(frame.facts);
  const bool stands_still = is_frozen() || is_present(frozen);
  if (!stands_still || last_line_.bytes.empty()) last_line_ = std::move(frame);
  emit(now, last_line_);
}

void Nellcor::garble(Bytes& bytes, Random& random) const {
  // No checksum: of a wrong baud rate the high bits show, one of them in the last line's time.
  const size_t line = bytes.size() < 60 ? 0 : bytes.size() - 45;
  for (int i = 0; i < 4; ++i) {
    const auto at = static_cast<size_t>(
        random.between(static_cast<int64_t>(line), static_cast<int64_t>(bytes.size()) - 3));
    bytes[at] = static_cast<uint8_t>(bytes[at] | 0x80);
  }
}

}  // namespace lamplight::sim
