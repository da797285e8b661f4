#include "firmware-sim/device_asena.h"

#include <cstdio>

#include "firmware-sim/printed.h"
#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr size_t kMessageMax = 128;

struct AlarmRow {
  std::string_view condition;
  std::string_view word;
};
constexpr AlarmRow kAlarms[] = {{"patient_tube_blocked", "OCCLUSION"},
                                {"dead_battery", "BATTERY_EMPTY"},
                                {"low_battery", "BATTERY_LOW"},
                                {"mains_lost", "MAINS_LOST"},
                                {"other", "SYRINGE_CLAMP"}};

std::string_view mode_word(int32_t state) {
  switch (state) {
    case 2:
      return "INFUSE";
    case 3:
      return "HOLD";
    case 5:
      return "PURGE";
    case 7:
      return "VTBI_DONE";
    case 10:
      return "KVO";
    default:
      return "STANDBY";
  }
}

// The remainder of TEXT · x^16 by x^16 + x^12 + x^5 + 1, the register beginning with ones.
unsigned remainder_of(std::string_view text) {
  unsigned r = 0xFFFF;
  for (const char c : text) {
    for (int bit = 7; bit >= 0; --bit) {
      const unsigned carry = (r >> 15 ^ static_cast<unsigned>(c) >> bit) & 1U;
      r = (r << 1 & 0xFFFF) ^ (carry != 0 ? 0x1021U : 0U);
    }
  }
  return r;
}

}  // namespace

std::string asena_message(std::string_view text) {
  char crc[8];
  std::snprintf(crc, sizeof crc, "|%04X\r", remainder_of(text));
  return "!" + std::string(text) + crc;
}

Asena::Asena(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : SyringePump(std::move(setup), patient, truth, outlet) {
  const auto serial = setup_.options.find("serial");
  serial_ = serial == setup_.options.end() ? "800600123" : serial->second;
}

const Abilities& Asena::abilities() const {
  static const Abilities kAbilities = [] {
    Abilities a;
    a.faults = serial_faults();
    a.faults.push_back(Fault::flip);  // the CRC tells
    for (const AlarmRow& row : kAlarms) a.conditions.push_back(row.condition);
    return a;
  }();
  return kAbilities;
}

void Asena::receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    if (byte == '!' || byte == 0x1B) received_.clear();
    if (received_.size() < kMessageMax) received_ += static_cast<char>(byte);
    if (byte != '\r') continue;
    const size_t bar = received_.find('|');
    const std::string text =
        bar == std::string::npos ? std::string() : received_.substr(1, bar - 1);
    if (!text.empty() && received_ == asena_message(text)) obey(now, peer, text);
    received_.clear();
  }
}

void Asena::record_command(MonoTime now, std::string_view text) {
  std::string facts;
  JsonWriter(facts).key("text").string(text);
  truth_.record(now, name(), "command", facts);
}

void Asena::obey(MonoTime now, Peer peer, std::string_view word) {
  if (word == "INF") {
    answer_status(now, peer);
    return;
  }
  Frame frame;
  frame.peer = peer;
  std::string text;
  if (word == "INST_SERIALNO") text = asena_message("INST_SERIALNO^" + serial_);
  if (word == "COMMS_PROTOCOL") text = asena_message("COMMS_PROTOCOL^1.6");
  if (text.empty()) {
    record_command(now, word);
    return;
  }
  frame.bytes.assign(text.begin(), text.end());
  emit(now, std::move(frame));
}

void Asena::answer_status(MonoTime now, Peer peer) {
  // One alarm at a time, the gravest first.
  std::string_view alarm = "NO_ALARM";
  for (const AlarmRow& row : kAlarms) {
    if (alarm == "NO_ALARM" && says(row.condition)) alarm = row.word;
  }
  const int32_t kpa = value("pressure_down", now);
  // The display's unit, to its tenth.
  const auto mmhg = static_cast<int32_t>((int64_t{kpa} * 1'000'000 + 66'661) / 133'322);
  const int32_t state = value("state", now);
  Frame frame;
  frame.peer = peer;
  const std::string text = asena_message(
      "INF^" + serial_ + "^" + std::string(alarm) + "^" + std::string(mode_word(state)) + "^" +
      print_number(value("rate_set", now), 1, 1).text + "0^ml/h^" + "CONT" + "^" +
      print_number(value("delivered", now), 1, 1).text + "0^ml^" + print_number(mmhg, 1, 1).text +
      "^mmHg^02:10:00^EVENT^17");
  frame.bytes.assign(text.begin(), text.end());
  JsonWriter w(frame.facts);
  w.key("values").begin_object();
  w.key("rate_set").decimal(value("rate_set", now), 1);
  w.key("delivered").decimal(value("delivered", now), 1);
  w.key("pressure_down").decimal(kpa, 1).end_object();
  append_said(frame.facts);
  if (!is_frozen() || last_.bytes.empty()) last_ = frame;
  last_.peer = peer;
  emit(now, last_);
}

}  // namespace lamplight::sim
