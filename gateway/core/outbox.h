// What goes to the broker, when and in which order (mqtt design). Two connections: `live` carries
// retained documents, then the alarm lane, the system lane, answers, and live vitals; `backlog`
// carries history, so that it never delays an alarm. Holds positions, not payloads: beyond a
// bounded cache everything is read back from the store. At most kWindow messages per connection
// wait for the broker. Nothing here is journaled or decides an alarm.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/core/core.h"
#include "gateway/core/effects.h"
#include "gateway/core/flight.h"
#include "gateway/core/interval_set.h"
#include "rules/model/lane.h"

namespace lamplight::core {

// Documents on retained topics, written when they are sent.
class Documents {
 public:
  virtual ~Documents() = default;
  virtual std::string status(MonoTime now) = 0;
  virtual std::string alarms(MonoTime now, bool durable) = 0;
  virtual std::string device(size_t index, MonoTime now) = 0;
};

class Outbox {
 public:
  // Both must outlive the outbox.
  Outbox(const Setup& setup, Documents& documents);

  void opened(const store::Opened& opened);

  // Events of lanes alarm and system, dense, in order. `emitted` starts the 500 ms budget.
  void add_event(Lane lane, uint64_t seq, MonoTime emitted, std::string body);
  // Events that the recorder gave up: forgotten here too, or a dead disk would fill the memory. The
  // gap record that tells of them explains the hole when it can be read.
  void drop(Lane lane, const std::vector<store::RecordGap>& given_up);
  // A closed batch. `device`: of a wave batch that is being watched; -1: not to be sent live.
  void add_batch(Lane lane, uint64_t seq, int device, std::string body);
  // An answer to a command: sent when (lane, seq) is released; seq 0: at once.
  void add_result(Lane lane, uint64_t seq, std::string json);
  void status_changed() { status_.dirty = true; }
  void alarms_changed(MonoTime now);
  void device_changed(size_t index) { devices_[index].dirty = true; }

  // `reserved`: the store promises that no seq up to it is ever given to another content.
  void on_durable(Lane lane, uint64_t seq, uint64_t reserved);
  void on_link(const LinkChange& link);
  void uplink_gone();
  void on_published(Conn conn, uint32_t generation, Key key);
  // The care team's store has everything up to `seq`; a step back, or one that stays behind what
  // the broker acknowledged a while ago, replays.
  void on_stored(MonoTime now, Lane lane, uint64_t seq);
  // True if there is such a seq to begin from.
  bool resend_from(Lane lane, uint64_t seq);
  void on_range(const store::RangeRead& range,
                const std::function<std::string(const store::RangeRow&)>& batch_body);

  // Writes the cursors as they are, for a clean stop.
  void write_cursors(Effects& effects);

  // Sends what may be sent. True if an event's 500 ms ran out with this call.
  [[nodiscard]] bool pump(MonoTime now, Effects& effects);
  MonoTime deadline() const;

  // For read-outs and tests.
  uint64_t broker_seq(Lane lane) const { return at(lane).broker; }
  uint64_t stored_seq(Lane lane) const { return at(lane).stored; }
  uint64_t durable_seq(Lane lane) const { return at(lane).durable; }
  uint64_t newest(Lane lane) const { return at(lane).emitted; }
  size_t cached_bytes(Lane lane) const { return at(lane).cache_bytes; }
  size_t in_flight(Conn conn) const { return conn == Conn::live ? live_.size() : back_.size(); }
  bool connected(Conn conn) const {
    return conn == Conn::live ? live_.connected() : back_.connected();
  }

