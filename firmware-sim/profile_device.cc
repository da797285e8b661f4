#include "firmware-sim/profile_device.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr Duration kSnapshotEvery = milliseconds(500);  // the profile asks for once a second
constexpr Duration kSelfTest = seconds(5);
constexpr Duration kLatchFor = seconds(30);  // then the simulated carer resets it at the bedside
constexpr Duration kUpBefore = minutes(60);  // it was on for an hour when the simulator starts
constexpr uint16_t kLiveFirst = 100;

// Event ring actions.
constexpr int kBegun = 1;
constexpr int kEnded = 2;
constexpr int kAudioPaused = 3;
constexpr int kReset = 6;

uint16_t hex_or(const std::string& text, uint16_t otherwise) {
  uint16_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return !text.empty() && end.ec == std::errc() ? value : otherwise;
}

}  // namespace

ProfileDevice::ProfileDevice(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet,
                             const ProfileLayout& layout)
    : ModbusDevice(std::move(setup), patient, truth, outlet),
      layout_(layout),
      live_{"live", kLiveFirst, std::vector<uint16_t>(size_t{layout.live_length} + 1)},
      next_snapshot_(setup_.started),
      powered_at_(setup_.started - kUpBefore),
      last_read_(setup_.started),
      state_since_(setup_.started) {
  for (const AlarmBit& b : layout_.bits) abilities_.conditions.push_back(b.condition);
  abilities_.faults = polled_faults();
  abilities_.has_silenced = true;
  flags_ = hex_or(option("flags", "0"), 0);
  const std::string watchdog = option("watchdog", "60");
  std::from_chars(watchdog.data(), watchdog.data() + watchdog.size(), watchdog_s_);
  make_identity();
}

std::string ProfileDevice::option(std::string_view name, std::string_view otherwise) const {
  const auto found = setup_.options.find(name);
  return found == setup_.options.end() ? std::string(otherwise) : found->second;
}

void ProfileDevice::make_identity() {
  identity_.at(0) = 0x4C4C;
  identity_.at(1) = hex_or(option("version", ""), 0x0100);
  uint32_t pattern = 0x01020304;
  const std::string text = option("pattern", "01020304");
  std::from_chars(text.data(), text.data() + text.size(), pattern, 16);
  identity_.put_u32(2, pattern);
  identity_.at(4) = layout_.kind;
  identity_.at(5) = layout_.live_length;
  identity_.at(6) = layout_.capabilities;
  identity_.at(7) = watchdog_s_;
  identity_.put_text(8, 8, "Lamplight");
  identity_.put_text(16, 8, layout_.model);
  identity_.put_text(24, 8, option("serial", layout_.serial));
  identity_.put_text(32, 8, "1.0.0");
}

RegisterBlock* ProfileDevice::find_block(uint16_t first, uint16_t count) {
  for (RegisterBlock* b : {&identity_, &live_, &ring_}) {
    const int end = b->first + static_cast<int>(b->registers.size());
    if (first >= b->first && first + count <= end) return b;
  }
  return nullptr;
}

void ProfileDevice::being_read(MonoTime now, RegisterBlock& block) {
  const int64_t since = (now - last_read_).ns / 1'000'000'000;
  last_read_ = now;
  if (&block == &live_) {
    live_.at(layout_.since_read_at) =
        to_u16(static_cast<int32_t>(std::min<int64_t>(since, 0xFFFE)));
  }
}

void ProfileDevice::own_tick(MonoTime now) {
  refresh(now);
  next_snapshot_ = next_snapshot_ + kSnapshotEvery;
  if (next_snapshot_ <= now) next_snapshot_ = now + kSnapshotEvery;
}

void ProfileDevice::power_up(MonoTime now) {
  powered_at_ = now;
  uptime_more_ = 0;
  heartbeat_ = 0;
  last_read_ = now;
  state_was_ = -1;
  refresh(now);
}

void ProfileDevice::steered(MonoTime now) { refresh(now); }

bool ProfileDevice::says(std::string_view condition) const {
  return is_present(id_of(role(), "alarm." + std::string(condition)));
}

bool ProfileDevice::is_told(std::string_view condition) const {
  return is_said(id_of(role(), "alarm." + std::string(condition)));
}

void ProfileDevice::judge(std::string_view condition, bool present, MonoTime now) {
  decide(id_of(role(), "alarm." + std::string(condition)), present, now);
}

std::optional<int32_t> ProfileDevice::sign_of(const ProfileDevice& device,
                                              std::span<const Sign> signs,
                                              std::string_view signal) {
  for (const Sign& s : signs) {
    if (s.signal == signal && device.is_told(s.condition)) return s.value;
  }
  return std::nullopt;
}

std::optional<int32_t> ProfileDevice::note(std::string_view signal, int32_t low, int32_t high,
                                           MonoTime now) {
  const SignalId id = id_of(role(), signal);
  auto value = reading(id, now);
  if (value) value = std::clamp(*value, low, high);
  noted_.emplace_back(id, value);
  return value;
}

uint16_t ProfileDevice::note_u16(std::string_view signal, MonoTime now) {
  return to_u16(note(signal, 0, 0xFFFE, now));
}
uint16_t ProfileDevice::note_s16(std::string_view signal, MonoTime now) {
  return to_s16(note(signal, -32'767, 32'767, now));
}
uint32_t ProfileDevice::note_u32(std::string_view signal, MonoTime now) {
  return to_u32(note(signal, 0, INT32_MAX, now));
}

int32_t ProfileDevice::state(MonoTime now) const {
  if (now - powered_at_ < kSelfTest) return 0;
  const auto dictated = bedside_.dictated(id_of(role(), "state"), now);
  return dictated ? *dictated : state_when_running(now);
}

