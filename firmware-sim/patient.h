// One child, whom all devices measure. Integers in the catalogue's steps, one tick a tenth of a
// second, the same for the same seed and words. Losing the ventilator empties the lungs' oxygen
// first, so saturation falls only after 20 to 28 s, and returns some seconds after reconnection;
// less air than needed empties them more slowly (patient_event.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "firmware-sim/patient_event.h"
#include "firmware-sim/random.h"
#include "rules/model/time.h"

namespace lamplight::sim {

// A value somebody dictates: from where it was to where it shall be, then exactly there.
class Ramp {
 public:
  Ramp() = default;
  Ramp(int32_t from, int32_t to, MonoTime begins, Duration over)
      : from_(from), to_(to), begins_(begins), over_(over) {}
  int32_t at(MonoTime t) const;

 private:
  int32_t from_ = 0;
  int32_t to_ = 0;
  MonoTime begins_;
  Duration over_;
};

class Patient {
 public:
  Patient(uint64_t seed, MonoTime born);

  // To `now`, tick by tick. Cheap when nothing is due.
  void advance(MonoTime now);

  // Dictated values are reported exactly, without baseline noise, until the next word about
  // them. Only a disconnection that begins afterwards still moves them.
  void set_spo2(int32_t value, Duration over);
  void set_pulse(int32_t value, Duration over);
  void set_perfusion(int32_t value, Duration over);
  void set_circuit(bool connected);
  void set_event(PatientEvent event, bool present);
  bool has(PatientEvent event) const { return events_[static_cast<size_t>(event)].has_value(); }
  Airway airway() const;

  int32_t spo2() const;         // 0.1 percent
  int32_t pulse() const;        // 0.1 bpm
  int32_t perfusion() const;    // 0.01 percent
  int32_t breath_rate() const;  // 0.1 breaths/min, what the child draws
  bool is_connected() const { return connected_; }
  MonoTime time() const { return now_; }

 private:
  struct Vital {
    int32_t base = 0;
    Wander wander;
    bool is_dictated = false;
    Ramp ramp;
    int64_t dictated_in = 0;  // disturbances begun when it was dictated
  };
  void tick();
  void dictate(Vital& vital, int32_t from, int32_t to, Duration over);
  int32_t undisturbed(const Vital& vital) const;
  bool is_disturbed(const Vital& vital) const;
  // Of what the child needs, how much air it gets: percent.
  int32_t air() const;
  // Seconds since the event began; 0 without it.
  int64_t lasting(PatientEvent event) const;

  Random random_;
  MonoTime now_;
  MonoTime next_tick_;
  int64_t ticks_ = 0;
  Vital spo2_;
  Vital pulse_;
  Vital perfusion_;
  bool connected_ = true;
  int64_t disturbances_ = 0;
  int32_t reserve_max_ = 0;  // ticks of oxygen in the lungs
  int32_t reserve_ = 0;
  int32_t arrives_in_ = 0;  // ticks until fresh blood reaches the finger
  int32_t deficit_ = 0;     // 0.1 percent of saturation lost
  int32_t lack_ = 0;        // percents of air missed, not yet a tick of oxygen
  std::array<std::optional<MonoTime>, kPatientEventNames.size()> events_{};  // since when
};

}  // namespace lamplight::sim
