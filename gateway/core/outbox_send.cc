// Sending: what goes next on which connection.
#include <algorithm>
#include <utility>

#include "gateway/core/body.h"
#include "gateway/core/outbox.h"
#include "rules/model/limits.h"

namespace lamplight::core {
namespace {

constexpr Duration kAlarmsAgain = seconds(60);
constexpr Duration kCursorEvery = seconds(1);
// After a read that failed. The store tries its files again every 0.1 to 5 s (kRetryFirst and
// kRetryMax there): asking oftener learns little, and asking later keeps alarms waiting.
constexpr Duration kReadAgain = seconds(1);
constexpr uint32_t kEventsPerRead = 64;
constexpr uint32_t kBatchesPerRead = 8;
constexpr int kVitalsExpiry = 60;
constexpr int kWaveExpiry = 10;

}  // namespace

bool Outbox::pump(MonoTime now, Effects& effects) {
  const bool expired = release(now);
  tell_held(now, effects);
  tell_urgent(effects);
  end_pauses(now);
  move_cursors(now, effects);
  if (live_.connected()) {
    send_documents(now, effects);
    send_events(Lane::alarm, now, effects);
    if (at(Lane::alarm).live_next > at(Lane::alarm).live_since) {
      send_events(Lane::system, now, effects);
    }
    send_results(effects);
    if (is_history_sent()) send_batches(effects);
  }
  if (back_.connected()) {
    for (const Lane lane : {Lane::alarm, Lane::system, Lane::vitals, Lane::wave}) {
      send_back(lane, now, effects);
    }
  }
  for (store::RecordGap& gap : std::exchange(lost_, {})) {
    effects.journal.emplace_back(GapFound{std::move(gap)});
  }
  return expired;
}

// An alarm that the broker has not taken: the uplink then tries at least once a second. The uplink
// must have spoken first, or it would take the word for a breach of its beginning.
void Outbox::tell_urgent(Effects& effects) {
  const Position& alarm = at(Lane::alarm);
  const bool waits = alarm.released > alarm.broker;
  if (!uplink_speaks_ || waits == urgent_told_ || (waits && live_.connected())) return;
  urgent_told_ = waits;
  effects.uplink.emplace_back(waits ? R"({"type":"urgent","waiting":true})"
                                    : R"({"type":"urgent","waiting":false})");
}

bool Outbox::is_history_sent() const {
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    if (at(lane).live_next <= at(lane).live_since) return false;
  }
  return true;
}

void Outbox::publish(Conn conn, Key key, const Message& message, Effects& effects) {
  Flight& f = flight(conn);
  if (message.qos > 0) f.add(key);
  for (std::string& text : publish_json(setup_.home, conn, f.generation(), key, message)) {
    effects.uplink.push_back(std::move(text));
  }
}

void Outbox::send_slot(Slot& slot, const std::string& topic, const std::string& payload,
                       Effects& effects) {
  slot.dirty = false;
  slot.token = next_token_++;
  publish(Conn::live, {.number = slot.token}, {.topic = topic, .retain = true, .payload = payload},
          effects);
}

void Outbox::send_documents(MonoTime now, Effects& effects) {
  const auto ready = [&](const Slot& slot) {
    return slot.dirty && slot.token == 0 && live_.has_room();
  };
  if (ready(status_)) send_slot(status_, "status", documents_.status(now), effects);
  if (!alarms_.dirty && alarms_.token == 0 && now - alarms_sent_ >= kAlarmsAgain) {
    alarms_changed(now);
  }
  const Position& alarm = at(Lane::alarm);
  const bool released = alarm.released >= alarm.emitted;
  if (ready(alarms_) && (released || now - alarms_dirty_since_ >= kDurableBudget)) {
    const bool durable = alarm.durable >= alarm.emitted;
    send_slot(alarms_, "alarms", documents_.alarms(now, durable), effects);
    alarms_sent_ = now;
  }
  for (size_t i = 0; i < devices_.size(); ++i) {
    if (!ready(devices_[i])) continue;
    send_slot(devices_[i], "device/" + setup_.devices[i].id, documents_.device(i, now), effects);
  }
}

void Outbox::send_events(Lane lane, MonoTime now, Effects& effects) {
  while (live_.has_room() && send_next_event(lane, now, effects)) {
  }
  trim_cache(at(lane));
}

