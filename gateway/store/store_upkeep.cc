// Housekeeping in small steps between commits: checkpoints on our own timer, quotas and the free
// floor, merging of segments, giving pages back to the file system.
#include <algorithm>
#include <utility>

#include "gateway/store/quota.h"
#include "gateway/store/store_impl.h"

namespace lamplight::store {
namespace {

constexpr Duration kUpkeepEvery = seconds(1);
constexpr Duration kCheckpointEvery = minutes(1);
constexpr Duration kTellFreeEvery = minutes(1);
constexpr int kWalPagesMax = 1000;         // 4 MB at 4 KiB: then at once
constexpr uint64_t kFreePagesKept = 4096;  // 16 MB are reused rather than given back
constexpr const char* kPassive = "PRAGMA wal_checkpoint(PASSIVE)";

}  // namespace

// A file that somebody deleted or put another in place of still takes every write, and keeps none
// for the next start: SQLite does not look. The log and the index appear after the database does.
bool Store::Impl::has_moved(const std::string& path, Identities& seen) {
  constexpr std::array<const char*, 3> kParts = {"", "-wal", "-shm"};
  for (size_t i = 0; i < kParts.size(); ++i) {
    const uint64_t identity = disk.identity(path + kParts[i]);
    if (seen[i] == 0) seen[i] = identity;
    if (seen[i] != identity) return true;
  }
  return false;
}

// True: nothing written to this file now would be found again. It stays open for reading, and
// comes back into use when the very same files are put back.
bool Store::Impl::is_lost(FileKind kind, MonoTime now, Answers& answers) {
  const bool in_record = kind == FileKind::record;
  const std::string path = in_record ? record_path() : telemetry_path();
  if (!has_moved(path, in_record ? record_files : telemetry_files)) return false;
  const std::string name = in_record ? "record.db" : "telemetry.db";
  trouble(in_record ? record_trouble : telemetry_trouble, now,
          name + " was deleted or replaced: nothing is recorded until a restart", answers);
  return true;
}

void Store::Impl::checkpoint(Db& db, const char* pragma) {
  static_cast<void>(db.text(pragma));
  // A reader in its way or a full disk: the log stays and is tried again by the timer.
  if (auto status = db.take_error(); !status && status.error().fault != DbFault::busy) {
    log("store: checkpoint: " + status.error().what);
  }
}

bool Store::Impl::vacuum_step(Db& db, uint64_t pages_kept) {
  if (free_pages(db) <= pages_kept) return false;
  db.run("PRAGMA incremental_vacuum(256)");
  if (auto status = db.take_error(); !status) {
    log("store: vacuum: " + status.error().what);
    return false;
  }
  return true;
}

bool Store::Impl::shed_one(bool in_record, MonoTime now, Answers& answers) {
  auto shed_gap = in_record ? shed_system(*record) : shed_telemetry(*record, *telemetry);
  if (!shed_gap) {
    finish_shedding_due = true;
    trouble(in_record ? record_trouble : telemetry_trouble, now, shed_gap.error().what, answers);
    return false;
  }
  if (!*shed_gap) return false;
  answers.push_back(GapMade{**shed_gap});
  return true;
}

void Store::Impl::tell_below_floor(uint64_t free, MonoTime now, Answers& answers) {
  const uint64_t mib = free >> 20U;
  const bool is_first = said_below_floor != true;
  if (!is_first && (mib == said_free_mib || now < say_free_at)) return;
  if (is_first) {
    log("store: " + std::to_string(mib) + " MiB are free, less than free_floor (" +
        std::to_string(options.free_floor >> 20U) + " MiB): the oldest data is being dropped");
  }
  said_below_floor = true;
  said_free_mib = mib;
  say_free_at = now + kTellFreeEvery;
  answers.push_back(DiskLow{free});
}

// True: something was shed and there may be more.
bool Store::Impl::shed_for_space(MonoTime now, Answers& answers) {
  if (finish_shedding_due) {
    if (!finish_shedding(*record, *telemetry)) return false;
    finish_shedding_due = false;
  }
  if (used_bytes(telemetry->db()) > options.telemetry_quota && shed_one(false, now, answers)) {
    return true;
  }
  const uint64_t used = used_bytes(record->db());
  if (used > options.record_quota) {
    if (shed_one(true, now, answers)) return true;
    if (said_over_quota != true) answers.push_back(OverQuota{used, options.record_quota});
    said_over_quota = true;
  } else if (used < options.record_quota / 20 * 19) {
    if (said_over_quota != false) answers.emplace_back(UnderQuota{});
    said_over_quota = false;
  }
  const uint64_t free = disk.free_bytes(options.dir);
  if (free >= options.free_floor) {
    // Twice the floor ends the episode, so that a disk at its edge does not fill the log.
    if (free / 2 < options.free_floor) return false;
    if (said_below_floor != false) answers.emplace_back(DiskRoomy{});
    said_below_floor = false;
    return false;
  }
  // Pages that are free already go first, or the floor would cost more than it needs.
  if (vacuum_step(telemetry->db(), 0) || vacuum_step(record->db(), 0)) return true;
  if (telemetry->db().wal_pages() > 0) {
    checkpoint(telemetry->db(), "PRAGMA wal_checkpoint(TRUNCATE)");
    checkpoint(record->db(), "PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const uint64_t left = disk.free_bytes(options.dir);
  if (left >= options.free_floor) return false;
  tell_below_floor(left, now, answers);
  return shed_one(false, now, answers) || shed_one(true, now, answers);
}

bool Store::Impl::housekeeping(MonoTime now, Answers& answers) {
  if (!record || !telemetry || is_stopped || now < next_upkeep) return false;
  // Both are looked at: each has a state of its own.
  if (!record_trouble.is_on) static_cast<void>(is_lost(FileKind::record, now, answers));
  if (!telemetry_trouble.is_on) static_cast<void>(is_lost(FileKind::telemetry, now, answers));
  if (record_trouble.is_on || telemetry_trouble.is_on) {
    next_upkeep = now + kUpkeepEvery;
    return false;
  }
  const bool log_is_long =
      record->db().wal_pages() > kWalPagesMax || telemetry->db().wal_pages() > kWalPagesMax;
  if (now >= next_checkpoint || log_is_long) {
    checkpoint(record->db(), kPassive);
    checkpoint(telemetry->db(), kPassive);
    next_checkpoint = now + kCheckpointEvery;
  }
  bool more = shed_for_space(now, answers);
  if (!more) {
    DbStatus status;
    more = compactor.step(*telemetry, status);
    if (!status) log("store: compaction: " + status.error().what);
  }
  if (!more) {
    more =
        vacuum_step(telemetry->db(), kFreePagesKept) || vacuum_step(record->db(), kFreePagesKept);
  }
  if (!more) next_upkeep = now + kUpkeepEvery;
  for (Db* db : {&record->db(), &telemetry->db()}) {
    if (auto status = db->take_error(); !status) log("store: upkeep: " + status.error().what);
  }
  return more;
}

}  // namespace lamplight::store
