// The child and the devices round its bed: which word can be done there, and doing it. Ports are
// the simulator's business, and a rehearsal has none.
#pragma once

#include <memory>
#include <vector>

#include "firmware-sim/device.h"
#include "firmware-sim/scenario.h"

namespace lamplight::sim {

struct Bed {
  Patient& patient;
  std::vector<std::unique_ptr<Device>>& devices;

  Device* find(Role role) const;
  // Words about ports are judged by whether there is a device at them.
  [[nodiscard]] Status can_do(const Word& word) const;
  // Every mistake of a scenario that these devices could not play.
  [[nodiscard]] Status can_play(const Scenario& scenario) const;
  // Words about the patient and about one device; `expect` is nothing to do.
  [[nodiscard]] Status apply(const Word& word, MonoTime now) const;

 private:
  void set_patient(const SetWord& word, MonoTime now) const;
};

}  // namespace lamplight::sim
