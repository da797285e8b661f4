#include "gateway/store/reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include "gateway/store/hash.h"
#include "gateway/store/label.h"
#include "gateway/store/record.h"
#include "gateway/store/schema.h"

namespace lamplight::store {
namespace {

// Rows a query gives before it is reset, so that the writer's log is not pinned for long.
constexpr int kRowsAPiece = 5000;

std::string directory_of(const std::string& place) {
  struct stat info = {};
  // A directory that is not there is told by its own name, not by its parent's.
  const bool is_there = ::stat(place.c_str(), &info) == 0;
  if (is_there ? S_ISDIR(info.st_mode) : !place.ends_with(".db")) return place;
  const size_t slash = place.rfind('/');
  return slash == std::string::npos ? "." : place.substr(0, slash);
}

std::string foreign_version(int64_t version) {
  const std::string known = std::to_string(kSchemaVersion);
  if (version == 0) return "no store of Lamplight, or an empty one (schema version 0)";
  const std::string which = "schema version " + std::to_string(version) + ", this program reads " +
                            known + "; read it with the ";
  return which + (version < kSchemaVersion ? "older" : "newer") + " lamplight that wrote it";
}

[[nodiscard]] Result<Db> open_file(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) {
    // Who may not look into the directory must not conclude that the record is gone.
    const bool is_closed = errno == EACCES;
    return failure(path + (is_closed ? ": may not be read: be root or in the group lamplight"
                                     : ": no such store"));
  }
  std::string why;
  for (const OpenAs how : {OpenAs::reader, OpenAs::immutable}) {
    auto db = Db::open(path, how, nullptr);
    if (!db) {
      why = db.error().what;
      continue;
    }
    const auto version = db->integer("PRAGMA user_version");
    if (auto status = db->take_error(); !status) {
      // A file that is being written to is never read behind its locks: what is read would be
      // neither before nor after.
      if (status.error().fault == DbFault::busy) {
        return failure(path + ": " + status.error().what +
                       "; try again when that process is done, or read a copy of the directory");
      }
      if (status.error().fault == DbFault::damaged) {
        return failure(path + ": " + status.error().what +
                       "; it is no whole database: was the copy complete?");
      }
      why = status.error().what;
      continue;
    }
    if (version == kSchemaVersion) return std::move(*db);
    return failure(path + ": " + foreign_version(version.value_or(0)));
  }
  return failure(path + ": " + why + "; are you root or in the group lamplight?");
}

StoredEvent event_of(const Query& query, Lane lane) {
  StoredEvent event;
  event.lane = lane;
  event.seq = query.unsigned_integer(0);
  event.t = MonoTime{query.integer(1)};
  event.emitted = MonoTime{query.integer(2)};
  event.boot = query.text(3);
  event.at = wall_time_of(query.text(4), query.text(5));
  event.name = query.text(6);
  if (!query.is_null(7)) event.occurrence = query.unsigned_integer(7);
  event.rule = query.text(8);
  event.body = query.text(9);
  return event;
}

bool passes(const StoredEvent& event, const EventFilter& filter) {
  if (filter.since && event.at.unix_ns < *filter.since) return false;
  if (filter.until && event.at.unix_ns > *filter.until) return false;
  if (filter.occurrence && event.occurrence != filter.occurrence) return false;
  if (filter.name.empty()) return true;
  const bool is_prefix = filter.name.back() == '.';
  return is_prefix ? event.name.starts_with(filter.name) : event.name == filter.name;
}

}  // namespace

Result<Reader> Reader::open(const std::string& place) {
  struct stat info = {};
  if (!place.ends_with(".db") && ::stat(place.c_str(), &info) == 0 && !S_ISDIR(info.st_mode)) {
    return failure(place + " is not a directory: a store is one, with record.db in it");
  }
  const std::string directory = directory_of(place);
  auto record = open_file(directory + "/record.db");
  if (!record) return failure(record.error());
  auto telemetry = open_file(directory + "/telemetry.db");
  if (!telemetry) return failure(telemetry.error());
  return Reader(std::move(*record), std::move(*telemetry));
}

