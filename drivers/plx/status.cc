#include "drivers/plx/status.h"

#include <array>

namespace lamplight::plx {
namespace {

// Measurement status.
constexpr uint16_t kEarly = 1 << 6, kFromStorage = 1 << 9, kDemo = 1 << 10, kTest = 1 << 11,
                   kCalibrating = 1 << 12, kUnavailable = 1 << 13, kQuestionable = 1 << 14,
                   kInvalid = 1 << 15;
// Device and sensor status.
constexpr uint32_t kExtended = 1 << 0, kEquipment = 1 << 1, kIrregular = 1 << 2,
                   kInadequate = 1 << 3, kPoor = 1 << 4, kLowPerfusion = 1 << 5, kErratic = 1 << 6,
                   kNonPulsatile = 1 << 7, kQuestionablePulse = 1 << 8, kAnalysing = 1 << 9,
                   kInterference = 1 << 10, kNotOnPatient = 1 << 11, kUnknownSensor = 1 << 12,
                   kDisplaced = 1 << 13, kSensorFault = 1 << 14, kDisconnected = 1 << 15;
constexpr uint32_t kReserved = 0xFF0000;

constexpr std::array<Named, 11> kConditions = {{
    {"probe_off", kNotOnPatient},
    {"probe_disconnected", kDisconnected},
    {"probe_fault", kSensorFault},
    {"probe_unsupported", kUnknownSensor},
    {"internal_fault", kEquipment},
    {"non_pulsatile", kNonPulsatile},
    {"searching", kAnalysing},
    {"perfusion_low", kLowPerfusion},
    {"poor_signal", kInadequate | kPoor | kErratic},
    {"interference", kInterference},
    // A displaced sensor has no name of its own; what is reserved may be anything.
    {"other", kDisplaced | kReserved},
}};
constexpr std::array<Named, 5> kNotes = {{
    {"sensor_displaced", kDisplaced},
    {"extended_display_update", kExtended},
    {"processing_irregularity", kIrregular},
    {"questionable_pulse", kQuestionablePulse},
    {"unknown_status", kReserved},
}};

}  // namespace

bool is_not_live(const Status& status) {
  return (status.measurement & (kFromStorage | kDemo | kTest)) != 0;
}

Reason reason_without_value(const Status& status) {
  if ((status.sensor & (kNotOnPatient | kDisconnected)) != 0) return Reason::probe_off;
  if ((status.sensor & (kEquipment | kUnknownSensor | kSensorFault)) != 0) {
    return Reason::device_fault;
  }
  if ((status.measurement & (kDemo | kTest | kCalibrating)) != 0) return Reason::self_test;
  if ((status.sensor & kAnalysing) != 0) return Reason::searching;
  if ((status.measurement & kUnavailable) != 0) return Reason::searching;
  if ((status.measurement & kInvalid) != 0) return Reason::artefact;
  return Reason::none;
}

bool is_doubted(const Status& status) {
  constexpr uint32_t kDoubts = kExtended | kIrregular | kInadequate | kPoor | kLowPerfusion |
                               kErratic | kNonPulsatile | kQuestionablePulse | kInterference |
                               kDisplaced;
  return (status.sensor & kDoubts) != 0 || (status.measurement & (kEarly | kQuestionable)) != 0;
}

std::span<const Named> conditions() { return kConditions; }
std::span<const Named> notes() { return kNotes; }

}  // namespace lamplight::plx
