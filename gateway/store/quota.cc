#include "gateway/store/quota.h"

#include <algorithm>

namespace lamplight::store {
namespace {

// Where alarms alone fill the quota, shedding each new row would only bring about the row that says
// so, for ever: the newest rows stay, and what goes is worth its record.
constexpr uint64_t kSystemRowsKept = 500;
constexpr uint64_t kSystemRowsShedMin = 500;

// The seqs of `lane` up to this one go together: whole groups, at most about 64 small ones.
std::optional<uint64_t> cut_of(Db& db, Lane lane) {
  std::optional<uint64_t> cut;
  Query groups(db,
               "SELECT first_seq, max(last_seq) FROM segment WHERE lane = ? "
               "GROUP BY first_seq ORDER BY first_seq LIMIT 64");
  groups.bind(name_of(lane));
  while (groups.next()) {
    const uint64_t first = groups.unsigned_integer(0);
    const uint64_t last = groups.unsigned_integer(1);
    if (cut && last != first) break;  // a merged group goes alone
    cut = last;
    if (last != first) break;
  }
  return cut;
}

void delete_up_to(Db& db, Lane lane, uint64_t cut) {
  Query(db, "DELETE FROM segment WHERE lane = ? AND first_seq <= ?")
      .bind(name_of(lane))
      .bind(cut)
      .run();
  Query(db, "DELETE FROM batch WHERE lane = ? AND seq <= ?").bind(name_of(lane)).bind(cut).run();
}

// First and last batch with seq ≤ cut, as a gap; nothing when there is none.
std::optional<RecordGap> gap_up_to(TelemetryFile& telemetry, Lane lane, uint64_t cut) {
  Query query(telemetry.db(),
              "SELECT min(seq), max(seq), min(t), max(t) FROM batch WHERE lane = ? AND seq <= ?");
  if (!query.bind(name_of(lane)).bind(cut).next() || query.is_null(0)) return std::nullopt;
  RecordGap gap;
  gap.lane = lane;
  gap.first = query.unsigned_integer(0);
  gap.last = query.unsigned_integer(1);
  gap.t0 = MonoTime{query.integer(2)};
  gap.t1 = MonoTime{query.integer(3)};
  gap.why = "quota";
  return gap;
}

}  // namespace

uint64_t used_bytes(Db& db) {
  const int64_t pages = db.integer("PRAGMA page_count").value_or(0);
  const int64_t size = db.integer("PRAGMA page_size").value_or(0);
  return static_cast<uint64_t>((pages - static_cast<int64_t>(free_pages(db))) * size);
}

uint64_t free_pages(Db& db) {
  return static_cast<uint64_t>(db.integer("PRAGMA freelist_count").value_or(0));
}

void write_gap_merged(RecordFile& record, const RecordGap& gap) {
  record.write_untold(gap);
  if (gap.first && gap.last && gap.t1) {
    Query query(record.db(),
                "UPDATE gap SET last = ?, t1 = ? WHERE lane = ? AND why = ? AND last = ? - 1");
    query.bind(*gap.last).bind(gap.t1->ns).bind(name_of(gap.lane)).bind(gap.why).bind(*gap.first);
    query.run();
    if (record.db().changes() > 0) return;
  }
  record.write_gap(gap);
}

Result<std::optional<RecordGap>, DbError> shed_system(RecordFile& record) {
  Db& db = record.db();
  std::optional<RecordGap> gap;
  db.begin();
  {
    Query query(
        db,
        "SELECT min(seq), max(seq), min(t), max(t), count(*) FROM (SELECT seq, t FROM event "
        "WHERE lane = 'system' AND seq <= (SELECT seq FROM event WHERE lane = 'system' "
        "ORDER BY seq DESC LIMIT 1 OFFSET ?) ORDER BY seq LIMIT 1000)");
    query.bind(uint64_t{kSystemRowsKept});
    if (query.next() && query.unsigned_integer(4) >= kSystemRowsShedMin) {
      gap.emplace();
      gap->lane = Lane::system;
      gap->first = query.unsigned_integer(0);
      gap->last = query.unsigned_integer(1);
      gap->t0 = MonoTime{query.integer(2)};
      gap->t1 = MonoTime{query.integer(3)};
      gap->why = "quota";
    }
  }
  if (gap) {
    Query(db, "DELETE FROM event WHERE lane = 'system' AND seq <= ?").bind(*gap->last).run();
    write_gap_merged(record, *gap);
  }
  if (auto status = db.commit(); !status) return failure(status.error());
  return gap;
}

Result<std::optional<RecordGap>, DbError> shed_telemetry(RecordFile& record,
                                                         TelemetryFile& telemetry) {
  std::optional<RecordGap> gap;
  for (const Lane lane : {Lane::debug, Lane::wave, Lane::vitals}) {
    const uint64_t newest = telemetry.newest_seq(lane);
    const std::optional<uint64_t> cut = cut_of(telemetry.db(), lane);
    if (cut && *cut < newest) gap = gap_up_to(telemetry, lane, *cut);
    if (auto status = telemetry.db().take_error(); !status) return failure(status.error());
    if (gap) break;
  }
  if (!gap) return gap;
  record.db().begin();
  write_gap_merged(record, *gap);
  if (auto status = record.db().commit(); !status) return failure(status.error());
  telemetry.db().begin();
  delete_up_to(telemetry.db(), gap->lane, *gap->last);
  if (auto status = telemetry.db().commit(); !status) return failure(status.error());
  return gap;
}

DbStatus finish_shedding(RecordFile& record, TelemetryFile& telemetry) {
  for (const Lane lane : {Lane::debug, Lane::wave, Lane::vitals}) {
    uint64_t shed = 0;
    {
      Query query(record.db(), "SELECT max(last) FROM gap WHERE lane = ? AND why = 'quota'");
      if (query.bind(name_of(lane)).next()) shed = query.unsigned_integer(0);
    }
    if (auto status = record.db().take_error(); !status) return status;
    if (shed == 0) continue;
    telemetry.db().begin();
    delete_up_to(telemetry.db(), lane, shed);
    if (auto status = telemetry.db().commit(); !status) return status;
  }
  return {};
}

}  // namespace lamplight::store
