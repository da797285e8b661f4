#include "firmware-sim/conformance/profile.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "rules/model/json_writer.h"

namespace lamplight::conformance {
namespace {

// Both sides of every power of two, so that a dropped bit shows, and of every limit people set.
constexpr int32_t kSpo2[] = {970, 1000, 990, 850, 840, 710, 700, 690, 650, 640, 630, 510, 500};
constexpr int32_t kSpo2May[] = {0, 10, 310, 320, 350, 490};
constexpr int32_t kPulse[] = {1180, 300, 310, 320, 600, 630, 640, 1270, 1280, 1290, 2000, 2390};
constexpr int32_t kPulseMay[] = {0, 180, 250, 2500, 2540, 2550, 2560, 3000, 3210};
constexpr int32_t kPerfusion[] = {240, 30, 63, 64, 127, 128, 255, 256, 511, 512, 999, 1000, 1023};
constexpr int32_t kPerfusionMay[] = {0, 2, 1024, 1999, 2000, 2200};
// 0.1 cmH2O and 0.1 L/min.
constexpr int32_t kPressure[] = {200, 10, 63, 64, 127, 128, 255, 256, 300, 400, 511, 512};
constexpr int32_t kPressureMay[] = {0, -50, 600, 999, 1000, 1200};
constexpr int32_t kPeep[] = {50, 10, 31, 32, 63, 64, 127, 128, 200, 255, 256};
constexpr int32_t kPeepMay[] = {0, -10, 400, 500};
constexpr int32_t kLeak[] = {15, 10, 63, 64, 127, 128, 255, 256, 400};
constexpr int32_t kLeakMay[] = {0, 1000};
// 0.1 mL: from a newborn's breath to an adult's.
constexpr int32_t kVolume[] = {1600, 100, 500, 1270, 1280, 2550, 2560, 5110, 5120, 10000, 10240};
constexpr int32_t kVolumeMay[] = {0, 10, 25000};
constexpr int32_t kBreaths[] = {180, 50, 63, 64, 100, 127, 128, 200, 255, 256, 400, 511, 512};
constexpr int32_t kBreathsMay[] = {0, 800, 990, 1000, 1500};
constexpr int32_t kMinute[] = {288, 50, 100, 127, 128, 255, 256, 511, 512, 999, 1000, 2000};
constexpr int32_t kMinuteMay[] = {0, 5000, 9900};
constexpr int32_t kOxygen[] = {300, 210, 250, 310, 320, 630, 640, 1000};
constexpr int32_t kOxygenMay[] = {0, 180};
constexpr int32_t kBreath[] = {30, 10, 63, 64, 100, 127, 128, 200, 255, 256};
constexpr int32_t kBreathMay[] = {0, 600, 6000};
constexpr int32_t kBattery[] = {80, 5, 20, 31, 32, 63, 64, 99, 100};
constexpr int32_t kBatteryMay[] = {0, 1};
// 0.1 mL/h, 0.1 mL, 0.1 kPa.
constexpr int32_t kRate[] = {450, 10, 127, 128, 255, 256, 511, 512, 1000, 2047, 2048, 3000, 4000};
constexpr int32_t kRateMay[] = {0, 1, 9999, 10000};
constexpr int32_t kMillilitres[] = {1000, 1,     127,   128,   255,   256,   4095, 4096,
                                    9999, 10000, 32767, 32768, 65535, 65536, 99990};
constexpr int32_t kMillilitresMay[] = {0};
constexpr int32_t kKilopascal[] = {120, 10, -10, 127, 128, 255, 256, 830, 1030, 1240, 2000};
constexpr int32_t kKilopascalMay[] = {0, -900};

struct Row {
  Role role;
  Edges edges;
};
constexpr Row kRows[] = {
    {Role::oximeter, {"spo2", kSpo2, kSpo2May}},
    {Role::oximeter, {"pulse", kPulse, kPulseMay}},
    {Role::oximeter, {"perfusion", kPerfusion, kPerfusionMay}},
    {Role::ventilator, {"pip", kPressure, kPressureMay}},
    {Role::ventilator, {"peep", kPeep, kPeepMay}},
    {Role::ventilator, {"p_mean", kPressure, kPressureMay}},
    {Role::ventilator, {"vti", kVolume, kVolumeMay}},
    {Role::ventilator, {"vte", kVolume, kVolumeMay}},
    {Role::ventilator, {"rate", kBreaths, kBreathsMay}},
    {Role::ventilator, {"minute_volume", kMinute, kMinuteMay}},
    {Role::ventilator, {"leak", kLeak, kLeakMay}},
    {Role::ventilator, {"fio2", kOxygen, kOxygenMay}},
    {Role::ventilator, {"since_breath", kBreath, kBreathMay}},
    {Role::ventilator, {"spo2", kSpo2, kSpo2May}},
    {Role::ventilator, {"pulse", kPulse, kPulseMay}},
    {Role::ventilator, {"battery", kBattery, kBatteryMay}},
    {Role::pump, {"rate", kRate, kRateMay}},
    {Role::pump, {"rate_set", kRate, kRateMay}},
    {Role::pump, {"delivered", kMillilitres, kMillilitresMay}},
    {Role::pump, {"total", kMillilitres, kMillilitresMay}},
    {Role::pump, {"pressure_down", kKilopascal, kKilopascalMay}},
    {Role::pump, {"pressure_up", kKilopascal, kKilopascalMay}},
    {Role::pump, {"battery", kBattery, kBatteryMay}},
};

constexpr std::array<std::string_view, 3> kNoReading = {
    "alarm.probe_off", "alarm.probe_disconnected", "alarm.searching"};

}  // namespace

const Edges* find_edges(SignalId signal) {
  const SignalInfo& info = signal_info(signal);
  for (const Row& row : kRows) {
    if (row.role == info.role && row.edges.name == info.name) return &row.edges;
  }
  return nullptr;
}

bool means_no_reading(SignalId condition) {
  const SignalInfo& info = signal_info(condition);
  return info.role == Role::oximeter &&
         std::ranges::find(kNoReading, info.name) != kNoReading.end();
}

std::string text_of(SignalId signal, int32_t value) {
  const SignalInfo& info = signal_info(signal);
  if (info.kind == SignalKind::boolean) return value == 0 ? "off" : "on";
  if (info.kind == SignalKind::enumeration) {
    const auto at = static_cast<size_t>(value);
    return at < info.enumerators.size() ? std::string(info.enumerators[at]) : "no state";
  }
  std::string text;
  append_decimal(text, value, info.decimals);
  if (info.unit != "none" && !info.unit.empty()) text += " " + std::string(info.unit);
  return text;
}

std::string remedy_for_value(SignalId signal, int32_t expected, int32_t seen) {
  const SignalInfo& info = signal_info(signal);
  if (info.kind == SignalKind::enumeration) {
    return "look at the table of states: enumerators are numbered as in the catalogue";
  }
  const auto scale = static_cast<int32_t>(std::lround(std::pow(10, info.decimals)));
  // A field may hold whole units or steps; the bit is missing in one of them.
  for (const int32_t unit : {scale, 1}) {
    if (expected % unit != 0 || seen % unit != 0 || expected < 0 || seen < 0) continue;
    const auto lost = static_cast<uint32_t>(expected / unit) ^ static_cast<uint32_t>(seen / unit);
    if (!std::has_single_bit(lost)) continue;
    return "bit " + std::to_string(std::countr_zero(lost)) + " of the " + std::string(info.name) +
           " field is lost: read the whole field, its high bits included";
  }
  for (const int32_t factor : {10, 100, 1000}) {
    if (seen == expected * factor || seen * factor == expected) {
      return "a factor of " + std::to_string(factor) + ": values are sent in the catalogue's step";
    }
  }
  return "compare the field's place, width and unit with the device's specification";
}

}  // namespace lamplight::conformance