std::optional<Outbox::Row> Outbox::next_row(Lane lane, MonoTime now, Effects& effects) {
  Position& p = at(lane);
  if (!p.cache.empty() && p.cache.front().seq <= p.live_next) {
    const auto row = std::lower_bound(p.cache.begin(), p.cache.end(), p.live_next,
                                      [](const Row& r, uint64_t seq) { return r.seq < seq; });
    if (row == p.cache.end()) return std::nullopt;
    return *row;
  }
  while (!p.live.rows.empty() && p.live.rows.front().seq < p.live_next) p.live.rows.pop_front();
  if (!p.live.rows.empty()) return std::exchange(p.live.rows.front(), Row{});
  p.live.next = p.live_next;
  if (p.live_next > p.durable) {  // given up: there is nothing to read
    if (!p.cache.empty()) skip_to(p, p.cache.front().seq);
  } else if (p.live.may_ask()) {
    ask(lane, p.live, kEventsPerRead, now, effects);
  } else if (now - p.live.asked >= kDurableBudget && !p.cache.empty()) {
    skip_to(p, p.cache.front().seq);
  } else if (p.live.failed && p.live_next <= p.live_since) {
    skip_to(p, p.live_since + 1);
  }
  return std::nullopt;
}

// Wanted or not any more: a pause that nobody ends would be a deadline for ever.
void Outbox::end_pauses(MonoTime now) {
  for (Position& p : lanes_) {
    for (Stream* stream : {&p.live, &p.back}) {
      if (now - stream->asked >= kReadAgain) stream->failed = false;
    }
  }
}

// The store does not answer, or cannot read. What happened since the connection goes out now, and
// so do the lanes behind this one; the unread range follows as history. An alarm never waits for a
// disk.
void Outbox::skip_to(Position& p, uint64_t first) {
  restart(p.back, p.back.wanted() ? std::min(p.back.next, p.live_next) : p.live_next);
  p.back.end = std::max(p.back.end, first - 1);
  p.live = Stream{};
  p.live_next = first;
}

bool Outbox::send_next_event(Lane lane, MonoTime now, Effects& effects) {
  Position& p = at(lane);
  if (const uint64_t end = p.acked.end_of(p.live_next)) {
    p.live_next = end + 1;
    return true;
  }
  if (p.live_next > p.released) return false;
  const uint64_t before = p.live_next;
  const std::optional<Row> row = next_row(lane, now, effects);
  if (!row) return p.live_next != before;
  if (row->seq > p.released) return false;
  if (row->seq > p.live_next) p.acked.add(p.live_next, row->seq - 1);  // explained by a gap record
  p.live_next = row->seq;
  const bool historical = row->seq <= p.live_since;
  const auto payload =
      published(row->body, {.durable = row->seq <= p.durable, .historical = historical});
  const std::optional<std::string> topic =
      historical ? "backlog/" + std::string(name_of(lane)) : live_topic(lane, row->body);
  if (payload && topic) {
    publish(Conn::live, {.has_seq = true, .lane = lane, .number = row->seq},
            {.topic = *topic, .payload = *payload}, effects);
  } else {
    give_up(lane, row->seq, row->seq);
  }
  ++p.live_next;
  return true;
}

void Outbox::send_results(Effects& effects) {
  for (Result& result : results_) {
    if (!live_.has_room()) return;
    if (result.token != 0) continue;
    if (result.seq != 0 && result.seq > at(result.lane).released) continue;
    result.token = next_token_++;
    publish(Conn::live, {.number = result.token},
            {.topic = "command-result", .payload = result.json}, effects);
  }
}

void Outbox::send_batches(Effects& effects) {
  Position& vitals = at(Lane::vitals);
  while (!vitals.cache.empty() && vitals.cache.front().seq <= vitals.durable && live_.has_room()) {
    const Row& row = vitals.cache.front();
    publish(Conn::live, {.has_seq = true, .lane = Lane::vitals, .number = row.seq},
            {.topic = "vitals", .expiry_s = kVitalsExpiry, .payload = row.body}, effects);
    vitals.cache.pop_front();
  }
  Position& wave = at(Lane::wave);
  while (!wave.cache.empty() && wave.cache.front().seq <= wave.durable) {
    const Row& row = wave.cache.front();
    const auto& device = setup_.devices[static_cast<size_t>(row.device)].id;
    publish(Conn::live, {.has_seq = true, .lane = Lane::wave, .number = row.seq},
            {.topic = "wave/" + device, .qos = 0, .expiry_s = kWaveExpiry, .payload = row.body},
            effects);
    wave.cache.pop_front();
  }
}

