// Gives every journal event its seq and its body, and hands rows to the store: at most one
// transaction is under way, what comes meanwhile shares the next. Rows keep their body here until
// they are durable, because publishing may have to go ahead of a dead disk.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/body.h"
#include "gateway/core/core.h"
#include "gateway/core/effects.h"
#include "gateway/core/state.h"

namespace lamplight::core {

// One event as it is recorded.
struct Recorded {
  Lane lane = Lane::system;
  uint64_t seq = 0;
  MonoTime emitted;
  std::string body;
};

class Recorder {
 public:
  struct What {
    Lane lane = Lane::system;
    MonoTime t;
    std::string_view event;
    std::optional<uint64_t> occurrence = {};
    std::string_view rule = {};
    std::optional<store::RecordGap> gap = {};  // what it tells
  };
  using Fields = std::function<void(JsonWriter&)>;

  // Both must outlive the recorder.
  Recorder(const Setup& setup, State& state) : setup_(setup), state_(state) {}

  void opened(const store::Opened& opened);
  const std::string& store_id() const { return store_id_; }

  // `emitted` = state.now. Returns the seq. Rows that the store has are not given to it again.
  uint64_t append(const What& what, const Fields& fields);

  // What has been appended since the last call, in order: for followers and the outbox.
  std::vector<Recorded> take_new() { return std::exchange(new_, {}); }

  // Seqs of lane system whose rows the store will never get: a dead disk takes no more memory than
  // kRowsBytesMax for them.
  std::vector<store::RecordGap> take_given_up() { return std::exchange(given_up_, {}); }
  static constexpr size_t kRowsBytesMax = 32 * 1024 * 1024;

  // Hands over waiting rows with the state they imply, if no transaction is under way; or the
  // state alone when `snapshot_due`.
  void flush(MonoTime now, bool snapshot_due, const std::function<store::Snapshot()>& snapshot,
             Effects& effects);
  void on_durable(Lane lane, uint64_t seq);
  void on_snapshot_kept(MonoTime mono);
  // At the end: what waits goes to the store behind what is under way.
  void stop_waiting() {
    under_way_ = false;
    state_alone_.handed = kNever;
  }

  // The oldest event that is not durable; kNever: none.
  MonoTime oldest_waiting() const;
  uint64_t durable(Lane lane) const { return durable_[index(lane)]; }
  uint64_t newest(Lane lane) const { return next(lane) - 1; }
  // When a snapshot without events was handed over that the store still owes; kNever: none. In a
  // quiet night it is all that shows whether the disk answers.
  MonoTime state_waiting() const { return state_alone_.handed; }
  // When the next snapshot may go; kNever: an answer comes first.
  MonoTime snapshot_due(Duration every) const {
    const bool waits = under_way_ || state_alone_.handed != kNever;
    return waits ? kNever : last_snapshot_ + every;
  }
  MonoTime last_snapshot() const { return last_snapshot_; }

 private:
  struct Waiting {
    Lane lane;
    uint64_t seq;
    MonoTime emitted;
  };
  struct StateAlone {
    MonoTime handed = kNever;
    MonoTime mono;
  };
  static constexpr size_t kRowBytes = 512;  // of a row beside its body
  void give_up_system_rows();
  static size_t index(Lane lane) { return static_cast<size_t>(lane); }
  uint64_t next(Lane lane) const {
    return lane == Lane::alarm ? state_.next_alarm : state_.next_system;
  }

  const Setup& setup_;
  State& state_;
  std::string store_id_;
  std::array<uint64_t, kLaneCount> durable_{};
  std::vector<store::EventRow> rows_;  // not handed over yet
  size_t rows_bytes_ = 0;
  std::vector<store::RecordGap> given_up_;
  std::deque<Waiting> waiting_;  // not durable yet
  std::vector<Recorded> new_;
  bool under_way_ = false;
  std::array<uint64_t, kLaneCount> under_way_to_{};
  MonoTime last_snapshot_;
  StateAlone state_alone_;
};

}  // namespace lamplight::core
