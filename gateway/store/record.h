// record.db: the journal, the alarm state it implies, the cursors and the gaps. Each call is a
// step of a transaction that the caller begins and commits on db(); what is known of the lanes
// in memory (heads) changes only when the caller keeps it after a commit. Store thread only.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "gateway/store/db.h"
#include "gateway/store/hash.h"
#include "gateway/store/messages.h"

namespace lamplight::store {

// What is known of a lane: of its rows and gaps, its cursor and its chain.
struct LaneHead {
  uint64_t newest = 0;    // highest seq that a row or a gap names
  uint64_t reserved = 0;  // synced: no other boot uses a seq up to this
  uint64_t broker_seq = 0;
  uint64_t stored_seq = 0;
  std::optional<Hash> hash;  // of the newest row
};
using LaneHeads = std::array<LaneHead, kLaneCount>;
inline LaneHead& head_of(LaneHeads& heads, Lane lane) { return heads[static_cast<size_t>(lane)]; }

enum class Appended : uint8_t {
  added,
  repeated,  // the same row was there: after the death of the process inputs come again
  conflict,  // the key names other content; nothing was written
};

class RecordFile {
 public:
  explicit RecordFile(Db db) : db_(std::move(db)) {}
  Db& db() { return db_; }

  // ---- reading at open -----------------------------------------------------------------------
  LaneHeads read_heads();  // chains verified to the newest row only
  std::optional<Snapshot> read_snapshot(std::string& problem);
  std::vector<KnownCommand> read_commands(int64_t since_unix_ns);
  std::vector<RecordGap> read_untold();
  std::string meta(const char* key);
  struct Newest {
    MonoTime emitted;
    WallTime at;
    bool found = false;
  };
  // The newest row of that boot in lanes alarm and system; of any boot's label if it has none.
  Newest newest_row(const std::string& boot);

  // ---- steps of a transaction ----------------------------------------------------------------
  Appended append(const EventRow& row, const std::string& boot, LaneHead& head);
  void write_snapshot(const Snapshot& snapshot, const std::string& boot);
  void write_gap(const RecordGap& gap);
  void write_untold(const RecordGap& gap);  // a part of a gap that has its row
  void set_told(const RecordGap& gap);
  void write_cursor(Lane lane, const LaneHead& head);
  void set_meta(const char* key, std::string_view value);

  // ---- reading while running -----------------------------------------------------------------
  void read_range(const ReadRange& ask, RangeRead& answer);
  std::vector<RecordGap> gaps_touching(Lane lane, uint64_t first, uint64_t last);

 private:
  bool same_row_exists(const EventRow& row, bool& exists);
  Db db_;
};

// A gap as a row of the current query: lane, first, last, t0, t1, why.
RecordGap gap_of(const Query& query);
Query& bind_gap(Query& query, const RecordGap& gap);

}  // namespace lamplight::store
