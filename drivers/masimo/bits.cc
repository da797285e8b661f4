#include "drivers/masimo/bits.h"

#include <array>

namespace lamplight::masimo {
namespace {

constexpr uint32_t kProbeOff = 0x000001 | 0x000020 | 0x001000;
constexpr uint32_t kDeviceFault = 0x000002 | 0x000080 | 0x000100 | 0x004000 | 0x008000 | 0x010000;
constexpr uint32_t kSelfTest = 0x020000;
constexpr uint32_t kSearching = 0x000008;
// Low perfusion, interference, ambient light, low signal IQ.
constexpr uint32_t kDoubted = 0x000004 | 0x000010 | 0x000040 | 0x000400;

// A patient cable is part of the probe to whoever must act: reseat or replace it. Which part is
// meant is a note beside the condition.
constexpr std::array<Named, 16> kConditions = {{
    {"spo2_high", 0x0001, 0},
    {"spo2_low", 0x0002, 0},
    {"pulse_high", 0x0004, 0},
    {"pulse_low", 0x0008, 0},
    {"low_battery", 0x0040, 0},
    {"desaturation", 0x1000, 0},
    {"perfusion_change", 0x2000, 0},
    {"probe_off", 0, 0x000020},
    {"probe_disconnected", 0, 0x000001 | 0x001000},
    {"probe_fault", 0, 0x000002 | 0x010000},
    {"probe_unsupported", 0, 0x000080 | 0x000100 | 0x004000 | 0x008000},
    {"perfusion_low", 0, 0x000004},
    {"searching", 0, 0x000008},
    {"interference", 0, 0x000010 | 0x000040},
    {"poor_signal", 0, 0x000400},
    {"other", 0x0F00 | kAlarmReserved, kExcReserved},
}};

constexpr std::array<Named, 15> kNotes = {{
    {"spco_high", 0x0100, 0},
    {"spco_low", 0x0200, 0},
    {"spmet_high", 0x0400, 0},
    {"spmet_low", 0x0800, 0},
    {"ambient_light", 0, 0x000040},
    {"no_cable", 0, 0x001000},
    {"cable_life_expired", 0, 0x002000},
    {"incompatible_cable", 0, 0x004000},
    {"unrecognised_cable", 0, 0x008000},
    {"defective_cable", 0, 0x010000},
    {"calibrating", 0, 0x020000},
    {"sensor_life_expired", 0, 0x040000},
    {"emitter_temperature", 0, 0x080000},
    {"current_limit", 0, 0x100000},
    {"low_confidence", 0, 0x200000 | 0x400000},  // of SpCO or SpMet, which we do not read
}};

}  // namespace

std::span<const Named> conditions() { return kConditions; }
std::span<const Named> notes() { return kNotes; }

Reason reason_without_value(uint32_t exc) {
  if ((exc & kProbeOff) != 0) return Reason::probe_off;
  if ((exc & kDeviceFault) != 0) return Reason::device_fault;
  if ((exc & kSelfTest) != 0) return Reason::self_test;
  if ((exc & kSearching) != 0) return Reason::searching;
  return Reason::none;
}

bool is_doubted(uint32_t exc) { return (exc & kDoubted) != 0; }

}  // namespace lamplight::masimo