uint32_t ProfileDevice::uptime(MonoTime now) const {
  return static_cast<uint32_t>((now - powered_at_).ns / 100'000'000) + uptime_more_;
}

// Three seconds, and three heartbeats, before both begin anew at 0.
void ProfileDevice::wrap_counters(MonoTime now) {
  heartbeat_ = 0xFFFC;
  uptime_more_ += 0U - 30U - uptime(now);
}

void ProfileDevice::refresh(MonoTime now) {
  if (is_frozen() || is_off()) return;
  live(now);
  const Duration watchdog = seconds(watchdog_s_);
  judge("remote_monitoring_lost", watchdog.ns > 0 && now - last_read_ > watchdog, now);
  update_alarms(now);
  ++heartbeat_;
  noted_.clear();
  fill_head(now);
  const uint16_t since_read = live_.at(layout_.since_read_at);
  fill(now, live_);
  live_.at(layout_.since_read_at) = since_read;
  live_.at(kLiveFirst + layout_.live_length - 1) = heartbeat_;
  live_.at(kLiveFirst + layout_.live_length) = 0;
  fill_ring();
  make_facts(now);
}

void ProfileDevice::add_event(MonoTime now, int bit, int action) {
  ++seq_;
  events_.push_front(
      {seq_, uptime(now), static_cast<uint16_t>(bit), static_cast<uint16_t>(action)});
  if (events_.size() > 8) events_.pop_back();
}

void ProfileDevice::update_alarms(MonoTime now) {
  uint32_t present = 0;
  for (const AlarmBit& b : layout_.bits) {
    if (says(b.condition)) present |= 1U << b.bit;
  }
  for (int bit = 0; bit < 32; ++bit) {
    const uint32_t mask = 1U << bit;
    const bool is = (present & mask) != 0;
    const bool was = (present_ & mask) != 0;
    auto& ended = ended_[static_cast<size_t>(bit)];
    if (is != was) add_event(now, bit, is ? kBegun : kEnded);
    if (is) latched_ |= mask;
    if (was && !is) ended = now;
    if (!is && (latched_ & mask) != 0 && now - ended >= kLatchFor) {
      latched_ &= ~mask;
      add_event(now, bit, kReset);
    }
  }
  present_ = present;
  if (bedside_.is_silenced && !was_silenced_) {
    add_event(now, present != 0 ? std::countr_zero(present) : 31, kAudioPaused);
  }
  was_silenced_ = bedside_.is_silenced;
}

void ProfileDevice::fill_head(MonoTime now) {
  const int32_t state_now = state(now);
  if (state_now != state_was_) state_since_ = now;
  state_was_ = state_now;
  const int64_t age = (now - state_since_).ns / 1'000'000'000;
  live_.at(100) = 0x4C01;
  live_.at(101) = heartbeat_;
  live_.put_u32(102, uptime(now));
  live_.put_u32(104, static_cast<uint32_t>(device_clock(now)));
  live_.at(106) = 1;
  live_.at(107) = to_u16(state_now);
  live_.at(108) = to_u16(static_cast<int32_t>(std::min<int64_t>(age, 0xFFFE)));
  live_.put_u32(109, present_);
  live_.put_u32(111, latched_);
  live_.put_u32(113, seq_);
  const bool sounds = present_ != 0 && !bedside_.is_silenced;
  live_.at(115) = static_cast<uint16_t>((bedside_.is_silenced ? 1 : 0) | (sounds ? 4 : 0));
  live_.at(116) = (present_ & 0x80000000U) != 0 ? 77 : kMissingU16;
  live_.at(117) = flags_;
}

void ProfileDevice::fill_ring() {
  std::fill(ring_.registers.begin(), ring_.registers.end(), uint16_t{0});
  ring_.at(200) = 0x4C02;
  ring_.at(201) = static_cast<uint16_t>(events_.size());
  int at = 202;
  for (const RingEntry& e : events_) {
    ring_.put_u32(at, e.seq);
    ring_.put_u32(at + 2, e.at);
    ring_.at(at + 4) = e.bit;
    ring_.at(at + 5) = e.action;
    ring_.at(at + 6) = kMissingS16;
    ring_.at(at + 7) = kMissingS16;
    at += 8;
  }
}

void ProfileDevice::make_facts(MonoTime now) {
  facts_.clear();
  JsonWriter w(facts_);
  w.key("heartbeat").integer(heartbeat_);
  w.key("state").string(
      signal_info(id_of(role(), "state")).enumerators[static_cast<size_t>(state(now))]);
  append_said(facts_);
  JsonWriter mains(facts_);
  facts_ += ',';
  mains.key("on_mains").boolean(is_on_mains());
  if (flags_ != 0) facts_ += ",\"reason\":\"self_test\"";
}

void ProfileDevice::append_facts(const RegisterBlock& block, std::string& facts) {
  JsonWriter w(facts);
  w.key("block").string(block.name);
  if (&block != &live_) return;
  // The buffered log of a benchmark says only what is new; the other says everything every time.
  const bool only_changes = truth_.is_buffered() && sent_once_;
  if (only_changes && facts_sent_ == heartbeat_) {
    w.key("same").boolean(true);
    return;
  }
  facts_sent_ = heartbeat_;
  w.key("values").begin_object();
  for (size_t i = 0; i < noted_.size(); ++i) {
    const auto& [id, value] = noted_[i];
    if (only_changes && i < told_.size() && told_[i] == noted_[i]) continue;
    const SignalInfo& info = signal_info(id);
    w.key(info.name);
    value ? w.decimal(*value, info.decimals) : w.null();
  }
  w.end_object();
  told_ = noted_;
  sent_once_ = true;
  facts += ',';
  facts += facts_;
}

}  // namespace lamplight::sim
