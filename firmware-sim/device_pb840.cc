#include "firmware-sim/device_pb840.h"

#include <algorithm>
#include <cstdio>

#include "firmware-sim/calendar.h"
#include "firmware-sim/printed.h"
#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr Duration kShowsReset = seconds(10);
constexpr size_t kCommandMax = 32;

struct AlarmColumn {
  int number;
  std::string_view condition;
  std::string_view urgency;  // MISCF's word
};
constexpr AlarmColumn kMiscf[] = {
    {106, "apnoea", "HIGH"},
    {107, "minute_volume_high", "MEDIUM"},
    {108, "tidal_volume_high", "MEDIUM"},
    {109, "fio2_high", "HIGH"},
    {110, "pressure_high", "HIGH"},
    {112, "rate_high", "MEDIUM"},
    {113, "mains_lost", "LOW"},
    {114, "battery_fault", "LOW"},
    {115, "low_battery", "MEDIUM"},
    {116, "all_power_lost", "HIGH"},
    {117, "tidal_volume_low", "MEDIUM"},
    {118, "minute_volume_low", "HIGH"},
    {120, "fio2_low", "HIGH"},
    {122, "o2_supply_failing", "HIGH"},
    {124, "circuit_disconnected", "HIGH"},
    {125, "obstruction", "HIGH"},
    {127, "other", "LOW"},
    {136, "pressure_low", "MEDIUM"},
    {141, "internal_fault", "HIGH"},
};
constexpr int kMiscfFirstAlarm = 106, kMiscfLastAlarm = 153;

constexpr AlarmColumn kMisca[] = {
    {48, "pressure_high", {}},
    {51, "tidal_volume_low", {}},
    {52, "minute_volume_low", {}},
    {53, "rate_high", {}},
    {54, "o2_supply_failing", {}},
    {55, "other", {}},
    {57, "apnoea", {}},
    {94, "apnoea", {}},
    {95, "check_circuit", {}},
};

constexpr std::string_view kMonths[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

struct Fixed {
  int number;
  std::string_view text;
};
// The bedside's settings, and measurements that nobody steers.
constexpr Fixed kMiscfFixed[] = {
    {8, "INVASIVE"}, {9, "A/C"},   {10, "VC"},    {12, "V-Trig"},    {13, "18.0"}, {14, "0.160"},
    {15, "20.0"},    {16, "30"},   {18, "5.0"},   {19, "0.0"},       {20, "20"},   {21, "0.160"},
    {22, "18.0"},    {23, "20.0"}, {24, "100"},   {27, "RAMP"},      {28, "VC"},   {32, "RAMP"},
    {33, "OFF"},     {34, "40"},   {36, "9.000"}, {37, "1.800"},     {38, "400"},  {39, "90"},
    {40, "400"},     {41, "OFF"},  {42, "40"},    {44, "4.5"},       {45, "3.0"},  {53, "HME"},
    {55, "Enabled"}, {56, "75"},   {60, "20.0"},  {66, "PEDIATRIC"}, {75, "2.30"}, {76, "1:2.30"},
    {96, "20.0"},    {97, "5.1"},
};
constexpr Fixed kMiscaFixed[] = {
    {9, "CMV"},   {10, "18.0"}, {11, "0.16"}, {12, "20"},   {13, "30"},   {14, "0.0"},
    {15, "5.0"},  {16, "0.0"},  {21, "20"},   {22, "0.16"}, {23, "18.0"}, {24, "20"},
    {25, "100"},  {26, "0"},    {27, "RAMP"}, {30, "OFF"},  {37, "0.0"},  {41, "2.30"},
    {42, "40"},   {45, "0.09"}, {46, "1.8"},  {47, "40"},   {63, "0.0"},  {64, "0.0"},
    {65, "20.0"}, {66, "5.10"}, {70, "4"},    {71, "3"},    {92, "40"},   {101, "1:2.30"},
};

}  // namespace

