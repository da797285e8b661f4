// What a protocol's author writes besides a decoder: how to drive one port. A stream driver
// only says what its decoder is and how long silence may last; the SDK's loop owns the port.
// A polled driver owns its port itself (libmodbus insists on it) and may block.
#pragma once

#include <string_view>
#include <vector>

#include "drivers/sdk/asker.h"
#include "drivers/sdk/decoder.h"
#include "drivers/sdk/reading.h"
#include "rules/model/time.h"

namespace lamplight::sdk {

class StreamDriver {
 public:
  StreamDriver() = default;
  virtual ~StreamDriver() = default;
  StreamDriver(const StreamDriver&) = delete;
  StreamDriver& operator=(const StreamDriver&) = delete;

  virtual Decoder& decoder() = 0;
  // Without a good frame for longer than this the link is lost.
  virtual Duration silence_max() const = 0;
  // What this device sends: told Missing{link_lost} if nothing has ever been heard.
  virtual std::vector<SignalId> signals() const = 0;
  // Signals sent only on change and once a second, because their frames come faster.
  virtual bool thins_switches() const { return false; }
  // Bytes to write once after the port opens; empty for devices that are never spoken to.
  virtual std::vector<uint8_t> greeting() const { return {}; }
  // For devices that speak only when asked, or fall silent when not spoken to; else nothing.
  virtual Asker* asker() { return nullptr; }
};

// Where a polled driver puts what it learns. `device` is the index in Configure::devices.
class BusSink {
 public:
  BusSink() = default;
  virtual ~BusSink() = default;
  BusSink(const BusSink&) = delete;
  BusSink& operator=(const BusSink&) = delete;
  // `at` is the time just after the reply was read; nothing re-stamps it.
  virtual void sample(size_t device, SignalId signal, Reading reading, MonoTime at) = 0;
  virtual void fact(size_t device, const Fact& fact) = 0;
  // Link changes; telling the same state twice is harmless. Down makes every signal that the
  // device has sent (or `signals` of the protocol, before the first) Missing{link_lost}.
  virtual void link_up(size_t device) = 0;
  virtual void link_down(size_t device, std::string_view why) = 0;
  virtual void counters(size_t device, const Counters& counters) = 0;
  virtual void log(std::string_view level, std::string_view text) = 0;
};

class PolledDriver {
 public:
  PolledDriver() = default;
  virtual ~PolledDriver() = default;
  PolledDriver(const PolledDriver&) = delete;
  PolledDriver& operator=(const PolledDriver&) = delete;

  // Does one piece of work (one request and its reply, or opening the port), which may block for
  // at most longest_timeout(); returns when it wants to be called again. Between the calls the
  // loop sends what was put into `sink`, and the heartbeat. `now` is the time of the call; times
  // of reads come from mono_now() (clock.h).
  virtual MonoTime work(MonoTime now, BusSink& sink) = 0;
  // The core kills a driver that is silent for 2 × this + 1 s (and at least 5 s).
  virtual Duration longest_timeout() const = 0;
};

}  // namespace lamplight::sdk
