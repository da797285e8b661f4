// Gathers samples into batches, one seq each: vitals of all devices, and waveforms per device.
// A batch holds whole inputs only and `t` is the step of its last input, so that after a crash the
// inputs later than the last durable batch's t are batched again, none twice, none missing.
// Batches wait here while the store has too many unanswered; past the bound the oldest is given up
// and a gap record says so.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "gateway/core/core.h"
#include "gateway/core/effects.h"
#include "gateway/core/label.h"

namespace lamplight::core {

struct Closed {
  Lane lane = Lane::vitals;
  uint64_t seq = 0;
  int device = -1;  // of a wave batch: index into Setup::devices
  MonoTime t;
  WallTime at;
  std::vector<store::BatchSample> samples;
};

class Batcher {
 public:
  explicit Batcher(const Setup& setup);

  void opened(const store::Opened& opened, bool same_boot);
  // Inputs at or before this are in durable batches of `lane`.
  MonoTime last_batch(Lane lane) const { return of(lane).last_batch; }

  // Samples of one input at `now`. Those of lanes that have them durably are passed over. A batch
  // that would become too large is closed first, into `closed`; not within its own instant, though,
  // at which the loss of a port adds for several devices: nothing would say that more came then.
  void add(MonoTime now, DeviceNumber device, std::span<const Sample> samples, const WallBase& wall,
           std::vector<Closed>& closed);
  // The next batch closes at once, or with the next samples, whatever the period says.
  void soon();
  // Closes what is due.
  void close_due(MonoTime now, const WallBase& wall, std::vector<Closed>& closed);
  void close_all(const WallBase& wall, std::vector<Closed>& closed);
  MonoTime deadline() const;

  // Hands batches to the store, at most kUnansweredMax at a time. What was given up is in `gaps`.
  void hand_over(Closed closed, MonoTime now, std::vector<store::RecordGap>& gaps);
  void flush(MonoTime now, Effects& effects);
  void on_durable(Lane lane, uint64_t seq);
  // When the oldest batch that the store owes was handed over; kNever: none.
  MonoTime oldest_unanswered() const;
  uint64_t newest(Lane lane) const { return of(lane).next_seq - 1; }

  static constexpr size_t kSamplesMax = 4096;
  static constexpr size_t kPayloadMax = 40 * 1024;
  static constexpr size_t kUnansweredMax = 64;
  static constexpr size_t kWaitingBytesMax = 32 * 1024 * 1024;

 private:
  struct Open {
    std::vector<store::BatchSample> samples;
    size_t payload = 0;
    MonoTime last_input;
  };
  struct OfLane {
    uint64_t next_seq = 1;
    MonoTime last_batch{INT64_MIN};
  };
  struct Unanswered {
    Lane lane;
    uint64_t seq;
    MonoTime handed;
  };
  OfLane& of(Lane lane) { return lane == Lane::wave ? wave_lane_ : vitals_lane_; }
  const OfLane& of(Lane lane) const { return lane == Lane::wave ? wave_lane_ : vitals_lane_; }
  void put(Open& open, MonoTime now, DeviceNumber device, const Sample& sample);
  void close(Open& open, Lane lane, int device, MonoTime t, const WallBase& wall,
             std::vector<Closed>& closed);
  MonoTime newest_wave() const;
  void close_waves(const WallBase& wall, std::vector<Closed>& closed);

  const Setup& setup_;
  OfLane vitals_lane_;
  OfLane wave_lane_;
  Open vitals_;
  std::vector<Open> waves_;  // by device
  MonoTime due_ = kNever;    // of the open batches
  bool soon_ = true;
  MonoTime closed_at_{INT64_MIN};
  std::deque<Closed> waiting_;
  size_t waiting_bytes_ = 0;
  std::deque<Unanswered> unanswered_;
};

}  // namespace lamplight::core
