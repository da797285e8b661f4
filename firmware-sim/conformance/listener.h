// The core's end of a driver's fd 3: configures it, welcomes it, hears all it says, and holds it to
// the contract of the wire while everything else is being tested. What breaks the contract is
// counted by kind, with the first case in words.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drivers/sdk/wire/channel.h"
#include "drivers/sdk/wire/codec.h"
#include "firmware-sim/conformance/messages.h"
#include "firmware-sim/conformance/settings.h"
#include "rules/model/limits.h"
#include "rules/model/sample.h"

namespace lamplight::conformance {

struct Heard {
  Sample sample;  // its signal is the catalogue's id, not the wire's
  MonoTime received;
};

// What a driver may get wrong on the wire; one line of the report each.
enum class Breach : uint8_t {
  wire_format,
  hello,
  other_device,
  unknown_signal,
  unlisted_signal,
  future_time,
  time_went_back,
  outside_domain,
  core_only_reason,
  number_hole,
  unknown_message,
  heartbeat_missed,
};
inline constexpr size_t kBreachCount = 12;

class Listener {
 public:
  // The number of the device on the wire; not 0 or 1, which a driver might guess.
  static constexpr DeviceNumber kDevice = 7;

  Listener(const Settings& settings, const Description& description)
      : settings_(settings), description_(description), buffer_(limits::kDatagramMax) {}

  // A new driver process at the other end of `core`; `at` is the port it is told.
  void begin(wire::Channel core, const std::string& at, MonoTime now);
  int fd() const { return core_.fd(); }
  // The core goes away: the driver should end.
  void leave() { core_.close(); }
  void advance(MonoTime now);
  MonoTime deadline() const { return core_.is_open() ? heartbeat_at_ : kNever; }

  bool is_welcome() const { return is_welcome_; }
  const std::string& name() const { return name_; }
  std::optional<bool> is_up() const { return is_up_; }
  const std::string& down_why() const { return down_why_; }
  const std::string& last_log() const { return last_log_; }
  const std::map<std::string, std::string>& identity() const { return identity_; }
  // The newest of a signal; nothing before the first.
  const Heard* latest(SignalId signal) const;
  // Whether the newest of any signal is not missing.
  bool has_reading() const;
  // Everything since clear(), in order.
  const std::vector<Heard>& heard() const { return heard_; }
  void clear() { heard_.clear(); }
  uint64_t samples() const { return samples_; }

  struct Case {
    uint64_t count = 0;
    std::string first;
  };
  const Case& breach(Breach which) const { return breaches_[static_cast<size_t>(which)]; }

 private:
  static constexpr size_t kHeardMax = 2'000'000;
  void hear_json(MonoTime now, std::string_view json);
  void hear_samples(MonoTime now, const wire::SamplesView& view);
  void hear_fact(const DriverMessage& message);
  void judge(MonoTime now, const Sample& sample);
  void broke(Breach which, std::string how);
  void say(std::string_view json);
  std::string configure_json(const std::string& at) const;
  static std::string welcome_json(const Settings& settings);

  const Settings& settings_;
  const Description& description_;
  wire::Channel core_;
  std::vector<uint8_t> buffer_;
  MonoTime heartbeat_at_{};
  MonoTime heard_at_{};
  bool is_welcome_ = false;
  std::string name_;
  std::optional<bool> is_up_;
  std::string down_why_;
  std::string last_log_;
  std::map<std::string, std::string> identity_;
  uint32_t next_number_ = 0;
  std::map<SignalId, Heard> latest_;
  std::vector<Heard> heard_;
  uint64_t samples_ = 0;
  Case breaches_[kBreachCount];
};

}  // namespace lamplight::conformance
