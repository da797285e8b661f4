#include "gateway/store/compact.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/store/segment_row.h"
#include "rules/model/limits.h"

namespace lamplight::store {
namespace {

constexpr uint64_t kGroupsAMerge = 64;

// All segments of one lane that begin at one seq; they end at one seq too.
struct Group {
  uint64_t first = 0, last = 0;
  uint64_t samples = 0;  // of its longest column
  std::string boot;
  uint64_t span() const { return last - first + 1; }
};

struct Merge {
  uint64_t first = 0, last = 0;
  uint64_t groups = 0;
  bool is_complete = false;  // what follows cannot join, or there is enough
};

std::vector<Group> groups_from(Db& db, Lane lane, uint64_t first, uint64_t before) {
  std::vector<Group> groups;
  Query query(db,
              "SELECT first_seq, max(last_seq), max(n), boot FROM segment "
              "WHERE lane = ? AND first_seq >= ? AND first_seq < ? "
              "GROUP BY first_seq ORDER BY first_seq LIMIT 65");
  query.bind(name_of(lane)).bind(first).bind(before);
  while (query.next()) {
    groups.push_back({query.unsigned_integer(0), query.unsigned_integer(1),
                      query.unsigned_integer(2), query.text(3)});
  }
  return groups;
}

// The longest run from the front that may become one group. `span_max`: a longer group is done.
Merge plan(const std::vector<Group>& groups, uint64_t span_max) {
  Merge merge;
  merge.first = groups.front().first;
  uint64_t samples = 0;
  for (const Group& g : groups) {
    const bool fits = g.span() <= span_max && samples + g.samples <= limits::kSegmentSamples &&
                      g.last - merge.first < kSegmentSeqsMax && g.boot == groups.front().boot &&
                      merge.groups < kGroupsAMerge;
    if (!fits) {
      merge.is_complete = true;
      break;
    }
    samples += g.samples;
    merge.last = g.last;
    ++merge.groups;
  }
  if (merge.groups == 0) merge.last = groups.front().last;
  merge.is_complete =
      merge.is_complete || merge.groups == kGroupsAMerge || samples >= limits::kSegmentSamples;
  return merge;
}

void pad_to(Column& column, uint64_t seq) { column.per_seq.resize(seq - column.first_seq, 0); }

void extend(Column& column, const Column& more) {
  pad_to(column, more.first_seq);
  const auto add = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  add(column.per_seq, more.per_seq);
  add(column.t, more.t);
  add(column.value, more.value);
  add(column.worth, more.worth);
}

// False: a segment could not be read; nothing was changed.
bool merge_now(Db& db, Lane lane, const Merge& merge, DbStatus& status) {
  std::map<int64_t, Column> columns;
  std::string boot;
  db.begin();
  bool readable = true;
  {
    Query query(db, "SELECT " LL_SEGMENT_COLUMNS
                    " FROM segment WHERE lane = ? AND first_seq >= ? AND first_seq <= ? "
                    "ORDER BY first_seq, id");
    query.bind(name_of(lane)).bind(merge.first).bind(merge.last);
    while (readable && query.next()) {
      const SegmentRow row = segment_at(query);
      const auto column = decode(row.view);
      readable = column.has_value();
      if (!readable) break;
      boot = row.boot;
      const auto fresh = columns.try_emplace(row.signal, Column{merge.first, {}, {}, {}, {}});
      extend(fresh.first->second, *column);
    }
  }
  if (readable) {
    Query(db, "DELETE FROM segment WHERE lane = ? AND first_seq >= ? AND first_seq <= ?")
        .bind(name_of(lane))
        .bind(merge.first)
        .bind(merge.last)
        .run();
    for (auto& [signal, column] : columns) {
      pad_to(column, merge.last + 1);
      insert_segment(db, signal, lane, boot, encode(column));
    }
  }
  status = db.commit();
  return readable;
}

}  // namespace

bool Compactor::step(TelemetryFile& file, DbStatus& status) {
  for (const Lane lane : {Lane::vitals, Lane::wave, Lane::debug}) {
    if (step_lane(file, lane, positions_[static_cast<size_t>(lane)], status)) return true;
    if (!status) return false;
  }
  return false;
}

bool Compactor::step_lane(TelemetryFile& file, Lane lane, Position& position, DbStatus& status) {
  const auto try_level = [&](uint64_t& from, uint64_t before, uint64_t span_max) {
    const std::vector<Group> groups = groups_from(file.db(), lane, from, before);
    status = file.db().take_error();
    if (!status || groups.empty()) return false;
    const Merge merge = plan(groups, span_max);
    if (!merge.is_complete) return false;
    // Unreadable segments stay as they are: the damage is for salvage to judge.
    if (merge.groups > 1) merge_now(file.db(), lane, merge, status);
    if (!status) return false;
    from = merge.last + 1;
    return true;
  };
  constexpr auto kNoEnd = static_cast<uint64_t>(INT64_MAX);
  if (try_level(position.fine, kNoEnd, 1)) return true;
  if (!status) return false;
  return try_level(position.coarse, position.fine, kGroupsAMerge);
}

}  // namespace lamplight::store
