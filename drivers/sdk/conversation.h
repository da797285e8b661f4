// One question at a time to a device whose answers do not say what they answer: the opening ones
// once, then the cyclic ones each period. After a time-out nothing is asked until a late answer
// would have come, and an answer that nobody waits for is not believed: the reply to the last
// question is never taken for the reply to this one. Whatever can be said is in one table.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "drivers/sdk/asker.h"

namespace lamplight::sdk {

class Conversation : public Asker {
 public:
  static constexpr size_t kAnswersMax = 16;  // waiting to be sent; more is no conversation
  static constexpr int kMissesMax = 3;       // unanswered or refused, and no cyclic question
                                             // answered between: the link is lost

  struct Plan {
    std::vector<std::string> table;  // opening questions, cyclic questions, everything else
    size_t opening = 0;              // how many of them
    size_t cyclic = 1;
    Duration period = seconds(1);  // of a cycle
    Duration timeout = milliseconds(500);
  };
  explicit Conversation(Plan plan) : plan_(std::move(plan)) {}

  std::span<const std::string> requests() const override { return plan_.table; }
  void opened(MonoTime now) override;
  void heard(MonoTime, Heard) override {}
  AskTurn turn(MonoTime now) override;

  // The question that is waited for; nothing: none.
  std::optional<size_t> awaited() const;
  // The decoder has the answer to `question`. False: it is not awaited, do not believe it.
  [[nodiscard]] bool answered(size_t question, MonoTime at);
  // The device refuses the question: begin again with the opening.
  void refused(MonoTime at);
  // Said at the next turn: a request behind the questions.
  void reply(size_t request);

 private:
  void begin(MonoTime now);

  const Plan plan_;
  std::deque<size_t> replies_;
  size_t question_ = 0;
  bool is_waiting_ = false;
  int misses_ = 0;
  MonoTime asked_at_{};
  MonoTime cycle_at_{};
  MonoTime quiet_until_{};
};

}  // namespace lamplight::sdk
