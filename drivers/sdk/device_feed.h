// What one device tells the core: its samples, densely numbered and many to a datagram, its facts
// when they are news, its link when it changes, and a gap for what the core did not read. One
// per configured device; used by the loops, not by decoders.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sdk/core_link.h"
#include "drivers/sdk/decoder.h"
#include "drivers/sdk/fact_filter.h"

namespace lamplight::sdk {

class DeviceFeed : public Sink {
 public:
  struct Setup {
    DeviceNumber number = 0;
    std::string serial = {};             // enrolled; empty: any device will do. Else nothing is
                                         // used before the device has told this number
    std::vector<SignalId> signals = {};  // told missing before anything has been heard
    bool thins_switches = false;         // booleans on change and once a second only
  };
  // `core` and `numbers` must outlive the feed.
  DeviceFeed(CoreLink& core, const Numbers& numbers, Setup setup);

  // Sink: what follows was read at `at`.
  void frame(MonoTime at) override;
  void sample(SignalId signal, Reading reading) override;
  void fact(const Fact& fact) override;

  // A good frame was heard: the link is up, unless it is not known whose frame it was. Telling it
  // twice is harmless.
  void link_up(MonoTime at);
  // Every signal becomes Missing{link_lost} once, stamped `at`; a change of `why` is told again.
  // Who comes back may be another device: it has to say again who it is.
  // True if the link was not down before.
  bool link_down(std::string_view why, MonoTime at);
  void counters(const Counters& counters);
  // Sends the batch. Call at the end of each read and each turn.
  void flush();
  // Another device than the enrolled one is at the port: nothing of it is used.
  bool is_refused() const { return owner_ == Owner::another; }

 private:
  // Whose readings these are. Only those of `ours` are used: one that does not say who it is could
  // be the wrong child's.
  enum class Owner : uint8_t { ours, untold, another };
  struct Said {
    std::optional<Reading> reading;
    MonoTime at{};
  };
  bool is_worth_sending(SignalId signal, const Reading& reading);
  void append(SignalId signal, const Reading& reading);
  void lose_batch();
  void report_gap();
  void say_fact(const Fact& fact);
  void check_serial(std::string_view serial);
  void say_link(std::string_view name, std::string_view why);

  CoreLink& core_;
  const Numbers& numbers_;
  const Setup setup_;
  std::vector<uint8_t> buffer_;
  wire::SamplesWriter batch_;
  FactFilter facts_;
  std::vector<Said> said_;  // by our catalogue id
  MonoTime at_{};
  uint32_t next_number_ = 0;
  uint32_t batch_first_ = 0;
  std::optional<uint32_t> gap_first_;
  uint32_t gap_last_ = 0;
  std::optional<bool> is_up_;
  std::string down_why_;
  Owner owner_;
};

}  // namespace lamplight::sdk
