// Merging the small segments that batches leave (one a signal and second) into columns of about
// 4096 samples, in two levels of 64, so that one step stays a few milliseconds. All segments of a
// lane are cut at the same seqs, so that a quota can shed whole seqs. Store thread only.
#pragma once

#include <array>
#include <cstdint>

#include "gateway/store/telemetry.h"
#include "rules/model/lane.h"

namespace lamplight::store {

class Compactor {
 public:
  // At most one merge, in its own transaction. True: there may be more to do now.
  // An error is left to the caller in `status`; the segments are then as they were.
  bool step(TelemetryFile& file, DbStatus& status);

 private:
  struct Position {
    uint64_t fine = 0;    // before it no single-seq segment waits
    uint64_t coarse = 0;  // before it no small group waits
  };
  bool step_lane(TelemetryFile& file, Lane lane, Position& position, DbStatus& status);

  std::array<Position, kLaneCount> positions_;
};

}  // namespace lamplight::store
