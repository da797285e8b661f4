// Positions: what came in, what is durable, what the broker and the care team's store have.
#include "gateway/core/outbox.h"

#include <algorithm>
#include <utility>

#include "rules/model/assert.h"
#include "rules/model/limits.h"

namespace lamplight::core {
namespace {

constexpr Duration kSettle = seconds(30);
constexpr size_t kResultsMax = 1000;
constexpr size_t kCachedEventsMax = 256;
constexpr size_t kCachedBytesMax = 512 * 1024;
constexpr size_t kLiveBatchesMax = 16;

bool is_event_lane(Lane lane) { return lane == Lane::alarm || lane == Lane::system; }

}  // namespace

Outbox::Outbox(const Setup& setup, Documents& documents)
    : setup_(setup), documents_(documents), devices_(setup.devices.size()) {}

void Outbox::opened(const store::Opened& opened) {
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const store::LaneState& from = opened.lanes[i];
    Position& p = lanes_[i];
    p.emitted = p.durable = p.released = from.next_seq - 1;
    p.reserved = from.reserved;
    p.broker = p.moved = std::min(from.broker_seq, p.emitted);
    p.stored = p.moved_stored = std::min(from.stored_seq, p.emitted);
    p.live_next = p.back.next = p.broker + 1;
  }
}

void Outbox::add_event(Lane lane, uint64_t seq, MonoTime emitted, std::string body) {
  LL_ASSERT(is_event_lane(lane));
  Position& p = at(lane);
  if (seq <= p.durable) return;  // replayed, and the store has it
  LL_ASSERT(seq > p.emitted);
  if (seq > p.emitted + 1) p.acked.add(p.emitted + 1, seq - 1);  // a hole with its gap record
  p.emitted = seq;
  p.waiting.push_back({seq, emitted});
  p.cache_bytes += body.size();
  p.cache.push_back({seq, std::move(body), -1});
  trim_cache(p);
}

void Outbox::drop(Lane lane, const std::vector<store::RecordGap>& given_up) {
  Position& p = at(lane);
  const auto is_dropped = [&](uint64_t seq) {
    if (seq <= p.durable) return false;
    const auto gap = std::lower_bound(
        given_up.begin(), given_up.end(), seq,
        [](const store::RecordGap& g, uint64_t wanted) { return g.last.value_or(0) < wanted; });
    return gap != given_up.end() && seq >= gap->first.value_or(1);
  };
  std::erase_if(p.waiting, [&](const Waiting& w) { return is_dropped(w.seq); });
  std::erase_if(p.cache, [&](const Row& row) {
    if (!is_dropped(row.seq)) return false;
    p.cache_bytes -= row.body.size();
    return true;
  });
}

void Outbox::add_batch(Lane lane, uint64_t seq, int device, std::string body) {
  Position& p = at(lane);
  p.emitted = seq;
  if (!live_.connected() || body.empty()) return;
  p.cache.push_back({seq, std::move(body), device});
  // A broker that takes nothing must not make us hold more: the oldest becomes history.
  while (p.cache.size() > kLiveBatchesMax) {
    if (p.cache.front().seq < p.back.next) restart(p.back, p.cache.front().seq);
    p.cache.pop_front();
  }
}

void Outbox::add_result(Lane lane, uint64_t seq, std::string json) {
  if (results_.size() >= kResultsMax) results_.pop_front();
  results_.push_back({lane, seq, std::move(json), 0});
}

void Outbox::alarms_changed(MonoTime now) {
  if (!alarms_.dirty) alarms_dirty_since_ = now;
  alarms_.dirty = true;
}

void Outbox::on_durable(Lane lane, uint64_t seq, uint64_t reserved) {
  Position& p = at(lane);
  p.reserved = std::max(p.reserved, reserved);
  p.durable = std::max(p.durable, std::min(seq, p.emitted));
  p.released = std::max(p.released, p.durable);
  while (!p.waiting.empty() && p.waiting.front().seq <= p.durable) p.waiting.pop_front();
  if (is_event_lane(lane)) trim_cache(p);
}

