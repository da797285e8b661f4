#include "firmware-sim/patient.h"

#include <algorithm>

namespace lamplight::sim {
namespace {

constexpr Duration kTick = milliseconds(100);
constexpr int32_t kAirNeeded = 70;    // percent; without any, about 1 % of saturation a second
constexpr int32_t kDeficitMax = 400;  // the simulated child is never left below about 57 %
constexpr int32_t kRefill = 5;        // a breath refills the lungs faster than apnoea empties them
constexpr int32_t kCirculation = 60;  // ticks from lung to finger
constexpr int32_t kTurningPoint = 200;  // deficit at which the racing heart begins to slow

}  // namespace

int32_t Ramp::at(MonoTime t) const {
  const int64_t passed = (t - begins_).ns;
  if (over_.ns <= 0 || passed >= over_.ns) return to_;
  if (passed <= 0) return from_;
  // Milliseconds keep the product far from overflow.
  const int64_t part = int64_t{to_ - from_} * (passed / 1'000'000) / (over_.ns / 1'000'000);
  return from_ + static_cast<int32_t>(part);
}

Patient::Patient(uint64_t seed, MonoTime born)
    : random_(seed),
      now_(born),
      next_tick_(born + kTick),
      spo2_{972, Wander(7), false, {}, 0},
      pulse_{1180, Wander(40), false, {}, 0},
      perfusion_{240, Wander(25), false, {}, 0},
      reserve_max_(static_cast<int32_t>(random_.between(200, 260))),
      reserve_(reserve_max_) {}

void Patient::advance(MonoTime now) {
  while (next_tick_ <= now) {
    now_ = next_tick_;
    tick();
    next_tick_ = next_tick_ + kTick;
  }
  now_ = std::max(now_, now);
}

void Patient::tick() {
  ++ticks_;
  if (ticks_ % 5 == 0) {
    pulse_.wander.step(random_);
    perfusion_.wander.step(random_);
  }
  if (ticks_ % 10 == 0) spo2_.wander.step(random_);
  const int32_t missing = kAirNeeded - air();
  if (missing > 0) {
    // A tick without any air costs one of the lungs' reserve, half the air every second one.
    lack_ += missing;
    arrives_in_ = kCirculation;
    if (lack_ < kAirNeeded) return;
    lack_ -= kAirNeeded;
    if (reserve_ > 0) {
      --reserve_;
    } else {
      deficit_ = std::min(deficit_ + 1, kDeficitMax);
    }
    return;
  }
  lack_ = 0;
  reserve_ = std::min(reserve_ + kRefill, reserve_max_);
  if (deficit_ == 0) return;
  if (arrives_in_ > 0) {
    --arrives_in_;
  } else {
    deficit_ = std::max(deficit_ - 2, 0);
  }
}

void Patient::set_circuit(bool connected) {
  if (connected_ && !connected) ++disturbances_;
  connected_ = connected;
}

void Patient::set_event(PatientEvent event, bool present) {
  auto& since = events_[static_cast<size_t>(event)];
  // What is dictated stands against everything that began before it was said.
  if (present && !since) ++disturbances_;
  if (!present) {
    since.reset();
  } else if (!since) {
    since = now_;
  }
}

int64_t Patient::lasting(PatientEvent event) const {
  const auto& since = events_[static_cast<size_t>(event)];
  return since ? (now_ - *since).ns / 1'000'000'000 : 0;
}

int32_t Patient::air() const {
  if (has(PatientEvent::sprint)) {
    // Three minutes of its own strength, then a percent less every three seconds.
    const auto tired = static_cast<int32_t>((lasting(PatientEvent::sprint) - 180) / 3);
    return std::clamp(100 - std::max(tired, 0), 30, 100);
  }
  if (!connected_) return 0;
  if (has(PatientEvent::mucus_plug)) return 35;
  if (has(PatientEvent::aspiration)) return lasting(PatientEvent::aspiration) < 15 ? 75 : 50;
  return 100;
}

Airway Patient::airway() const {
  Airway a;
  if (has(PatientEvent::mucus_plug)) {
    // Over twenty seconds, as it closes.
    const auto part =
        static_cast<int32_t>(std::min<int64_t>(lasting(PatientEvent::mucus_plug), 20));
    a.pressure_more += part * 11;
    a.volume_percent -= part * 3;
  }
  if (has(PatientEvent::aspiration)) {
    a.pressure_more += 90;
    a.volume_percent -= 25;
    a.rate_more += 140;
  }
  if (has(PatientEvent::seizure)) {
    a.pressure_more += 40;
    a.rate_more += 80;
  }
  return a;
}

bool Patient::is_disturbed(const Vital& vital) const {
  return !vital.is_dictated || disturbances_ > vital.dictated_in;
}

int32_t Patient::undisturbed(const Vital& vital) const {
  return vital.is_dictated ? vital.ramp.at(now_) : vital.base + vital.wander.value();
}

void Patient::dictate(Vital& vital, int32_t from, int32_t to, Duration over) {
  vital.ramp = Ramp(from, to, now_, over);
  vital.is_dictated = true;
  vital.dictated_in = disturbances_;
}

void Patient::set_spo2(int32_t value, Duration over) { dictate(spo2_, spo2(), value, over); }
void Patient::set_pulse(int32_t value, Duration over) { dictate(pulse_, pulse(), value, over); }
void Patient::set_perfusion(int32_t value, Duration over) {
  dictate(perfusion_, perfusion(), value, over);
}

int32_t Patient::spo2() const {
  const int32_t value = undisturbed(spo2_);
  return is_disturbed(spo2_) ? std::max(value - deficit_, 0) : value;
}

int32_t Patient::pulse() const {
  const int32_t value = undisturbed(pulse_);
  if (!is_disturbed(pulse_)) return value;
  // The heart races as oxygen falls (1.2 beats a percent), and slows when it lacks oxygen itself.
  const int32_t racing = std::min(deficit_, kTurningPoint) * 12 / 10;
  const int32_t failing = std::max(deficit_ - kTurningPoint, 0) * 3;
  const int32_t fit = has(PatientEvent::seizure) ? 550 : 0;
  const int32_t cough = has(PatientEvent::aspiration) ? 250 : 0;
  return std::max(value + racing - failing + fit + cough, 400);
}

int32_t Patient::perfusion() const { return undisturbed(perfusion_); }

int32_t Patient::breath_rate() const {
  // One breath goes with about five beats; hunger for air quickens it.
  const int32_t calm = std::clamp((pulse_.base + pulse_.wander.value()) / 5, 180, 260);
  if (has(PatientEvent::apnoea)) return 0;
  return calm + std::min(deficit_, kTurningPoint) / 2 + airway().rate_more;
}

}  // namespace lamplight::sim
