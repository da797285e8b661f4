// What all Nonin formats share: the rule by which a raw number beside a status becomes a reading,
// and the signals a format sends. Source: Nonin 6470-000-01, as in the protocols reference 1.2.
#pragma once

#include "drivers/sdk/decoder.h"
#include "drivers/sdk/reading.h"

namespace lamplight::nonin {

inline constexpr int kPulseMissing = 511;
inline constexpr int kSpo2Missing = 127;
inline constexpr int kPulseMin = 18;  // the device's range, 1/min
inline constexpr int kPulseMax = 321;
inline constexpr int kSpo2Max = 100;

// What the device says beside its numbers.
struct Status {
  bool probe_disconnected = false;
  bool probe_off = false;
  bool out_of_track = false;  // sustained artefact
  bool artefact = false;      // of this pulse
  bool perfusion_low = false;
  // Display values are held for 10 s after the finger is gone: out of track, they are no reading.
  bool holds_values = false;
};

sdk::Reading pulse_reading(int raw, const Status& status);
sdk::Reading spo2_reading(int raw, const Status& status);
sdk::Reading pleth_reading(int raw, const Status& status);

// Ids in our catalogue, looked up once.
struct Signals {
  Signals();
  SignalId spo2;
  SignalId pulse;
  SignalId pleth;
  SignalId probe_off;
  SignalId probe_disconnected;
  SignalId artefact;
  SignalId perfusion_low;
  SignalId low_battery;
  SignalId dead_battery;
};

// The conditions that a status says.
void publish_status(const Signals& signals, const Status& status, sdk::Sink& sink);
void publish_switch(SignalId signal, bool present, sdk::Sink& sink);
void publish_note(std::string_view name, bool present, sdk::Sink& sink);

}  // namespace lamplight::nonin
