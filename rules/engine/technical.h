// The built-in technical alarms: what the house itself rings for besides the program's alarms.
// They live the same life (raised, cleared, acknowledged …) and never appear in replay.
// Ranks and times: alarms design, section 6; every instance has the id of its row, and for those
// of a device ".<role>" behind it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "rules/model/catalogue.h"
#include "rules/model/priority.h"
#include "rules/model/time.h"

namespace lamplight::engine {

enum class Technical : uint8_t {
  device_silent,      // engine timer, fed by frames; never driven from outside
  wrong_device,       // another serial number than the enrolled one
  driver_failing,     // the device's driver keeps dying
  driver_flooding,    // its samples are dropped for excess
  record_failing,     // the disk does not take events in time
  record_damaged,     // a damaged file was set aside
  monitor_restarted,  // monitoring restarted without its state; stays until acknowledged
  uplink_failing,     // the uplink process keeps dying
  uplink_lost,        // nothing reaches the care team for 35 s
  clock_unset,        // certificates cannot be judged
  time_not_set,       // only in programs with profiles: base values hold
  alarms_over_quota,  // alarms alone exceed the record's quota
  sounder_failing,    // the sounder at home is gone, hangs or failed its self-test
  disk_low,           // less is free than must stay free: the oldest readings go
};
inline constexpr int kTechnicalCount = 14;

struct TechnicalInfo {
  Technical kind;
  std::string_view id;
  std::string_view title;
  std::string_view instruction;
  Rank rank;
  bool per_device;
  bool latch;
};
std::span<const TechnicalInfo> technical_alarms();
const TechnicalInfo& info_of(Technical kind);
std::optional<Technical> technical_of(std::string_view id);

// Ventilator 15 s high, oximeter 30 s medium, pump 60 s medium; contact 60 s medium (our choice).
Duration silence_limit(Role role);
Rank silence_rank(Role role);

}  // namespace lamplight::engine
