#include "firmware-sim/rehearsal.h"

#include <algorithm>

#include "firmware-sim/device_asena.h"
#include "firmware-sim/device_base_a.h"
#include "firmware-sim/device_medibus.h"
#include "firmware-sim/kinds.h"
#include "firmware-sim/modbus_frame.h"

namespace lamplight::sim {
namespace {

constexpr int64_t kClockAtStart = 1'456'181'265;  // 2016-02-22 22:47:45
constexpr Peer kGateway = 1;

// What a gateway says to a device of this kind once a second; empty: it speaks unasked.
std::vector<std::string> questions(std::string_view kind) {
  if (kind == "pb840") return {"SNDF\r"};
  if (kind == "v200") return {"SNDA\r"};
  if (kind == "evita") return {medibus_message(0x1B, 0x24, ""), medibus_message(0x1B, 0x27, "")};
  if (kind == "asena") return {asena_message("INF")};
  if (kind == "base-a") return {"\x14", base_a_frame("DC"), base_a_frame("LE;aemdr")};
  if (kind == "cms50-v7") return {"\x7D\x81\xA1\x80\x80\x80\x80\x80\x80"};
  if (kind == "cms50-hid") return {std::string("\x9B\x00\x1B", 3), "\x9B\x01\x1C"};
  return {};
}

}  // namespace

Rehearsal::Rehearsal(Setup setup) : setup_(std::move(setup)), patient_(setup_.seed, kStart) {
  for (const RehearsalDevice& wanted : setup_.devices) {
    DeviceSetup device;
    device.role = wanted.role;
    device.kind = wanted.kind;
    device.seed = setup_.seed * 1000 + static_cast<uint64_t>(wanted.role) + 1;
    device.started = kStart;
    device.clock_at_start = kClockAtStart;
    devices_.push_back(make_device(std::move(device), patient_, truth_, *this));
    devices_.back()->connected(kStart);
  }
}

Duration Rehearsal::length() const {
  return setup_.scenario.events.empty() ? Duration{} : setup_.scenario.events.back().at;
}

void Rehearsal::send(MonoTime now, const Device& from, Frame frame, const Delivery& how) {
  if (unplugged_[from.role()] || frame.bytes.empty()) return;
  leaving_.emplace(now + how.delay, Leaving{&from, std::move(frame.bytes)});
}

void Rehearsal::hand_out() {
  while (!leaving_.empty() && leaving_.begin()->first <= now_) {
    const auto next = leaving_.extract(leaving_.begin());
    if (on_bytes_) on_bytes_(*next.mapped().from, next.key(), next.mapped().bytes);
  }
}

void Rehearsal::ask_all() {
  for (const auto& device : devices_) {
    if (find_kind(device->kind())->wire == Wire::modbus) {
      ModbusRequest request;
      request.unit = static_cast<uint8_t>(device->unit());
      request.function = 4;
      request.first = device->kind() == "plain" ? 0 : 100;
      request.count = static_cast<uint16_t>(device->kind() == "plain"  ? 10
                                            : device->kind() == "lfp1" ? 43
                                                                       : 51);
      request.peer = kGateway;
      device->request(now_, request);
      continue;
    }
    for (const std::string& text : questions(device->kind())) {
      device->receive(now_, kGateway, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    }
  }
}

void Rehearsal::run(Duration end, const std::function<void(Duration)>& look) {
  const auto& events = setup_.scenario.events;
  while (true) {
    MonoTime next = kStart + seconds(seconds_);
    if (next_event_ < events.size()) next = std::min(next, kStart + events[next_event_].at);
    for (const auto& device : devices_) next = std::min(next, device->deadline());
    if (!leaving_.empty()) next = std::min(next, leaving_.begin()->first);
    now_ = std::max(now_, next);
    if (now_ > kStart + end) return;
    patient_.advance(now_);
    for (; next_event_ < events.size() && kStart + events[next_event_].at <= now_; ++next_event_) {
      const Word& word = events[next_event_].word;
      if (const auto* link = std::get_if<LinkWord>(&word)) {
        unplugged_[link->role] = !link->plugged;
      } else if (!std::holds_alternative<SwapWord>(word)) {
        (void)bed_.apply(word, now_);  // check() has said what cannot be
      }
    }
    for (const auto& device : devices_) {
      if (device->deadline() <= now_) device->tick(now_);
    }
    if (kStart + seconds(seconds_) <= now_) {
      if (look) look(seconds(seconds_));
      ++seconds_;
      ask_all();
    }
    hand_out();
  }
}

std::optional<int32_t> Rehearsal::shown(Role role, std::string_view signal) const {
  const Device* const device = bed_.find(role);
  const auto id = find_signal(role, signal);
  if (device == nullptr || !id) return std::nullopt;
  const auto unplugged = unplugged_.find(role);
  if (unplugged != unplugged_.end() && unplugged->second) {
    return std::nullopt;
  }
  return device->shown(*id, now_);
}

std::vector<std::string_view> Rehearsal::conditions(Role role) const {
  const Device* const device = bed_.find(role);
  return device == nullptr ? std::vector<std::string_view>() : device->conditions_now();
}

}  // namespace lamplight::sim
