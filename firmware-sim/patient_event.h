// What can befall the child, beyond numbers that somebody sets: each changes breath, blood and what
// the probe sees together, so that all devices tell one story.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lamplight::sim {

enum class PatientEvent : uint8_t {
  apnoea,           // no breath of its own: only the machine's
  mucus_plug,       // the airway narrows: pressure up, volume down, oxygen falls slowly
  aspiration,       // feed in the airway: coughing, fast breath, then oxygen falls
  seizure,          // racing heart, and movement that the probe takes for a pulse
  probe_displaced,  // the probe sits badly: a lower, doubtful number from a well child
  sprint,           // a planned hour off the ventilator: well at first, tired after minutes
  power_cut,        // no mains in the house: every device that knows says so
};
inline constexpr std::array<std::string_view, 7> kPatientEventNames = {
    "apnoea", "mucus_plug", "aspiration", "seizure", "probe_displaced", "sprint", "power_cut"};

constexpr std::optional<PatientEvent> patient_event_of(std::string_view word) {
  for (size_t i = 0; i < kPatientEventNames.size(); ++i) {
    if (kPatientEventNames[i] == word) return static_cast<PatientEvent>(i);
  }
  return std::nullopt;
}

// How the airway differs from a calm one, for whoever ventilates it.
struct Airway {
  int32_t pressure_more = 0;     // 0.1 cmH2O on top of the peak
  int32_t volume_percent = 100;  // of what goes in and out
  int32_t rate_more = 0;         // 0.1 breaths/min
};

}  // namespace lamplight::sim
