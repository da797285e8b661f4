#include "tests/sim/fake_store.h"

#include <algorithm>

#include "rules/model/limits.h"

namespace lamplight::world {
namespace {
constexpr size_t index(Lane lane) { return static_cast<size_t>(lane); }
bool is_event_lane(Lane lane) { return lane == Lane::alarm || lane == Lane::system; }
}  // namespace

bool FakeStore::has(Lane lane, uint64_t seq) const {
  return is_event_lane(lane) ? disk_.events[index(lane)].contains(seq)
                             : disk_.batches[index(lane)].contains(seq);
}

uint64_t FakeStore::newest(Lane lane) const {
  if (is_event_lane(lane)) {
    const auto& rows = disk_.events[index(lane)];
    return rows.empty() ? 0 : rows.rbegin()->first;
  }
  const auto& rows = disk_.batches[index(lane)];
  return rows.empty() ? 0 : rows.rbegin()->first;
}

store::Opened FakeStore::open(const std::string& boot, Hear hear) {
  ++life_;
  hear_ = std::move(hear);
  boot_ = boot;
  store::Opened opened;
  opened.store_id = "5f2c";
  opened.clean_stop = disk_.clean_stop;
  opened.last_boot = disk_.boot;
  opened.same_boot = disk_.boot == boot;
  opened.last_alive = disk_.last_alive;
  opened.last_wall = disk_.last_wall;
  opened.snapshot = disk_.snapshot;
  const bool power_lost = !disk_.is_new && !disk_.clean_stop && !opened.same_boot;
  for (int i = 0; i < kLaneCount; ++i) {
    const auto lane = static_cast<Lane>(i);
    uint64_t high = newest(lane);
    for (const auto& gap : disk_.gaps) {
      if (gap.lane == lane && gap.last) high = std::max(high, *gap.last);
    }
    if (power_lost && disk_.reserved[index(lane)] > high) {
      store::RecordGap gap{lane, high + 1, disk_.reserved[index(lane)], {}, {}, "power_lost"};
      disk_.untold.push_back(gap);
      disk_.gaps.push_back(gap);
      high = disk_.reserved[index(lane)];
    }
    store::LaneState& state = opened.lanes[index(lane)];
    state.next_seq = high + 1;
    disk_.reserved[index(lane)] = std::max(disk_.reserved[index(lane)],
                                           high + static_cast<uint64_t>(limits::kSeqReservation));
    state.reserved = disk_.reserved[index(lane)];
    state.broker_seq = disk_.broker[index(lane)];
    state.stored_seq = disk_.stored[index(lane)];
    for (const auto& [seq, batch] : disk_.batches[index(lane)]) {
      if (batch.boot == boot) state.last_batch_t = std::max(state.last_batch_t, batch.job.t);
    }
  }
  opened.gaps = disk_.untold;
  disk_.boot = boot;
  disk_.clean_stop = false;
  disk_.is_new = false;
  return opened;
}

void FakeStore::die(bool power) {
  ++life_;
  queue_.clear();
  working_ = false;
  said_failing_ = false;
  hear_ = nullptr;
  if (!power) return;
  for (auto& lane : disk_.batches) {
    std::erase_if(lane, [](const auto& entry) { return !entry.second.synced; });
  }
}

void FakeStore::take(const store::Job& job) {
  queue_.push_back(job);
  if (const auto* events = std::get_if<store::AppendEvents>(&job);
      planted_early && events != nullptr && !events->rows.empty()) {
    const store::EventRow& row = events->rows.back();
    world_.after(nanoseconds(1), [this, lane = row.lane, seq = row.seq, life = life_] {
      if (life == life_) hear_(store::Durable{lane, seq, disk_.reserved[index(lane)]});
    });
  }
  work();
}

void FakeStore::work() {
  if (working_ || queue_.empty()) return;
  working_ = true;
  const Duration took = milliseconds(world_.dice.between(1, 12));
  world_.after(took, [this, life = life_] {
    if (life != life_) return;
    working_ = false;
    if (stalled_) {  // the thread hangs in a sync; nothing is said
      world_.after(milliseconds(50), [this, life] {
        if (life == life_) work();
      });
      return;
    }
    if (failing_) {
      if (!said_failing_) hear_(store::Failing{"I/O error"});
      said_failing_ = true;
      fail_reads();
      world_.after(milliseconds(250), [this, life] {
        if (life == life_) work();
      });
      return;
    }
    if (said_failing_) hear_(store::Recovered{});
    said_failing_ = false;
    // One transaction takes all that waits.
    std::deque<store::Job> jobs;
    jobs.swap(queue_);
    std::array<uint64_t, kLaneCount> before{};
    for (int i = 0; i < kLaneCount; ++i)
      before[static_cast<size_t>(i)] = newest(static_cast<Lane>(i));
    std::vector<store::Answer> answers;
    for (const auto& next : jobs) {
      if (const auto* events = std::get_if<store::AppendEvents>(&next)) {
        commit_events(*events);
        if (events->snapshot) answers.emplace_back(store::SnapshotKept{events->snapshot->mono});
      } else if (const auto* batch = std::get_if<store::AppendBatch>(&next)) {
        commit_batch(*batch);
      } else if (const auto* cursor = std::get_if<store::MoveCursor>(&next)) {
        disk_.broker[index(cursor->lane)] = cursor->broker_seq;
        disk_.stored[index(cursor->lane)] = cursor->stored_seq;
      } else if (const auto* range = std::get_if<store::ReadRange>(&next)) {
        answers.push_back(read(*range));
      } else if (std::holds_alternative<store::Stop>(next)) {
        disk_.clean_stop = true;
      }
    }
    for (int i = 0; i < kLaneCount; ++i) {
      const auto lane = static_cast<Lane>(i);
      if (newest(lane) != before[index(lane)]) say_durable(lane);
    }
    for (const auto& answer : answers) hear_(answer);
    work();
  });
}

// A disk that takes nothing gives nothing back; what is to be written waits, a read does not.
void FakeStore::fail_reads() {
  std::vector<store::RangeRead> failed;
  std::erase_if(queue_, [&](const store::Job& job) {
    const auto* ask = std::get_if<store::ReadRange>(&job);
    if (ask == nullptr) return false;
    store::RangeRead& answer = failed.emplace_back();
    answer.ticket = ask->ticket;
    answer.lane = ask->lane;
    answer.from = ask->from;
    answer.newest = newest(ask->lane);
    answer.failed = true;
    return true;
  });
  for (const auto& answer : failed) hear_(answer);  // may bring new jobs
}

void FakeStore::say_durable(Lane lane) {
  hear_(store::Durable{lane, newest(lane), disk_.reserved[index(lane)]});
}

void FakeStore::reserve(Lane lane, uint64_t seq) {
  uint64_t& reserved = disk_.reserved[index(lane)];
  if (seq + static_cast<uint64_t>(limits::kSeqReservation) / 2 > reserved) {
    reserved = seq + static_cast<uint64_t>(limits::kSeqReservation);
  }
}

bool FakeStore::commit_events(const store::AppendEvents& job) {
  for (const store::EventRow& row : job.rows) {
    auto& rows = disk_.events[index(row.lane)];
    const auto [at, is_new] = rows.emplace(row.seq, row);
    if (!is_new && at->second.body != row.body && conflict_.empty()) {
      conflict_ = "seq " + std::to_string(row.seq) + " of lane " + std::string(name_of(row.lane)) +
                  " has two bodies:\n" + at->second.body + "\n" + row.body;
    }
    if (is_new) disk_.boots[index(row.lane)][row.seq] = boot_;
    if (row.gap && std::erase(disk_.untold, *row.gap) == 0) disk_.gaps.push_back(*row.gap);
    reserve(row.lane, row.seq);
    disk_.last_alive = std::max(disk_.last_alive, row.emitted);
    disk_.last_wall = row.at;
  }
  if (job.snapshot) {
    disk_.snapshot = job.snapshot;
    disk_.last_alive = std::max(disk_.last_alive, job.snapshot->mono);
  }
  // A synced commit of the record says nothing of the other file; its own checkpoints do.
  if (world_.dice.one_in(20)) {
    for (auto& lane : disk_.batches) {
      for (auto& [seq, batch] : lane) batch.synced = true;
    }
  }
  return true;
}

void FakeStore::commit_batch(const store::AppendBatch& job) {
  disk_.batches[index(job.lane)].emplace(job.seq, Batch{job, boot_, false});
  reserve(job.lane, job.seq);
  disk_.last_alive = std::max(disk_.last_alive, job.t);
}

store::RangeRead FakeStore::read(const store::ReadRange& job) const {
  store::RangeRead out;
  out.ticket = job.ticket;
  out.lane = job.lane;
  out.from = job.from;
  // As the store's own head: a recorded gap counts as used.
  out.newest = newest(job.lane);
  for (const auto& gap : disk_.gaps) {
    if (gap.lane == job.lane && gap.last) out.newest = std::max(out.newest, *gap.last);
  }
  const uint64_t end = job.from + job.count;
  if (is_event_lane(job.lane)) {
    const auto& rows = disk_.events[index(job.lane)];
    for (auto at = rows.lower_bound(job.from); at != rows.end() && at->first < end; ++at) {
      const auto& row = at->second;
      out.rows.push_back(
          {row.seq, row.t, row.at, disk_.boots[index(job.lane)].at(row.seq), row.body, {}});
    }
  } else {
    const auto& rows = disk_.batches[index(job.lane)];
    for (auto at = rows.lower_bound(job.from); at != rows.end() && at->first < end; ++at) {
      const auto& batch = at->second;
      out.rows.push_back(
          {batch.job.seq, batch.job.t, batch.job.at, batch.boot, {}, batch.job.samples});
    }
  }
  for (const auto& gap : disk_.gaps) {
    if (gap.lane == job.lane && gap.first && gap.last && *gap.last >= job.from &&
        *gap.first < end) {
      out.gaps.push_back(gap);
    }
  }
  return out;
}

}  // namespace lamplight::world
