// The table of built-in alarms and their words. What to do comes first: a carer reads this at
// night.
#include "rules/engine/technical.h"

namespace lamplight::engine {
namespace {

constexpr Rank kHigh{Severity::reversible, Onset::immediate};
constexpr Rank kMedium{Severity::reversible, Onset::prompt};
constexpr Rank kLow{Severity::reversible, Onset::delayed};

constexpr auto kTable = std::to_array<TechnicalInfo>({
    {Technical::device_silent, "device_silent", "No data from the device",
     "Look at the child and the device. Check its power and its cable.", kMedium, true, false},
    {Technical::wrong_device, "wrong_device", "Another device is connected than the one enrolled",
     "Check that the device belongs to this child, or enrol it.", kMedium, true, false},
    {Technical::driver_failing, "driver_failing",
     "The device cannot be read: its driver keeps failing",
     "Watch the device itself. Unplug its cable and plug it in again.", kMedium, true, false},
    {Technical::driver_flooding, "driver_flooding", "A device sends more than can be taken",
     "Watch the device itself. Unplug its cable and plug it in again.", kMedium, true, false},
    {Technical::record_failing, "record_failing", "The record cannot be written in time",
     "Alarms still sound. Call support: the memory card may be failing.", kMedium, false, false},
    {Technical::record_damaged, "record_damaged", "A damaged record was set aside",
     "Alarms still sound. Tell support; the damaged file is kept.", kMedium, false, true},
    {Technical::monitor_restarted, "monitor_restarted",
     "Monitoring restarted and may have missed something",
     "Look at the child and at each device, then acknowledge.", kHigh, false, true},
    {Technical::uplink_failing, "uplink_failing", "The connection to the care team keeps failing",
     "Alarms still sound here. Nobody outside is told: stay within hearing.", kMedium, false,
     false},
    {Technical::uplink_lost, "uplink_lost", "The care team cannot be reached",
     "Alarms still sound here. Nobody outside is told: stay within hearing.", kMedium, false,
     false},
    {Technical::clock_unset, "clock_unset",
     "The clock is wrong: the care team cannot be reached safely",
     "Check the network connection; the time is set from there.", kMedium, false, false},
    {Technical::time_not_set, "time_not_set", "The time is not set: limits by time of day are off",
     "Check the network connection; the time is set from there.", kLow, false, false},
    {Technical::alarms_over_quota, "alarms_over_quota", "The record is full of alarms",
     "Alarms still sound and are kept. Tell support.", kLow, false, false},
    {Technical::sounder_failing, "sounder_failing", "The sounder at home does not work",
     "Stay where you can hear the devices themselves. Check the sounder's power and cable.", kHigh,
     false, false},
    {Technical::disk_low, "disk_low", "The disk is nearly full: the oldest readings are dropped",
     "Alarms still sound and are kept. Tell support.", kLow, false, false},
});
static_assert(kTable.size() == kTechnicalCount);

}  // namespace

std::span<const TechnicalInfo> technical_alarms() { return kTable; }

const TechnicalInfo& info_of(Technical kind) { return kTable[static_cast<size_t>(kind)]; }

std::optional<Technical> technical_of(std::string_view id) {
  for (const TechnicalInfo& info : kTable) {
    if (info.id == id) return info.kind;
  }
  return std::nullopt;
}

Duration silence_limit(Role role) {
  switch (role) {
    case Role::ventilator:
      return seconds(15);
    case Role::oximeter:
      return seconds(30);
    case Role::pump:
    case Role::contact:
      return seconds(60);
  }
  return seconds(15);
}

Rank silence_rank(Role role) { return role == Role::ventilator ? kHigh : kMedium; }

}  // namespace lamplight::engine
