#include "firmware-sim/device_base_a.h"

#include <algorithm>
#include <cstdio>

#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr uint8_t kStx = 0x02, kEtx = 0x03, kEnq = 0x05, kAck = 0x06, kDc4 = 0x14, kNak = 0x15;
constexpr size_t kMessageMax = 96;
constexpr Duration kAsksEvery = seconds(5);
constexpr Duration kWaits = seconds(1);

}  // namespace

std::string base_a_frame(std::string_view text) {
  int sum = 0;
  for (const char c : text) sum = (sum + static_cast<unsigned char>(c)) % 256;
  char digits[4];
  std::snprintf(digits, sizeof digits, "%02X", 255 - sum);
  return static_cast<char>(kStx) + std::string(text) + digits + static_cast<char>(kEtx);
}

BaseA::BaseA(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : SyringePump(std::move(setup), patient, truth, outlet) {}

const Abilities& BaseA::abilities() const {
  static const Abilities kAbilities = [] {
    Abilities a;
    a.conditions = {"other", "system_error"};
    a.faults = serial_faults();
    return a;
  }();
  return kAbilities;
}

MonoTime BaseA::own_deadline() const {
  return std::min({SyringePump::own_deadline(), asks_at_, closes_at_});
}

void BaseA::power_up(MonoTime) {
  is_open_ = false;
  asks_at_ = kNever;
  closes_at_ = kNever;
}

void BaseA::own_tick(MonoTime now) {
  if (now >= closes_at_) power_up(now);
  if (now >= asks_at_) {
    asks_at_ = now + kAsksEvery;
    closes_at_ = now + kWaits;
    Frame frame;
    frame.peer = peer_;
    frame.bytes = {kEnq};
    emit(now, std::move(frame));
  }
  if (now >= SyringePump::own_deadline()) SyringePump::own_tick(now);
}

void BaseA::receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) {
  if (is_off()) return;
  for (const uint8_t byte : bytes) {
    if (byte == kDc4) closes_at_ = kNever;
    if (byte == kStx) {
      received_.clear();
      is_receiving_ = true;
    } else if (byte == kEtx && is_receiving_) {
      is_receiving_ = false;
      const size_t text = received_.size() < 2 ? 0 : received_.size() - 2;
      const std::string whole = static_cast<char>(kStx) + received_ + static_cast<char>(kEtx);
      if (base_a_frame(std::string_view(received_).substr(0, text)) == whole) {
        obey(now, peer, std::string_view(received_).substr(0, text));
      } else {
        Frame refusal;
        refusal.peer = peer;
        refusal.bytes = {kNak, '2'};
        emit(now, std::move(refusal));
      }
    } else if (is_receiving_ && received_.size() < kMessageMax) {
      received_ += static_cast<char>(byte);
    }
  }
}

void BaseA::answer(MonoTime now, Peer peer, const std::string& text, std::string facts) {
  Frame frame;
  frame.peer = peer;
  const std::string bytes = static_cast<char>(kAck) + base_a_frame(text);
  frame.bytes.assign(bytes.begin(), bytes.end());
  frame.facts = std::move(facts);
  emit(now, std::move(frame));
}

void BaseA::obey(MonoTime now, Peer peer, std::string_view text) {
  std::string address;
  if (text[0] >= '0' && text[0] <= '9') {
    address = text[0];
    text.remove_prefix(1);
  }
  if (text == "E" || text == "M") return;  // our own news, acknowledged
  const std::string_view command = text.substr(0, 2);
  if (command == "DC" || command == "FC") {
    is_open_ = command == "DC";
    peer_ = peer;
    asks_at_ = is_open_ ? now + kAsksEvery : kNever;
    closes_at_ = kNever;
    answer(now, peer, address + "C", {});
    return;
  }
  if (command != "LE" || text.size() < 3 || text[2] != ';') {
    std::string facts;
    JsonWriter(facts).key("text").string(text);
    truth_.record(now, name(), "command", facts);
    answer(now, peer, address + "I;20", {});
    return;
  }
  if (!is_open_) {
    answer(now, peer, address + "I;1E", {});
    return;
  }
  std::string facts;
  const std::string values = variables(text.substr(3), facts, now);
  Frame& last = last_[address + std::string(text)];
  if (!is_frozen() || last.bytes.empty()) {
    const std::string bytes = static_cast<char>(kAck) + base_a_frame(address + "C" + values);
    last.bytes.assign(bytes.begin(), bytes.end());
    last.facts = facts;
  }
  last.peer = peer;
  emit(now, last);
}

std::string BaseA::variables(std::string_view letters, std::string& facts, MonoTime now) const {
  std::string values;
  const auto put = [&](char letter, int width, int32_t number) {
    char text[24];
    std::snprintf(text, sizeof text, ";%c%0*X", letter, width, static_cast<unsigned>(number));
    values += text;
  };
  JsonWriter w(facts);
  w.key("values").begin_object();
  for (const char letter : letters) {
    if (letter == 'a') put('a', 2, says("other") ? 0x20 : 0);
    if (letter == 'e') put('e', 2, says("system_error") ? 0x11 : 0);
    if (letter == 'm') put('m', 1, 1);
    if (letter == 'd') {
      put('d', 4, value("rate_set", now));
      w.key("rate_set").decimal(value("rate_set", now), 1);
    }
    if (letter == 'r') {
      put('r', 8, value("delivered", now) * 100);
      w.key("delivered").decimal(value("delivered", now), 1);
    }
  }
  w.end_object();
  append_said(facts);
  return values;
}

}  // namespace lamplight::sim
