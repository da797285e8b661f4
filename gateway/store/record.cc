#include "gateway/store/record.h"

#include <algorithm>
#include <tuple>

#include "gateway/store/label.h"
#include "rules/model/assert.h"
#include "rules/model/limits.h"

namespace lamplight::store {
namespace {

Blob copy_of(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

std::optional<Hash> hash_of(std::span<const std::byte> bytes) {
  Hash hash = {};
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace

RecordGap gap_of(const Query& query) {
  RecordGap gap;
  gap.lane = lane_of(query.text(0)).value_or(Lane::system);
  if (!query.is_null(1)) gap.first = query.unsigned_integer(1);
  if (!query.is_null(2)) gap.last = query.unsigned_integer(2);
  if (!query.is_null(3)) gap.t0 = MonoTime{query.integer(3)};
  if (!query.is_null(4)) gap.t1 = MonoTime{query.integer(4)};
  gap.why = query.text(5);
  return gap;
}

Query& bind_gap(Query& query, const RecordGap& gap) {
  const auto ns = [](const std::optional<MonoTime>& t) {
    return t ? std::optional<int64_t>(t->ns) : std::nullopt;
  };
  query.bind(name_of(gap.lane)).bind(gap.first).bind(gap.last);
  return query.bind(ns(gap.t0)).bind(ns(gap.t1)).bind(gap.why);
}

LaneHeads RecordFile::read_heads() {
  LaneHeads heads;
  for (size_t i = 0; i < heads.size(); ++i) {
    const std::string_view lane = kLaneNames[i];
    LaneHead& head = heads[i];
    Query newest(db_, "SELECT seq, hash FROM event WHERE lane = ? ORDER BY seq DESC LIMIT 1");
    if (newest.bind(lane).next()) {
      head.newest = newest.unsigned_integer(0);
      head.hash = hash_of(newest.blob(1));
    }
    Query gaps(db_, "SELECT max(last) FROM gap WHERE lane = ?");
    if (gaps.bind(lane).next()) head.newest = std::max(head.newest, gaps.unsigned_integer(0));
    Query cursor(db_, "SELECT reserved, broker_seq, stored_seq FROM cursor WHERE lane = ?");
    if (cursor.bind(lane).next()) {
      head.reserved = cursor.unsigned_integer(0);
      head.broker_seq = cursor.unsigned_integer(1);
      head.stored_seq = cursor.unsigned_integer(2);
    }
  }
  return heads;
}

std::optional<Snapshot> RecordFile::read_snapshot(std::string& problem) {
  Query query(db_, "SELECT lane_seq, program_hash, mono, state FROM alarm_state WHERE id = 1");
  if (!query.next()) return std::nullopt;
  Snapshot snapshot;
  snapshot.lane_seq = query.unsigned_integer(0);
  snapshot.program_hash = copy_of(query.blob(1));
  snapshot.mono = MonoTime{query.integer(2)};
  const auto stored = query.blob(3);
  const auto size = sizeof(decltype(checksum({}, {})));
  if (stored.size() >= size) {
    snapshot.state = copy_of(stored.subspan(size));
    const auto sum = checksum(snapshot.program_hash, snapshot.state);
    if (std::equal(sum.begin(), sum.end(), stored.begin())) return snapshot;
  }
  problem = "the stored alarm state is damaged and was not used";
  return std::nullopt;
}

std::string RecordFile::meta(const char* key) {
  Query query(db_, "SELECT v FROM meta WHERE k = ?");
  return query.bind(std::string_view(key)).next() ? query.text(0) : std::string();
}

RecordFile::Newest RecordFile::newest_row(const std::string& boot) {
  Newest newest;
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    Query query(db_,
                "SELECT emitted, at, clock, boot FROM event WHERE lane = ? "
                "ORDER BY seq DESC LIMIT 1");
    if (!query.bind(name_of(lane)).next()) continue;
    const MonoTime emitted{query.integer(0)};
    if (query.text(3) != boot || (newest.found && emitted <= newest.emitted)) continue;
    newest.found = true;
    newest.emitted = emitted;
    newest.at = wall_time_of(query.text(1), query.text(2));
  }
  return newest;
}

std::vector<KnownCommand> RecordFile::read_commands(int64_t since_unix_ns) {
  // Bounded by rows too: a journal that is all alarms must not delay the start.
  constexpr int kRowsMax = 50'000;
  std::vector<KnownCommand> found;
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    Query query(db_,
                "SELECT seq, at, clock, json_extract(body, '$.command.id'), "
                "json_extract(body, '$.command.outcome'), json_extract(body, '$.command.why') "
                "FROM event WHERE lane = ? AND instr(body, '\"command\":{') > 0 "
                "AND json_valid(body) AND seq > (SELECT coalesce(max(seq), 0) FROM event "
                "WHERE lane = ?) - ? ORDER BY seq DESC LIMIT ?");
    query.bind(name_of(lane)).bind(name_of(lane)).bind(kRowsMax);
    query.bind(static_cast<int64_t>(limits::kRememberedCommandsMax));
    while (query.next()) {
      const WallTime at = wall_time_of(query.text(1), query.text(2));
      if (at.clock == ClockState::synchronised && at.unix_ns < since_unix_ns) continue;
      if (query.is_null(3)) continue;
      found.push_back({query.text(3), query.text(4), query.text(5), query.unsigned_integer(0), at});
    }
  }
  std::sort(found.begin(), found.end(), [](const KnownCommand& a, const KnownCommand& b) {
    return std::tie(a.at.unix_ns, a.seq) < std::tie(b.at.unix_ns, b.seq);
  });
  if (found.size() > limits::kRememberedCommandsMax) {
    found.erase(found.begin(), found.end() - limits::kRememberedCommandsMax);
  }
  return found;
}

bool RecordFile::same_row_exists(const EventRow& row, bool& exists) {
  Query query(db_, "SELECT t, name, body FROM event WHERE lane = ? AND seq = ?");
  exists = query.bind(name_of(row.lane)).bind(row.seq).next();
  if (!exists) return false;
  return query.integer(0) == row.t.ns && query.text(1) == row.name && query.text(2) == row.body;
}

Appended RecordFile::append(const EventRow& row, const std::string& boot, LaneHead& head) {
  LL_ASSERT(row.lane == Lane::alarm || row.lane == Lane::system);
  LL_ASSERT(row.seq > 0);
  if (row.seq <= head.newest) {
    bool exists = false;
    if (same_row_exists(row, exists)) return Appended::repeated;
    if (exists || !db_.ok()) return Appended::conflict;
  }
  std::span<const std::byte> previous;
  if (head.hash) previous = *head.hash;
  const Hash hash = chain_hash(previous, row.lane, row.seq, row.t, row.body);
  const std::string at = label_of(row.at);
  Query query(db_, "INSERT INTO event VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  query.bind(name_of(row.lane)).bind(row.seq).bind(row.t.ns).bind(row.emitted.ns).bind(boot);
  query.bind(at).bind(std::string_view(name_of(row.at.clock))).bind(row.name);
  query.bind(row.occurrence);
  row.rule.empty() ? query.bind_null() : query.bind(row.rule);
  query.bind(row.body);
  previous.empty() ? query.bind_null() : query.bind(previous);
  query.bind(std::span<const std::byte>(hash)).run();
  head.newest = std::max(head.newest, row.seq);
  head.hash = hash;
  return Appended::added;
}

void RecordFile::write_snapshot(const Snapshot& snapshot, const std::string& boot) {
  const auto sum = checksum(snapshot.program_hash, snapshot.state);
  Blob stored(sum.begin(), sum.end());
  stored.insert(stored.end(), snapshot.state.begin(), snapshot.state.end());
  Query query(db_, "INSERT OR REPLACE INTO alarm_state VALUES(1, ?, ?, ?, ?, ?)");
  query.bind(snapshot.lane_seq).bind(std::span<const std::byte>(snapshot.program_hash));
  query.bind(snapshot.mono.ns).bind(boot).bind(std::span<const std::byte>(stored)).run();
}

// After the death of the process the same gap comes again, with the replayed inputs; and what tells
// of a part of a merged gap finds its row there.
void RecordFile::write_gap(const RecordGap& gap) {
  Query query(db_,
              "INSERT INTO gap SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM gap "
              "WHERE lane = ?1 AND why = ?6 AND ((first IS ?2 AND last IS ?3 AND t0 IS ?4 "
              "AND t1 IS ?5) OR (first <= ?2 AND last >= ?3)))");
  bind_gap(query, gap).run();
}

// Keys of `meta`, because the tables are those of the design: untold.[lane,first,last,t0,t1,why].
void RecordFile::write_untold(const RecordGap& gap) {
  Query query(db_,
              "INSERT OR IGNORE INTO meta VALUES('untold.' || json_array(?, ?, ?, ?, ?, ?), '')");
  bind_gap(query, gap).run();
}

void RecordFile::set_told(const RecordGap& gap) {
  Query query(db_, "DELETE FROM meta WHERE k = 'untold.' || json_array(?, ?, ?, ?, ?, ?)");
  bind_gap(query, gap).run();
}

std::vector<RecordGap> RecordFile::read_untold() {
  std::vector<RecordGap> gaps;
  Query query(db_,
              "SELECT json_extract(g, '$[0]'), json_extract(g, '$[1]'), json_extract(g, '$[2]'), "
              "json_extract(g, '$[3]'), json_extract(g, '$[4]'), json_extract(g, '$[5]') "
              "FROM (SELECT substr(k, 8) AS g FROM meta WHERE k > 'untold.' AND k < 'untold/' "
              "ORDER BY k)");
  while (query.next()) gaps.push_back(gap_of(query));
  return gaps;
}

void RecordFile::write_cursor(Lane lane, const LaneHead& head) {
  Query query(db_, "INSERT OR REPLACE INTO cursor VALUES(?, ?, ?, ?)");
  query.bind(name_of(lane)).bind(head.reserved).bind(head.broker_seq).bind(head.stored_seq).run();
}

void RecordFile::set_meta(const char* key, std::string_view value) {
  Query query(db_, "INSERT OR REPLACE INTO meta VALUES(?, ?)");
  query.bind(std::string_view(key)).bind(value).run();
}

void RecordFile::read_range(const ReadRange& ask, RangeRead& answer) {
  // The asker may be far away: a seq beyond SQLite's integers names no row.
  if (ask.from > static_cast<uint64_t>(INT64_MAX) - ask.count) return;
  Query query(db_,
              "SELECT seq, t, at, clock, boot, body FROM event "
              "WHERE lane = ? AND seq >= ? AND seq < ? ORDER BY seq");
  query.bind(name_of(ask.lane)).bind(ask.from).bind(ask.from + ask.count);
  while (query.next()) {
    RangeRow row;
    row.seq = query.unsigned_integer(0);
    row.t = MonoTime{query.integer(1)};
    row.at = wall_time_of(query.text(2), query.text(3));
    row.boot = query.text(4);
    row.body = query.text(5);
    answer.rows.push_back(std::move(row));
  }
}

std::vector<RecordGap> RecordFile::gaps_touching(Lane lane, uint64_t first, uint64_t last) {
  std::vector<RecordGap> gaps;
  Query query(db_,
              "SELECT lane, first, last, t0, t1, why FROM gap "
              "WHERE lane = ? AND first <= ? AND last >= ? ORDER BY first");
  query.bind(name_of(lane)).bind(last).bind(first);
  while (query.next()) gaps.push_back(gap_of(query));
  return gaps;
}

}  // namespace lamplight::store
