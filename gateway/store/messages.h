// What the core asks of the store thread and what it hears back: values over two bounded queues,
// nothing shared. The core never waits for an answer; whatever is unanswered for longer than the
// 500 ms budget is a stall that the core sees by its own timer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rules/model/lane.h"
#include "rules/model/sample.h"
#include "rules/model/time.h"

namespace lamplight::store {

using Blob = std::vector<std::byte>;

// ---- what the core asks ---------------------------------------------------------------------

// Data known to be missing. What the store finds itself (Opened, GapMade) stays untold, and is said
// again at every open, until the event that tells it is written.
struct RecordGap {
  Lane lane = Lane::vitals;
  std::optional<uint64_t> first, last;  // seqs
  std::optional<MonoTime> t0, t1;
  std::string why;  // power_lost quota disk_failed salvaged overflow not_watching
  bool operator==(const RecordGap&) const = default;
};

// One journal row of lane alarm or system. `body` is the JSON payload as published, seq included.
struct EventRow {
  Lane lane = Lane::alarm;
  uint64_t seq = 0;  // dense from 1 per (store_id, lane); given by the core
  MonoTime t;        // instant it became true
  MonoTime emitted;  // step that emitted it
  WallTime at;       // label
  std::string name;  // "alarm.raised", "system.boot" …
  std::optional<uint64_t> occurrence;
  std::string rule;  // empty: NULL
  std::string body;
  std::optional<RecordGap> gap = {};  // what it tells: in the record with it, or not at all
};

// State of engine and recorder that belongs to the last event written with it.
struct Snapshot {
  uint64_t lane_seq = 0;  // of lane alarm
  MonoTime mono;          // every input up to and including this instant is in the state
  Blob program_hash;
  Blob state;
};

// Rows (may be empty) and the state they imply (may be absent), one synced transaction.
struct AppendEvents {
  std::vector<EventRow> rows;
  std::optional<Snapshot> snapshot;
};

// One batch of lane vitals or wave = one seq. Samples are in the order of arrival.
struct BatchSample {
  DeviceNumber device = 0;
  Sample sample;
  MonoTime received_at;
};
struct AppendBatch {
  Lane lane = Lane::vitals;
  uint64_t seq = 0;
  MonoTime t;  // of the step that closed it: every sample received up to then is in it
  WallTime at;
  std::vector<BatchSample> samples;
};

struct MoveCursor {
  Lane lane = Lane::alarm;
  uint64_t broker_seq = 0;  // acknowledged by the broker up to here
  uint64_t stored_seq = 0;  // the care team's store has up to here
};

// Rows of a lane from `from` on, in order, at most `count` seqs; answered by RangeRead.
struct ReadRange {
  uint64_t ticket = 0;
  Lane lane = Lane::alarm;
  uint64_t from = 1;
  uint32_t count = 64;
};

// Stop cleanly: commit, checkpoint, mark clean_stop.
struct Stop {};

using Job = std::variant<AppendEvents, AppendBatch, MoveCursor, ReadRange, Stop>;

// ---- what it hears back ---------------------------------------------------------------------

struct LaneState {
  uint64_t next_seq = 1;  // first seq never used, after reservation rules (gateway design 5)
  uint64_t reserved = 0;  // the highest seq that may be used before a synced reservation
  uint64_t broker_seq = 0;
  uint64_t stored_seq = 0;
  MonoTime last_batch_t;  // newest batch of this boot, for vitals and wave
};

// A command id already answered, rebuilt from the journal: rows of lanes alarm and system whose
// body has "command":{"id":"c-81","outcome":"done","why":null}; the first row of an id counts
// (later ones have the outcome "duplicate"), `seq` is that row's.
struct KnownCommand {
  std::string id;
  std::string outcome;
  std::string why;  // empty: null
  std::optional<uint64_t> seq;
  WallTime at;
};

// Once after open.
struct Opened {
  std::string store_id;
  bool clean_stop = false;  // the process before said goodbye
  bool same_boot = false;   // the newest rows are of this boot
  MonoTime last_alive;      // engine time of the newest row or snapshot (its own boot's clock)
  std::string last_boot;
  WallTime last_wall;          // wall label of that row
  int64_t newest_wall_ns = 0;  // meta.newest_wall
  std::array<LaneState, kLaneCount> lanes;
  std::optional<Snapshot> snapshot;
  std::vector<KnownCommand> commands;  // of the last 24 h, at most 10,000, oldest first
  std::vector<RecordGap> gaps;         // found now, or never told: their rows are written
  std::vector<std::string> problems;   // sentences for record_damaged; empty: all is well
};

// Everything of this lane up to and including seq is committed.
struct Durable {
  Lane lane = Lane::alarm;
  uint64_t seq = 0;
  uint64_t reserved = 0;
};

// The state after the input of this instant is committed, and with it all older ones.
struct SnapshotKept {
  MonoTime mono;
};

// A job could not be done; it stays in the store's hands and is tried again, in order.
struct Failing {
  std::string what;  // "disk full", "I/O error" … one sentence
};
struct Recovered {};

// Instead of Opened, and the last answer: another process writes this state_dir.
struct InUse {
  std::string holder;
};

// Data was shed for space or lost; the row is already written.
struct GapMade {
  RecordGap gap;
};

// Alarms alone exceed the record's quota: they are never dropped for space. Once an episode.
struct OverQuota {
  uint64_t bytes = 0;
  uint64_t quota = 0;
};

// The episode is over: a twentieth of the quota is free again. Also once after open where that is
// so, because an episode of the process before may be.
struct UnderQuota {};

// Less than the floor is free and the oldest data is being dropped for it. Said when an episode
// begins and, while `free` changes, once a minute.
struct DiskLow {
  uint64_t free = 0;
};

// The episode is over: twice the floor is free. Also once after open where that is so.
struct DiskRoomy {};

// `number` of a sample and `received_at` are not kept: 0, and the batch's t.
struct RangeRow {
  uint64_t seq = 0;
  MonoTime t;
  WallTime at;
  std::string boot;
  std::string body;                  // alarm, system: as published
  std::vector<BatchSample> samples;  // vitals, wave
};
struct RangeRead {
  uint64_t ticket = 0;
  Lane lane = Lane::alarm;
  uint64_t from = 1;
  std::vector<RangeRow> rows;   // holes are explained by gaps
  std::vector<RecordGap> gaps;  // that touch [from, last row or end]
  uint64_t newest = 0;          // highest committed seq of the lane
  // Told by no row yet: segments whose bytes cannot be read any more.
  std::vector<RecordGap> damaged = {};
  // The file could not be read now: rows and gaps are empty, and what is missing here is no hole.
  bool failed = false;
};

using Answer = std::variant<Opened, Durable, SnapshotKept, Failing, Recovered, GapMade, RangeRead,
                            OverQuota, UnderQuota, DiskLow, DiskRoomy, InUse>;

}  // namespace lamplight::store