bool Outbox::owned_live(Lane lane, uint64_t seq) const {
  if (live_.has({.has_seq = true, .lane = lane, .number = seq})) return true;
  if (lane != Lane::vitals) return false;
  const auto& cache = at(lane).cache;
  return !cache.empty() && cache.front().seq <= seq && seq <= cache.back().seq;
}

// Moves the stream over one seq that needs no sending; false if it stands at one that does.
bool Outbox::skip_back(Lane lane, Stream& stream) const {
  if (const uint64_t end = at(lane).acked.end_of(stream.next); end != 0 && lane != Lane::wave) {
    stream.next = end + 1;
    return true;
  }
  if (back_.has({.has_seq = true, .lane = lane, .number = stream.next}) ||
      owned_live(lane, stream.next)) {
    ++stream.next;
    return true;
  }
  return false;
}

void Outbox::send_back(Lane lane, MonoTime now, Effects& effects) {
  Position& p = at(lane);
  Stream& stream = p.back;
  if (lane == Lane::vitals) stream.end = p.durable;
  while (back_.has_room() && stream.wanted()) {
    if (skip_back(lane, stream)) continue;
    while (!stream.rows.empty() && stream.rows.front().seq < stream.next) stream.rows.pop_front();
    if (stream.rows.empty()) {
      const bool events = lane == Lane::alarm || lane == Lane::system;
      // What is not durable cannot be read: asked for, it would be asked for again at once.
      if (stream.may_ask() && stream.next <= p.durable) {
        ask(lane, stream, events ? kEventsPerRead : kBatchesPerRead, now, effects);
      }
      return;
    }
    const Row row = std::exchange(stream.rows.front(), Row{});
    stream.rows.pop_front();
    if (row.seq > stream.next && lane != Lane::wave) p.acked.add(stream.next, row.seq - 1);
    stream.next = row.seq;
    if (!stream.wanted()) break;
    if (const auto payload = published(row.body, {.historical = true})) {
      end_loss(lane, stream);
      publish(Conn::backlog, {.has_seq = true, .lane = lane, .number = row.seq},
              {.topic = "backlog/" + std::string(name_of(lane)), .payload = *payload}, effects);
    } else {
      lose(lane, stream, row.seq);
    }
    ++stream.next;
  }
  if (!stream.wanted()) end_loss(lane, stream);
}

void Outbox::ask(Lane lane, Stream& stream, uint32_t count, MonoTime now, Effects& effects) {
  stream.ticket = next_ticket_++;
  stream.count = count;
  stream.asked = now;
  effects.jobs.emplace_back(
      store::ReadRange{.ticket = stream.ticket, .lane = lane, .from = stream.next, .count = count});
}

void Outbox::move_cursors(MonoTime now, Effects& effects) {
  if (now - cursors_moved_ < kCursorEvery) return;
  const size_t before = effects.jobs.size();
  write_cursors(effects);
  if (effects.jobs.size() != before) cursors_moved_ = now;
}

// What happened since the connection is here, and what comes before it is not.
bool Outbox::waits_for_read(const Position& p) {
  return !p.live.may_ask() && !p.cache.empty() && p.live_next < p.cache.front().seq &&
         p.live_next <= p.released;
}

MonoTime Outbox::deadline() const {
  MonoTime due = kNever;
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    const Position& p = at(lane);
    if (p.may_go_unsaved()) due = std::min(due, p.waiting.front().emitted + kDurableBudget);
    if (live_.has_room() && waits_for_read(p)) due = std::min(due, p.live.asked + kDurableBudget);
  }
  for (const Lane lane : {Lane::alarm, Lane::system, Lane::vitals, Lane::wave}) {
    const Position& p = at(lane);
    for (const Stream* stream : {&p.live, &p.back}) {
      if (stream->failed) due = std::min(due, stream->asked + kReadAgain);
    }
    if (p.moved != p.broker || p.moved_stored != p.stored) {
      due = std::min(due, cursors_moved_ + kCursorEvery);
    }
  }
  if (live_.has_room() && alarms_.token == 0) {
    due = std::min(
        due, alarms_.dirty ? alarms_dirty_since_ + kDurableBudget : alarms_sent_ + kAlarmsAgain);
  }
  return due;
}

}  // namespace lamplight::core
