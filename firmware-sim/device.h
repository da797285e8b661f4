// One simulated device: what it measures, says and sends. The base keeps what all devices share:
// the words applied to it, and what a fault of its line or firmware does to a frame. It never
// reads a clock; the simulator gives it `now`, its outlet takes the bytes to a port.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/bedside.h"
#include "firmware-sim/patient.h"
#include "firmware-sim/truth.h"
#include "firmware-sim/word.h"

namespace lamplight::sim {

using Bytes = std::vector<uint8_t>;
// Which connection of a port: 0 is everybody who listens.
using Peer = uint64_t;

// What leaves a device at one instant, with what it means: `facts` are JSON members for the
// truth log, true of exactly these bytes.
struct Frame {
  Bytes bytes;
  std::string facts;
  bool is_intact = true;   // false: a fault changed the bytes, no reader may believe them
  bool gives_way = false;  // stray bytes: on a bus of several, never within another's frame
  Peer peer = 0;
};

// How a frame goes out: `spacing` between bytes, or one `pause` in its middle.
struct Delivery {
  Duration delay;
  Duration spacing;
  Duration pause;
};

class Device;
struct ModbusRequest;
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void send(MonoTime now, const Device& from, Frame frame, const Delivery& how) = 0;
};

using DeviceOptions = std::map<std::string, std::string, std::less<>>;

struct DeviceSetup {
  Role role = Role::oximeter;
  std::string kind;
  int unit = 1;
  uint64_t seed = 1;
  bool decides_alarms = true;  // false: it says only what words tell it to say
  MonoTime started;
  int64_t clock_at_start = 0;  // its own clock then, seconds since 1970
  DeviceOptions options;
};

// What a device does about what it can carry. Conditions without "alarm.".
struct Abilities {
  std::vector<std::string_view> conditions;
  std::vector<Fault> faults;
  std::vector<std::string_view>
      wordless;  // of conditions: they show, but the protocol cannot say so
  bool has_silenced = false;
};

class Device {
 public:
  // Patient, truth and outlet must outlive it.
  Device(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  Role role() const { return setup_.role; }
  std::string_view name() const { return name_of(setup_.role); }
  const std::string& kind() const { return setup_.kind; }
  int unit() const { return setup_.unit; }
  Fault fault() const { return fault_; }

  virtual const Abilities& abilities() const = 0;
  // When tick() is wanted next.
  MonoTime deadline() const;
  void tick(MonoTime now);

  // Whether apply() would do the word; a scenario is asked before it begins.
  [[nodiscard]] Status can_do(const Word& word) const;
  // Does the word, or says why this device cannot. Recorded by the simulator, not here.
  [[nodiscard]] Status apply(const Word& word, MonoTime now);
  // A patient's value was dictated: an older one for this device alone is over.
  void release(std::string_view signal, MonoTime now);
  // Raw bytes from the host, for devices that take commands.
  virtual void receive(MonoTime, Peer, std::span<const uint8_t>) {}
  // A Modbus request for this unit.
  virtual void request(MonoTime, const ModbusRequest&) {}
  // Somebody opened the port (a PTY's reader, a TCP client).
  virtual void connected(MonoTime) {}

  // What it measures now, and what it says, for those who draw it.
  std::optional<int32_t> shown(SignalId signal, MonoTime now) const { return reading(signal, now); }
  std::vector<std::string_view> conditions_now() const;

  // Damages a frame so that a conforming reader cannot believe it.
  virtual void garble(Bytes& bytes, Random& random) const;
  // The same with one bit, where a checksum can tell.
  virtual void flip(Bytes& bytes, Random& random) const;

 protected:
  virtual MonoTime own_deadline() const = 0;
  virtual void own_tick(MonoTime now) = 0;
  virtual void power_up(MonoTime) {}
  virtual void wrap_counters(MonoTime) {}  // its counters stand just before they begin anew
  virtual void steered(MonoTime) {}        // after any word, so that a snapshot can be renewed
  virtual std::optional<int32_t> measured(SignalId, MonoTime) const = 0;
  virtual Duration frame_period() const = 0;  // for `slow`

  // A stale answer takes the place of the current one.
  virtual void readdress(Frame& old, const Frame& current) const { old.peer = current.peer; }

  // Sends a frame as the present fault would have it.
  void emit(MonoTime now, Frame frame);
  // The dictated value, or what the device measures; nothing: no reading.
  std::optional<int32_t> reading(SignalId signal, MonoTime now) const;
  // The device's own decision about a condition; recorded when it changes.
  void decide(SignalId condition, bool present, MonoTime now);
  bool is_present(SignalId condition) const { return bedside_.is_present(condition); }
  bool is_frozen() const { return fault_ == Fault::frozen; }
  // A word said so, as opposed to the device's own decision: the scenario wants its signs too.
  bool is_said(SignalId condition) const { return bedside_.is_said(condition); }
  bool is_off() const { return fault_ == Fault::restart; }
  int64_t device_clock(MonoTime now) const;    // seconds since 1970, by its own clock
  void append_said(std::string& facts) const;  // conditions and silenced, as JSON members

  DeviceSetup setup_;
  Patient& patient_;
  Truth& truth_;
  Outlet& outlet_;
  Bedside bedside_;
  Random random_;

 private:
  void begin_fault(const FaultWord& word, MonoTime now);
  void end_fault(MonoTime now);
  void say(const ConditionWord& word, MonoTime now);
  void set(const SetWord& word, MonoTime now);
  void babble(MonoTime now);
  Duration until_next_stray();
  void record_not_sent(MonoTime now, const Frame& frame, std::string_view why);

  Fault fault_ = Fault::none;
  MonoTime fault_ends_ = kNever;
  MonoTime babbles_at_ = kNever;
  std::optional<Frame> previous_;
  int64_t frames_ = 0;                                        // while frames are dropped
  mutable std::map<SignalId, std::optional<int32_t>> stuck_;  // what stands still
};

}  // namespace lamplight::sim