void Outbox::trim_cache(Position& p) {
  while (!p.cache.empty() && p.cache.front().seq <= p.durable &&
         (p.cache.front().seq < p.live_next || p.cache.size() > kCachedEventsMax ||
          p.cache_bytes > kCachedBytesMax)) {
    p.cache_bytes -= p.cache.front().body.size();
    p.cache.pop_front();
  }
}

void Outbox::on_link(const LinkChange& link) {
  uplink_speaks_ = true;
  Flight& f = flight(link.conn);
  if (link.state != LinkState::connected) {
    if (f.connected() && link.generation < f.generation()) return;  // of a connection long gone
    f.end();
  } else {
    f.begin(link.generation);
  }
  if (link.conn == Conn::live) {
    status_ = alarms_ = Slot{};
    std::fill(devices_.begin(), devices_.end(), Slot{});
    for (Result& result : results_) result.token = 0;
    for (const Lane lane : {Lane::alarm, Lane::system}) {
      Position& p = at(lane);
      p.live_since = p.emitted;
      p.live_next = std::max(p.broker + 1, p.back.wanted() ? p.back.end + 1 : 0);
      p.live = Stream{};
    }
    for (const Lane lane : {Lane::vitals, Lane::wave}) at(lane).cache.clear();
    restart(at(Lane::vitals).back, at(Lane::vitals).broker + 1);
    return;
  }
  for (Position& p : lanes_) {
    const bool unfinished = p.back.end > p.broker && p.back.next > p.broker;
    restart(p.back, unfinished ? p.broker + 1 : p.back.next);
  }
  restart(at(Lane::vitals).back, at(Lane::vitals).broker + 1);
}

// Reads ahead are forgotten: a stream's rows are only good for the seq it stands at.
void Outbox::restart(Stream& stream, uint64_t next) {
  stream.next = next;
  stream.ticket = 0;
  stream.rows.clear();
  stream.lost_first = stream.lost_last = 0;  // will be found again
}

void Outbox::uplink_gone() {
  on_link({Conn::live, LinkState::lost, live_.generation(), {}});
  on_link({Conn::backlog, LinkState::lost, back_.generation(), {}});
  uplink_speaks_ = urgent_told_ = false;  // the next one knows nothing
}

void Outbox::on_published(Conn conn, uint32_t generation, Key key) {
  Flight& f = flight(conn);
  if (!f.connected() || generation != f.generation() || !f.remove(key)) return;
  if (key.has_seq) {
    acknowledge(key.lane, key.number);
    return;
  }
  const auto settle = [&](Slot& slot) {
    if (slot.token == key.number) slot.token = 0;
  };
  settle(status_);
  settle(alarms_);
  for (Slot& slot : devices_) settle(slot);
  std::erase_if(results_, [&](const Result& r) { return r.token == key.number; });
}

void Outbox::acknowledge(Lane lane, uint64_t seq) {
  Position& p = at(lane);
  if (seq <= p.broker) return;
  p.acked.add(seq, seq);
  p.broker = p.acked.absorb(p.broker);
}

// Back, never on: who asks for the newest alone gets what the broker has not had before it, too.
void Outbox::rewind(Lane lane, uint64_t first) {
  Position& p = at(lane);
  first = std::min(first, p.broker + 1);
  p.broker = first - 1;
  p.settled = p.settling = p.broker;
  p.acked.clear();
  p.back = Stream{};
  p.back.next = first;
  if (is_event_lane(lane)) {
    p.back.end = live_.connected() && p.live_next > first ? p.live_next - 1 : 0;
    p.live_next = std::max(p.live_next, first);
  }
}

bool Outbox::resend_from(Lane lane, uint64_t seq) {
  if (lane == Lane::debug || seq == 0) return false;
  Position& p = at(lane);
  if (seq > p.emitted) return true;
  if (lane == Lane::wave) {
    p.back = Stream{};
    p.back.next = seq;
    p.back.end = p.durable;
    return true;
  }
  // The cursor goes back with it, so that the replay is finished even across our own death.
  rewind(lane, seq);
  return true;
}

