#include "firmware-sim/device_rad8.h"

#include <cstdio>

#include "firmware-sim/calendar.h"

namespace lamplight::sim {
namespace {

constexpr Duration kHoldDigits = seconds(10);

struct Bit {
  std::string_view condition;
  uint32_t mask;
};
// ALARM (protocol notes 1.1). 0x0100 (SpCO high) stands for a condition without a name here.
constexpr Bit kAlarmBits[] = {
    {"spo2_high", 0x0001},    {"spo2_low", 0x0002},         {"pulse_high", 0x0004},
    {"pulse_low", 0x0008},    {"low_battery", 0x0040},      {"other", 0x0100},
    {"desaturation", 0x1000}, {"perfusion_change", 0x2000},
};
constexpr uint32_t kAlarmActive = 0x0010;
constexpr uint32_t kAlarmSilenced = 0x0020;

constexpr Bit kExcBits[] = {
    {"probe_disconnected", 0x000001}, {"probe_fault", 0x000002},  {"perfusion_low", 0x000004},
    {"searching", 0x000008},          {"interference", 0x000010}, {"probe_off", 0x000020},
    {"probe_unsupported", 0x000080},  {"poor_signal", 0x000400},
};
constexpr uint32_t kMasimoSet = 0x000800;  // normal: the algorithm is at work

// No bit says it: the line repeats, its own second included.
constexpr std::string_view kStandsStill = "data_frozen";

template <size_t N>
std::string dashes_or(const std::optional<int32_t>& value, const char (&format)[N],
                      const char* dashes) {
  if (!value) return dashes;
  char text[32];
  std::snprintf(text, sizeof text, format, *value);
  return text;
}

}  // namespace

std::string format_rad8(const Rad8Line& line) {
  const Civil c = civil_from(line.clock);
  char head[64];
  std::snprintf(head, sizeof head, "%02d/%02d/%02d %02d:%02d:%02d", c.month, c.day, c.year % 100,
                c.hour, c.minute, c.second);
  std::string pi = "--.--";
  if (line.perfusion) {
    char text[32];
    std::snprintf(text, sizeof text, "%02d.%02d", *line.perfusion / 100, *line.perfusion % 100);
    pi = text;
  }
  char tail[64];
  std::snprintf(tail, sizeof tail, "ALARM=%04X EXC=%06X\r\n", line.alarm, line.exc);
  std::string out(head);
  out += " SN=" + std::string(line.serial.empty() ? "----------" : line.serial);
  out += " SPO2=" + dashes_or(line.spo2, "%03d", "---") + "%";
  out += " BPM=" + dashes_or(line.bpm, "%03d", "---");
  out += " PI=" + pi + "% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- " + tail;
  return out;
}

Rad8::Rad8(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Oximeter(std::move(setup), patient, truth, outlet, 1, seconds(5)) {
  const auto serial = setup_.options.find("serial");
  serial_ = serial == setup_.options.end() ? "0000051234" : serial->second;
  serial_.resize(10, '0');
}

const Abilities& Rad8::abilities() const {
  static const Abilities kAbilities = [] {
    Abilities a;
    for (const Bit& b : kAlarmBits) a.conditions.push_back(b.condition);
    for (const Bit& b : kExcBits) a.conditions.push_back(b.condition);
    a.conditions.push_back(kStandsStill);
    a.wordless = {kStandsStill};
    a.faults = stream_faults();
    a.has_silenced = true;
    return a;
  }();
  return kAbilities;
}

uint16_t Rad8::alarm_word() const {
  uint32_t word = 0;
  for (const Bit& b : kAlarmBits) {
    const auto id = id_of(Role::oximeter, "alarm." + std::string(b.condition));
    if (is_present(id)) word |= b.mask;
  }
  if (word != 0) word |= kAlarmActive;
  if (bedside_.is_silenced) word |= kAlarmSilenced;
  return static_cast<uint16_t>(word);
}

uint32_t Rad8::exc_word() const {
  uint32_t word = kMasimoSet;
  for (const Bit& b : kExcBits) {
    const auto id = id_of(Role::oximeter, "alarm." + std::string(b.condition));
    if (is_present(id)) word |= b.mask;
  }
  return word;
}

void Rad8::send_frame(MonoTime now) {
  const SignalId frozen = id_of(Role::oximeter, "alarm." + std::string(kStandsStill));
  decide(frozen, is_frozen(), now);
  const bool stands_still = is_frozen() || is_present(frozen);
  const OximeterReading r = read(now);
  Rad8Line line;
  line.clock = displayed_clock(now);
  line.serial = serial_;
  if (r.missing == Reason::none) {
    held_ = r;
    missing_since_.reset();
  } else if (!missing_since_) {
    missing_since_ = now;
  }
  const bool holds = missing_since_ && held_.spo2 != 0 && now - *missing_since_ < kHoldDigits;
  if (!missing_since_ || holds) {
    line.spo2 = whole_from_tenths(held_.spo2);
    line.bpm = whole_from_tenths(held_.pulse);
    line.perfusion = held_.perfusion;
  }
  line.alarm = alarm_word();
  line.exc = exc_word();
  const std::string text = format_rad8(line);
  Frame frame;
  frame.bytes.assign(text.begin(), text.end());
  append_values(frame.facts, r, true);
  append_said(frame.facts);
  if (!stands_still || last_line_.bytes.empty()) last_line_ = std::move(frame);
  emit(now, last_line_);
}

void Rad8::garble(Bytes& bytes, Random& random) const {
  // A line has no checksum, so noise that leaves good digits would be a lie nobody can see. A
  // wrong baud rate sets high bits; one lands in the time at the head, which must be strict.
  const auto high_bit = [&](size_t at) { bytes[at] = static_cast<uint8_t>(bytes[at] | 0x80); };
  high_bit(static_cast<size_t>(random.between(0, 16)));
  for (int i = 0; i < 3; ++i) {
    high_bit(static_cast<size_t>(random.between(17, static_cast<int64_t>(bytes.size()) - 3)));
  }
}

}  // namespace lamplight::sim
