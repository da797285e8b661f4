// What the Lamplight register profiles (LFP-1, LVP-1, version 1) promise beyond a plain map, and
// the checks that unmask a stale, torn, cached or frozen reply: tags, heartbeat at both ends,
// uptime against our own clock, counters that may not fall, and the ring of alarm events. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drivers/modbus/block_decoder.h"
#include "drivers/modbus/notes.h"
#include "drivers/modbus/registers.h"
#include "drivers/modbus/uptime_check.h"
#include "drivers/sdk/decoder.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::modbus {

// Register addresses of the profiles, sections 3 and 4.
inline constexpr uint16_t kIdentityFirst = 0, kIdentityCount = 40;
inline constexpr uint16_t kLiveFirst = 100;
inline constexpr uint16_t kRingFirst = 200, kRingCount = 66;

struct Identity {
  uint16_t live_length = 0;
  uint16_t capabilities = 0;
  uint16_t watchdog_s = 0;
  std::string maker, model, serial, firmware;
};

// The signals of `role` whose capability bit is clear: what is sent under them is not believed.
std::vector<std::string_view> not_fitted(Role role, uint16_t capabilities);

// The identity block of a device that `role` may be; an error says why the device is refused.
[[nodiscard]] Result<Identity> parse_identity(Registers block, Role role);

// Judges every live reply of one unit, in order.
class LiveCheck {
 public:
  explicit LiveCheck(Role role) : role_(role) {}

  enum class Outcome : uint8_t {
    good,     // decode it with `verdict`
    frozen,   // the same snapshot as before: say nothing new
    torn,     // not this block, or changed under the read: a bad poll
    suspect,  // uptime does not fit our clock, for the first time: stale or cached; flush and
              // identify again. As long as it goes on every value is missing: good
  };
  // `live` is the block without its pad. Notes of what is odd go to `sink`.
  Outcome check(Registers live, MonoTime at, Verdict& verdict, sdk::Sink& sink);

  // Tag right, heartbeat equal at both ends.
  static bool is_one_snapshot(Registers live, Role role);

  // Whether the ring holds news. Cleared by ring().
  bool wants_ring() const { return wants_ring_; }
  // The ring's reply: conditions that came and went between two polls are said as present once
  // (the next live reply ends them), lost event numbers as a note. While the flags say that the
  // data are not real they are counted only. False: not a ring.
  bool ring(Registers block, MonoTime at, sdk::Sink& sink);

  // After a silence: nothing is concluded from what changed during it. What the device itself keeps
  // goes on: heartbeat, uptime and counter, so that a frozen or cached device does not look alive
  // each time it is heard again and a restart is noticed; and the number of the newest event heard
  // of, so that alarms of the silence are still news.
  void begin();
  // Another device answers: nothing of the one before counts.
  void begin_another();

  bool is_shutting_down() const { return is_shutting_down_; }

 private:
  bool check_uptime(uint32_t uptime, MonoTime at, sdk::Sink& sink);
  Outcome suspect(Verdict& verdict, sdk::Sink& sink);
  Outcome stale(Verdict& verdict, sdk::Sink& sink) const;
  void check_flags(uint16_t flags, Verdict& verdict, sdk::Sink& sink);
  void check_counters(Registers live, Verdict& verdict, sdk::Sink& sink);
  void check_alarms(Registers live, Verdict& verdict, sdk::Sink& sink);
  bool free_flow_holds(bool flows, uint16_t state, MonoTime at);
  void check_delivery(Registers live, MonoTime at, Verdict& verdict, sdk::Sink& sink);
  void check_breathing(Registers live, MonoTime at, Verdict& verdict, sdk::Sink& sink);
  std::string lost_events(Registers ring) const;

  static constexpr uint16_t kNoState = 0xFFFF;
  Role role_;
  bool has_last_ = false;      // a snapshot of this device has been believed
  bool has_previous_ = false;  // and no silence has been since
  uint16_t heartbeat_ = 0;
  MonoTime heartbeat_at_;
  UptimeCheck uptime_;
  bool is_suspected_ = false;  // since the last snapshot that was believed
  bool restarted_ = false;
  bool is_real_ = true;   // no flag says that the values are of a demo, a self-test or a service
  uint32_t counter_ = 0;  // total of a pump, breaths of a ventilator
  MonoTime counter_rose_at_;
  std::optional<MonoTime> free_flow_at_;  // last seen; outlives a silence of the device
  MonoTime state_since_;
  uint16_t state_ = kNoState;
  uint32_t alarm_present_ = 0;
  std::optional<uint32_t> alarm_seq_;  // newest event heard of
  uint32_t alarm_seq_now_ = 0;
  bool wants_ring_ = false;
  bool is_shutting_down_ = false;
  Notes notes_;
};

}  // namespace lamplight::modbus
