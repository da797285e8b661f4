#include "drivers/modbus/profile.h"

#include <algorithm>
#include <array>

#include "drivers/sdk/signals.h"

namespace lamplight::modbus {
namespace {

using sdk::FactKind;

constexpr uint16_t kTag = 0x4C4C, kLiveTag = 0x4C01, kRingTag = 0x4C02;
constexpr uint16_t kMissing16 = 0xFFFF;
constexpr uint32_t kMissing32 = 0xFFFFFFFF;
constexpr Duration kFrozenAfter = seconds(3);
constexpr Duration kFreeFlowKept = seconds(60);

// Offsets in the live block.
constexpr size_t kHeartbeat = 1, kUptime = 2, kState = 7, kPresent = 9, kLatched = 11, kSeq = 13,
                 kAnnunciation = 15, kVendorCode = 16, kFlags = 17;
constexpr size_t kPumpRateSet = 19, kPumpTotal = 29, kPumpCassette = 38, kPumpTail = 42;
constexpr size_t kVentBreaths = 20, kVentApnoea = 43, kVentTail = 50;

uint32_t u32_at(Registers r, size_t at) { return wide(r[at], r[at + 1], WordOrder::abcd); }

std::string text_at(Registers r, size_t at, size_t count) {
  return text_of(r.subspan(at, count), WordOrder::abcd);
}

// LFP-1 5.2 and LVP-1 6.2, by bit; empty = reserved.
std::string_view condition_name(Role role, int bit) {
  static constexpr std::array<std::string_view, 32> kPump = {"feed_complete",
                                                             "feed_incomplete",
                                                             "pump_inactive",
                                                             "low_battery",
                                                             "dead_battery",
                                                             "feed_bag_empty",
                                                             "rotor_stuck",
                                                             "patient_tube_blocked",
                                                             "supply_tube_blocked",
                                                             "cassette_dislodged",
                                                             "cassette_error",
                                                             "system_error",
                                                             "setting_locked",
                                                             "feed_set_usage",
                                                             "flush_bag_empty",
                                                             "mains_lost",
                                                             "free_flow_suspected",
                                                             "under_delivery",
                                                             "over_delivery",
                                                             "air_in_line",
                                                             "battery_fault",
                                                             "too_hot",
                                                             "settings_lost",
                                                             "clock_lost",
                                                             "remote_monitoring_lost",
                                                             "hold_too_long",
                                                             "near_complete",
                                                             "sounder_fault",
                                                             "",
                                                             "",
                                                             "",
                                                             "other"};
  static constexpr std::array<std::string_view, 32> kVentilator = {"circuit_disconnected",
                                                                   "obstruction",
                                                                   "pressure_high",
                                                                   "pressure_sustained",
                                                                   "pressure_low",
                                                                   "apnoea",
                                                                   "minute_volume_low",
                                                                   "minute_volume_high",
                                                                   "tidal_volume_low",
                                                                   "tidal_volume_high",
                                                                   "rate_low",
                                                                   "rate_high",
                                                                   "peep_low",
                                                                   "peep_high",
                                                                   "leak_high",
                                                                   "leak_low",
                                                                   "fio2_low",
                                                                   "fio2_high",
                                                                   "o2_supply_failing",
                                                                   "mains_lost",
                                                                   "low_battery",
                                                                   "dead_battery",
                                                                   "battery_fault",
                                                                   "all_power_lost",
                                                                   "inoperative",
                                                                   "internal_fault",
                                                                   "too_hot",
                                                                   "check_circuit",
                                                                   "settings_lost",
                                                                   "remote_monitoring_lost",
                                                                   "oximeter_limit",
                                                                   "other"};
  return (role == Role::pump ? kPump : kVentilator)[static_cast<size_t>(bit)];
}

// Bits that stop a pump (LFP-1 5.2, column "stops"; "maybe" counts).
constexpr uint32_t kStopBits = 0x80690FF1U;

size_t live_length(Role role) { return (role == Role::pump ? kPumpTail : kVentTail) + 1; }

}  // namespace

Result<Identity> parse_identity(Registers r, Role role) {
  if (r.size() < kIdentityCount || r[0] != kTag) {
    return failure("no Lamplight identity block at register 0: check the unit and the map");
  }
  if (u32_at(r, 2) != 0x01020304) {
    return failure("word-order fault: the pattern register does not read 01020304");
  }
  if ((r[1] >> 8) != 1) {
    return failure("profile version " + std::to_string(r[1] >> 8) + " is not supported");
  }
  const int kind = role == Role::pump ? 1 : 2;
  if (r[4] != kind) {
    return failure("the device says kind " + std::to_string(r[4]) + ", a " +
                   std::string(name_of(role)) + " is " + std::to_string(kind));
  }
  if (r[5] < live_length(role)) return failure("its live block is shorter than the profile's");
  Identity id;
  id.live_length = r[5];
  id.capabilities = r[6];
  id.watchdog_s = r[7];
  id.maker = text_at(r, 8, 8);
  id.model = text_at(r, 16, 8);
  id.serial = text_at(r, 24, 8);
  id.firmware = text_at(r, 32, 8);
  if (id.serial.empty()) return failure("the device has no serial number");
  return id;
}

std::vector<std::string_view> not_fitted(Role role, uint16_t capabilities) {
  struct Fitted {
    int bit;
    std::string_view signal;
  };
  static constexpr std::array<Fitted, 3> kPump = {
      {{0, "rate"}, {1, "pressure_down"}, {2, "pressure_up"}}};
  static constexpr std::array<Fitted, 6> kVentilator = {
      {{0, "fio2"}, {1, "spo2"}, {1, "pulse"}, {2, "vti"}, {3, "vte"}, {4, "leak"}}};
  std::vector<std::string_view> absent;
  const auto add = [&](const auto& table) {
    for (const Fitted& one : table) {
      if (((capabilities >> one.bit) & 1) == 0) absent.push_back(one.signal);
    }
  };
  role == Role::pump ? add(kPump) : add(kVentilator);
  return absent;
}

void LiveCheck::begin() {
  has_previous_ = false;
  restarted_ = false;
  state_ = kNoState;
  wants_ring_ = false;
}

void LiveCheck::begin_another() {
  auto notes = std::move(notes_);
  *this = LiveCheck(role_);
  notes_ = std::move(notes);
}

bool LiveCheck::is_one_snapshot(Registers live, Role role) {
  const size_t length = live_length(role);
  return live.size() >= length && live[0] == kLiveTag && live[kHeartbeat] == live[length - 1];
}

LiveCheck::Outcome LiveCheck::check(Registers live, MonoTime at, Verdict& verdict,
                                    sdk::Sink& sink) {
  if (!is_one_snapshot(live, role_)) return Outcome::torn;
  if (has_last_ && live[kHeartbeat] == heartbeat_) {
    if (at - heartbeat_at_ < kFrozenAfter) return Outcome::frozen;
    notes_.lasting(sink, "frozen", true, "the device's snapshot has stopped moving");
    return stale(verdict, sink);
  }
  if (!check_uptime(u32_at(live, kUptime), at, sink)) return suspect(verdict, sink);
  is_suspected_ = false;
  notes_.lasting(sink, "uptime_unfit", false);
  notes_.lasting(sink, "frozen", false);
  heartbeat_ = live[kHeartbeat];
  heartbeat_at_ = at;
  check_flags(live[kFlags], verdict, sink);
  check_counters(live, verdict, sink);
  check_alarms(live, verdict, sink);
  if (live[kState] != state_) {
    state_ = live[kState];
    state_since_ = at;
    counter_rose_at_ = at;
  }
  if (role_ == Role::pump) {
    check_delivery(live, at, verdict, sink);
  } else {
    check_breathing(live, at, verdict, sink);
  }
  is_shutting_down_ = live[kState] == (role_ == Role::pump ? 11 : 5);
  has_last_ = true;
  has_previous_ = true;
  return Outcome::good;
}

bool LiveCheck::check_uptime(uint32_t uptime, MonoTime at, sdk::Sink& sink) {
  const auto finding = uptime_.check(uptime, at);
  restarted_ = finding == UptimeCheck::Finding::restarted;
  if (restarted_) {
    sink.fact(
        {.kind = FactKind::restarted, .name = "uptime", .text = "the device's uptime began anew"});
  }
  return finding != UptimeCheck::Finding::suspect;
}

// The first time the device is asked who it is, and values only age: it may have been one late
// reply. What does not fit after that is no reading of now.
LiveCheck::Outcome LiveCheck::suspect(Verdict& verdict, sdk::Sink& sink) {
  has_previous_ = false;
  if (is_suspected_) {
    notes_.lasting(sink, "uptime_unfit", true,
                   "the device's uptime does not go with our clock: no reading is used");
    return stale(verdict, sink);
  }
  is_suspected_ = true;
  Notes::happened(sink, "stale_reply",
                  "uptime does not fit our clock: an old or cached reply, not used");
  return Outcome::suspect;
}

LiveCheck::Outcome LiveCheck::stale(Verdict& verdict, sdk::Sink& sink) const {
  verdict.all_missing = Reason::stale;
  sink.sample(sdk::signal(role_, "silenced"), sdk::Reading::missing(Reason::stale));
  return Outcome::good;
}

// Flags that are not available leave open whether the values are real: they are not used, but
// nobody is told of a demo that the device does not speak of.
void LiveCheck::check_flags(uint16_t flags, Verdict& verdict, sdk::Sink& sink) {
  const bool are_known = flags != kMissing16;
  is_real_ = flags == 0;
  if (!is_real_) verdict.all_missing = are_known ? Reason::self_test : Reason::device_fault;
  notes_.lasting(sink, "flags_missing", !are_known,
                 "the device does not say whether its data are real: no reading is used");
  notes_.lasting(sink, "demo", are_known && (flags & 1) != 0,
                 "demo or training data: no reading is real");
  notes_.lasting(sink, "service_mode", are_known && (flags & 4) != 0);
}

void LiveCheck::check_counters(Registers live, Verdict& verdict, sdk::Sink& sink) {
  const uint32_t counter = u32_at(live, role_ == Role::pump ? kPumpTotal : kVentBreaths);
  const uint32_t seq = u32_at(live, kSeq);
  const bool has_fallen = has_last_ && !restarted_ && counter != kMissing32 &&
                          counter_ != kMissing32 && counter < counter_ && is_real_;
  if (has_fallen) verdict.all_missing = Reason::device_fault;
  notes_.lasting(sink, "contradiction", has_fallen, "a counter that may not fall has fallen");
  if (alarm_seq_ && seq < *alarm_seq_) {
    Notes::happened(sink, "memory_lost", "the device's alarm numbers began anew");
    alarm_seq_ = seq;
  }
  if (!alarm_seq_) alarm_seq_ = seq;  // what happened before we listened is not news
  alarm_seq_now_ = seq;
  wants_ring_ = seq != *alarm_seq_;
}

void LiveCheck::check_alarms(Registers live, Verdict& verdict, sdk::Sink& sink) {
  alarm_present_ = u32_at(live, kPresent);
  const uint32_t latched = u32_at(live, kLatched);
  std::string reserved;
  for (int bit = 0; bit < 32; ++bit) {
    if (((alarm_present_ >> bit) & 1) != 0 && condition_name(role_, bit).empty()) {
      reserved += (reserved.empty() ? "bit " : ", ") + std::to_string(bit);
    }
  }
  verdict.other_alarm = !reserved.empty();
  notes_.lasting(sink, "reserved_alarm", !reserved.empty(), reserved);
  const uint16_t code = live[kVendorCode];
  const bool coded = (alarm_present_ >> 31) != 0 && code != kMissing16;
  notes_.lasting(sink, "vendor_code", coded, std::to_string(code));
  notes_.lasting(sink, "latched_misses_present", (alarm_present_ & ~latched) != 0,
                 "device fault: alarm_latched lacks what alarm_present shows; both are kept");
  const uint16_t sound = live[kAnnunciation];
  const bool has_sound = sound != kMissing16;
  Reason silent = verdict.all_missing;
  if (silent == Reason::none && !has_sound) silent = Reason::stale;
  sink.sample(sdk::signal(role_, "silenced"), silent == Reason::none
                                                  ? sdk::Reading::ok((sound & 3) != 0 ? 1 : 0)
                                                  : sdk::Reading::missing(silent));
  const bool is_broken = is_real_ && has_sound && (sound & 32) != 0;
  if (role_ == Role::ventilator) {
    notes_.lasting(sink, "sounder_fault", is_broken);
  } else if (is_broken) {
    verdict.present.push_back(sdk::signal(role_, "alarm.sounder_fault"));
  }
}

// What flowed freely once is not over because the next second shows no rise: it is held until the
// pump delivers by itself again and nothing has flowed otherwise for a minute, or is restarted.
bool LiveCheck::free_flow_holds(bool flows, uint16_t state, MonoTime at) {
  if (restarted_) free_flow_at_.reset();
  if (flows) free_flow_at_ = at;
  const bool delivers = is_real_ && (state == 2 || state == 5 || state == 6 || state == 10);
  if (free_flow_at_ && delivers && at - *free_flow_at_ >= kFreeFlowKept) free_flow_at_.reset();
  return free_flow_at_.has_value();
}

// LFP-1 5.1: free flow and under-delivery are suspected by us, whatever the pump says.
void LiveCheck::check_delivery(Registers live, MonoTime at, Verdict& verdict, sdk::Sink& sink) {
  const uint32_t total = u32_at(live, kPumpTotal);
  const uint16_t state = live[kState];
  const bool rose =
      has_previous_ && total != kMissing32 && counter_ != kMissing32 && total > counter_;
  if (rose || !has_previous_ || !is_real_) counter_rose_at_ = at;
  const bool is_stopped = state == 1 || state == 3 || state == 4 || (state >= 7 && state <= 9);
  const bool just_stopped = at - state_since_ < seconds(2);  // the last tenth may still count
  const bool flows =
      is_real_ && ((rose && is_stopped && !just_stopped) ||
                   (state == 2 && live[kPumpCassette] <= 4 && live[kPumpCassette] != 1));
  const bool free_flow = free_flow_holds(flows, state, at);
  if (free_flow) verdict.present.push_back(sdk::signal(role_, "alarm.free_flow_suspected"));
  notes_.lasting(sink, "free_flow_by_driver", free_flow,
                 "concluded by the driver, not said by the pump");
  const uint16_t rate = live[kPumpRateSet];
  bool under = false;
  if (state == 2 && total != kMissing32 && rate != kMissing16 && rate != 0) {
    // 3 × 0.1 mL at the programmed rate, at least 60 s: 0.3 mL / (rate/10 mL/h) in seconds.
    const int64_t patience_s = std::max<int64_t>(60, int64_t{3} * 3600 / rate);
    under = at - counter_rose_at_ > seconds(patience_s);
  }
  if (under) verdict.present.push_back(sdk::signal(role_, "alarm.under_delivery"));
  notes_.lasting(sink, "under_delivery_by_driver", under,
                 "concluded by the driver, not said by the pump");
  const bool unexplained = is_real_ && state == 8 && (alarm_present_ & kStopBits) == 0;
  verdict.other_alarm = verdict.other_alarm || unexplained;
  notes_.lasting(sink, "stopped_without_alarm", unexplained,
                 "the pump stopped in alarm and names none");
  counter_ = is_real_ ? total : kMissing32;
}

// LVP-1 6.1: no breath for set_apnoea + 2 s is apnoea by us.
void LiveCheck::check_breathing(Registers live, MonoTime at, Verdict& verdict, sdk::Sink& sink) {
  const uint32_t breaths = u32_at(live, kVentBreaths);
  const bool moved = !has_previous_ || breaths != counter_ || !is_real_;
  if (moved) counter_rose_at_ = at;
  counter_ = is_real_ ? breaths : kMissing32;
  const uint16_t apnoea = live[kVentApnoea];
  const bool ventilating = live[kState] == 2 || live[kState] == 3;
  const bool by_us = ventilating && apnoea != kMissing16 && breaths != kMissing32 &&
                     at - counter_rose_at_ > milliseconds(int64_t{apnoea} * 100 + 2000);
  if (by_us) verdict.present.push_back(sdk::signal(role_, "alarm.apnoea"));
  notes_.lasting(sink, "apnoea_by_driver", by_us,
                 "concluded by the driver, not said by the ventilator");
}

// What the ring no longer holds; the wire's gap is of sample numbers, so that this is a note.
std::string LiveCheck::lost_events(Registers r) const {
  if (!alarm_seq_) return {};
  const uint16_t count = r[1];
  const uint32_t oldest = count == 0 ? alarm_seq_now_ + 1 : u32_at(r, 2 + (count - 1) * 8U);
  if (oldest <= *alarm_seq_ + 1) return {};
  return "alarm events " + std::to_string(*alarm_seq_ + 1) + " to " + std::to_string(oldest - 1) +
         " were lost";
}

bool LiveCheck::ring(Registers r, MonoTime, sdk::Sink& sink) {
  wants_ring_ = false;
  if (r.size() < kRingCount || r[0] != kRingTag || r[1] > 8) return false;
  if (const std::string lost = lost_events(r); !lost.empty()) {
    Notes::happened(sink, "alarm_events_lost", lost);
  }
  const size_t count = r[1];
  for (size_t i = count; i-- > 0;) {  // oldest first
    const Registers entry = r.subspan(2 + i * 8, 8);
    const uint32_t seq = u32_at(entry, 0);
    if (alarm_seq_ && seq <= *alarm_seq_) continue;
    alarm_seq_now_ = std::max(alarm_seq_now_, seq);
    if (!is_real_) continue;  // of a demo or a self-test: no alarm now, and no news afterwards
    const uint16_t bit = entry[4];
    if (bit > 31 || entry[5] != 1) continue;           // begun
    if (((alarm_present_ >> bit) & 1) != 0) continue;  // the live block says it
    const std::string_view name = condition_name(role_, bit);
    const std::string path = "alarm." + std::string(name.empty() ? "other" : name);
    sink.sample(sdk::signal(role_, path), sdk::Reading::ok(1));
    Notes::happened(sink, "alarm_between_polls", path);
  }
  alarm_seq_ = alarm_seq_now_;
  return true;
}

}  // namespace lamplight::modbus
