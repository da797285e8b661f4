#include "firmware-sim/device_medibus.h"

#include <algorithm>
#include <cstdio>

#include "firmware-sim/calendar.h"
#include "firmware-sim/printed.h"
#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr char kEscape = 0x1B, kHeader = 0x01, kReturn = '\r', kEtx = 0x03, kNegative = 0x15;
constexpr size_t kMessageMax = 256;
constexpr int64_t kAsksEvery = 7;  // answers with a question of its own inside

struct AlarmRow {
  std::string_view condition;
  std::string_view code;
  int priority;
  std::string_view text;
};
constexpr AlarmRow kAlarms[] = {
    {"apnoea", "98", 31, "APNEA"},
    {"circuit_disconnected", "9A", 31, "DISCONNECT"},
    {"pressure_high", "10", 31, "PAW HIGH"},
    {"pressure_low", "A3", 30, "PAW NEGATIVE"},
    {"pressure_sustained", "F8", 30, "PEEP HIGH 15"},
    {"minute_volume_low", "19", 30, "MV LOW"},
    {"minute_volume_high", "9B", 22, "MV HIGH"},
    {"tidal_volume_high", "E8", 22, "VT HIGH"},
    {"rate_high", "90", 20, "HIGH RATE"},
    {"peep_high", "DA", 20, "PEEP HIGH"},
    {"fio2_low", "08", 31, "FIO2 LOW"},
    {"fio2_high", "37", 31, "FIO2 HIGH"},
    {"o2_supply_failing", "13", 31, "O2 SUPPLY"},
    {"low_battery", "4B", 22, "BATTERY LOW"},
    {"all_power_lost", "EF", 31, "POWER FAIL"},
    {"internal_fault", "9F", 30, "VENT FAULT"},
    {"too_hot", "B7", 22, "DEVICE HOT"},
    {"check_circuit", "B0", 30, "EXP VALVE"},
    {"oximeter_limit", "07", 31, "SPO2 LOW"},
    {"other", "42", 22, "FLOW SENSOR"},
};

std::string sum_text(std::string_view bytes) {
  unsigned sum = 0;
  for (const char c : bytes) sum += static_cast<unsigned char>(c);
  char text[4];
  std::snprintf(text, sizeof text, "%02X", sum & 0xFF);
  return text;
}

std::string padded(std::string_view text, size_t width) {
  std::string out(text.substr(0, width));
  out.resize(width, ' ');
  return out;
}

// A value of four characters: as many digits behind the point as fit.
Printed print_four(int32_t value, int decimals) {
  for (int shown = std::min(decimals, 2); shown > 0; --shown) {
    const Printed p = print_number(value, decimals, shown);
    if (p.text.size() <= 4) return p;
  }
  return print_number(value, decimals, 0);
}

}  // namespace

std::string medibus_message(char start, char code, std::string_view data) {
  std::string text{start, code};
  text += data;
  return text + sum_text(text) + kReturn;
}

