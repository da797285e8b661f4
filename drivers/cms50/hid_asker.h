// What is said to a CMS50 on USB: the session is opened, the model asked for, both live streams
// started, again until they come, and a ping every 5 s keeps them. The clock is never set, no
// record is fetched or deleted: the table holds five reports and no more.
#pragma once

#include "drivers/sdk/asker.h"

namespace lamplight::cms50 {

class HidAsker : public sdk::Asker {
 public:
  static constexpr Duration kPingEvery = seconds(5);
  static constexpr Duration kAnswersWithin = seconds(2);
  static constexpr Duration kBetween = milliseconds(100);  // two questions of the opening

  std::span<const std::string> requests() const override;
  void opened(MonoTime now) override;
  void heard(MonoTime now, sdk::Heard what) override;
  sdk::AskTurn turn(MonoTime now) override;

 private:
  size_t next_ = 0;  // of the opening; past it: started
  MonoTime next_at_ = kNever;
  MonoTime ping_at_ = kNever;
  MonoTime lost_at_ = kNever;
};

}  // namespace lamplight::cms50