 private:
  struct Row {
    uint64_t seq = 0;
    std::string body;
    int device = -1;
  };
  // A reader of one lane's history on one connection.
  struct Stream {
    uint64_t next = 1;
    uint64_t end = 0;
    uint64_t ticket = 0;  // of the read under way; 0: none
    uint32_t count = 0;   // seqs that it asked for
    MonoTime asked;
    bool failed = false;  // and could not be done: not asked again for kReadAgain
    std::deque<Row> rows;
    uint64_t lost_first = 0;  // rows in a row that cannot be read, not given up yet; 0: none
    uint64_t lost_last = 0;
    bool wanted() const { return next <= end; }
    bool may_ask() const { return ticket == 0 && !failed; }
  };
  struct Waiting {
    uint64_t seq;
    MonoTime emitted;
  };
  struct Position {
    uint64_t emitted = 0;
    uint64_t durable = 0;
    uint64_t released = 0;  // may be published: durable, or its budget ran out
    uint64_t reserved = 0;
    uint64_t broker = 0;  // contiguous
    uint64_t stored = 0;
    uint64_t settled = 0;   // broker's position a while ago: what `stored` may be held against
    uint64_t settling = 0;  // and the one that becomes it
    MonoTime settling_since;
    uint64_t moved = 0;  // last written cursor, both halves
    uint64_t moved_stored = 0;
    IntervalSet acked;            // above broker
    IntervalSet told;             // unreadable, and a gap record says so
    std::deque<Waiting> waiting;  // events that are not durable
    std::deque<Row> cache;        // events emitted lately; batches waiting for the live connection
    size_t cache_bytes = 0;
    uint64_t live_next = 1;   // events: next on the live connection
    uint64_t live_since = 0;  // newest when the live connection came: up to here is history
    Stream live;              // reads for the live connection
    Stream back;              // replay and backlog
    // The oldest event that is not durable may go out when its budget is over. Beyond the
    // reservation a power cut would give its seq to another event. 0: a store that has never
    // committed anything; its id dies with it.
    bool may_go_unsaved() const {
      return !waiting.empty() && (reserved == 0 || waiting.front().seq <= reserved);
    }
  };
  struct Slot {
    bool dirty = true;
    uint64_t token = 0;  // in flight; 0: none
  };
  struct Result {
    Lane lane;
    uint64_t seq;
    std::string json;
    uint64_t token = 0;
  };

  Position& at(Lane lane) { return lanes_[static_cast<size_t>(lane)]; }
  const Position& at(Lane lane) const { return lanes_[static_cast<size_t>(lane)]; }
  Flight& flight(Conn conn) { return conn == Conn::live ? live_ : back_; }

  bool release(MonoTime now);
  void tell_held(MonoTime now, Effects& effects);
  void tell_urgent(Effects& effects);
  void send_documents(MonoTime now, Effects& effects);
  void send_slot(Slot& slot, const std::string& topic, const std::string& payload,
                 Effects& effects);
  void send_events(Lane lane, MonoTime now, Effects& effects);
  bool send_next_event(Lane lane, MonoTime now, Effects& effects);
  std::optional<Row> next_row(Lane lane, MonoTime now, Effects& effects);
  void skip_to(Position& p, uint64_t first);
  void send_results(Effects& effects);
  void send_batches(Effects& effects);
  void send_back(Lane lane, MonoTime now, Effects& effects);
  bool skip_back(Lane lane, Stream& stream) const;
  bool is_history_sent() const;
  void ask(Lane lane, Stream& stream, uint32_t count, MonoTime now, Effects& effects);
  void publish(Conn conn, Key key, const Message& message, Effects& effects);
  void acknowledge(Lane lane, uint64_t seq);
  void move_cursors(MonoTime now, Effects& effects);
  static void trim_cache(Position& p);
  static void restart(Stream& stream, uint64_t next);
  static bool waits_for_read(const Position& p);
  void end_pauses(MonoTime now);
  static uint64_t end_of_hole(const Stream& stream, const store::RangeRead& range);
  static void fill(Stream& stream, const store::RangeRead& range,
                   const std::function<std::string(const store::RangeRow&)>& batch_body);
  void learn_gaps(const store::RangeRead& range);
  void tell_lost(Lane lane, uint64_t first, uint64_t last);
  void give_up(Lane lane, uint64_t first, uint64_t last);
  void lose(Lane lane, Stream& stream, uint64_t seq);
  void end_loss(Lane lane, Stream& stream);
  bool owned_live(Lane lane, uint64_t seq) const;
  void rewind(Lane lane, uint64_t first);

  const Setup& setup_;
  Documents& documents_;
  std::array<Position, kLaneCount> lanes_;
  Flight live_;
  Flight back_;
  Slot status_;
  Slot alarms_;
  std::vector<Slot> devices_;
  MonoTime alarms_dirty_since_;
  MonoTime alarms_sent_;
  std::deque<Result> results_;
  std::vector<store::RecordGap> lost_;  // found and not journaled yet
  bool uplink_speaks_ = false;          // this uplink process has told of a link
  bool urgent_told_ = false;
  bool held_told_ = false;
  uint64_t next_token_ = 1;
  uint64_t next_ticket_ = 1;
  MonoTime cursors_moved_;
};

}  // namespace lamplight::core
