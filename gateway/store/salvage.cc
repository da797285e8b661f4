#include "gateway/store/salvage.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_set>

#include "gateway/store/label.h"
#include "gateway/store/segment_row.h"

namespace lamplight::store {
namespace {

constexpr uint64_t kKeyMax = 1ULL << 62;

// One table of the damaged file, in the order of an integer key. Both statements bind the lane
// first, if there is one, then a key, and give rows from that key on.
struct Walk {
  Db& from;
  const char* seek_sql;  // the key of the first row
  const char* copy_sql;  // all rows
  int key_column;        // of copy_sql
  std::optional<Lane> lane;
  std::function<void(const Query& row)> row;
  // Rows between these keys (both excluded) could not be read; `after` 0: up to the end.
  std::function<void(uint64_t before, uint64_t after)> lost;
};

void bind_from(Query& query, const Walk& walk, uint64_t key) {
  if (walk.lane) query.bind(name_of(*walk.lane));
  query.bind(key);
}

enum class Seek : uint8_t { found, end, damaged };

Seek probe(const Walk& walk, uint64_t key, uint64_t& found) {
  Query query(walk.from, walk.seek_sql);
  bind_from(query, walk, key);
  const bool is_there = query.next();
  if (!walk.from.take_error()) return Seek::damaged;
  if (!is_there) return Seek::end;
  found = query.unsigned_integer(0);
  return Seek::found;
}

// The smallest key after `bad` from which the table can be read again: doubling steps over the
// damage, then halving back to its edge.
std::optional<uint64_t> behind_damage(const Walk& walk, uint64_t bad) {
  uint64_t low = bad;
  uint64_t found = 0;
  for (uint64_t step = 1; step < kKeyMax; step *= 2) {
    switch (probe(walk, bad + step, found)) {
      case Seek::damaged:
        low = bad + step;
        continue;
      case Seek::end:
        return std::nullopt;
      case Seek::found:
        break;
    }
    uint64_t high = bad + step;
    while (high - low > 1) {
      const uint64_t middle = low + (high - low) / 2;
      (probe(walk, middle, found) == Seek::found ? high : low) = middle;
    }
    if (probe(walk, high, found) != Seek::found) return std::nullopt;
    return found;
  }
  return std::nullopt;
}

void run(const Walk& walk) {
  std::optional<uint64_t> from = 0;
  uint64_t last = 0;
  while (from) {
    {
      Query query(walk.from, walk.copy_sql);
      bind_from(query, walk, *from);
      while (query.next()) {
        last = query.unsigned_integer(walk.key_column);
        walk.row(query);
      }
    }
    if (walk.from.take_error()) return;
    from = behind_damage(walk, std::max(last, *from));
    if (walk.lost) walk.lost(last, from.value_or(0));
  }
}

bool is_proved(const Query& row, Lane lane) {
  const std::string body = row.text(10);
  const auto t = MonoTime{row.integer(2)};
  const Hash hash = chain_hash(row.blob(11), lane, row.unsigned_integer(1), t, body);
  return std::equal(hash.begin(), hash.end(), row.blob(12).begin(), row.blob(12).end());
}

void copy_event(const Query& row, Db& to) {
  Query query(to, "INSERT INTO event VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const std::string lane = row.text(0), boot = row.text(4), at = row.text(5), clock = row.text(6),
                    name = row.text(7), rule = row.text(9), body = row.text(10);
  query.bind(lane).bind(row.integer(1)).bind(row.integer(2)).bind(row.integer(3)).bind(boot);
  row.is_null(5) ? query.bind_null() : query.bind(at);
  query.bind(clock).bind(name);
  row.is_null(8) ? query.bind_null() : query.bind(row.integer(8));
  row.is_null(9) ? query.bind_null() : query.bind(rule);
  query.bind(body);
  row.is_null(11) ? query.bind_null() : query.bind(row.blob(11));
  query.bind(row.blob(12)).run();
}

void salvage_events(Db& from, RecordFile& to, Lane lane) {
  Walk walk{from,
            "SELECT seq FROM event WHERE lane = ? AND seq >= ? ORDER BY seq LIMIT 1",
            "SELECT lane, seq, t, emitted, boot, at, clock, name, occurrence, rule, body, "
            "prev_hash, hash FROM event WHERE lane = ? AND seq >= ? ORDER BY seq",
            1,
            lane,
            {},
            {}};
  walk.row = [&](const Query& row) {
    if (is_proved(row, lane)) copy_event(row, to.db());
  };
  run(walk);
}

void salvage_gaps(Db& from, RecordFile& to) {
  Walk walk{from,
            "SELECT rowid FROM gap WHERE rowid >= ? ORDER BY rowid LIMIT 1",
            "SELECT lane, first, last, t0, t1, why, rowid FROM gap WHERE rowid >= ? "
            "ORDER BY rowid",
            6,
            {},
            {},
            {}};
  walk.row = [&](const Query& row) { to.write_gap(gap_of(row)); };
  run(walk);
}

void salvage_batches(Db& from, TelemetryFile& to, Lane lane, std::vector<RecordGap>& gaps) {
  Walk walk{from,
            "SELECT seq FROM batch WHERE lane = ? AND seq >= ? ORDER BY seq LIMIT 1",
            "SELECT seq, boot, t, at, clock FROM batch WHERE lane = ? AND seq >= ? ORDER BY seq",
            0,
            lane,
            {},
            {}};
  walk.row = [&](const Query& row) {
    const std::string boot = row.text(1), at = row.text(3), clock = row.text(4);
    Query insert(to.db(), "INSERT INTO batch VALUES(?, ?, ?, ?, ?, ?)");
    insert.bind(name_of(lane)).bind(row.integer(0)).bind(boot).bind(row.integer(2));
    insert.bind(at).bind(clock).run();
  };
  walk.lost = [&](uint64_t before, uint64_t after) {
    RecordGap gap{lane, before + 1, std::nullopt, {}, {}, "salvaged"};
    if (after > 0) gap.last = after - 1;
    if (!gap.last || *gap.last >= *gap.first) gaps.push_back(gap);
  };
  run(walk);
}

void salvage_signals(Db& from, Db& to) {
  Query query(from, "SELECT id, device, name, unit, step FROM signal");
  while (query.next()) {
    const std::string device = query.text(1), name = query.text(2), unit = query.text(3),
                      step = query.text(4);
    Query(to, "INSERT INTO signal VALUES(?, ?, ?, ?, ?)")
        .bind(query.integer(0))
        .bind(device)
        .bind(name)
        .bind(unit)
        .bind(step)
        .run();
  }
  static_cast<void>(from.take_error());  // a table of one page: what is left of it was read
}

// Which segments there were is known twice: by the table and by its index over (lane, first_seq).
// The index names what the table lost. Only if the index is broken too, the gap goes from the
// lower to the higher readable neighbour by id (compaction moves old seqs to new ids).
class SegmentSalvage {
 public:
  SegmentSalvage(Db& from, TelemetryFile& to, std::vector<RecordGap>& gaps)
      : from_(from), to_(to), gaps_(gaps) {}

  void run_all() {
    Walk walk{from_,
              "SELECT id FROM segment NOT INDEXED WHERE id >= ? ORDER BY id LIMIT 1",
              "SELECT " LL_SEGMENT_COLUMNS
              ", lane FROM segment NOT INDEXED WHERE id >= ? ORDER BY id",
              0,
              {},
              {},
              {}};
    walk.row = [&](const Query& row) { copy(row); };
    walk.lost = [&](uint64_t, uint64_t after) {
      is_torn_ = true;
      if (after == 0) between_neighbours(nullptr);
    };
    run(walk);
    for (const Lane lane : {Lane::vitals, Lane::wave, Lane::debug}) {
      if (!ask_index(lane)) gaps_.insert(gaps_.end(), guessed_.begin(), guessed_.end());
    }
  }

 private:
  void copy(const Query& query) {
    const SegmentRow row = segment_at(query);
    const auto lane = lane_of(query.text(15));
    const auto column = decode(row.view);
    if (!lane || !column || !knows(row.signal) || kept_.contains(row.id)) return;
    if (is_torn_) between_neighbours(&row.view);
    newest_ = {row.view.first_seq, row.view.last_seq};
    insert_segment(to_.db(), row.signal, *lane, row.boot, encode(*column));
    kept_.insert(row.id);
  }

  bool knows(int64_t signal) {
    Query query(to_.db(), "SELECT 1 FROM signal WHERE id = ?");
    return query.bind(signal).next();
  }

  // False: the index cannot be read either.
  bool ask_index(Lane lane) {
    std::optional<uint64_t> lost;
    Query query(from_,
                "SELECT first_seq, id FROM segment INDEXED BY segment_seq WHERE lane = ? "
                "ORDER BY first_seq");
    query.bind(name_of(lane));
    while (query.next()) {
      const uint64_t first = query.unsigned_integer(0);
      if (lost && first > *lost) {
        note(lane, *lost, first - 1);
        lost.reset();
      }
      if (!kept_.contains(query.integer(1)) && !lost) lost = first;
    }
    if (lost) note(lane, *lost, std::max(*lost, to_.newest_seq(lane)));
    return from_.take_error().has_value();
  }

  void note(Lane lane, uint64_t first, uint64_t last) {
    gaps_.push_back({lane, first, last, {}, {}, "salvaged"});
  }

  void between_neighbours(const SegmentView* after) {
    is_torn_ = false;
    for (const Lane lane : {Lane::vitals, Lane::wave, Lane::debug}) {
      const uint64_t newest = to_.newest_seq(lane);
      if (newest == 0) continue;
      const uint64_t first = after ? std::min(newest_.first, after->first_seq) : newest_.first;
      const uint64_t last = after ? std::max(newest_.last, after->last_seq) : newest;
      guessed_.push_back({lane, std::max<uint64_t>(first, 1), last, {}, {}, "salvaged"});
    }
  }

  struct Seqs {
    uint64_t first = 0, last = 0;
  };
  Db& from_;
  TelemetryFile& to_;
  std::vector<RecordGap>& gaps_;
  std::vector<RecordGap> guessed_;
  std::unordered_set<int64_t> kept_;
  Seqs newest_;
  bool is_torn_ = false;
};

}  // namespace

std::vector<RecordGap> unexplained_holes(Db& rows, RecordFile& record, Lane lane) {
  std::vector<RecordGap> holes;
  {
    uint64_t expected = 1;
    Query query(rows, lane <= Lane::system ? "SELECT seq FROM event WHERE lane = ? ORDER BY seq"
                                           : "SELECT seq FROM batch WHERE lane = ? ORDER BY seq");
    query.bind(name_of(lane));
    while (query.next()) {
      const uint64_t seq = query.unsigned_integer(0);
      if (seq > expected) holes.push_back({lane, expected, seq - 1, {}, {}, "salvaged"});
      expected = seq + 1;
    }
  }
  std::erase_if(holes, [&](const RecordGap& hole) {
    const auto known = record.gaps_touching(lane, *hole.first, *hole.last);
    return std::any_of(known.begin(), known.end(), [&](const RecordGap& gap) {
      return gap.first && gap.last && *gap.first <= *hole.first && *gap.last >= *hole.last;
    });
  });
  return holes;
}

DbStatus salvage_record(Db& from, RecordFile& to) {
  to.db().begin();
  for (const Lane lane : {Lane::alarm, Lane::system}) salvage_events(from, to, lane);
  salvage_gaps(from, to);
  {
    RecordFile source(std::move(from));
    std::string problem;
    // Each of these is one page or nothing; an error leaves it out.
    if (const auto snapshot = source.read_snapshot(problem)) {
      Query boot(source.db(), "SELECT boot FROM alarm_state");
      const std::string name = boot.next() ? boot.text(0) : std::string();
      to.write_snapshot(*snapshot, name);
    }
    static_cast<void>(source.db().take_error());
    for (const Lane lane : {Lane::alarm, Lane::system, Lane::vitals, Lane::wave, Lane::debug}) {
      Query query(source.db(),
                  "SELECT reserved, broker_seq, stored_seq FROM cursor WHERE lane = ?");
      if (!query.bind(name_of(lane)).next()) continue;
      LaneHead head;
      head.reserved = query.unsigned_integer(0);
      head.broker_seq = query.unsigned_integer(1);
      head.stored_seq = query.unsigned_integer(2);
      to.write_cursor(lane, head);
    }
    static_cast<void>(source.db().take_error());
    for (const RecordGap& gap : source.read_untold()) to.write_untold(gap);
    static_cast<void>(source.db().take_error());
    for (const char* key : {"boot", "newest_wall"}) {
      const std::string value = source.meta(key);
      if (!value.empty()) to.set_meta(key, value);
    }
    static_cast<void>(source.db().take_error());
    from = std::move(source.db());
  }
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    for (const RecordGap& hole : unexplained_holes(to.db(), to, lane)) to.write_gap(hole);
  }
  return to.db().commit();
}

DbStatus salvage_telemetry(Db& from, TelemetryFile& to, std::vector<RecordGap>& gaps) {
  to.db().begin();
  salvage_signals(from, to.db());
  for (const Lane lane : {Lane::vitals, Lane::wave, Lane::debug}) {
    salvage_batches(from, to, lane, gaps);
  }
  SegmentSalvage(from, to, gaps).run_all();
  return to.db().commit();
}

}  // namespace lamplight::store
