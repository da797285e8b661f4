#include "gateway/core/recorder.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "rules/model/assert.h"

namespace lamplight::core {

void Recorder::opened(const store::Opened& opened) {
  store_id_ = opened.store_id;
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    durable_[index(lane)] = opened.lanes[index(lane)].next_seq - 1;
  }
}

uint64_t Recorder::append(const What& what, const Fields& fields) {
  LL_ASSERT(what.lane == Lane::alarm || what.lane == Lane::system);
  uint64_t& counter = what.lane == Lane::alarm ? state_.next_alarm : state_.next_system;
  const uint64_t seq = counter++;
  const WallTime at = state_.wall.at(what.t);
  Recorded recorded{what.lane, seq, state_.now, {}};
  JsonWriter out(recorded.body);
  begin_body(out, {.home = setup_.home,
                   .boot = setup_.boot,
                   .store_id = store_id_,
                   .lane = what.lane,
                   .seq = seq,
                   .event = what.event,
                   .t = what.t,
                   .at = at});
  fields(out);
  out.end_object();
  if (seq > durable_[index(what.lane)]) {
    waiting_.push_back({what.lane, seq, state_.now});
    rows_.push_back({.lane = what.lane,
                     .seq = seq,
                     .t = what.t,
                     .emitted = state_.now,
                     .at = at,
                     .name = std::string(what.event),
                     .occurrence = what.occurrence,
                     .rule = std::string(what.rule),
                     .body = recorded.body,
                     .gap = what.gap});
    rows_bytes_ += kRowBytes + recorded.body.size();
    if (rows_bytes_ > kRowsBytesMax) give_up_system_rows();
  }
  new_.push_back(std::move(recorded));
  return seq;
}

void Recorder::flush(MonoTime now, bool snapshot_due,
                     const std::function<store::Snapshot()>& snapshot, Effects& effects) {
  const bool state_due = snapshot_due && state_alone_.handed == kNever;
  if (under_way_ || (rows_.empty() && !state_due)) return;
  store::AppendEvents job{std::exchange(rows_, {}), snapshot()};
  rows_bytes_ = 0;
  for (const auto& row : job.rows) {
    under_way_ = true;
    under_way_to_[index(row.lane)] = row.seq;
  }
  last_snapshot_ = now;
  if (!under_way_) state_alone_ = {now, job.snapshot->mono};
  effects.jobs.emplace_back(std::move(job));
}

// The oldest events of lane system, until a quarter of the room is free again. Alarms and what
// tells of a gap stay: there are never so many that they fill it. No gap record covers one that
// stays, or a receiver would take a row that the store gets for a lost one.
void Recorder::give_up_system_rows() {
  std::vector<store::RecordGap> gaps;
  std::vector<uint64_t> gone;
  size_t room = rows_bytes_ - kRowsBytesMax / 4 * 3;
  const auto is_given_up = [&](const store::EventRow& row) {
    if (row.lane != Lane::system || row.gap || room == 0) return false;
    const size_t bytes = kRowBytes + row.body.size();
    room -= std::min(room, bytes);
    rows_bytes_ -= bytes;
    if (gaps.empty() || *gaps.back().last + 1 != row.seq) {
      gaps.push_back({Lane::system, row.seq, row.seq, row.t, row.t, "disk_failed"});
    }
    gaps.back().last = row.seq;
    gaps.back().t1 = row.t;
    gone.push_back(row.seq);
    return true;
  };
  std::vector<store::EventRow> kept;
  for (store::EventRow& row : rows_) {
    if (!is_given_up(row)) kept.push_back(std::move(row));
  }
  rows_ = std::move(kept);
  std::erase_if(waiting_, [&](const Waiting& w) {
    return w.lane == Lane::system && std::binary_search(gone.begin(), gone.end(), w.seq);
  });
  std::move(gaps.begin(), gaps.end(), std::back_inserter(given_up_));
}

void Recorder::on_durable(Lane lane, uint64_t seq) {
  uint64_t& durable = durable_[index(lane)];
  durable = std::max(durable, seq);
  std::erase_if(waiting_, [&](const Waiting& w) { return w.seq <= durable_[index(w.lane)]; });
  bool all = true;
  for (const Lane l : {Lane::alarm, Lane::system}) {
    if (under_way_to_[index(l)] > durable_[index(l)]) all = false;
  }
  if (all) under_way_ = false;
}

void Recorder::on_snapshot_kept(MonoTime mono) {
  if (mono >= state_alone_.mono) state_alone_.handed = kNever;
}

MonoTime Recorder::oldest_waiting() const {
  return waiting_.empty() ? kNever : waiting_.front().emitted;
}

}  // namespace lamplight::core
