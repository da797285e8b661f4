// V7.0 sends only what it was asked for, and stops unless it is spoken to: start of live data,
// again until something comes, and a keep-alive every 5 s. Nothing else: no stored data, no
// deletion.
#pragma once

#include "drivers/sdk/asker.h"

namespace lamplight::cms50 {

class Asker : public sdk::Asker {
 public:
  static constexpr Duration kKeepAliveEvery = seconds(5);
  static constexpr Duration kAnswersWithin = seconds(1);

  std::span<const std::string> requests() const override;
  void opened(MonoTime now) override;
  void heard(MonoTime now, sdk::Heard what) override;
  sdk::AskTurn turn(MonoTime now) override;

 private:
  MonoTime start_at_ = kNever;
  MonoTime keep_alive_at_ = kNever;
};

}  // namespace lamplight::cms50
