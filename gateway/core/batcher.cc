#include "gateway/core/batcher.h"

#include <algorithm>
#include <utility>

#include "gateway/core/batch_body.h"
#include "rules/model/assert.h"
#include "rules/model/catalogue.h"

namespace lamplight::core {

Batcher::Batcher(const Setup& setup) : setup_(setup), waves_(setup.devices.size()) {}

void Batcher::opened(const store::Opened& opened, bool same_boot) {
  for (const Lane lane : {Lane::vitals, Lane::wave}) {
    const store::LaneState& from = opened.lanes[static_cast<size_t>(lane)];
    of(lane).next_seq = from.next_seq;
    if (same_boot && from.last_batch_t.ns > 0) of(lane).last_batch = from.last_batch_t;
  }
}

void Batcher::put(Open& open, MonoTime now, DeviceNumber device, const Sample& sample) {
  open.samples.push_back({device, sample, now});
  open.payload += payload_bytes(sample);
  open.last_input = now;
}

void Batcher::add(MonoTime now, DeviceNumber device, std::span<const Sample> samples,
                  const WallBase& wall, std::vector<Closed>& closed) {
  LL_ASSERT(device >= 1 && device <= waves_.size());
  LL_ASSERT(samples.size() <= kInputSamplesMax);
  size_t vitals = 0;
  size_t vitals_bytes = 0;
  size_t wave = 0;
  size_t wave_bytes = 0;
  const auto is_wave = [](const Sample& s) {
    return signal_info(s.signal).kind == SignalKind::waveform;
  };
  for (const Sample& s : samples) {
    (is_wave(s) ? wave : vitals) += 1;
    (is_wave(s) ? wave_bytes : vitals_bytes) += payload_bytes(s);
  }
  const auto full = [](const Open& open, size_t n, size_t bytes) {
    return !open.samples.empty() &&
           (open.samples.size() + n > kSamplesMax || open.payload + bytes > kPayloadMax);
  };
  Open& waves = waves_[device - 1u];
  if (vitals_.last_input < now && full(vitals_, vitals, vitals_bytes)) {
    close(vitals_, Lane::vitals, -1, vitals_.last_input, wall, closed);
  }
  if (newest_wave() < now && full(waves, wave, wave_bytes)) close_waves(wall, closed);
  for (const Sample& s : samples) {
    const Lane lane = is_wave(s) ? Lane::wave : Lane::vitals;
    if (now <= of(lane).last_batch) continue;
    put(lane == Lane::wave ? waves : vitals_, now, device, s);
  }
  if (due_ == kNever && !(vitals_.samples.empty() && waves.samples.empty())) {
    due_ = soon_ ? now : std::max(now, closed_at_ + setup_.vitals_every);
    soon_ = false;
  }
}

void Batcher::close(Open& open, Lane lane, int device, MonoTime t, const WallBase& wall,
                    std::vector<Closed>& closed) {
  if (open.samples.empty()) return;
  OfLane& of_lane = of(lane);
  closed.push_back(
      {lane, of_lane.next_seq++, device, t, wall.at(t), std::exchange(open.samples, {})});
  open.payload = 0;
}

// Of what is open; the lowest if nothing is.
MonoTime Batcher::newest_wave() const {
  MonoTime newest{INT64_MIN};
  for (const Open& open : waves_) {
    if (!open.samples.empty()) newest = std::max(newest, open.last_input);
  }
  return newest;
}

// The wave batches of one moment share what "everything up to t is durable" means: only the last
// of them may say so, the others repeat what was said before.
void Batcher::close_waves(const WallBase& wall, std::vector<Closed>& closed) {
  const MonoTime newest = newest_wave();
  size_t left = 0;
  MonoTime oldest = kNever;
  for (const Open& open : waves_) {
    if (open.samples.empty()) continue;
    oldest = std::min(oldest, open.samples.front().received_at);
    ++left;
  }
  // The first batches of a boot have nothing before them: the instant before all their inputs.
  MonoTime before = of(Lane::wave).last_batch;
  if (before.ns == INT64_MIN) before = oldest - nanoseconds(1);
  for (size_t i = 0; i < waves_.size(); ++i) {
    if (waves_[i].samples.empty()) continue;
    const bool last = --left == 0;
    close(waves_[i], Lane::wave, static_cast<int>(i), last ? newest : before, wall, closed);
  }
  if (newest.ns != INT64_MIN) of(Lane::wave).last_batch = newest;
}

void Batcher::close_due(MonoTime now, const WallBase& wall, std::vector<Closed>& closed) {
  if (now < due_) return;
  close_all(wall, closed);
  closed_at_ = now;
}

void Batcher::close_all(const WallBase& wall, std::vector<Closed>& closed) {
  close(vitals_, Lane::vitals, -1, vitals_.last_input, wall, closed);
  close_waves(wall, closed);
  due_ = kNever;
}

void Batcher::soon() {
  soon_ = due_ == kNever;
  if (!soon_) due_ = MonoTime{INT64_MIN};
}

MonoTime Batcher::deadline() const { return due_; }

void Batcher::hand_over(Closed closed, MonoTime now, std::vector<store::RecordGap>& gaps) {
  const auto bytes = [](const Closed& c) {
    return c.samples.size() * sizeof(store::BatchSample) + 256;
  };
  waiting_bytes_ += bytes(closed);
  waiting_.push_back(std::move(closed));
  while (waiting_bytes_ > kWaitingBytesMax) {
    const Closed& oldest = waiting_.front();
    gaps.push_back({.lane = oldest.lane,
                    .first = oldest.seq,
                    .last = oldest.seq,
                    .t0 = oldest.samples.front().received_at,
                    .t1 = now,
                    .why = "disk_failed"});
    waiting_bytes_ -= bytes(oldest);
    waiting_.pop_front();
  }
}

void Batcher::flush(MonoTime now, Effects& effects) {
  while (!waiting_.empty() && unanswered_.size() < kUnansweredMax) {
    Closed closed = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= closed.samples.size() * sizeof(store::BatchSample) + 256;
    unanswered_.push_back({closed.lane, closed.seq, now});
    effects.jobs.emplace_back(store::AppendBatch{.lane = closed.lane,
                                                 .seq = closed.seq,
                                                 .t = closed.t,
                                                 .at = closed.at,
                                                 .samples = std::move(closed.samples)});
  }
}

void Batcher::on_durable(Lane lane, uint64_t seq) {
  std::erase_if(unanswered_, [&](const Unanswered& u) { return u.lane == lane && u.seq <= seq; });
}

MonoTime Batcher::oldest_unanswered() const {
  return unanswered_.empty() ? kNever : unanswered_.front().handed;
}

}  // namespace lamplight::core