Pb840::Pb840(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Ventilator(std::move(setup), patient, truth, outlet), is_v200_(setup_.kind == "v200") {
  const auto serial = setup_.options.find("serial");
  const std::string number = serial == setup_.options.end() ? "3510000001" : serial->second;
  id_ = (is_v200_ ? "V200 " : "840 ") + number;
}

const Abilities& Pb840::abilities() const {
  const auto make = [](std::span<const AlarmColumn> columns) {
    Abilities a;
    for (const AlarmColumn& c : columns) {
      const auto& known = a.conditions;
      if (std::find(known.begin(), known.end(), c.condition) == known.end()) {
        a.conditions.push_back(c.condition);
      }
    }
    a.faults = serial_faults();
    a.has_silenced = true;
    return a;
  };
  static const Abilities kPb840 = make(kMiscf);
  static const Abilities kV200 = make(kMisca);
  return is_v200_ ? kV200 : kPb840;
}

std::span<const Pb840::Shown> Pb840::shown(PbReport report) {
  // Volumes are litres here: 0.1 mL are four digits behind the point.
  static constexpr Shown kMiscfShown[] = {
      {70, "rate", 1, 1}, {71, "vte", 4, 3},    {72, "minute_volume", 2, 2},
      {73, "pip", 1, 1},  {74, "p_mean", 1, 1}, {77, "fio2", 1, 0},
      {78, "vti", 4, 3},  {87, "peep", 1, 1},   {158, "leak", 1, 1},
  };
  static constexpr Shown kMiscaShown[] = {{34, "rate", 1, 0},
                                          {35, "vte", 4, 2},
                                          {36, "minute_volume", 2, 2},
                                          {38, "pip", 1, 1},
                                          {39, "p_mean", 1, 1}};
  if (report == PbReport::misca) return kMiscaShown;
  return kMiscfShown;
}

void Pb840::put_clock(PbColumns& columns, PbReport report, MonoTime now) const {
  const Civil c = civil_from(device_clock(now));
  char time[16], date[32];
  std::snprintf(time, sizeof time, "%02d:%02d", c.hour, c.minute);
  std::snprintf(date, sizeof date, "%s %02d %04d",
                std::string(kMonths[static_cast<size_t>(c.month - 1)]).c_str(), c.day, c.year);
  columns.put(5, time);
  columns.put(6, id_);
  columns.put(report == PbReport::misca ? 8 : 7, date);
  if (report == PbReport::miscf) return;
  columns.put(60, time);
  columns.put(62, date);
}

void Pb840::put_values(PbColumns& columns, std::span<const Shown> shown, std::string& facts,
                       MonoTime now) const {
  JsonWriter w(facts);
  w.key("values").begin_object();
  for (const Shown& s : shown) {
    const auto v = value(s.signal, now);
    if (!v) continue;
    const Printed p = print_number(*v, s.decimals, s.printed);
    columns.put(s.number, p.text);
    const auto& info = signal_info(id_of(Role::ventilator, s.signal));
    w.key(s.signal).decimal(p.value, info.decimals);
  }
  w.end_object();
}

void Pb840::put_alarms(PbColumns& columns, PbReport report, std::string& facts, MonoTime now) {
  const bool is_misca = report == PbReport::misca;
  if (!is_misca) {
    for (int n = kMiscfFirstAlarm; n <= kMiscfLastAlarm; ++n) columns.put(n, "NORMAL");
  }
  const std::span<const AlarmColumn> table =
      is_misca ? std::span<const AlarmColumn>(kMisca) : std::span<const AlarmColumn>(kMiscf);
  for (const AlarmColumn& c : table) {
    bool is_present = says(c.condition);
    // The 840 has two conditions where MISCA has one column.
    if (c.number == 95) is_present |= says("circuit_disconnected") || says("obstruction");
    if (is_present) last_present_[c.condition] = now;
    const auto last = last_present_.find(c.condition);
    const bool is_reset = last != last_present_.end() && now - last->second < kShowsReset;
    columns.put(c.number,
                is_present ? (is_misca ? "ALARM" : c.urgency) : (is_reset ? "RESET" : "NORMAL"));
  }
  columns.put(is_misca ? 93 : 105, bedside_.is_silenced ? "ON" : "OFF");
  append_said(facts);
}

void Pb840::answer(MonoTime now, Peer peer, PbReport report) {
  const auto old = last_.find(report);
  if (is_frozen() && old != last_.end()) {
    old->second.peer = peer;
    emit(now, old->second);
    return;
  }
  PbColumns columns(report);
  Frame frame;
  frame.peer = peer;
  JsonWriter(frame.facts).key("report").string(report == PbReport::misca ? "MISCA" : "MISCF");
  frame.facts += ',';
  if (report == PbReport::misca) {
    for (const Fixed& f : kMiscaFixed) columns.put(f.number, f.text);
  } else {
    for (const Fixed& f : kMiscfFixed) columns.put(f.number, f.text);
  }
  put_clock(columns, report, now);
  put_values(columns, shown(report), frame.facts, now);
  put_alarms(columns, report, frame.facts, now);
  const std::string text = columns.reply();
  frame.bytes.assign(text.begin(), text.end());
  last_[report] = frame;
  emit(now, std::move(frame));
}

void Pb840::receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    if (byte != '\r') {
      if (command_.size() < kCommandMax) command_ += static_cast<char>(byte);
      continue;
    }
    // RSET clears whatever was typed before it, so its letters are the last ones.
    const std::string command =
        command_.size() > 4 ? command_.substr(command_.size() - 4) : command_;
    command_.clear();
    if (command == "SNDA") answer(now, peer, PbReport::misca);
    if (command == "SNDF" && !is_v200_) answer(now, peer, PbReport::miscf);
  }
}

void Pb840::garble(Bytes& bytes, Random& random) const {
  // No checksum: noise that leaves good digits would be a lie nobody can see. Of a wrong baud rate
  // the high bits show.
  for (int i = 0; i < 4; ++i) {
    const auto at = static_cast<size_t>(random.between(0, static_cast<int64_t>(bytes.size()) - 2));
    bytes[at] = static_cast<uint8_t>(bytes[at] | 0x80);
  }
}

}  // namespace lamplight::sim
