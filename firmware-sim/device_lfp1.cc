#include "firmware-sim/device_lfp1.h"

#include <algorithm>

namespace lamplight::sim {
namespace {

// Section 5.2.
constexpr AlarmBit kBits[] = {
    {"feed_complete", 0},
    {"feed_incomplete", 1},
    {"pump_inactive", 2},
    {"low_battery", 3},
    {"dead_battery", 4},
    {"feed_bag_empty", 5},
    {"rotor_stuck", 6},
    {"patient_tube_blocked", 7},
    {"supply_tube_blocked", 8},
    {"cassette_dislodged", 9},
    {"cassette_error", 10},
    {"system_error", 11},
    {"setting_locked", 12},
    {"feed_set_usage", 13},
    {"flush_bag_empty", 14},
    {"mains_lost", 15},
    {"free_flow_suspected", 16},
    {"under_delivery", 17},
    {"over_delivery", 18},
    {"air_in_line", 19},
    {"battery_fault", 20},
    {"too_hot", 21},
    {"settings_lost", 22},
    {"clock_lost", 23},
    {"remote_monitoring_lost", 24},
    {"hold_too_long", 25},
    {"near_complete", 26},
    {"sounder_fault", 27},
    {"other", 31},
};
// Those that stop delivery; completion and system errors have states of their own.
constexpr std::string_view kStops[] = {
    "dead_battery",        "feed_bag_empty",     "rotor_stuck",    "patient_tube_blocked",
    "supply_tube_blocked", "cassette_dislodged", "cassette_error", "free_flow_suspected",
    "air_in_line",         "settings_lost"};

constexpr Sign kSigns[] = {
    {"patient_tube_blocked", "pressure_down", 950},
    {"supply_tube_blocked", "pressure_up", -450},
    {"low_battery", "battery", 18},
    {"dead_battery", "battery", 2},
};

// Section 5.1.
enum State : int32_t {
  kStandby = 1,
  kFeeding = 2,
  kHold = 3,
  kFlushing = 6,
  kComplete = 7,
  kAlarmStop = 8,
  kFault = 9,
  kKeepOpen = 10,
};

// All eight: this pump has every sensor, so that a driver meets every register.
constexpr ProfileLayout kLayout{1, 43, 0x00FF, 141, "Bench LFP-1", "LFP-000123", kBits};

constexpr int32_t kKeepOpenRate = 50;
constexpr int32_t kFlushRate = 1200;
constexpr Duration kHoldTooLong = seconds(150);
constexpr Duration kInactive = minutes(10);
constexpr int64_t kUnitOfVolume = int64_t{3'600'000'000'000};  // 0.1 mL/h x ns per 0.1 mL

}  // namespace

Lfp1::Lfp1(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : ProfileDevice(std::move(setup), patient, truth, outlet, kLayout),
      lived_(setup_.started),
      state_since_(setup_.started) {
  refresh(setup_.started);  // whoever asks first finds a snapshot
}

int32_t Lfp1::state_when_running(MonoTime) const {
  if (says("system_error")) return kFault;
  for (const std::string_view c : kStops) {
    if (says(c)) return kAlarmStop;
  }
  if (says("feed_complete")) return kComplete;
  return kFeeding;
}

int32_t Lfp1::battery() const {
  // Ten hours on a full pack.
  return std::max<int32_t>(1, 100 - static_cast<int32_t>(on_battery_ns_ / seconds(360).ns));
}

int32_t Lfp1::rate_now(MonoTime now) const {
  const int32_t s = state(now);
  if (s == kKeepOpen) return kKeepOpenRate;
  if (s == kFlushing) return kFlushRate;
  if (s != kFeeding) return 0;
  const int32_t set = reading(id_of(Role::pump, "rate_set"), now).value_or(0);
  if (set == 0) return 0;
  if (is_told("under_delivery")) return set * 7 / 10;
  if (is_told("over_delivery")) return set * 13 / 10;
  return std::max(set + rotor_.value(), 0);
}

std::optional<int32_t> Lfp1::measured(SignalId signal, MonoTime now) const {
  const std::string_view n = signal_info(signal).name;
  if (const auto sign = sign_of(*this, kSigns, n)) return sign;
  if (n == "state") return state(now);
  if (n == "rate_set") return 450;
  if (n == "rate") return rate_now(now);
  if (n == "delivered") return delivered_;
  if (n == "total") return total_;
  if (n == "pressure_down") return (rate_now(now) > 0 ? 120 : 40) + pressure_.value();
  if (n == "pressure_up") return -50 + pressure_.value() / 2;
  if (n == "battery") return battery();
  return std::nullopt;
}

void Lfp1::live(MonoTime now) {
  const int64_t passed = (now - lived_).ns;
  lived_ = now;
  if (++lives_ % 4 == 0) {
    rotor_.step(random_);
    pressure_.step(random_);
  }
  if (says("mains_lost")) on_battery_ns_ += passed;
  const int32_t s = state(now);
  if (s != last_state_) state_since_ = now;
  last_state_ = s;
  // The dictated rate counts: what the rotor is said to turn is what flows.
  const int64_t flow = reading(id_of(Role::pump, "rate"), now).value_or(0) * passed;
  if (s == kFlushing) {
    flushed_part_ += flow;
    flushed_ += static_cast<int32_t>(flushed_part_ / kUnitOfVolume);
    flushed_part_ %= kUnitOfVolume;
  } else {
    delivered_part_ += flow;
    const auto whole = static_cast<int32_t>(delivered_part_ / kUnitOfVolume);
    delivered_part_ %= kUnitOfVolume;
    delivered_ += whole;
    total_ += whole;
  }
  judge_own(now);
}

void Lfp1::judge_own(MonoTime now) {
  const int32_t delivered = reading(id_of(Role::pump, "delivered"), now).value_or(0);
  const bool is_done = delivered >= to_deliver_;
  judge("feed_complete", is_done, now);
  judge("near_complete", !is_done && delivered >= to_deliver_ * 95 / 100, now);
  judge("mains_lost", patient_.has(PatientEvent::power_cut), now);
  const Duration in_state = now - state_since_;
  judge("hold_too_long", last_state_ == kHold && in_state > kHoldTooLong, now);
  judge("pump_inactive", (last_state_ == kHold || last_state_ == kStandby) && in_state > kInactive,
        now);
  const int32_t left = reading(id_of(Role::pump, "battery"), now).value_or(100);
  judge("low_battery", left <= 20 && left > 5, now);
  judge("dead_battery", left <= 5 && says("mains_lost"), now);
}

void Lfp1::fill(MonoTime now, RegisterBlock& b) {
  b.at(118) = 1;  // continuous
  b.at(119) = note_u16("rate_set", now);
  b.at(120) = note_u16("rate", now);
  b.put_u32(121, note_u32("delivered", now));
  b.put_u32(123, static_cast<uint32_t>(to_deliver_));
  const int32_t delivered = reading(id_of(Role::pump, "delivered"), now).value_or(0);
  const int32_t left = std::max(to_deliver_ - delivered, 0);
  b.put_u32(125, static_cast<uint32_t>(left));
  const int32_t rate = reading(id_of(Role::pump, "rate_set"), now).value_or(0);
  b.put_u32(127, rate > 0 ? static_cast<uint32_t>(int64_t{left} * 3600 / rate) : kMissingU32);
  b.put_u32(129, note_u32("total", now));
  b.put_u32(131, static_cast<uint32_t>(flushed_));
  b.at(133) = note_s16("pressure_down", now);
  b.at(134) = note_s16("pressure_up", now);
  b.at(135) = note_u16("battery", now);
  const int32_t battery_now = reading(id_of(Role::pump, "battery"), now).value_or(0);
  b.at(136) = to_u16(battery_now * 6);
  const bool mains = is_on_mains();
  const int fault_bit = says("battery_fault") ? 8 : 0;
  b.at(137) =
      static_cast<uint16_t>((mains ? 1 : 0) | (mains && battery_now < 100 ? 2 : 0) | 4 | fault_bit);
  b.at(138) = says("cassette_error") ? 3 : says("cassette_dislodged") ? 2 : 1;
  b.at(139) = says("feed_bag_empty") ? 3 : says("near_complete") ? 2 : 1;
  b.at(140) = says("feed_set_usage") ? 25 : 6;
}

}  // namespace lamplight::sim
