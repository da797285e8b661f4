// The life of a polled driver: its work, which may block, and between the pieces of it whatever
// the core has to say or hear. The driver owns its port; the loop owns the connection.
#pragma once

#include <memory>
#include <vector>

#include "drivers/sdk/core_link.h"
#include "drivers/sdk/device_feed.h"
#include "drivers/sdk/driver.h"

namespace lamplight::sdk {

class PolledLoop : public BusSink {
 public:
  // `feeds` in the order of Configure::devices. All must outlive the loop.
  PolledLoop(CoreLink& core, PolledDriver& driver, std::vector<std::unique_ptr<DeviceFeed>>& feeds);

  // Returns when the core is gone.
  void run();

  void sample(size_t device, SignalId signal, Reading reading, MonoTime at) override;
  void fact(size_t device, const Fact& fact) override;
  void link_up(size_t device) override;
  void link_down(size_t device, std::string_view why) override;
  void counters(size_t device, const Counters& counters) override;
  void log(std::string_view level, std::string_view text) override;

 private:
  CoreLink& core_;
  PolledDriver& driver_;
  std::vector<std::unique_ptr<DeviceFeed>>& feeds_;
  std::vector<Counters> counters_;
};

}  // namespace lamplight::sdk
