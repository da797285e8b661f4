// Stands in for uplink process, broker and care team. The uplink keeps the contract of
// drivers/sdk/wire/messages.md (generations, at most 100 in flight, no progress for 3 s ends a
// connection); the broker can be killed, be slow, deliver twice and lose what it had acknowledged;
// the care team keeps what it received by (lane, seq), asks for the rest, and sends commands.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rules/model/lane.h"
#include "tests/sim/ledger.h"
#include "tests/sim/world.h"

namespace lamplight::world {

// What one journal message said, once per key.
struct Received {
  std::string payload;
  bool durable = true;
  bool historical = false;
};

class CareSide {
 public:
  using ToCore = std::function<void(const std::string& json)>;
  CareSide(World& world, Ledger& ledger) : world_(world), ledger_(ledger) {}

  // The uplink process of a new lamplightd begins, or ends with it.
  void process_begins(ToCore to_core);
  void process_dies();
  // A message of the core for the uplink, as JSON text.
  void from_core(std::string json);

  void broker(bool up);
  void slow(bool on) { slow_ = on; }
  void duplicate(bool on) { duplicate_ = on; }
  void lose_pubacks(bool on) { lose_pubacks_ = on; }
  void odd_stored(bool on) { odd_stored_ = on; }

  // The care team: a command as an object's text, and the periodic work of its store.
  void command(const std::string& json, bool retained = false);
  void ask_for_the_rest();

  // For the judges.
  const std::map<uint64_t, Received>& got(Lane lane) const {
    return got_[static_cast<size_t>(lane)];
  }
  bool explained(Lane lane, uint64_t seq) const;
  // A command that the process of now was given before `until` and has not answered.
  std::optional<std::string> unanswered(MonoTime until) const;
  const std::string& alarms_snapshot() const { return alarms_; }
  std::vector<uint64_t> open_occurrences() const;
  // Called for every publish that leaves the core; the house judges it against the store.
  std::function<void(Lane, uint64_t, const std::string& payload)> on_publish;
  bool planted_drop = false;    // I6: swallows one message in fifty, and acknowledges it
  bool planted_window = false;  // I8: counts nothing in flight

 private:
  struct Message {
    std::string conn, topic, payload, lane;
    uint64_t seq = 0, token = 0;
    bool has_seq = false;
    uint32_t generation = 0;
  };
  struct Connection {
    bool up = false;
    uint32_t generation = 0;
    std::map<uint64_t, Message> in_flight;  // by our own number
    MonoTime progress;
    MonoTime line_free;  // messages of a connection arrive in order
  };

  Connection& connection(const std::string& name) { return name == "live" ? live_ : back_; }
  void connect(Connection& c, const std::string& name);
  void drop(Connection& c, const std::string& name, const std::string& why);
  void arrive(const Message& message);
  void note_journal(const Message& message);
  void watch_progress();
  void say_stored();
  // The last of the lane up to which everything is here or explained.
  uint64_t contiguous(Lane lane) const;

  World& world_;
  Ledger& ledger_;
  ToCore to_core_;
  uint64_t life_ = 0;
  Connection live_, back_;
  uint64_t next_number_ = 1;
  bool broker_up_ = true;
  bool slow_ = false, duplicate_ = false, lose_pubacks_ = false, odd_stored_ = false;

  std::array<std::map<uint64_t, Received>, kLaneCount> got_;
  std::array<uint64_t, kLaneCount> high_{};
  std::set<std::pair<Lane, uint64_t>> erased_;  // lost by a killed broker: may come again late
  struct Span {
    Lane lane;
    uint64_t first, last;
  };
  std::vector<Span> gaps_;
  std::set<std::string> answers_;
  std::map<std::string, MonoTime> asked_;  // of this process
  std::string alarms_;
  std::deque<std::pair<Lane, uint64_t>> unsaved_;  // what a killed broker takes with it
  std::string store_id_ = "5f2c";
};

}  // namespace lamplight::world
