// A store's samples as columns (rules/replay), read once and bound to as many programs as are to be
// compared. The same samples at the same instants as `export` writes, without the detour over text:
// a test holds the two together. Read only, in short pieces, beside a running lamplightd.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "gateway/store/reader.h"
#include "rules/replay/recording.h"
#include "rules/replay/wall.h"
#include "rules/replay/wall_offsets.h"

namespace lamplight::cli {

class StoredColumns {
 public:
  struct Ask {
    std::optional<int64_t> since{}, until{};  // wall times, both ends included
    std::set<SignalId> wanted{};         // the others only say when the recording begins and ends
    std::function<void(double)> done{};  // share of the work done; may be empty
  };
  [[nodiscard]] static Result<StoredColumns> load(store::Reader& reader, const Ask& ask);

  // The recording as the program reads it; the columns must outlive it. The error names the signal
  // that cannot be read so, and what to write.
  [[nodiscard]] Result<replay::Recording> for_program(const engine::Program& program,
                                                      const replay::CivilTime& civil) const;

  bool is_empty() const { return first_ > last_; }
  uint64_t samples() const { return samples_; }
  // What the wall showed, boot by boot, and where the clock was set within one.
  const replay::WallOffsets& wall() const { return wall_; }

 private:
  class Loader;
  std::map<SignalId, replay::Column> columns_;  // in the catalogue's steps and numbers
  int64_t first_ = INT64_MAX;
  int64_t last_ = INT64_MIN;
  uint64_t samples_ = 0;
  replay::WallOffsets wall_;
};

// The catalogue's signals that a program reads.
std::set<SignalId> signals_of(const engine::Program& program);

}  // namespace lamplight::cli
