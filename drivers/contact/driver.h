// Polls one contact at the modem lines of its adapter; the adapter may go and come back.
#pragma once

#include <functional>
#include <memory>

#include "drivers/contact/watch.h"
#include "drivers/sdk/backoff.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"
#include "drivers/sdk/modem_lines.h"

namespace lamplight::contact {

struct Setup {
  Wiring wiring;
  uint8_t input = sdk::kLineCts;
  uint8_t drive = sdk::kLineRts;
};
// The error says what to change in the configuration.
[[nodiscard]] Result<Setup> parse_setup(const sdk::Configure& configure);

class Driver : public sdk::PolledDriver {
 public:
  using Opener = std::function<Result<std::unique_ptr<sdk::ModemLines>>()>;
  Driver(const Setup& setup, Opener open);

  MonoTime work(MonoTime now, sdk::BusSink& sink) override;
  Duration longest_timeout() const override { return seconds(1); }

 private:
  MonoTime lose(MonoTime now, const std::string& why, sdk::BusSink& sink);
  void tell(MonoTime now, sdk::BusSink& sink);

  const Setup setup_;
  Opener open_;
  std::unique_ptr<sdk::ModemLines> lines_;
  sdk::Backoff backoff_{1};
  Watch watch_;
  std::optional<State> told_;
  MonoTime tell_at_{};
};

std::vector<SignalId> signals_sent();

}  // namespace lamplight::contact
