// Inside of Store, shared by store.cc (jobs), store_open.cc (opening) and store_upkeep.cc
// (housekeeping). Nobody else includes this.
#pragma once

#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/store/compact.h"
#include "gateway/store/record.h"
#include "gateway/store/schema.h"
#include "gateway/store/store.h"
#include "gateway/store/telemetry.h"

namespace lamplight::store {

// Waiting batches are shed from the oldest beyond these, with a gap record.
inline constexpr size_t kWaitingBatchesMax = 1024;
inline constexpr size_t kWaitingSamplesMax = 1'000'000;
inline constexpr Duration kRetryFirst = milliseconds(100);
inline constexpr Duration kRetryMax = seconds(5);

// One file's trouble: since it began, tries are spaced by a doubling back-off.
struct Trouble {
  bool is_on = false;
  MonoTime retry_at;
  Duration backoff = kRetryFirst;
};

// The files of one open database as they were first seen: itself, its log, its index.
using Identities = std::array<uint64_t, 3>;

using RecordJob = std::variant<AppendEvents, MoveCursor>;

struct Store::Impl {
  explicit Impl(Options o);

  // store_open.cc
  void open(MonoTime now, Answers& answers);
  bool open_record_file(Opened& opened);
  bool read_record_only(Opened& opened, const DbError& why);
  void open_telemetry_file(Opened& opened);
  void read_state(RecordFile& file, Opened& opened);
  void read_telemetry_state(Opened& opened);
  void decide_seqs(Opened& opened);
  void write_opening();
  bool reopen_record();
  bool reopen_telemetry();
  void forget_failed_reads(std::initializer_list<Lane> lanes);
  void say_problem(Opened& opened, const char* file, const DbError& error);
  void note_lost_record(Opened& opened);
  std::optional<std::string> set_aside(const std::string& path);
  [[nodiscard]] DbStatus salvage_into_fresh(FileKind kind, Opened& opened);

  // store.cc
  void accept(Job&& job);
  void work(MonoTime now, Answers& answers);
  void commit_record(MonoTime now, Answers& answers);
  void commit_telemetry(MonoTime now, Answers& answers);
  uint64_t kept_up_to(Lane lane) const;
  void read_one(Answers& answers);
  [[nodiscard]] DbStatus read_range(const ReadRange& ask, RangeRead& answer);
  void stop(MonoTime now, Answers& answers);
  void apply(const RecordJob& job, LaneHeads& next, std::string& conflict);
  void tell(const RecordGap& gap, LaneHeads& next);
  void extend_reservations(LaneHeads& next);
  void shed_waiting_batches();
  void trouble(Trouble& of, MonoTime now, const std::string& what, Answers& answers);
  void complain(const std::string& what, Answers& answers);
  void fine(Trouble& of, Answers& answers);
  void tell_recovered(Answers& answers);
  void log(const std::string& line);
  void see_wall(WallTime at);

  // store_upkeep.cc
  bool housekeeping(MonoTime now, Answers& answers);
  bool shed_for_space(MonoTime now, Answers& answers);
  bool shed_one(bool in_record, MonoTime now, Answers& answers);
  void tell_below_floor(uint64_t free, MonoTime now, Answers& answers);
  bool vacuum_step(Db& db, uint64_t pages_kept);
  void checkpoint(Db& db, const char* pragma);
  bool has_moved(const std::string& path, Identities& seen);
  bool is_lost(FileKind kind, MonoTime now, Answers& answers);

  std::string record_path() const { return options.dir + "/record.db"; }
  std::string telemetry_path() const { return options.dir + "/telemetry.db"; }

  Options options;
  Disk& disk;
  std::optional<RecordFile> record;
  std::optional<TelemetryFile> telemetry;
  Identities record_files = {}, telemetry_files = {};
  LaneHeads heads;
  std::string store_id;
  // The file on disk was never read: what is found there later is not ours (store_open.cc).
  bool is_stranger = false;
  bool record_is_new = false;
  bool telemetry_is_new = false;
  bool stranger_set_aside = false;
  bool record_salvaged = false;
  bool telemetry_salvaged = false;
  bool opening_due = false;  // meta, reservations and gaps of open() still to be committed
  std::vector<RecordGap> opening_gaps;

  std::deque<RecordJob> record_jobs;
  std::deque<AppendBatch> batches;
  size_t waiting_samples = 0;
  std::deque<ReadRange> reads;
  std::array<std::optional<RecordGap>, kLaneCount> shed;  // of waiting batches, not yet written
  bool stop_asked = false;
  bool is_stopped = false;

  Trouble record_trouble, telemetry_trouble;
  bool said_failing = false;
  // By lane, until a read succeeds or its file is opened again. Told once: the core asks for as
  // long as it lasts.
  std::array<bool, kLaneCount> unreadable = {};

  int64_t newest_wall = 0;  // of synchronised labels
  int64_t saved_wall = 0;

  Compactor compactor;
  MonoTime next_upkeep;
  MonoTime next_checkpoint;
  bool finish_shedding_due = true;
  std::optional<bool> said_over_quota;   // since open
  std::optional<bool> said_below_floor;  // since open
  uint64_t said_free_mib = 0;
  MonoTime say_free_at;
};

}  // namespace lamplight::store
