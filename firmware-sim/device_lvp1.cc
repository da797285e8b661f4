#include "firmware-sim/device_lvp1.h"

#include <algorithm>

#include "firmware-sim/ventilator_signs.h"

namespace lamplight::sim {
namespace {

// Section 6.2.
constexpr AlarmBit kBits[] = {
    {"circuit_disconnected", 0},
    {"obstruction", 1},
    {"pressure_high", 2},
    {"pressure_sustained", 3},
    {"pressure_low", 4},
    {"apnoea", 5},
    {"minute_volume_low", 6},
    {"minute_volume_high", 7},
    {"tidal_volume_low", 8},
    {"tidal_volume_high", 9},
    {"rate_low", 10},
    {"rate_high", 11},
    {"peep_low", 12},
    {"peep_high", 13},
    {"leak_high", 14},
    {"leak_low", 15},
    {"fio2_low", 16},
    {"fio2_high", 17},
    {"o2_supply_failing", 18},
    {"mains_lost", 19},
    {"low_battery", 20},
    {"dead_battery", 21},
    {"battery_fault", 22},
    {"all_power_lost", 23},
    {"inoperative", 24},
    {"internal_fault", 25},
    {"too_hot", 26},
    {"check_circuit", 27},
    {"settings_lost", 28},
    {"remote_monitoring_lost", 29},
    {"oximeter_limit", 30},
    {"other", 31},
};

// Section 6.1.
enum State : int32_t { kVentilating = 2, kApnoeaBackup = 3, kSafeState = 4 };

// Bits 0 to 6: everything is fitted.
constexpr ProfileLayout kLayout{2, 51, 0x007F, 149, "Bench LVP-1", "LVP-000077", kBits};

constexpr int32_t kSetPip = 180;  // 0.1 cmH2O
constexpr int32_t kSetPeep = 60;
constexpr int32_t kSetRate = 200;    // 0.1 /min
constexpr int32_t kSetApnoea = 200;  // 0.1 s
constexpr int32_t kTi = 80;          // 0.01 s
constexpr Duration kBreathValuesLast = seconds(30);
// The simulated bedside limits.
constexpr int32_t kPipLow = 100;
constexpr int32_t kPipHigh = 350;
constexpr int32_t kVteLow = 800;
constexpr int32_t kMinuteLow = 150;
constexpr int32_t kRateHigh = 450;
constexpr int32_t kLeakHigh = 400;

}  // namespace

Lvp1::Lvp1(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : ProfileDevice(std::move(setup), patient, truth, outlet, kLayout),
      breath_began_(setup_.started),
      next_breath_(setup_.started),
      lived_(setup_.started) {
  refresh(setup_.started);  // whoever asks first finds a snapshot
}

int32_t Lvp1::state_when_running(MonoTime) const {
  if (says("inoperative") || says("all_power_lost")) return kSafeState;
  return says("apnoea") ? kApnoeaBackup : kVentilating;
}

int32_t Lvp1::value(std::string_view signal, MonoTime now) const {
  return reading(id_of(Role::ventilator, signal), now).value_or(0);
}

bool Lvp1::is_breathing(MonoTime now) const {
  const int32_t s = state(now);
  return s == kVentilating || s == kApnoeaBackup;
}

bool Lvp1::has_breath_values(MonoTime now) const {
  return is_breathing(now) && now - breath_began_ < kBreathValuesLast;
}

int32_t Lvp1::since_breath(MonoTime now) const {
  return static_cast<int32_t>(std::min<int64_t>((now - breath_began_).ns / 100'000'000, 0xFFFE));
}

MonoTime Lvp1::own_deadline() const {
  return std::min(ProfileDevice::own_deadline(), next_breath_);
}

void Lvp1::own_tick(MonoTime now) {
  if (next_breath_ <= now) {
    const int32_t rate = is_breathing(now) && !is_frozen() && !is_off() ? value("rate", now) : 0;
    if (rate > 0) {
      breath_began_ = now;
      ++breaths_;
      if (patient_.is_connected() && breaths_ % 3 == 0) ++spontaneous_;
      peak_.step(random_);
      volume_.step(random_);
      refresh(now);  // a snapshot at every breath
    }
    // 600 / rate(0.1 per minute) seconds; while nothing breathes, look again soon.
    next_breath_ = now + (rate > 0 ? Duration{600'000'000'000 / rate} : milliseconds(500));
  }
  if (ProfileDevice::own_deadline() <= now) ProfileDevice::own_tick(now);
}

std::optional<int32_t> Lvp1::breath_value(std::string_view n, MonoTime now) const {
  const bool connected = patient_.is_connected();
  if (!is_breathing(now)) return std::nullopt;
  if (const auto sign = sign_of(*this, kVentilatorSigns, n); sign && connected) return sign;
  // Without a patient there are only the machine's own breaths.
  if (n == "rate") return connected ? std::max(patient_.breath_rate(), kSetRate) : kSetRate;
  if (!has_breath_values(now)) return std::nullopt;
  const Airway airway = patient_.airway();
  if (n == "pip") return connected ? kSetPip + peak_.value() + airway.pressure_more : 15;
  if (n == "peep") return connected ? kSetPeep + peak_.value() / 3 : 2;
  if (n == "vti") return connected ? (1600 + volume_.value()) * airway.volume_percent / 100 : 4200;
  if (n == "vte") return connected ? (1520 + volume_.value()) * airway.volume_percent / 100 : 0;
  if (n == "leak") return connected ? 40 + peak_.value() / 2 : 900;
  if (n == "minute_volume") return value("vte", now) * value("rate", now) / 1000;
  if (n == "p_mean") {
    // Peak during the inspiratory part of the cycle, PEEP during the rest.
    const int32_t share = kTi * value("rate", now) / 60;  // thousandths
    const int32_t peep = value("peep", now);
    return peep + (value("pip", now) - peep) * std::min(share, 1000) / 1000;
  }
  return std::nullopt;
}

std::optional<int32_t> Lvp1::measured(SignalId signal, MonoTime now) const {
  const std::string_view n = signal_info(signal).name;
  if (n == "state") return state(now);
  if (n == "spo2") return patient_.spo2();
  if (n == "pulse") return patient_.pulse();
  if (n == "since_breath") {
    return state(now) == 1 || state(now) == 0 ? std::nullopt : std::optional(since_breath(now));
  }
  if (n == "fio2" || n == "battery") {
    if (const auto sign = sign_of(*this, kVentilatorSigns, n)) return sign;
    if (n == "fio2") return 300;
    // Four hours on the internal pack.
    return std::max<int32_t>(1, 100 - static_cast<int32_t>(on_battery_ns_ / seconds(144).ns));
  }
  return breath_value(n, now);
}

void Lvp1::live(MonoTime now) {
  if (says("mains_lost")) on_battery_ns_ += (now - lived_).ns;
  lived_ = now;
  judge_own(now);
}

void Lvp1::judge_own(MonoTime now) {
  const bool on = has_breath_values(now);
  const auto call = [&](std::string_view condition, SelfAlarm& alarm, bool crossed) {
    judge(condition, alarm.judge(now, on && crossed), now);
  };
  call("circuit_disconnected", disconnected_, !patient_.is_connected());
  call("pressure_low", pressure_low_, value("pip", now) < kPipLow);
  call("pressure_high", pressure_high_, value("pip", now) > kPipHigh);
  call("tidal_volume_low", volume_low_, value("vte", now) < kVteLow);
  call("minute_volume_low", minute_low_, value("minute_volume", now) < kMinuteLow);
  call("rate_high", rate_high_, value("rate", now) > kRateHigh);
  call("leak_high", leak_high_, value("leak", now) > kLeakHigh);
  call("oximeter_limit", oximeter_, value("spo2", now) < 850);
  const bool is_apnoeic = patient_.has(PatientEvent::apnoea);
  judge("apnoea", is_breathing(now) && (is_apnoeic || value("since_breath", now) > kSetApnoea),
        now);
  judge("mains_lost", patient_.has(PatientEvent::power_cut), now);
  const int32_t left = value("battery", now);
  judge("low_battery", left <= 20 && left > 5, now);
  judge("dead_battery", left <= 5, now);
}

int32_t Lvp1::pressure_now(MonoTime now) const {
  const bool inspires = (now - breath_began_).ns < int64_t{kTi} * 10'000'000;
  return value(inspires ? "pip" : "peep", now);
}

bool Lvp1::is_on_mains() const { return !says("mains_lost") && !says("all_power_lost"); }

uint16_t Lvp1::power_bits(MonoTime now) const {
  const bool mains = is_on_mains();
  int bits = mains ? 1 : 8;
  if (mains && value("battery", now) < 100) bits |= 16;
  if (says("battery_fault")) bits |= 32;
  return static_cast<uint16_t>(bits);
}

void Lvp1::fill(MonoTime now, RegisterBlock& b) {
  const bool breathing = is_breathing(now);
  const bool has_values = has_breath_values(now);
  b.at(118) = 5;  // pressure A/C
  const bool standby = state(now) == 1;
  b.at(119) = static_cast<uint16_t>((breathing ? 1 : 0) | (standby ? 2 : 0) |
                                    (patient_.is_connected() && breathing ? 4 : 0) | 64);
  b.put_u32(120, breaths_);
  b.at(122) = spontaneous_;
  b.at(123) = note_u16("since_breath", now);
  b.at(124) = note_s16("pip", now);
  b.at(125) = note_s16("peep", now);
  b.at(126) = note_s16("p_mean", now);
  b.at(127) = has_values ? to_s16(pressure_now(now)) : kMissingS16;
  b.at(128) = note_u16("vti", now);
  b.at(129) = note_u16("vte", now);
  b.at(130) = note_u16("rate", now);
  b.at(131) = has_values ? to_u16(value("rate", now) - kSetRate) : kMissingU16;
  b.at(132) = note_u16("minute_volume", now);
  b.at(133) = has_values ? kTi : kMissingU16;
  b.at(134) = note_u16("leak", now);
  const int32_t share =
      std::clamp(1000 - value("vte", now) * 1000 / std::max(value("vti", now), 1), 0, 1000);
  b.at(135) = has_values ? to_u16(share) : kMissingU16;
  b.at(136) = note_u16("fio2", now);
  b.at(137) = note_u16("spo2", now);
  b.at(138) = note_u16("pulse", now);
  b.at(139) = kSetPip;
  b.at(140) = kSetPeep;
  b.at(141) = kSetRate;
  b.at(142) = kMissingU16;  // no set volume in a pressure mode
  b.at(143) = kSetApnoea;
  b.at(144) = note_u16("battery", now);
  b.at(145) = to_u16(value("battery", now) * 240 / 100);
  b.at(146) = power_bits(now);
  b.at(147) = to_s16(352);
  b.at(148) = 0;
}

}  // namespace lamplight::sim
