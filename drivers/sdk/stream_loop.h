// The life of a stream driver: one thread, one loop over two descriptors, the core's and the
// port's. Bytes become samples, silence and loss become facts; it ends when the core is gone.
#pragma once

#include "drivers/sdk/core_link.h"
#include "drivers/sdk/device_feed.h"
#include "drivers/sdk/driver.h"
#include "drivers/sdk/port_keeper.h"
#include "drivers/sdk/wire/black_box.h"

namespace lamplight::sdk {

class StreamLoop {
 public:
  static constexpr Duration kHeartbeatEvery = seconds(1);
  static constexpr Duration kCountersEvery = seconds(10);

  // All must outlive the loop. `box`: the black box, or nullptr.
  StreamLoop(CoreLink& core, StreamDriver& driver, DeviceFeed& feed, PortKeeper& keeper,
             wire::BlackBox* box)
      : core_(core), driver_(driver), feed_(feed), keeper_(keeper), box_(box) {}

  // Returns when the core is gone.
  void run();

 private:
  void step(MonoTime now, short revents);
  void on_opened(MonoTime now);
  void on_bytes(Bytes bytes, MonoTime now);
  void on_lost(std::string_view why, MonoTime now);
  void on_silence(MonoTime now);
  void on_timers(MonoTime now);
  void ask(MonoTime now);
  // Writes to the port, and into the black box what left.
  void say(Bytes bytes, MonoTime now);
  void note(wire::BoxKind kind, MonoTime now, std::string_view text);
  MonoTime deadline() const;

  CoreLink& core_;
  StreamDriver& driver_;
  DeviceFeed& feed_;
  PortKeeper& keeper_;
  wire::BlackBox* box_;
  MonoTime heartbeat_at_{};
  MonoTime counters_at_{};
  MonoTime silent_at_ = kNever;  // when silence will have lasted too long
  MonoTime ask_at_ = kNever;     // when the asker wants its turn; never while the port is closed
};

}  // namespace lamplight::sdk