void Outbox::on_stored(MonoTime now, Lane lane, uint64_t seq) {
  Position& p = at(lane);
  if (seq > p.emitted) return;
  const bool stepped_back = seq < p.stored;
  p.stored = seq;
  if (lane != Lane::wave && (stepped_back || seq < p.settled)) {
    rewind(lane, seq + 1);
  } else if (now - p.settling_since >= kSettle) {
    p.settled = std::exchange(p.settling, p.broker);
    p.settling_since = now;
  }
}

// A read that found nothing: the seqs it asked for are a hole that a gap record explains, and so is
// the rest of that record. What lies behind it was not read.
uint64_t Outbox::end_of_hole(const Stream& stream, const store::RangeRead& range) {
  uint64_t end = range.from + stream.count - 1;
  for (const store::RecordGap& gap : range.gaps) {
    if (gap.first && gap.last && *gap.first <= end + 1) end = std::max(end, *gap.last);
  }
  return std::min(end, range.newest);
}

void Outbox::fill(Stream& stream, const store::RangeRead& range,
                  const std::function<std::string(const store::RangeRow&)>& batch_body) {
  stream.ticket = 0;
  for (const store::RangeRow& row : range.rows) {
    stream.rows.push_back({row.seq, row.samples.empty() ? row.body : batch_body(row), -1});
  }
  if (range.rows.empty()) stream.next = std::max(stream.next, end_of_hole(stream, range) + 1);
}

void Outbox::on_range(const store::RangeRead& range,
                      const std::function<std::string(const store::RangeRow&)>& batch_body) {
  Position& p = at(range.lane);
  if (range.ticket == 0) return;
  if (range.failed) {  // says nothing of what the record holds
    for (Stream* stream : {&p.live, &p.back}) {
      if (stream->ticket != range.ticket) continue;
      stream->ticket = 0;
      stream->failed = true;
    }
    return;
  }
  if (range.ticket == p.live.ticket || range.ticket == p.back.ticket) learn_gaps(range);
  if (range.ticket == p.live.ticket) {
    fill(p.live, range, batch_body);
    if (range.rows.empty()) {
      const uint64_t end = end_of_hole(p.live, range);
      p.acked.add(p.live_next, end);
      p.broker = p.acked.absorb(p.broker);
      p.live_next = std::max(p.live_next, end + 1);
    }
  } else if (range.ticket == p.back.ticket) {
    const uint64_t from = p.back.next;
    fill(p.back, range, batch_body);
    if (range.rows.empty() && range.lane != Lane::wave) {
      p.acked.add(from, end_of_hole(p.back, range));
      p.broker = p.acked.absorb(p.broker);
    }
  }
}

bool Outbox::release(MonoTime now) {
  bool expired = false;
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    Position& p = at(lane);
    while (p.may_go_unsaved() && now - p.waiting.front().emitted >= kDurableBudget) {
      p.released = std::max(p.released, p.waiting.front().seq);
      p.waiting.pop_front();
      expired = true;
    }
  }
  return expired;
}

// Not an event: that would wait as well. Sound at home and the retained `alarms`, which has no seq,
// go on.
void Outbox::tell_held(MonoTime now, Effects& effects) {
  bool held = false;
  for (const Lane lane : {Lane::alarm, Lane::system}) {
    const Position& p = at(lane);
    const bool overdue = !p.waiting.empty() && now - p.waiting.front().emitted >= kDurableBudget;
    held = held || (overdue && !p.may_go_unsaved());
  }
  if (std::exchange(held_told_, held) || !held) return;
  effects.log.push_back(
      {LogLevel::error,
       "the disk has taken no event for so long that no number is left to publish new ones under: "
       "they sound at home, stand in the topic alarms, and are published when it is back"});
}

void Outbox::write_cursors(Effects& effects) {
  for (const Lane lane : {Lane::alarm, Lane::system, Lane::vitals, Lane::wave}) {
    Position& p = at(lane);
    if (p.moved == p.broker && p.moved_stored == p.stored) continue;
    p.moved = p.broker;
    p.moved_stored = p.stored;
    effects.jobs.emplace_back(store::MoveCursor{lane, p.broker, p.stored});
  }
}

}  // namespace lamplight::core
