// What the Contec CMS50 formats have in common: the numbers and flags of one packet, whether they
// can be, and what they are worth. No format has a checksum, so the first packet after a break is
// only believed when a second one follows it.
#pragma once

#include <cstdint>
#include <optional>

#include "drivers/sdk/decoder.h"
#include "drivers/sdk/reading.h"

namespace lamplight::cms50 {

struct Packet {
  int spo2 = 0;
  int pulse = 0;
  int pleth = 0;
  std::optional<int> perfusion;  // 0.01 %; nothing where the format has none
  bool has_probe_error = false;
  bool is_searching = false;
  bool searches_too_long = false;
  bool is_low = false;  // "dropping SpO2" or "low SpO2", as the format says
};

inline constexpr int kSpo2Missing = 0x7F;
inline constexpr int kPulseMissing = 0xFF;
inline constexpr int kPerfusionMissing = 0xFFFF;
inline constexpr int kPerfusionMax = 2200;

// Every number is one that the device can show, or its sign for none.
bool is_possible(const Packet& packet);

struct Signals {
  // `low`: the condition of Packet::is_low.
  explicit Signals(std::string_view low);
  SignalId spo2, pulse, perfusion, pleth, probe_off, searching, low;
};

void publish(const Packet& packet, const Signals& signals, sdk::Sink& sink);

}  // namespace lamplight::cms50
