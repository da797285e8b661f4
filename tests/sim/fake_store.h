// Stands in for the store thread and its files: jobs wait in memory (gone when the process dies),
// commits reach the disk after a while, alarm and system rows synced, batches only written (a
// power cut takes the newest). Stalls and failures on command. The rules of seqs, reservation and
// gaps are those of the gateway design, section 5.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "gateway/store/messages.h"
#include "tests/sim/world.h"

namespace lamplight::world {

class FakeStore {
 public:
  using Hear = std::function<void(const store::Answer&)>;
  explicit FakeStore(World& world) : world_(world) {}

  // A process begins: what Opened says after the last end.
  store::Opened open(const std::string& boot, Hear hear);
  void take(const store::Job& job);
  // The process dies: everything that waits is gone. `power`: so is what was not synced.
  void die(bool power);

  bool planted_early = false;  // I1: says durable before it is

  void stall(bool on) { stalled_ = on; }
  void fail(bool on) { failing_ = on; }

  // For the judges: committed (alarm, system: synced; vitals: written).
  bool has(Lane lane, uint64_t seq) const;
  const std::map<uint64_t, store::EventRow>& events(Lane lane) const {
    return disk_.events[static_cast<size_t>(lane)];
  }
  uint64_t newest(Lane lane) const;
  size_t waiting() const { return queue_.size(); }
  const std::vector<store::RecordGap>& gaps() const { return disk_.gaps; }
  const std::optional<store::Snapshot>& snapshot() const { return disk_.snapshot; }
  // Rows that came twice under one seq with different bodies: I1.
  const std::string& conflict() const { return conflict_; }

 private:
  struct Batch {
    store::AppendBatch job;
    std::string boot;
    bool synced = false;
  };
  struct Disk {
    std::array<std::map<uint64_t, store::EventRow>, 2> events;
    std::map<uint64_t, std::string> boots[2];  // of each event row
    std::array<std::map<uint64_t, Batch>, kLaneCount> batches;
    std::vector<store::RecordGap> gaps;
    std::vector<store::RecordGap> untold;  // those of them whose event is not written
    std::optional<store::Snapshot> snapshot;
    std::string snapshot_boot;
    std::array<uint64_t, kLaneCount> reserved{};
    std::array<uint64_t, kLaneCount> broker{}, stored{};
    std::string boot;
    bool clean_stop = false;
    bool is_new = true;
    MonoTime last_alive;
    WallTime last_wall;
  };

  void work();
  bool commit_events(const store::AppendEvents& job);
  void commit_batch(const store::AppendBatch& job);
  void reserve(Lane lane, uint64_t seq);
  store::RangeRead read(const store::ReadRange& job) const;
  void fail_reads();
  void say_durable(Lane lane);

  World& world_;
  Disk disk_;
  std::deque<store::Job> queue_;
  Hear hear_;
  std::string boot_;
  uint64_t life_ = 0;
  bool working_ = false;
  bool stalled_ = false;
  bool failing_ = false;
  bool said_failing_ = false;
  std::string conflict_;
};

}  // namespace lamplight::world
