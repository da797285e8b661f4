// What to ask one unit next, and what to make of the answer: alternating counts, three bad polls
// = link_lost, quarantine with growing probes, identity before values. Pure; the bus (bus.h) asks.
//
//   identify ──good──▶ cyclic: block 0, 1 … (count, count + 1 in turn) ──ring when it has news
//      ▲  ▲               │ every 60 s identity again │ uptime suspect, serial changed → identify
//      │  └─first good────┤
//      │     probe        ▼ three bad polls, or 10 s without a good one
//      └───────── quarantined: probe after 5 s, doubling to 60 s
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "drivers/modbus/block_decoder.h"
#include "drivers/modbus/notes.h"
#include "drivers/modbus/profile.h"
#include "drivers/modbus/register_map.h"
#include "rules/model/time.h"

namespace lamplight::modbus {

struct Request {
  int unit = 1;
  Table table = Table::input;
  uint16_t first = 0;
  uint16_t count = 0;
  bool is_probe = false;  // of a quarantined unit: short timeout, no silence after it
};

enum class PollError : uint8_t { timeout, broken, exception, another_unit };
struct Failure {
  PollError kind = PollError::timeout;
  int exception = 0;  // Modbus exception code
};

struct UnitSettings {
  int unit = 1;
  Role role = Role::pump;
  std::string serial = {};  // enrolled; empty: any
  Duration period = seconds(1);
};

class UnitPoller {
 public:
  // `map` is bound to the role and must outlive the poller; so must the sink.
  UnitPoller(const RegisterMap& map, UnitSettings settings, sdk::Sink& sink, MonoTime now);

  // When the next request is due, and what it is.
  MonoTime due() const { return due_; }
  Request request() const;

  // The answer to request(): exactly one of the two.
  void reply(MonoTime now, Registers values);
  void failed(MonoTime now, Failure failure);
  // The bus was closed and opened again: identity is read before values.
  void reopened(MonoTime now);
  // The port itself was lost: what was not heard before then says nothing of the device, so that
  // the next reopening ends the quarantine.
  void port_lost() { port_was_lost_ = true; }
  // The loop was told that the link is down, because the port is lost.
  void told_lost();

  // Facts for the driver's loop: changes of the link are taken once.
  struct LinkChange {
    bool is_up = false;
    std::string why;
  };
  std::optional<LinkChange> take_link_change();
  bool is_quarantined() const { return quarantined_; }
  // The device is not the one configured: nothing of it is used.
  bool is_refused() const { return refused_; }

 private:
  enum class Step : uint8_t { identify, block, ring, canary };
  Step first_step() const;
  size_t first_block() const;
  bool is_all_stopped() const;
  void identified(MonoTime now, Registers values);
  void another_device(const std::string& serial);
  void block_read(MonoTime now, Registers values);
  void block_answers(size_t block);
  void stop_block(int exception);
  void refuse(std::string_view name, const std::string& why);
  void device_failure();
  void busy(MonoTime now);
  void bad_poll(MonoTime now, const std::string& why);
  void good_poll(MonoTime now);
  void heard(MonoTime now);
  void next_step(MonoTime now);
  void next_cycle(MonoTime now);

  const RegisterMap& map_;
  UnitSettings settings_;
  sdk::Sink& sink_;
  BlockDecoder decoder_;
  LiveCheck live_;
  Notes notes_;
  Step step_ = Step::identify;
  size_t block_ = 0;
  std::vector<bool> padded_;  // per block: the next poll asks one more
  // Per block, and the ring behind them. Stopped: exception 1–3 said that the map is wrong, and it
  // is asked no more until the link has been lost; where nothing is left to ask, only by probes.
  std::vector<bool> stopped_;
  std::vector<bool> told_refused_;  // not answered since
  MonoTime due_;
  MonoTime cycle_;  // when this cycle was due
  MonoTime last_good_;
  MonoTime identify_at_;
  int bad_in_a_row_ = 0;
  bool quarantined_ = false;
  bool port_was_lost_ = false;  // and has not been opened again
  Duration probe_after_ = seconds(5);
  bool link_up_ = false;
  bool link_known_ = false;
  bool refused_ = false;
  std::string serial_;  // of the device now answering
  std::optional<LinkChange> change_;
};

}  // namespace lamplight::modbus
