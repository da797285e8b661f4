// Opening: whatever the disk is like, open() answers Opened and monitoring goes on.
//   sound file     read, seqs decided, reservations committed
//   damaged file   salvaged into a fresh one, the old one kept beside it, new store_id
//   not writable   state read if it can be; jobs wait and the file is tried again
//   not readable   a stranger: new store_id; what is on disk later is set aside, not overwritten
#include <algorithm>

#include "gateway/store/label.h"
#include "gateway/store/quota.h"
#include "gateway/store/salvage.h"
#include "gateway/store/schema.h"
#include "gateway/store/store_impl.h"
#include "rules/model/limits.h"

namespace lamplight::store {
namespace {

constexpr int kDamagedKept = 3;

bool is_damage(const DbError& error) {
  return error.fault == DbFault::damaged || error.fault == DbFault::refused;
}

// Structure verified, or damage; trouble of the disk itself is no damage.
[[nodiscard]] DbStatus check(Db& db) {
  std::string result = db.text("PRAGMA quick_check(1)");
  if (auto status = db.take_error(); !status) return status;
  if (result == "ok") return {};
  return failure(DbError{DbFault::damaged, std::move(result)});
}

[[nodiscard]] Result<Db, DbError> open_checked(const std::string& path, FileKind kind,
                                               const char* vfs) {
  auto db = open_writer(path, kind, vfs);
  if (!db) return db;
  if (auto status = check(*db); !status) return failure(status.error());
  return db;
}

}  // namespace

void Store::Impl::open(MonoTime now, Answers& answers) {
  Opened opened;
  const bool has_record = open_record_file(opened);
  open_telemetry_file(opened);
  if (!has_record) {
    is_stranger = true;
    store_id = disk.random_name();
    log("store: the record could not be read; a new one begins when the disk works");
  }
  note_lost_record(opened);
  if (store_id.empty()) store_id = disk.random_name();
  read_telemetry_state(opened);
  decide_seqs(opened);
  opened.store_id = store_id;
  opening_due = true;
  Answers later;
  commit_record(now, later);
  if (stranger_set_aside) opened.problems.push_back("a record that could not be read was kept");
  for (size_t i = 0; i < heads.size(); ++i) {
    LaneState& lane = opened.lanes[i];
    // Wave and debug are published after their commit only, which reserves first: the promise
    // needs no row yet.
    lane.reserved = static_cast<Lane>(i) > Lane::vitals && !record_trouble.is_on
                        ? std::max(heads[i].reserved, heads[i].newest + limits::kSeqReservation)
                        : heads[i].reserved;
    lane.broker_seq = heads[i].broker_seq;
    lane.stored_seq = heads[i].stored_seq;
  }
  for (const std::string& problem : opened.problems) log("store: " + problem);
  answers.push_back(std::move(opened));
  for (Answer& answer : later) answers.push_back(std::move(answer));
  next_upkeep = now + seconds(1);
  next_checkpoint = now + minutes(1);
}

bool Store::Impl::open_record_file(Opened& opened) {
  const std::string fresh = record_path() + ".new";
  // A complete salvage whose last rename did not happen; or an incomplete one.
  if (disk.exists(fresh) && !disk.exists(record_path())) {
    static_cast<void>(disk.rename(fresh, record_path()));
  }
  // A log without its database says that there was one: kept, or SQLite would delete it.
  if (!disk.exists(record_path()) && disk.bytes(record_path() + "-wal") > 0) {
    static_cast<void>(set_aside(record_path()));
  }
  record_is_new = disk.bytes(record_path()) == 0;
  auto db = open_checked(record_path(), FileKind::record, options.vfs);
  if (!db && is_damage(db.error())) {
    opened.problems.push_back("record.db: " + db.error().what);
    if (auto status = salvage_into_fresh(FileKind::record, opened); !status) {
      opened.problems.push_back("record.db could not be salvaged: " + status.error().what);
      return false;
    }
    db = open_checked(record_path(), FileKind::record, options.vfs);
    store_id = disk.random_name();
  }
  if (!db) return read_record_only(opened, db.error());
  record.emplace(std::move(*db));
  record_files = {};
  read_state(*record, opened);
  if (auto status = record->db().take_error(); !status) {
    say_problem(opened, "record.db: ", status.error());
    record.reset();
    return false;
  }
  return true;
}

// A disk that cannot be written may still tell what was open last night.
bool Store::Impl::read_record_only(Opened& opened, const DbError& why) {
  say_problem(opened, "record.db: ", why);
  if (record_is_new) return false;
  for (const OpenAs how : {OpenAs::reader, OpenAs::immutable}) {
    auto db = Db::open(record_path(), how, options.vfs);
    if (!db) continue;
    RecordFile reading(std::move(*db));
    Opened attempt;
    read_state(reading, attempt);
    const bool has_id = !reading.meta("store_id").empty();
    if (!reading.db().take_error() || !has_id) continue;
    attempt.problems.insert(attempt.problems.begin(), opened.problems.begin(),
                            opened.problems.end());
    opened = std::move(attempt);
    return true;
  }
  return false;
}

void Store::Impl::read_state(RecordFile& file, Opened& opened) {
  heads = file.read_heads();
  if (store_id.empty()) store_id = file.meta("store_id");
  opened.clean_stop = file.meta("clean_stop") == "1";
  opened.last_boot = file.meta("boot");
  opened.same_boot = opened.last_boot == options.boot;
  newest_wall = saved_wall = std::strtoll(file.meta("newest_wall").c_str(), nullptr, 10);
  opened.newest_wall_ns = newest_wall;
  std::string problem;
  opened.snapshot = file.read_snapshot(problem);
  if (!problem.empty()) opened.problems.push_back(problem);
  const RecordFile::Newest newest = file.newest_row(opened.last_boot);
  opened.last_alive = newest.emitted;
  opened.last_wall = newest.at;
  if (opened.snapshot && file.db().text("SELECT boot FROM alarm_state") == opened.last_boot) {
    opened.last_alive = std::max(opened.last_alive, opened.snapshot->mono);
  }
  opened.commands = file.read_commands(newest_wall - hours(24).ns);
}

void Store::Impl::open_telemetry_file(Opened& opened) {
  const std::string fresh = telemetry_path() + ".new";
  if (disk.exists(fresh) && !disk.exists(telemetry_path())) {
    static_cast<void>(disk.rename(fresh, telemetry_path()));
  }
  telemetry_is_new = !disk.exists(telemetry_path());
  // Once a boot: the death of a process tears no page, and reading 2 GiB before the first word
  // would keep the box without last night's alarms for as long. What the disk itself breaks
  // meanwhile is met when it is read, and salvaged after the next boot.
  auto db = opened.same_boot ? open_writer(telemetry_path(), FileKind::telemetry, options.vfs)
                             : open_checked(telemetry_path(), FileKind::telemetry, options.vfs);
  if (!db && is_damage(db.error())) {
    opened.problems.push_back("telemetry.db: " + db.error().what);
    store_id = disk.random_name();
    if (auto status = salvage_into_fresh(FileKind::telemetry, opened); !status) {
      opened.problems.push_back("telemetry.db could not be salvaged: " + status.error().what);
      return;
    }
    db = open_checked(telemetry_path(), FileKind::telemetry, options.vfs);
  }
  if (!db) return say_problem(opened, "telemetry.db: ", db.error());
  telemetry.emplace(std::move(*db));
  telemetry_files = {};
}

// Damage is told as such. A disk that is full or cannot be written is no damage: Failing tells it.
void Store::Impl::say_problem(Opened& opened, const char* file, const DbError& error) {
  if (is_damage(error)) {
    opened.problems.push_back(file + error.what);
  } else {
    log("store: " + (file + error.what));
  }
}

// Every batch has a reservation in the record, committed before it: batches without a record are
// the rest of one that somebody deleted or emptied, and with it what was open.
void Store::Impl::note_lost_record(Opened& opened) {
  if (!record || !record_is_new || !telemetry) return;
  const auto has_batches = [&](Lane lane) { return telemetry->newest_seq(lane) > 0; };
  if (!has_batches(Lane::vitals) && !has_batches(Lane::wave) && !has_batches(Lane::debug)) return;
  opened.problems.push_back("record.db was deleted or emptied; a new one begins");
}

void Store::Impl::read_telemetry_state(Opened& opened) {
  if (telemetry_salvaged && telemetry && record) {
    for (const Lane lane : {Lane::vitals, Lane::wave, Lane::debug}) {
      auto holes = unexplained_holes(telemetry->db(), *record, lane);
      opened.gaps.insert(opened.gaps.end(), holes.begin(), holes.end());
    }
  }
  for (const Lane lane : {Lane::vitals, Lane::wave, Lane::debug}) {
    LaneHead& head = head_of(heads, lane);
    if (!telemetry || (telemetry_is_new && head.reserved > 0)) {
      // Which of the reserved seqs were used is not known here; none is used again.
      if (head.reserved > head.newest) {
        RecordGap gap{lane, head.newest + 1, head.reserved, {}, {}, "disk_failed"};
        opened.gaps.push_back(std::move(gap));
        head.newest = head.reserved;
      }
      continue;
    }
    head.newest = std::max(head.newest, telemetry->newest_seq(lane));
    const auto last = telemetry->last_batch(lane, options.boot);
    if (last.found) opened.lanes[static_cast<size_t>(lane)].last_batch_t = last.t;
    const auto last_alive = telemetry->last_batch(lane, opened.last_boot);
    if (last_alive.found && last_alive.t > opened.last_alive) {
      opened.last_alive = last_alive.t;
      opened.last_wall = last_alive.at;
    }
  }
  if (telemetry && !telemetry->db().take_error()) telemetry.reset();
}

// After an unclean end of the box nobody knows which of the reserved seqs went out: go on above.
void Store::Impl::decide_seqs(Opened& opened) {
  const bool power_lost = !opened.last_boot.empty() && !opened.clean_stop && !opened.same_boot;
  for (size_t i = 0; i < heads.size(); ++i) {
    const auto lane = static_cast<Lane>(i);
    LaneHead& head = heads[i];
    const bool was_salvaged = lane <= Lane::system ? record_salvaged : telemetry_salvaged;
    if ((power_lost || was_salvaged) && head.reserved > head.newest) {
      RecordGap gap{lane, head.newest + 1, head.reserved, {}, {}, "power_lost"};
      if (was_salvaged) gap.why = "salvaged";
      opened.gaps.push_back(std::move(gap));
      head.newest = head.reserved;
    }
    opened.lanes[i].next_seq = head.newest + 1;
  }
  opening_gaps = opened.gaps;
  if (!record) return;
  const std::vector<RecordGap> untold = record->read_untold();
  opened.gaps.insert(opened.gaps.begin(), untold.begin(), untold.end());
}

void Store::Impl::write_opening() {
  record->set_meta("store_id", store_id);
  record->set_meta("schema", std::to_string(kSchemaVersion));
  record->set_meta("home", options.home);
  record->set_meta("boot", options.boot);
  record->set_meta("clean_stop", "0");
  for (const Device& device : options.devices) {
    // For readers of the files: PATH = role.name, and telemetry.db knows devices only by id.
    const std::string key = "role." + device.id;
    record->set_meta(key.c_str(), name_of(device.role));
  }
  for (const RecordGap& gap : opening_gaps) {
    record->write_gap(gap);
    record->write_untold(gap);
  }
}

// Moves a file and its log out of the way; the newest three of its kind are kept. The new name.
std::optional<std::string> Store::Impl::set_aside(const std::string& path) {
  const auto name = [&](int n) { return path + ".damaged-" + std::to_string(n); };
  const auto move = [&](const std::string& from, const std::string& to) {
    for (const char* part : {"-wal", "-shm", ""}) {
      disk.remove(to + part);
      if (!disk.exists(from + part)) continue;
      if (auto status = disk.rename(from + part, to + part); !status) {
        log("store: " + status.error());
        return false;
      }
    }
    return true;
  };
  for (int n = kDamagedKept - 1; n >= 1; --n) {
    if (disk.exists(name(n)) && !move(name(n), name(n + 1))) return std::nullopt;
  }
  if (!move(path, name(1))) return std::nullopt;
  return name(1);
}

// The fresh file is complete and synced before the damaged one is touched, so a crash on the way
// only repeats the work.
DbStatus Store::Impl::salvage_into_fresh(FileKind kind, Opened& opened) {
  const std::string path = kind == FileKind::record ? record_path() : telemetry_path();
  const std::string fresh_path = path + ".new";
  for (const char* part : {"-wal", "-shm", ""}) disk.remove(fresh_path + part);
  {
    auto fresh = open_writer(fresh_path, kind, options.vfs);
    if (!fresh) return failure(fresh.error());
    DbStatus status;
    auto damaged = Db::open(path, OpenAs::writer, options.vfs);
    if (kind == FileKind::record) {
      RecordFile to(std::move(*fresh));
      if (damaged) status = salvage_record(*damaged, to);
      if (status) checkpoint(to.db(), "PRAGMA wal_checkpoint(TRUNCATE)");
      for (const Lane lane : {Lane::alarm, Lane::system}) {
        for (auto& gap : to.gaps_touching(lane, 1, static_cast<uint64_t>(INT64_MAX))) {
          if (gap.why == "salvaged") opened.gaps.push_back(std::move(gap));
        }
      }
      if (status) status = to.db().take_error();
    } else {
      TelemetryFile to(std::move(*fresh));
      if (damaged) status = salvage_telemetry(*damaged, to, opened.gaps);
      if (status) checkpoint(to.db(), "PRAGMA wal_checkpoint(TRUNCATE)");
      if (status) status = to.db().take_error();
    }
    if (!status) return status;
  }
  const auto aside = set_aside(path);
  if (!aside) return failure(DbError{DbFault::read_only, "the damaged file cannot be moved"});
  if (auto status = disk.rename(fresh_path, path); !status) {
    return failure(DbError{DbFault::read_only, status.error()});
  }
  (kind == FileKind::record ? record_salvaged : telemetry_salvaged) = true;
  opened.problems.push_back("damaged file kept as " + *aside + "; what could be read was salvaged");
  return {};
}

bool Store::Impl::reopen_record() {
  auto db = open_checked(record_path(), FileKind::record, options.vfs);
  if (!db) return false;
  std::optional<RecordFile> file(std::move(*db));
  if (is_stranger && !file->meta("store_id").empty()) {
    // It is the record of before, which could not be read at start: keep it, do not mix.
    file.reset();
    if (!set_aside(record_path())) return false;
    stranger_set_aside = true;
    log("store: the record of before was kept as " + record_path() + ".damaged-1");
    db = open_checked(record_path(), FileKind::record, options.vfs);
    if (!db) return false;
    file.emplace(std::move(*db));
  }
  if (!file->db().take_error()) return false;
  is_stranger = false;
  record = std::move(file);
  record_files = {};
  forget_failed_reads({Lane::alarm, Lane::system});
  return true;
}

bool Store::Impl::reopen_telemetry() {
  auto db = open_checked(telemetry_path(), FileKind::telemetry, options.vfs);
  if (!db) return false;
  telemetry.emplace(std::move(*db));
  telemetry_files = {};
  forget_failed_reads({Lane::vitals, Lane::wave, Lane::debug});
  return true;
}

// They were of a file that was not open: perhaps nobody reads again to see that it can be read.
void Store::Impl::forget_failed_reads(std::initializer_list<Lane> lanes) {
  for (const Lane lane : lanes) unreadable[static_cast<size_t>(lane)] = false;
}

}  // namespace lamplight::store
