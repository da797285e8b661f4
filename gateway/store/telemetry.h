// telemetry.db: every sample, as columns. One batch is one seq of its lane and appends one small
// segment a signal; compact.h merges them later. Each call is a step of a transaction that the
// caller begins and commits on db(). Store thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/store/db.h"
#include "gateway/store/messages.h"
#include "gateway/store/record.h"
#include "gateway/store/store.h"

namespace lamplight::store {

// A merged segment spans at most this many seqs, so that a range finds it by its first one.
inline constexpr uint64_t kSegmentSeqsMax = 4096;

class TelemetryFile {
 public:
  explicit TelemetryFile(Db db) : db_(std::move(db)) {}
  Db& db() { return db_; }

  uint64_t newest_seq(Lane lane);
  struct LastBatch {
    MonoTime t;
    WallTime at;
    bool found = false;
  };
  LastBatch last_batch(Lane lane, const std::string& boot);

  Appended append(const AppendBatch& batch, const Options& options);
  // After a rollback: forget the signals it may have made.
  void forget_signals() { signals_.clear(); }

  void read_range(const ReadRange& ask, const Options& options, RangeRead& answer);

 private:
  int64_t signal_row(DeviceNumber device, SignalId signal, const Options& options);
  std::optional<BatchSample> known_signal(int64_t row, const Options& options);

  Db db_;
  std::unordered_map<uint32_t, int64_t> signals_;  // device and signal → row
};

}  // namespace lamplight::store
