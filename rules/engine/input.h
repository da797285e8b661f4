// What goes into one step, all of it at one instant. Spans are borrowed for the call only. The
// order inside a span is the order of arrival; of one signal the last sample wins.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "rules/engine/effects.h"
#include "rules/engine/program.h"
#include "rules/engine/technical.h"
#include "rules/model/quality.h"
#include "rules/model/time.h"

namespace lamplight::engine {

// A sample of a program's signal, in the program's step (Binding makes it from a wire sample).
struct InputSample {
  MonoTime measured_at{};
  int32_t value = 0;  // nobody reads it when quality is missing
  SignalIndex signal = 0;
  Quality quality = Quality::missing;
  Reason reason = Reason::none;
};

// A valid frame of a device that carried no sample of the program. Samples of the program count as
// frames of their device by themselves, those that are Missing{link_lost} excepted.
struct DeviceFrame {
  uint8_t device = 0;  // index into EngineConfig.devices
};

enum class CommandKind : uint8_t { acknowledge, press, release, pause, resume, stand_down };

struct Command {
  CommandKind kind = CommandKind::acknowledge;
  uint64_t occurrence = 0;  // none of press and release
  uint16_t button = 0;      // of press and release: index into Program::buttons
  Actor actor{};
  uint64_t tag = 0;   // comes back in the event that answers it
  Duration length{};  // of pause; 0: as long as its priority allows
};

struct TechnicalChange {
  Technical kind = Technical::record_failing;
  uint8_t device = 0;  // index into EngineConfig.devices, for per-device kinds; else 0
  bool present = false;
};

// Monitoring was interrupted just before this step. `known`: engine time tells the truth across it
// (same boot, or both ends synchronised); unknown: all that keeps a signal quiet has ended.
enum class Gap : uint8_t { none, known, unknown };

struct Input {
  std::span<const InputSample> samples{};
  std::span<const DeviceFrame> frames{};
  std::span<const Command> commands{};
  std::span<const TechnicalChange> technical{};
  std::optional<ProfileSet> profiles{};  // the new set of active profiles
  Gap gap = Gap::none;
};

}  // namespace lamplight::engine
