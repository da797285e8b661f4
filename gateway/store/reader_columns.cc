#include <algorithm>
#include <cstdlib>

#include "gateway/store/codec.h"
#include "gateway/store/label.h"
#include "gateway/store/reader.h"
#include "gateway/store/segment_row.h"
#include "gateway/store/telemetry.h"
#include "rules/model/rfc3339.h"

namespace lamplight::store {
namespace {

// No segment is longer in time than this: 4096 seqs of at most 10 s (gateway design, 4).
constexpr Duration kSegmentLongest = hours(12);
// Segments read before the query is reset, so that the writer's log is not pinned for long.
constexpr int kSegmentsAPiece = 64;
constexpr int kLabelsAPiece = 5000;
// Less is slewing: lamplightd journals no step of the clock either (gateway/core, on_wall).
constexpr int64_t kSlewNs = 500'000'000;

std::string damaged(const SegmentRow& row, const StoredSignal& signal, const std::string& why) {
  return "segment " + std::to_string(row.id) + " of " + signal.path + " is damaged: " + why;
}

}  // namespace

Result<std::vector<StoredSignal>> Reader::signals() {
  std::vector<StoredSignal> found;
  {
    Query query(telemetry_, "SELECT id, device, name FROM signal ORDER BY id");
    while (query.next()) {
      StoredSignal signal;
      signal.id = query.integer(0);
      signal.device = query.text(1);
      const std::string name = query.text(2);
      const auto role = role_of(meta(("role." + signal.device).c_str()));
      signal.path = (role ? std::string(name_of(*role)) : signal.device) + "." + name;
      if (role) signal.signal = find_signal(*role, name);
      found.push_back(std::move(signal));
    }
  }
  for (Db* db : {&telemetry_, &record_}) {
    if (auto status = db->take_error(); !status) return failure(status.error().what);
  }
  return found;
}

Result<std::vector<Stretch>> Reader::stretches(std::optional<int64_t> since,
                                               std::optional<int64_t> until) {
  std::vector<Stretch> found;
  const std::string first = label_of({since.value_or(0), ClockState::synchronised});
  const std::string last =
      until ? label_of({*until, ClockState::synchronised}) : std::string("9999");
  {
    // `from` reaches back to the batch before, whose instant no sample of this one precedes.
    Query query(telemetry_,
                "SELECT g.boot, coalesce((SELECT p.t FROM batch p WHERE p.lane = 'vitals' "
                "AND p.boot = g.boot AND p.seq < g.first ORDER BY p.seq DESC LIMIT 1), "
                "g.t0 - 10000000000), n.t, n.at, n.clock, g.first, g.last FROM (SELECT boot, "
                "min(seq) AS first, "
                "max(seq) AS last, min(t) AS t0 FROM batch WHERE lane = 'vitals' AND at >= ? "
                "AND at <= ? GROUP BY boot) g JOIN batch n ON n.lane = 'vitals' AND "
                "n.seq = g.last ORDER BY g.first");
    query.bind(first).bind(last);
    while (query.next()) {
      Stretch stretch;
      stretch.boot = query.text(0);
      stretch.from = MonoTime{query.integer(1)};
      stretch.to = MonoTime{query.integer(2)};
      stretch.to_label = wall_time_of(query.text(3), query.text(4));
      stretch.first_seq = query.unsigned_integer(5);
      stretch.last_seq = query.unsigned_integer(6);
      found.push_back(std::move(stretch));
    }
  }
  if (auto status = telemetry_.take_error(); !status) return failure(status.error().what);
  return found;
}

Result<std::vector<WallSpan>> Reader::wall_of(const Stretch& stretch) {
  std::vector<WallSpan> found;
  const auto add = [&](MonoTime from, std::optional<int64_t> offset) {
    if (found.empty()) return found.push_back({stretch.from, offset});
    const auto& before = found.back().wall_minus_mono;
    const bool goes_on = before && offset ? std::llabs(*offset - *before) < kSlewNs
                                          : before.has_value() == offset.has_value();
    if (!goes_on) found.push_back({from, offset});
  };
  std::optional<MonoTime> stepped;  // since then the clock has been set, and not told its worth
  uint64_t next = stretch.first_seq;
  for (int rows = kLabelsAPiece; rows == kLabelsAPiece;) {
    rows = 0;
    Query query(telemetry_,
                "SELECT seq, t, at, clock FROM batch WHERE lane = 'vitals' AND boot = ? "
                "AND seq >= ? AND seq <= ? ORDER BY seq LIMIT ?");
    query.bind(stretch.boot).bind(next).bind(stretch.last_seq).bind(kLabelsAPiece);
    while (query.next()) {
      ++rows;
      next = query.unsigned_integer(0) + 1;
      const MonoTime t{query.integer(1)};
      const ClockState clock = clock_of(query.text(3));
      if (clock == ClockState::stepped) {
        stepped = stepped.value_or(t);
        continue;
      }
      const auto at = parse_rfc3339(query.text(2));
      const bool is_set = clock == ClockState::synchronised && at;
      add(stepped.value_or(t), is_set ? std::optional(*at - t.ns) : std::nullopt);
      stepped.reset();
    }
    if (auto status = telemetry_.take_error(); !status) return failure(status.error().what);
  }
  if (stepped || found.empty()) add(stepped.value_or(stretch.from), std::nullopt);
  return found;
}

Result<std::vector<Reading>> Reader::readings(const std::vector<StoredSignal>& of,
                                              const std::string& boot, MonoTime from, MonoTime to) {
  std::vector<Reading> found;
  for (const StoredSignal& signal : of) {
    if (!signal.signal) continue;
    Query query(telemetry_, "SELECT " LL_SEGMENT_COLUMNS
                            " FROM segment WHERE signal = ? AND boot = ? AND t0 > ? AND t0 <= ? "
                            "AND t1 > ? AND lane = 'vitals' ORDER BY first_seq");
    query.bind(signal.id).bind(boot).bind((from - kSegmentLongest).ns).bind(to.ns).bind(from.ns);
    while (query.next()) {
      const SegmentRow row = segment_at(query);
      const auto column = decode(row.view);
      if (!column) {
        return failure(damaged(row, signal, column.error()));
      }
      for (size_t i = 0; i < column->t.size(); ++i) {
        if (column->t[i] <= from.ns || column->t[i] > to.ns) continue;
        found.push_back({*signal.signal, MonoTime{column->t[i]}, column->value[i],
                         quality_of(column->worth[i]), reason_of(column->worth[i])});
      }
    }
  }
  if (auto status = telemetry_.take_error(); !status) return failure(status.error().what);
  std::stable_sort(found.begin(), found.end(), [](const Reading& a, const Reading& b) {
    return a.measured_at < b.measured_at;
  });
  return found;
}

Status Reader::columns(const StoredSignal& of, const std::string& boot, MonoTime from, MonoTime to,
                       const TakeColumn& take) {
  MonoTime after = from - kSegmentLongest;
  int64_t after_id = INT64_MAX;
  for (int rows = kSegmentsAPiece; rows == kSegmentsAPiece;) {
    rows = 0;
    Query query(telemetry_, "SELECT " LL_SEGMENT_COLUMNS
                            " FROM segment WHERE signal = ? AND boot = ? AND (t0, id) > (?, ?) "
                            "AND t0 <= ? AND t1 > ? AND lane = 'vitals' ORDER BY t0, id LIMIT ?");
    query.bind(of.id).bind(boot).bind(after.ns).bind(after_id).bind(to.ns).bind(from.ns);
    query.bind(kSegmentsAPiece);
    while (query.next()) {
      ++rows;
      const SegmentRow row = segment_at(query);
      after = MonoTime{row.view.t0};
      after_id = row.id;
      const auto column = decode(row.view);
      if (!column) return failure(damaged(row, of, column.error()));
      if (auto taken = take(*column); !taken) return taken;
    }
    if (auto status = telemetry_.take_error(); !status) return failure(status.error().what);
  }
  return {};
}

}  // namespace lamplight::store
