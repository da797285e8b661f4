#include "gateway/store/schema.h"

namespace lamplight::store {
namespace {

constexpr const char* kRecordSchema = R"sql(
CREATE TABLE meta(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
CREATE TABLE event(lane TEXT NOT NULL, seq INTEGER NOT NULL, t INTEGER NOT NULL,
  emitted INTEGER NOT NULL, boot TEXT NOT NULL, at TEXT, clock TEXT NOT NULL, name TEXT NOT NULL,
  occurrence INTEGER, rule TEXT, body TEXT NOT NULL, prev_hash BLOB, hash BLOB NOT NULL,
  PRIMARY KEY(lane, seq)) WITHOUT ROWID;
CREATE TABLE alarm_state(id INTEGER PRIMARY KEY CHECK(id = 1), lane_seq INTEGER NOT NULL,
  program_hash BLOB NOT NULL, mono INTEGER NOT NULL, boot TEXT NOT NULL, state BLOB NOT NULL);
CREATE TABLE cursor(lane TEXT PRIMARY KEY, reserved INTEGER NOT NULL,
  broker_seq INTEGER NOT NULL, stored_seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE gap(lane TEXT NOT NULL, first INTEGER, last INTEGER, t0 INTEGER, t1 INTEGER,
  why TEXT NOT NULL);
)sql";

constexpr const char* kTelemetrySchema = R"sql(
CREATE TABLE signal(id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT NOT NULL,
  unit TEXT NOT NULL, step TEXT NOT NULL);
CREATE TABLE batch(lane TEXT NOT NULL, seq INTEGER NOT NULL, boot TEXT NOT NULL,
  t INTEGER NOT NULL, at TEXT, clock TEXT NOT NULL, PRIMARY KEY(lane, seq)) WITHOUT ROWID;
CREATE TABLE segment(id INTEGER PRIMARY KEY, signal INTEGER NOT NULL REFERENCES signal,
  lane TEXT NOT NULL, boot TEXT NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, n INTEGER NOT NULL, min INTEGER, max INTEGER,
  seqs BLOB NOT NULL, runs BLOB NOT NULL, vals BLOB NOT NULL, valid BLOB, reason BLOB);
CREATE INDEX segment_seq ON segment(lane, first_seq);
CREATE INDEX segment_time ON segment(signal, boot, t0);
)sql";

struct Settings {
  const char* schema;
  const char* set_synchronous;
  int64_t synchronous;  // as SQLite reads it back
};

Settings settings_of(FileKind kind) {
  switch (kind) {
    case FileKind::record:
      return {kRecordSchema, "PRAGMA synchronous = FULL", 2};
    case FileKind::telemetry:
      return {kTelemetrySchema, "PRAGMA synchronous = NORMAL", 1};
  }
  return {kRecordSchema, "PRAGMA synchronous = FULL", 2};
}

[[nodiscard]] DbStatus set_up(Db& db, const Settings& settings) {
  // Before the first table and before WAL, or it has no effect.
  db.run("PRAGMA auto_vacuum = INCREMENTAL");
  const std::string mode = db.text("PRAGMA journal_mode = WAL");
  db.run(settings.set_synchronous);
  db.run("PRAGMA wal_autocheckpoint = 0");  // the store has a timer of its own
  db.run("PRAGMA journal_size_limit = 4194304");
  db.run("PRAGMA temp_store = MEMORY");
  const int64_t version = db.integer("PRAGMA user_version").value_or(-1);
  const int64_t tables = db.integer("SELECT count(*) FROM sqlite_master").value_or(-1);
  if (auto status = db.take_error(); !status) return status;
  if (mode != "wal") return failure(DbError{DbFault::other, "journal mode is " + mode});
  if (version == 0 && tables == 0) {
    db.begin();
    db.run(settings.schema);
    db.run("PRAGMA user_version = 1");
    if (auto status = db.commit(); !status) return status;
  } else if (version != kSchemaVersion) {
    return failure(DbError{DbFault::refused, "schema version " + std::to_string(version) +
                                                 ", this program knows " +
                                                 std::to_string(kSchemaVersion)});
  }
  const int64_t synchronous = db.integer("PRAGMA synchronous").value_or(-1);
  const int64_t vacuum = db.integer("PRAGMA auto_vacuum").value_or(-1);
  if (auto status = db.take_error(); !status) return status;
  if (synchronous != settings.synchronous) {
    return failure(DbError{DbFault::other, "synchronous did not take"});
  }
  if (vacuum != 2) return failure(DbError{DbFault::other, "auto_vacuum did not take"});
  return {};
}

}  // namespace

Result<Db, DbError> open_writer(const std::string& path, FileKind kind, const char* vfs) {
  static_assert(kWalBytesKept == 4194304);
  auto db = Db::open(path, OpenAs::writer, vfs);
  if (!db) return db;
  if (auto status = set_up(*db, settings_of(kind)); !status) return failure(status.error());
  return db;
}

}  // namespace lamplight::store
