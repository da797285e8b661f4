// What the two-digit codes of Medibus records are to us. Source: protocols reference 2.3 (mdpnp
// draeger package, VSCaptureDrgVent). Codes are of two pages; the same number means another thing
// on the other one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lamplight::medibus {

enum class Page : uint8_t { cp1, cp2 };

enum class Scale : uint8_t {
  as_printed,     // the catalogue's unit
  mbar_to_cmh2o,  // 1 mbar = 1.0197 cmH2O
  ml_min_to_l_min,
};

struct Measured {
  Page page;
  uint8_t code;
  std::string_view signal;
  Scale scale;
  int32_t min;  // in the catalogue's step
  int32_t max;
};
std::span<const Measured> measured();

struct Alarm {
  Page page;
  uint8_t code;
  std::string_view condition;  // without "alarm."
};
// Alarms that mean what a condition of the catalogue means; every other one is `other`.
std::span<const Alarm> alarms();
std::string_view condition_of(Page page, uint8_t code);

struct Setting {
  uint8_t code;
  std::string_view name;
};
std::span<const Setting> settings();

// What a text message says of the ventilator's state.
enum class Says : uint8_t { nothing, mode, apnoea_ventilation, standby, test };
Says text_says(uint8_t code);

}  // namespace lamplight::medibus
