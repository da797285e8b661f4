// Asks for one report at a time: the next one on the reply to the last, not under a second. No
// reply begun within 2 s, or a reply that stops for 10 s, is a lost link; then the ventilator's
// buffer is cleared and it is asked again, for the other report if either will do.
#pragma once

#include "drivers/sdk/asker.h"

namespace lamplight::pb840 {

enum class Choice : uint8_t { either, misca, miscf };

class Asker : public sdk::Asker {
 public:
  static constexpr Duration kPeriodMin = seconds(1);
  static constexpr Duration kBeginsWithin = seconds(2);
  static constexpr Duration kQuietMax = seconds(10);

  Asker(Choice choice, Duration period);

  std::span<const std::string> requests() const override;
  void opened(MonoTime now) override;
  void heard(MonoTime now, sdk::Heard what) override;
  sdk::AskTurn turn(MonoTime now) override;

 private:
  MonoTime patience() const;

  const Choice choice_;
  const Duration period_;
  bool asks_miscf_;
  bool is_waiting_ = false;
  bool must_reset_ = true;
  bool has_begun_ = false;
  MonoTime asked_at_{};
  MonoTime heard_at_{};
  MonoTime ask_at_{};
};

}  // namespace lamplight::pb840
