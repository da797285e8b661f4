// After the engine: what leaves. Sound and screens first, then rows and batches to the store, then
// messages to the broker. Nothing here decides an alarm, and nothing here is journaled.
#include <algorithm>
#include <utility>

#include "gateway/core/batch_body.h"
#include "gateway/core/parts.h"

namespace lamplight::core {
namespace {

// A slow card is not yet a dead one: batches, and a snapshot of which nothing is published, may
// wait this long before the store counts as stalled.
constexpr Duration kBatchBudget = seconds(5);

std::string wrapped(std::string_view type, std::string_view body) {
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("type").string(type).key("event").raw(body).end_object();
  return text;
}

TechnicalChange of_store(engine::Technical kind, bool on, std::string why) {
  return {.kind = kind, .device = 0, .on = on, .why = std::move(why)};
}

// What the store says of its room. False: the answer is about something else.
bool note_room(const store::Answer& answer, Effects& effects) {
  using engine::Technical;
  const auto say = [&](Technical kind, bool on, std::string why) {
    effects.journal.emplace_back(of_store(kind, on, std::move(why)));
    return true;
  };
  if (std::holds_alternative<store::OverQuota>(answer)) {
    return say(Technical::alarms_over_quota, true, "alarms alone exceed the record's quota");
  }
  if (std::holds_alternative<store::UnderQuota>(answer)) {
    return say(Technical::alarms_over_quota, false, "the record is within its quota again");
  }
  if (const auto* low = std::get_if<store::DiskLow>(&answer)) {
    return say(Technical::disk_low, true,
               "the disk has " + std::to_string(low->free >> 20U) + " MiB free");
  }
  if (std::holds_alternative<store::DiskRoomy>(answer)) {
    return say(Technical::disk_low, false, "the disk has room again");
  }
  return false;
}

}  // namespace

void Core::Parts::close_batches(MonoTime now, bool all) {
  if (all) {
    batcher.close_all(state.wall, closed);
  } else {
    batcher.close_due(now, state.wall, closed);
  }
  for (Closed& batch : closed) {
    const bool wave = batch.lane == Lane::wave;
    const bool watched = wave && watched_until[static_cast<size_t>(batch.device)] > now;
    // The body costs; a wave that nobody watches needs none, vitals go to screens at home.
    std::string body;
    if (!replaying && (!wave || watched)) {
      body = batch_body({.home = setup.home,
                         .boot = setup.boot,
                         .store_id = recorder.store_id(),
                         .lane = batch.lane,
                         .seq = batch.seq,
                         .event = {},
                         .t = batch.t,
                         .at = batch.at},
                        batch.samples, setup.devices);
      follow.push_back({FollowKind::batch, wrapped(name_of(batch.lane), body)});
    }
    outbox.add_batch(batch.lane, batch.seq, batch.device, std::move(body));
    batcher.hand_over(std::move(batch), now, given_up);
  }
  closed.clear();
}

store::Snapshot Core::Parts::snapshot() const {
  store::Snapshot made;
  made.lane_seq = state.next_alarm - 1;
  made.mono = state.now;
  std::vector<std::byte> bytes;
  engine->snapshot(bytes);
  const uint64_t hash = program.hash();
  for (int i = 0; i < 8; ++i) {
    made.program_hash.push_back(static_cast<std::byte>(hash >> (8 * i) & 0xFF));
  }
  encode_snapshot(state, bytes, made.state);
  return made;
}

void Core::Parts::flush_rows(MonoTime now, bool force) {
  if (!engine) return;
  Effects to_store;
  // Instants of a replay are past: a snapshot handed over at one would look owed for long.
  const bool due = force || (!replaying && now - recorder.last_snapshot() >= kSnapshotEvery);
  if (force) recorder.stop_waiting();
  recorder.flush(now, due, [this] { return snapshot(); }, to_store);
  batcher.flush(now, to_store);
  std::move(to_store.jobs.begin(), to_store.jobs.end(), std::back_inserter(jobs));
}

// Hands everything gathered to the caller. Order within a kind is the order in which it arose.
void Core::Parts::finish(MonoTime now, Effects& effects) {
  for (Recorded& event : recorder.take_new()) {
    if (event.lane == Lane::alarm) outbox.alarms_changed(now);
    if (!replaying) follow.push_back({FollowKind::event, wrapped("event", event.body)});
    outbox.add_event(event.lane, event.seq, event.emitted, std::move(event.body));
  }
  flush_rows(now, false);
  if (!replaying) {
    if (std::exchange(annunciate, false) || !reminded.empty()) {
      effects.followers.push_back({FollowKind::annunciate, annunciate_json()});
    }
    reminded.clear();  // once, and not to whoever follows later
    confirm(now);
    std::move(follow.begin(), follow.end(), std::back_inserter(effects.followers));
    std::move(answers.begin(), answers.end(), std::back_inserter(effects.answers));
    if (setup.has_broker && outbox.pump(now, effects) && !state.store_stalled && !stall_asked) {
      stall_asked = true;
      effects.journal.emplace_back(
          StoreChange{StoreState::stalled, "events wait for the disk for more than 500 ms"});
    }
    watch_store(now, effects);
  }
  follow.clear();
  answers.clear();
  std::move(jobs.begin(), jobs.end(), std::back_inserter(effects.jobs));
  jobs.clear();
  std::move(log.begin(), log.end(), std::back_inserter(effects.log));
  log.clear();
}

// A stall is seen by our own timer, and is over when nothing is overdue any more.
void Core::Parts::watch_store(MonoTime now, Effects& effects) {
  for (store::RecordGap& lost : given_up) effects.journal.emplace_back(GapFound{lost});
  given_up.clear();
  const std::vector<store::RecordGap> gone = recorder.take_given_up();
  if (!gone.empty()) outbox.drop(Lane::system, gone);
  for (const store::RecordGap& lost : gone) effects.journal.emplace_back(GapFound{lost});
  const auto overdue = [&](MonoTime since, Duration budget) {
    return since != kNever && now - since >= budget;
  };
  const bool events = overdue(recorder.oldest_waiting(), kDurableBudget);
  const bool samples = overdue(batcher.oldest_unanswered(), kBatchBudget);
  const bool stalled = events || samples || overdue(recorder.state_waiting(), kBatchBudget);
  if (stalled && !state.store_stalled && !stall_asked) {
    stall_asked = true;
    effects.journal.emplace_back(StoreChange{
        StoreState::stalled, events    ? "events wait for the disk for more than 500 ms"
                             : samples ? "samples wait for the disk for more than 5 s"
                                       : "the state waits for the disk for more than 5 s"});
  }
  if (!stalled && state.store_stalled && !state.store_failing && !recovery_asked) {
    recovery_asked = true;
    effects.journal.emplace_back(StoreChange{StoreState::recovered, "the disk answers again"});
  }
  if (state.store_stalled) stall_asked = false;
  if (!state.store_stalled) recovery_asked = false;
}

void Core::Parts::on_durable(const store::Durable& durable) {
  if (durable.lane == Lane::alarm || durable.lane == Lane::system) {
    recorder.on_durable(durable.lane, durable.seq);
  } else {
    batcher.on_durable(durable.lane, durable.seq);
  }
  outbox.on_durable(durable.lane, durable.seq, durable.reserved);
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("type").string("durable").key("lane").string(name_of(durable.lane));
  out.key("seq").integer(static_cast<int64_t>(durable.seq)).end_object();
  follow.push_back({FollowKind::durable, std::move(text)});
}

void Core::Parts::on_answer(MonoTime now, const store::Answer& answer, Effects& effects) {
  replaying = false;
  if (note_room(answer, effects)) {
    // Journaled: it is a fact like any other.
  } else if (const auto* durable = std::get_if<store::Durable>(&answer)) {
    on_durable(*durable);
  } else if (const auto* kept = std::get_if<store::SnapshotKept>(&answer)) {
    recorder.on_snapshot_kept(kept->mono);
  } else if (const auto* failing = std::get_if<store::Failing>(&answer)) {
    effects.journal.emplace_back(StoreChange{StoreState::failing, failing->what});
  } else if (std::holds_alternative<store::Recovered>(answer)) {
    effects.journal.emplace_back(StoreChange{StoreState::recovered, "the disk answers again"});
  } else if (const auto* made = std::get_if<store::GapMade>(&answer)) {
    effects.journal.emplace_back(GapFound{made->gap});
  } else if (const auto* range = std::get_if<store::RangeRead>(&answer)) {
    outbox.on_range(*range, [&](const store::RangeRow& row) {
      return batch_body({.home = setup.home,
                         .boot = row.boot,
                         .store_id = recorder.store_id(),
                         .lane = range->lane,
                         .seq = row.seq,
                         .event = {},
                         .t = row.t,
                         .at = row.at},
                        row.samples, setup.devices);
    });
  }
  finish(now, effects);
}

MonoTime Core::Parts::next_deadline() const {
  if (!engine) return kNever;
  MonoTime due = batcher.deadline();
  if (const MonoTime alarm = engine->next_deadline(); alarm != kNever) {
    due = std::min(due, boot_time(alarm));
  }
  if (setup.has_broker) due = std::min({due, outbox.deadline(), uplink_due()});
  const bool told = state.store_stalled || stall_asked;
  if (!told && recorder.oldest_waiting() != kNever) {
    due = std::min(due, recorder.oldest_waiting() + kDurableBudget);
  }
  if (!told && batcher.oldest_unanswered() != kNever) {
    due = std::min(due, batcher.oldest_unanswered() + kBatchBudget);
  }
  if (!told && recorder.state_waiting() != kNever) {
    due = std::min(due, recorder.state_waiting() + kBatchBudget);
  }
  for (const Confirming& c : confirming) due = std::min(due, c.emitted + kDurableBudget);
  due = std::min(due, recorder.snapshot_due(kSnapshotEvery));
  // One-shot technical alarms end in the step after.
  if (state.end_restarted || state.end_damaged) due = std::min(due, state.now + nanoseconds(1));
  return std::min(due, told_due());
}

}  // namespace lamplight::core
