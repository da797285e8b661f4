#include "firmware-sim/nonin_format.h"

#include <algorithm>
#include <cstdio>

namespace lamplight::sim {
namespace {

constexpr int32_t kNoRate = 511;
constexpr int32_t kNoSaturation = 127;

int32_t rate_or_none(const std::optional<int32_t>& hr) {
  // The device's own range; outside it there is no reading.
  return hr && *hr >= 18 && *hr <= 321 ? *hr : kNoRate;
}

uint8_t saturation_or_none(const std::optional<int32_t>& spo2) {
  return static_cast<uint8_t>(spo2 ? std::clamp(*spo2, 0, 126) : kNoSaturation);
}

// Two bits of rate; bits 2 to 6 are reserved and may hold anything.
uint8_t rate_high(const std::optional<int32_t>& hr, uint8_t reserved) {
  return static_cast<uint8_t>((rate_or_none(hr) >> 7 & 0x03) | (reserved & 0x7C));
}
uint8_t rate_low(const std::optional<int32_t>& hr) {
  return static_cast<uint8_t>(rate_or_none(hr) & 0x7F);
}

uint8_t bit(bool on, int n) { return static_cast<uint8_t>(on ? 1 << n : 0); }

std::array<uint8_t, 5> with_sum(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return {a, b, c, d, static_cast<uint8_t>(a + b + c + d)};
}

uint8_t bcd(int value) { return static_cast<uint8_t>(value / 10 % 10 << 4 | value % 10); }

}  // namespace

uint8_t nonin_status(const NoninStatus& s) {
  return static_cast<uint8_t>(0x80 | bit(s.sensor_disconnected, 6) | bit(s.artefact, 5) |
                              bit(s.out_of_track, 4) | bit(s.sensor_alarm, 3) | bit(s.red, 2) |
                              bit(s.green, 1) | bit(s.sync, 0));
}

uint8_t nonin_float(const NoninPacket& p, int frame) {
  switch (frame) {
    case 1:
    case 14:
      return rate_high(p.hr, p.reserved);
    case 2:
    case 15:
      return rate_low(p.hr);
    case 20:
    case 22:
      return rate_high(p.hr_display, p.reserved);
    case 21:
    case 23:
      return rate_low(p.hr_display);
    case 3:
    case 10:
    case 11:
    case 16:
      return saturation_or_none(p.spo2);
    case 9:
    case 17:
      return saturation_or_none(p.spo2_display);
    case 4:
      return 0x94;  // a software revision seen in the field; over 127 although 7 bits are said
    case 6:
      return static_cast<uint8_t>(p.timer >> 7 & 0x7F);
    case 7:
      return static_cast<uint8_t>(p.timer & 0x7F);
    case 8:
      return static_cast<uint8_t>(bit(p.smart_point, 5) | bit(p.low_battery, 0) |
                                  (p.reserved & 0x5E));
    default:
      return p.reserved;
  }
}

std::array<uint8_t, 5> nonin_df2(uint8_t status, uint8_t pleth, uint8_t float_byte) {
  return with_sum(0x01, status, pleth, float_byte);
}

std::array<uint8_t, 5> nonin_df7(uint8_t status, uint16_t pleth, uint8_t float_byte) {
  return with_sum(status, static_cast<uint8_t>(pleth >> 8), static_cast<uint8_t>(pleth),
                  float_byte);
}

std::array<uint8_t, 4> nonin_df8(const NoninDf8& f) {
  const int32_t hr = rate_or_none(f.hr);
  const NoninStatus& s = f.status;
  const bool is_marginal = s.red && s.green;
  return {static_cast<uint8_t>(0x80 | bit(s.sensor_disconnected, 6) | bit(s.out_of_track, 5) |
                               bit(s.red && !is_marginal, 4) | bit(is_marginal, 3) |
                               bit(s.artefact, 2) | (hr >> 7 & 0x03)),
          static_cast<uint8_t>(hr & 0x7F), saturation_or_none(f.spo2),
          static_cast<uint8_t>(bit(f.smart_point, 5) | bit(s.sensor_alarm, 3) |
                               bit(f.critical_battery, 1) | bit(f.low_battery, 0))};
}

std::vector<uint8_t> nonin_df13(const NoninDf13& f) {
  const bool has_measurement = f.hr && f.spo2;
  const int32_t hr = has_measurement ? *f.hr : kNoRate;
  std::vector<uint8_t> data = {
      0x20,
      bcd(f.when.year % 100),
      bcd(f.when.month),
      bcd(f.when.day),
      bcd(f.when.hour),
      bcd(f.when.minute),
      bcd(f.when.second),
      0x00,
      static_cast<uint8_t>(bit(f.smart_point, 1) | bit(!has_measurement, 0)),
      static_cast<uint8_t>(bit(f.from_memory, 4) | bit(f.low_battery, 0)),
      static_cast<uint8_t>(hr >> 8 & 0x01),
      static_cast<uint8_t>(hr),
      0x00,
      has_measurement ? saturation_or_none(f.spo2) : uint8_t{kNoSaturation}};
  uint8_t sum = 0;
  for (const uint8_t b : data) sum = static_cast<uint8_t>(sum + b);
  std::vector<uint8_t> out = {0x00, 0x02, 0x00, 0x0D, 0x00, static_cast<uint8_t>(data.size())};
  out.insert(out.end(), data.begin(), data.end());
  out.push_back(sum);
  out.push_back(0x03);
  return out;
}

std::string nonin_ascii(std::optional<int32_t> spo2, std::optional<int32_t> hr) {
  char text[48];
  if (spo2 && hr) {
    std::snprintf(text, sizeof text, "SPO2=%03d HR=%03d\r\n", *spo2, *hr);
    return text;
  }
  return "SPO2=--- HR=---\r\n";
}

}  // namespace lamplight::sim