Medibus::Medibus(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Ventilator(std::move(setup), patient, truth, outlet) {}

const Abilities& Medibus::abilities() const {
  static const Abilities kAbilities = [] {
    Abilities a;
    for (const AlarmRow& row : kAlarms) a.conditions.push_back(row.condition);
    a.faults = serial_faults();
    a.faults.push_back(Fault::flip);  // the sum tells
    return a;
  }();
  return kAbilities;
}

std::string Medibus::measured_cp1(std::string& facts, MonoTime now) const {
  struct Row {
    std::string_view code, signal;
    bool is_pressure;
  };
  static constexpr Row kRows[] = {
      {"73", "p_mean", true}, {"78", "peep", true},           {"7D", "pip", true},
      {"88", "vte", false},   {"B9", "minute_volume", false}, {"D6", "rate", false},
      {"F0", "fio2", false}};
  std::string data;
  JsonWriter w(facts);
  w.key("values").begin_object();
  for (const Row& row : kRows) {
    const auto v = value(row.signal, now);
    data += row.code;
    if (!v) {
      data += "    ";
      continue;
    }
    const auto& info = signal_info(id_of(Role::ventilator, row.signal));
    // Pressures are shown in mbar: 0.980665 of a cmH2O, to 0.1.
    const int32_t tenths =
        row.is_pressure ? static_cast<int32_t>((int64_t{*v} * 980'665 + 500'000) / 1'000'000) : *v;
    const Printed p = print_four(tenths, info.decimals);
    data += padded(std::string(4 - std::min<size_t>(p.text.size(), 4), ' ') + p.text, 4);
    w.key(row.signal);
    const int64_t back = (int64_t{p.value} * 1'000'000 + 490'332) / 980'665;
    w.decimal(row.is_pressure ? static_cast<int32_t>(back) : p.value, info.decimals);
  }
  w.end_object();
  return data;
}

std::string Medibus::alarms() const {
  std::string data;
  for (const AlarmRow& row : kAlarms) {
    if (!says(row.condition)) continue;
    data += static_cast<char>('0' + row.priority);
    data += row.code;
    data += padded(row.text, 12);
  }
  return data;
}

std::string Medibus::texts() const {
  const auto text = [](std::string_view code, std::string_view words) {
    return std::string(code) + static_cast<char>('0' + words.size()) + std::string(words) + kEtx;
  };
  return text("0E", "BIPAP") + text("20", "ADULTS") +
         (says("apnoea") ? text("11", "APNEA VENT") : "");
}

std::string Medibus::clock(MonoTime now) const {
  static constexpr std::string_view kMonths[] = {"JAN", "FEB", "MRZ", "APR", "MAI", "JUN",
                                                 "JUL", "AUG", "SEP", "OKT", "NOV", "DEZ"};
  const Civil c = civil_from(device_clock(now));
  char text[48];
  std::snprintf(text, sizeof text, "%2d:%02d:%02d %2d-%.3s-%02d", c.hour, c.minute, c.second, c.day,
                kMonths[c.month - 1].data(), c.year % 100);
  return text;
}

std::string Medibus::data_of(char code, std::string& facts, MonoTime now) {
  switch (code) {
    case 0x24:
      return measured_cp1(facts, now);
    case 0x2B: {
      const Printed p = print_number(value("vti", now).value_or(0), 1, 0);
      JsonWriter w(facts);
      w.key("values").begin_object().key("vti").decimal(p.value, 1).end_object();
      return "22" + padded(p.text, 4);
    }
    case 0x27:
      append_said(facts);
      return alarms();
    case 0x28:
      return clock(now);
    case 0x29:
      return "01   30"
             "0B  5.0"
             "09 18.0";
    case 0x2A:
      return texts();
    case 0x52:
      return "8210'Evita XL'07.00:06.00";
    default:
      return {};  // initialise, sign of life, and whatever it does not know: the echo alone
  }
}

void Medibus::answer(MonoTime now, Peer peer, char code) {
  const auto old = last_.find(code);
  Frame frame;
  if (is_frozen() && old != last_.end()) {
    frame = old->second;
  } else {
    std::string facts;
    std::string text = medibus_message(kHeader, code, data_of(code, facts, now));
    if (++answers_ % kAsksEvery == 0) {
      text.insert(text.size() / 2, medibus_message(kEscape, 0x30, {}));
    }
    frame.bytes.assign(text.begin(), text.end());
    frame.facts = std::move(facts);
    last_[code] = frame;
  }
  frame.peer = peer;
  emit(now, std::move(frame));
}

void Medibus::obey(MonoTime now, Peer peer, std::string_view message) {
  const std::string_view body =
      message.substr(0, message.size() - std::min<size_t>(2, message.size()));
  const bool is_good = body.size() >= 2 && message.substr(body.size()) == sum_text(body);
  if (is_good) {
    answer(now, peer, body[1]);
    return;
  }
  Frame refusal;
  refusal.bytes = {kNegative};
  refusal.peer = peer;
  emit(now, std::move(refusal));
}

void Medibus::receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    const char c = static_cast<char>(byte);
    if (c == kEscape || c == kHeader) {
      received_.clear();
      is_receiving_ = true;
    }
    if (!is_receiving_) continue;
    if (c != kReturn) {
      if (received_.size() < kMessageMax) received_ += c;
      continue;
    }
    is_receiving_ = false;
    const bool is_command = received_[0] == kEscape;
    if (is_command) obey(now, peer, received_);  // answers to its own questions need nothing
  }
}

}  // namespace lamplight::sim
