#include "firmware-sim/bed.h"

#include "rules/model/assert.h"

namespace lamplight::sim {

Device* Bed::find(Role role) const {
  for (const auto& d : devices) {
    if (d->role() == role) return d.get();
  }
  return nullptr;
}

Status Bed::can_do(const Word& word) const {
  if (const auto* swap = std::get_if<SwapWord>(&word)) {
    const Status first = can_do(LinkWord{swap->first, false});
    return first ? can_do(LinkWord{swap->second, false}) : first;
  }
  const auto role = role_of(word);
  if (!role) return {};  // the patient's own values, and `expect`
  if (const Device* device = find(*role)) return device->can_do(word);
  std::vector<std::string_view> names;
  for (const auto& d : devices) names.push_back(d->name());
  return failure("no " + std::string(name_of(*role)) +
                 " is simulated here; there are: " + list_of(names));
}

// What the devices of this run cannot do is a mistake of the scenario, found before it begins.
Status Bed::can_play(const Scenario& scenario) const {
  std::string mistakes;
  for (const ScenarioEvent& e : scenario.events) {
    if (const Status s = can_do(e.word); !s) {
      mistakes += "\n  line " + std::to_string(e.line) + ": " + e.text + "\n    " + s.error();
    }
  }
  if (mistakes.empty()) return {};
  return failure("the scenario asks for what these devices cannot do:" + mistakes);
}

void Bed::set_patient(const SetWord& word, MonoTime now) const {
  const std::string_view name = signal_info(word.signal).name;
  if (name == "spo2") patient.set_spo2(word.value, word.over);
  if (name == "pulse") patient.set_pulse(word.value, word.over);
  if (name == "perfusion") patient.set_perfusion(word.value, word.over);
  for (const auto& d : devices) d->release(name, now);
}

Status Bed::apply(const Word& word, MonoTime now) const {
  if (std::holds_alternative<ExpectWord>(word)) return {};  // for the judge, in the truth log
  if (const auto* set = std::get_if<SetWord>(&word); set != nullptr && set->of_patient) {
    set_patient(*set, now);
    return {};
  }
  if (const auto* event = std::get_if<PatientWord>(&word)) {
    patient.set_event(event->event, event->present);
    return {};
  }
  if (Status s = can_do(word); !s) return s;
  const auto role = role_of(word);
  LL_ASSERT(role.has_value());
  if (Status s = find(*role)->apply(word, now); !s) return s;
  // The circuit comes off at the bed and in the device's words together; `set
  // ventilator.circuit` leaves the device to find out.
  if (const auto* circuit = std::get_if<CircuitWord>(&word))
    patient.set_circuit(circuit->connected);
  if (const auto* condition = std::get_if<ConditionWord>(&word)) {
    if (signal_info(condition->condition).name == "alarm.circuit_disconnected") {
      patient.set_circuit(!condition->present);
    }
  }
  return {};
}

}  // namespace lamplight::sim
