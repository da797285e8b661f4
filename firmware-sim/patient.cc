#include "firmware-sim/patient.h"

#include <algorithm>

namespace lamplight::sim {
namespace {

constexpr Duration kTick = milliseconds(100);
constexpr int32_t kFallEvery = 1;     // ticks per 0.1 % lost: about 1 %/s without any breath
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
  if (!connected_) {
    arrives_in_ = kCirculation;
    if (reserve_ > 0) {
      --reserve_;
    } else if (ticks_ % kFallEvery == 0) {
      deficit_ = std::min(deficit_ + 1, kDeficitMax);
    }
    return;
  }
  reserve_ = std::min(reserve_ + kRefill, reserve_max_);
  if (deficit_ == 0) return;
  if (arrives_in_ > 0) {
    --arrives_in_;
  } else {
    deficit_ = std::max(deficit_ - 2, 0);
  }
}

void Patient::set_circuit(bool connected) {
  if (connected_ && !connected) ++disconnections_;
  connected_ = connected;
}

bool Patient::is_disturbed(const Vital& vital) const {
  return !vital.is_dictated || disconnections_ > vital.dictated_in;
}

int32_t Patient::undisturbed(const Vital& vital) const {
  return vital.is_dictated ? vital.ramp.at(now_) : vital.base + vital.wander.value();
}

void Patient::dictate(Vital& vital, int32_t from, int32_t to, Duration over) {
  vital.ramp = Ramp(from, to, now_, over);
  vital.is_dictated = true;
  vital.dictated_in = disconnections_;
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
  return std::max(value + racing - failing, 400);
}

int32_t Patient::perfusion() const { return undisturbed(perfusion_); }

int32_t Patient::breath_rate() const {
  // One breath goes with about five beats; hunger for air quickens it.
  const int32_t calm = std::clamp((pulse_.base + pulse_.wander.value()) / 5, 180, 260);
  return calm + std::min(deficit_, kTurningPoint) / 2;
}

}  // namespace lamplight::sim
