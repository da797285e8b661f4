// Nonin serial data formats 2, 7, 8, 13 and the ASCII line as bytes (protocol notes 1.2, from
// the 9560 OEM specification). Pure: what is in a frame is the device's business.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmware-sim/calendar.h"

namespace lamplight::sim {

enum class NoninFormat : uint8_t { df2, df7, df8, df13, ascii };

// STATUS of formats 2 and 7; also what format 8 says of the same facts.
struct NoninStatus {
  bool sensor_disconnected = false;
  bool artefact = false;
  bool out_of_track = false;
  bool sensor_alarm = false;
  bool red = false;    // low perfusion
  bool green = false;  // good perfusion; both: yellow, marginal
  bool sync = false;
};

// One packet of 25 frames: what the FLOAT byte carries. Nothing is 511 or 127 on the wire.
struct NoninPacket {
  std::optional<int32_t> hr;  // the recording values: gone with the finger
  std::optional<int32_t> spo2;
  std::optional<int32_t> hr_display;  // held ten seconds longer
  std::optional<int32_t> spo2_display;
  uint16_t timer = 0;  // thirds of a second, 14 bits
  bool smart_point = true;
  bool low_battery = false;
  uint8_t reserved = 0;  // what the reserved bits and undefined frames hold
};

uint8_t nonin_status(const NoninStatus& status);
// FLOAT of frame 1 to 25.
uint8_t nonin_float(const NoninPacket& packet, int frame);
std::array<uint8_t, 5> nonin_df2(uint8_t status, uint8_t pleth, uint8_t float_byte);
std::array<uint8_t, 5> nonin_df7(uint8_t status, uint16_t pleth, uint8_t float_byte);

struct NoninDf8 {
  NoninStatus status;
  std::optional<int32_t> hr;
  std::optional<int32_t> spo2;
  bool smart_point = true;
  bool low_battery = false;
  bool critical_battery = false;
};
std::array<uint8_t, 4> nonin_df8(const NoninDf8& frame);

struct NoninDf13 {
  Civil when;
  std::optional<int32_t> hr;
  std::optional<int32_t> spo2;
  bool smart_point = true;
  bool from_memory = false;
  bool low_battery = false;
};
std::vector<uint8_t> nonin_df13(const NoninDf13& spot_check);

std::string nonin_ascii(std::optional<int32_t> spo2, std::optional<int32_t> hr);

}  // namespace lamplight::sim