// Backwards from the newest, so that "the newest 20" of a year is quick.
Status Reader::lane_events(Lane lane, const EventFilter& filter, std::vector<StoredEvent>& found) {
  auto before = static_cast<uint64_t>(INT64_MAX);
  const uint64_t after = filter.after_seq.value_or(0);
  size_t kept = 0;
  while (kept < filter.newest) {
    int rows = 0;
    Query query(record_,
                "SELECT seq, t, emitted, boot, at, clock, name, occurrence, rule, body FROM event "
                "WHERE lane = ? AND seq < ? AND seq > ? ORDER BY seq DESC LIMIT ?");
    query.bind(name_of(lane)).bind(before).bind(after).bind(kRowsAPiece);
    while (kept < filter.newest && query.next()) {
      ++rows;
      StoredEvent event = event_of(query, lane);
      before = event.seq;
      if (!passes(event, filter)) continue;
      found.push_back(std::move(event));
      ++kept;
    }
    if (rows < kRowsAPiece) break;
  }
  if (auto status = record_.take_error(); !status) return failure(status.error().what);
  return {};
}

Result<std::vector<StoredEvent>> Reader::events(const EventFilter& filter) {
  std::array<std::vector<StoredEvent>, 2> lanes;
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    if (filter.lane && *filter.lane != lane) continue;
    auto& found = lanes[static_cast<size_t>(lane)];
    if (auto status = lane_events(lane, filter, found); !status) return failure(status.error());
    std::reverse(found.begin(), found.end());
  }
  std::vector<StoredEvent> found;
  // Each lane is in order by itself. Between them the instant of emission orders within a boot,
  // and only the wall label does across boots.
  std::merge(lanes[0].begin(), lanes[0].end(), lanes[1].begin(), lanes[1].end(),
             std::back_inserter(found), [](const StoredEvent& a, const StoredEvent& b) {
               if (a.boot == b.boot) return a.emitted < b.emitted;
               return a.at.unix_ns < b.at.unix_ns;
             });
  if (found.size() > filter.newest) {
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(filter.newest));
  }
  return found;
}

Result<std::vector<RecordGap>> Reader::gaps() {
  std::vector<RecordGap> gaps;
  {
    Query query(record_, "SELECT lane, first, last, t0, t1, why FROM gap ORDER BY rowid");
    while (query.next()) gaps.push_back(gap_of(query));
  }
  if (auto status = record_.take_error(); !status) return failure(status.error().what);
  return gaps;
}

std::string Reader::meta(const char* key) {
  Query query(record_, "SELECT v FROM meta WHERE k = ?");
  return query.bind(std::string_view(key)).next() ? query.text(0) : std::string();
}

Result<bool> Reader::chain_is_whole(Lane lane) {
  std::optional<Hash> previous;
  uint64_t from = 0;
  for (bool more = true; more;) {
    int rows = 0;
    Query query(record_,
                "SELECT seq, t, body, prev_hash, hash FROM event WHERE lane = ? AND seq > ? "
                "ORDER BY seq LIMIT ?");
    query.bind(name_of(lane)).bind(from).bind(kRowsAPiece);
    while (query.next()) {
      ++rows;
      from = query.unsigned_integer(0);
      const auto said = query.blob(3);
      const Hash hash = chain_hash(said, lane, from, MonoTime{query.integer(1)}, query.text(2));
      const auto stored = query.blob(4);
      if (!std::equal(hash.begin(), hash.end(), stored.begin(), stored.end())) return false;
      // Before the first row kept, rows may have been shed for space.
      if (previous && !std::equal(previous->begin(), previous->end(), said.begin(), said.end())) {
        return false;
      }
      previous = hash;
    }
    more = rows == kRowsAPiece;
  }
  if (auto status = record_.take_error(); !status) return failure(status.error().what);
  return true;
}

}  // namespace lamplight::store
