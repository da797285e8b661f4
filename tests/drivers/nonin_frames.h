// Frames and packets of Nonin Data Formats 2 and 7, built from the manual's table and not with any
// code of the decoder, for the tests of both.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/nonin/wave_decoder.h"
#include "tests/drivers/recorder.h"

namespace lamplight::test::wave {

using nonin::WaveFormat;

using Data = std::vector<uint8_t>;

inline void decode(WaveFormat format, sdk::Bytes bytes, Decoded& into, size_t piece = 4096) {
  test::decode_into([=] { return std::make_unique<nonin::WaveDecoder>(format); }, bytes, piece,
                    into);
}

struct Packet {
  std::array<uint8_t, 25> status{};  // without bit 7 and SYNC
  std::array<uint8_t, 25> slow{};
  int pleth = 100;
};

inline Packet packet(int pulse, int spo2) {
  Packet p;
  p.slow[0] = static_cast<uint8_t>(pulse >> 7);
  p.slow[1] = static_cast<uint8_t>(pulse & 0x7F);
  p.slow[2] = static_cast<uint8_t>(spo2);
  return p;
}

inline Data frame(WaveFormat format, uint8_t status, int pleth, uint8_t slow) {
  Data f;
  switch (format) {
    case WaveFormat::df2:
      f = {0x01, status, static_cast<uint8_t>(pleth), slow};
      break;
    case WaveFormat::df7:
      f = {status, static_cast<uint8_t>(pleth >> 8), static_cast<uint8_t>(pleth), slow};
      break;
  }
  f.push_back(static_cast<uint8_t>(f[0] + f[1] + f[2] + f[3]));
  return f;
}

inline void append(Data& to, const Data& what) { to.insert(to.end(), what.begin(), what.end()); }

inline Data bytes_of(WaveFormat format, const Packet& p, size_t frames = 25) {
  Data data;
  for (size_t i = 0; i < frames; ++i) {
    const auto status = static_cast<uint8_t>(0x80 | p.status[i] | (i == 0 ? 0x01 : 0));
    append(data, frame(format, status, p.pleth, p.slow[i]));
  }
  return data;
}

inline Data three(WaveFormat format, const Packet& p) {
  Data data;
  for (int i = 0; i < 3; ++i) append(data, bytes_of(format, p));
  return data;
}

inline std::string name(const testing::TestParamInfo<WaveFormat>& info) {
  return info.param == WaveFormat::df2 ? "Df2" : "Df7";
}

inline Data hex(std::string_view text) {
  Data data;
  int high = -1;
  for (const char c : text) {
    const auto at = std::string_view("0123456789ABCDEF").find(c);
    if (at == std::string_view::npos) continue;
    if (high < 0) {
      high = static_cast<int>(at);
      continue;
    }
    data.push_back(static_cast<uint8_t>(high * 16 + static_cast<int>(at)));
    high = -1;
  }
  return data;
}

// As the 9560 sends it: a byte that reads as another value stands at each place. The software
// revision, 0x94, would be an SpO2 of 20 %.
inline Packet device_packet() {
  return {.slow = {0x00, 0x50, 0x61, 0x94, 0x00, 0x12, 0x34, 0x20, 0x5F, 0x60, 0x62, 0x1E, 0x3C,
                   0x00, 0x51, 0x5E, 0x5D, 0x28, 0x32, 0x00, 0x52, 0x00, 0x53, 0x46, 0x4B}};
}

inline Data without_frames(Data data, size_t first, size_t count = 1) {
  const auto at = data.begin() + static_cast<ptrdiff_t>(first * 5);
  data.erase(at, at + static_cast<ptrdiff_t>(count * 5));
  return data;
}

}  // namespace lamplight::test::wave
