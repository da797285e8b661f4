// The one thing ever said to a Nellcor oximeter: XON. It honours XOFF, so one disturbed byte on the
// line could stop it for ever; after four seconds of silence it is told to go on.
#pragma once

#include "drivers/sdk/asker.h"

namespace lamplight::nellcor {

class Asker : public sdk::Asker {
 public:
  static constexpr Duration kStalledAfter = seconds(4);

  std::span<const std::string> requests() const override;
  void opened(MonoTime now) override { go_on_at_ = now + kStalledAfter; }
  void heard(MonoTime now, sdk::Heard) override { go_on_at_ = now + kStalledAfter; }
  sdk::AskTurn turn(MonoTime now) override;

 private:
  MonoTime go_on_at_ = kNever;
};

}  // namespace lamplight::nellcor
