// One side of a Medibus conversation: opens it, asks one question at a time, answers what the
// device itself asks, keeps the line alive, and begins again after 3 s of silence. Every message it
// can send is in one table: seven questions that read, the opening, the sign of life, and answers.
#pragma once

#include <deque>
#include <vector>

#include "drivers/medibus/decoder.h"
#include "drivers/sdk/asker.h"

namespace lamplight::medibus {

class Asker : public sdk::Asker, public Listener {
 public:
  static constexpr Duration kPeriodMin = seconds(1);
  static constexpr Duration kQuietMax = milliseconds(1500);  // then a sign of life
  static constexpr Duration kSilenceMax = seconds(3);
  static constexpr size_t kAnswersMax = 16;  // waiting; more is no conversation

  explicit Asker(Duration period);

  std::span<const std::string> requests() const override { return table_; }
  void opened(MonoTime now) override;
  void heard(MonoTime now, sdk::Heard what) override;
  sdk::AskTurn turn(MonoTime now) override;

  void on_message(bool is_command, uint8_t code) override;
  void on_nak() override;

 private:
  sdk::AskTurn send(size_t request, MonoTime now);

  const Duration period_;
  std::vector<std::string> table_;
  std::deque<size_t> answers_;
  size_t question_ = 0;  // index into the table of what was asked last
  bool is_waiting_ = false;
  bool has_repeated_ = false;
  bool must_repeat_ = false;
  MonoTime heard_at_{};
  MonoTime sent_at_{};
  MonoTime asked_at_{};
  MonoTime cycle_at_{};
};

}  // namespace lamplight::medibus
