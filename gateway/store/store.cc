#include "gateway/store/store.h"

#include <algorithm>
#include <utility>

#include "gateway/store/label.h"
#include "gateway/store/quota.h"
#include "gateway/store/schema.h"
#include "gateway/store/store_impl.h"
#include "rules/model/assert.h"
#include "rules/model/limits.h"

namespace lamplight::store {

Store::Impl::Impl(Options o)
    : options(std::move(o)), disk(options.disk != nullptr ? *options.disk : real_disk()) {}

Store::Store(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Store::~Store() = default;
void Store::open(MonoTime now, Answers& answers) { impl_->open(now, answers); }
void Store::accept(Job&& job) { impl_->accept(std::move(job)); }
void Store::work(MonoTime now, Answers& answers) { impl_->work(now, answers); }
void Store::perform(Job&& job, MonoTime now, Answers& answers) {
  impl_->accept(std::move(job));
  impl_->work(now, answers);
}
bool Store::housekeeping(MonoTime now, Answers& answers) {
  return impl_->housekeeping(now, answers);
}
bool Store::is_idle() const {
  return impl_->record_jobs.empty() && impl_->batches.empty() && impl_->reads.empty() &&
         !impl_->opening_due && impl_->stop_asked == impl_->is_stopped;
}
bool Store::is_failing() const { return impl_->said_failing; }
bool Store::is_stopped() const { return impl_->is_stopped; }
size_t Store::waiting() const {
  return impl_->record_jobs.size() + impl_->batches.size() + impl_->reads.size();
}

MonoTime Store::next_due() const {
  MonoTime due = impl_->next_upkeep;
  if (impl_->record_trouble.is_on) due = std::min(due, impl_->record_trouble.retry_at);
  if (impl_->telemetry_trouble.is_on) due = std::min(due, impl_->telemetry_trouble.retry_at);
  return due;
}

void Store::Impl::log(const std::string& line) {
  if (options.log) options.log(line);
}

// Only a synchronised label may say how new the clock has been: a wrong one in the far future
// would otherwise raise clock_unset for years.
void Store::Impl::see_wall(WallTime at) {
  if (at.clock == ClockState::synchronised) newest_wall = std::max(newest_wall, at.unix_ns);
}

void Store::Impl::accept(Job&& job) {
  if (auto* events = std::get_if<AppendEvents>(&job)) {
    if (events->snapshot) {
      // All that waits is committed together, so only the newest state matters.
      for (RecordJob& waiting : record_jobs) {
        if (auto* older = std::get_if<AppendEvents>(&waiting)) older->snapshot.reset();
      }
    }
    for (const EventRow& row : events->rows) see_wall(row.at);
    record_jobs.emplace_back(std::move(*events));
  } else if (auto* batch = std::get_if<AppendBatch>(&job)) {
    see_wall(batch->at);
    waiting_samples += batch->samples.size();
    batches.push_back(std::move(*batch));
    shed_waiting_batches();
  } else if (auto* cursor = std::get_if<MoveCursor>(&job)) {
    record_jobs.emplace_back(*cursor);
  } else if (auto* read = std::get_if<ReadRange>(&job)) {
    reads.push_back(*read);
  } else {
    stop_asked = true;
  }
}

void Store::Impl::shed_waiting_batches() {
  while (batches.size() > kWaitingBatchesMax ||
         (waiting_samples > kWaitingSamplesMax && batches.size() > 1)) {
    const AppendBatch& oldest = batches.front();
    auto& gap = shed[static_cast<size_t>(oldest.lane)];
    if (!gap)
      gap = RecordGap{oldest.lane, oldest.seq, oldest.seq, oldest.t, oldest.t, "disk_failed"};
    gap->last = oldest.seq;
    gap->t1 = oldest.t;
    waiting_samples -= oldest.samples.size();
    batches.pop_front();
  }
}

void Store::Impl::trouble(Trouble& of, MonoTime now, const std::string& what, Answers& answers) {
  of.backoff = of.is_on ? std::min(of.backoff * 2, kRetryMax) : kRetryFirst;
  of.is_on = true;
  of.retry_at = now + of.backoff;
  complain(what, answers);
}

void Store::Impl::complain(const std::string& what, Answers& answers) {
  if (said_failing) return;
  said_failing = true;
  log("store failing: " + what);
  answers.push_back(Failing{what});
}

void Store::Impl::fine(Trouble& of, Answers& answers) {
  of = {};
  tell_recovered(answers);
}

void Store::Impl::tell_recovered(Answers& answers) {
  if (!said_failing || record_trouble.is_on || telemetry_trouble.is_on) return;
  if (std::ranges::find(unreadable, true) != std::ranges::end(unreadable)) return;
  said_failing = false;
  log("store recovered");
  answers.push_back(Recovered{});
}

void Store::Impl::work(MonoTime now, Answers& answers) {
  if (is_stopped) return;
  commit_record(now, answers);
  commit_telemetry(now, answers);
  read_one(answers);
  if (stop_asked) stop(now, answers);
}

void Store::Impl::apply(const RecordJob& job, LaneHeads& next, std::string& conflict) {
  if (const auto* events = std::get_if<AppendEvents>(&job)) {
    for (const EventRow& row : events->rows) {
      const Appended done = record->append(row, options.boot, head_of(next, row.lane));
      if (row.gap && done != Appended::conflict) tell(*row.gap, next);
      if (done != Appended::conflict) continue;
      conflict = "seq " + std::to_string(row.seq) + " of lane " + std::string(name_of(row.lane)) +
                 " already names other content; " + row.name + " was refused";
    }
    if (events->snapshot) record->write_snapshot(*events->snapshot, options.boot);
  } else if (const auto* cursor = std::get_if<MoveCursor>(&job)) {
    LaneHead& head = head_of(next, cursor->lane);
    head.broker_seq = cursor->broker_seq;
    head.stored_seq = cursor->stored_seq;
    record->write_cursor(cursor->lane, head);
  }
}

void Store::Impl::tell(const RecordGap& gap, LaneHeads& next) {
  record->write_gap(gap);
  record->set_told(gap);
  LaneHead& head = head_of(next, gap.lane);
  head.newest = std::max(head.newest, gap.last.value_or(0));
}

// Ahead of use, so that after a power cut no other content ever gets a seq that was published.
void Store::Impl::extend_reservations(LaneHeads& next) {
  for (size_t i = 0; i < next.size(); ++i) {
    const auto lane = static_cast<Lane>(i);
    uint64_t newest = next[i].newest;
    for (const AppendBatch& batch : batches) {
      if (batch.lane == lane) newest = std::max(newest, batch.seq);
    }
    const bool is_used = newest > 0 || lane <= Lane::vitals;
    if (!is_used || newest + limits::kSeqReservation / 2 <= next[i].reserved) continue;
    next[i].reserved = newest + limits::kSeqReservation;
    record->write_cursor(lane, next[i]);
  }
}

void Store::Impl::commit_record(MonoTime now, Answers& answers) {
  const bool must_reserve = std::any_of(batches.begin(), batches.end(), [&](const AppendBatch& b) {
    return b.seq > head_of(heads, b.lane).reserved;
  });
  const bool must_explain =
      !telemetry_trouble.is_on &&
      std::any_of(shed.begin(), shed.end(), [](const auto& gap) { return gap.has_value(); });
  if (record_jobs.empty() && !opening_due && !must_reserve && !must_explain) return;
  if (record_trouble.is_on && now < record_trouble.retry_at && !stop_asked) return;
  if (!record && !reopen_record()) {
    trouble(record_trouble, now, "the record cannot be opened for writing", answers);
    return;
  }
  if (is_lost(FileKind::record, now, answers)) return;
  LaneHeads next = heads;
  std::string conflict;
  record->db().begin();
  if (opening_due) write_opening();
  for (const RecordJob& job : record_jobs) apply(job, next, conflict);
  std::vector<RecordGap> shed_now;
  if (!telemetry_trouble.is_on || stop_asked) {
    for (const auto& gap : shed) {
      if (!gap) continue;
      write_gap_merged(*record, *gap);
      shed_now.push_back(*gap);
    }
  }
  extend_reservations(next);
  const bool wall_due = newest_wall >= saved_wall + minutes(1).ns;
  if (wall_due) record->set_meta("newest_wall", std::to_string(newest_wall));
  if (auto status = record->db().commit(); !status) {
    trouble(record_trouble, now, status.error().what, answers);
    return;
  }
  if (wall_due) saved_wall = newest_wall;
  for (const RecordGap& gap : shed_now) {
    shed[static_cast<size_t>(gap.lane)].reset();
    answers.push_back(GapMade{gap});
  }
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    const bool moved = head_of(next, lane).newest != head_of(heads, lane).newest;
    const auto is_named = [&](const RecordJob& job) {
      const auto* events = std::get_if<AppendEvents>(&job);
      return events != nullptr && std::any_of(events->rows.begin(), events->rows.end(),
                                              [&](const EventRow& r) { return r.lane == lane; });
    };
    if (!moved && std::none_of(record_jobs.begin(), record_jobs.end(), is_named)) continue;
    answers.push_back(Durable{lane, head_of(next, lane).newest, head_of(next, lane).reserved});
  }
  for (const RecordJob& job : record_jobs) {
    const auto* events = std::get_if<AppendEvents>(&job);
    if (events != nullptr && events->snapshot)
      answers.push_back(SnapshotKept{events->snapshot->mono});
  }
  heads = next;
  opening_due = false;
  record_jobs.clear();
  if (conflict.empty()) {
    fine(record_trouble, answers);
  } else {
    complain(conflict, answers);
  }
}

// A gap that was told names seqs above what still waits; those are not kept yet.
uint64_t Store::Impl::kept_up_to(Lane lane) const {
  uint64_t first = UINT64_MAX;
  for (const AppendBatch& batch : batches) {
    if (batch.lane == lane) first = std::min(first, batch.seq);
  }
  if (const auto& gap = shed[static_cast<size_t>(lane)]) {
    first = std::min(first, gap->first.value_or(1));
  }
  return first - 1;
}

void Store::Impl::commit_telemetry(MonoTime now, Answers& answers) {
  if (batches.empty()) return;
  if (telemetry_trouble.is_on && now < telemetry_trouble.retry_at && !stop_asked) return;
  if (!telemetry && !reopen_telemetry()) {
    trouble(telemetry_trouble, now, "the telemetry cannot be opened for writing", answers);
    return;
  }
  if (is_lost(FileKind::telemetry, now, answers)) return;
  // A few at a time: alarms that arrive meanwhile wait for one turn only.
  constexpr size_t kBatchesACommit = 8;
  const size_t count = std::min(batches.size(), kBatchesACommit);
  std::string conflict;
  LaneHeads next = heads;
  std::array<bool, kLaneCount> touched = {};
  size_t samples = 0;
  telemetry->db().begin();
  size_t done = 0;
  for (; done < count; ++done) {
    const AppendBatch& batch = batches[done];
    LaneHead& head = head_of(next, batch.lane);
    if (batch.seq > head.reserved) break;  // reserved first, by commit_record
    if (telemetry->append(batch, options) == Appended::conflict && telemetry->db().ok()) {
      conflict = "batch " + std::to_string(batch.seq) + " of lane " +
                 std::string(name_of(batch.lane)) + " already names other content";
    }
    head.newest = std::max(head.newest, batch.seq);
    touched[static_cast<size_t>(batch.lane)] = true;
    samples += batch.samples.size();
  }
  if (auto status = telemetry->db().commit(); !status) {
    telemetry->forget_signals();
    trouble(telemetry_trouble, now, status.error().what, answers);
    return;
  }
  heads = next;
  batches.erase(batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(done));
  waiting_samples -= samples;
  for (size_t i = 0; i < touched.size(); ++i) {
    if (!touched[i]) continue;
    const auto lane = static_cast<Lane>(i);
    answers.push_back(Durable{lane, std::min(next[i].newest, kept_up_to(lane)), next[i].reserved});
  }
  if (!conflict.empty()) {
    complain(conflict, answers);
  } else if (done > 0) {
    fine(telemetry_trouble, answers);
  }
}

DbStatus Store::Impl::read_range(const ReadRange& ask, RangeRead& answer) {
  const bool in_record = ask.lane == Lane::alarm || ask.lane == Lane::system;
  if (in_record ? !record.has_value() : !telemetry.has_value()) {
    return failure(DbError{DbFault::other, "the file is not open"});
  }
  if (in_record) record->read_range(ask, answer);
  if (!in_record) telemetry->read_range(ask, options, answer);
  if (record) {
    const uint64_t end = answer.rows.size() < ask.count || answer.rows.empty()
                             ? ask.from + ask.count
                             : answer.rows.back().seq;
    for (auto& gap : record->gaps_touching(ask.lane, ask.from, end)) answer.gaps.push_back(gap);
  }
  DbStatus status;
  for (Db* db : {record ? &record->db() : nullptr, telemetry ? &telemetry->db() : nullptr}) {
    if (db == nullptr) continue;
    if (auto of_file = db->take_error(); !of_file) status = failure(of_file.error());
  }
  return status;
}

void Store::Impl::read_one(Answers& answers) {
  if (reads.empty()) return;
  const ReadRange ask = reads.front();
  reads.pop_front();
  RangeRead answer;
  answer.ticket = ask.ticket;
  answer.lane = ask.lane;
  answer.from = ask.from;
  answer.newest = head_of(heads, ask.lane).newest;
  bool& failed = unreadable[static_cast<size_t>(ask.lane)];
  const DbStatus status = read_range(ask, answer);
  if (!status) {
    answer.failed = true;
    answer.rows.clear();  // cut short, or batches without their samples
    answer.gaps.clear();
    answer.damaged.clear();
    complain("read: " + status.error().what, answers);
  }
  if (std::exchange(failed, answer.failed) && !failed) tell_recovered(answers);
  answers.push_back(std::move(answer));
}

void Store::Impl::stop(MonoTime now, Answers& answers) {
  while (!batches.empty() && !record_trouble.is_on && !telemetry_trouble.is_on) {
    commit_record(now, answers);
    commit_telemetry(now, answers);
  }
  is_stopped = true;
  const bool is_clean = record_jobs.empty() && batches.empty() && !opening_due && record;
  if (is_clean) {
    record->db().begin();
    record->set_meta("clean_stop", "1");
    if (newest_wall > 0) record->set_meta("newest_wall", std::to_string(newest_wall));
    // Without this mark the next start only says "not watching" for a crash.
    if (auto status = record->db().commit(); !status) log("store: stop: " + status.error().what);
    checkpoint(record->db(), "PRAGMA wal_checkpoint(TRUNCATE)");
    if (telemetry) checkpoint(telemetry->db(), "PRAGMA wal_checkpoint(TRUNCATE)");
  }
  record.reset();
  telemetry.reset();
}

}  // namespace lamplight::store
