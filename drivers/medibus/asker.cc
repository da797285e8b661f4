#include "drivers/medibus/asker.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "drivers/medibus/framer.h"

namespace lamplight::medibus {
namespace {

constexpr uint8_t kOpen = 0x51, kWhoIsIt = 0x52, kAlive = 0x30;
// In the order in which they are asked; the first two once a conversation.
constexpr std::array<uint8_t, 8> kQuestions = {kOpen, kWhoIsIt, 0x24, 0x27, 0x2B, 0x2E, 0x29, 0x2A};
constexpr size_t kCycleFirst = 2;
constexpr size_t kAliveIndex = kQuestions.size();
constexpr size_t kAnswerFirst = kAliveIndex + 1;  // + the code it answers
constexpr uint8_t kCodes = 0x80;                  // of the slow channel, bit 7 clear
std::string who_we_are() { return "0000'" + std::string(kOurName) + "'01.00:01.00"; }

std::string message(uint8_t start, uint8_t code, std::string_view data) {
  std::string text = {static_cast<char>(start), static_cast<char>(code)};
  text += data;
  const auto sum = sum_of(text);
  text.append(sum.data(), sum.size());
  text += '\r';
  return text;
}

}  // namespace

Asker::Asker(Duration period) : period_(std::max(period, kPeriodMin)) {
  for (const uint8_t code : kQuestions) table_.push_back(message(kCommand, code, {}));
  table_.push_back(message(kCommand, kAlive, {}));
  for (uint8_t code = 0; code < kCodes; ++code) {
    table_.push_back(message(kResponse, code, code == kWhoIsIt ? who_we_are() : std::string()));
  }
}

void Asker::opened(MonoTime now) {
  answers_.clear();
  question_ = 0;
  is_waiting_ = false;
  must_repeat_ = false;
  heard_at_ = now;
  sent_at_ = now;
  cycle_at_ = now;
}

void Asker::heard(MonoTime now, sdk::Heard what) {
  if (what.has_good) heard_at_ = now;
}

void Asker::on_message(bool is_command, uint8_t code) {
  if (is_command) {
    if (answers_.size() < kAnswersMax && code < kCodes) answers_.push_back(kAnswerFirst + code);
    return;
  }
  if (!is_waiting_ || code != kQuestions[question_]) return;
  is_waiting_ = false;
  ++question_;
}

void Asker::on_nak() {
  if (is_waiting_ && !has_repeated_) must_repeat_ = true;
}

sdk::AskTurn Asker::send(size_t request, MonoTime now) {
  sent_at_ = now;
  if (request == question_) asked_at_ = now;
  return {.request = request, .next = now};
}

sdk::AskTurn Asker::turn(MonoTime now) {
  if (!answers_.empty()) {
    const size_t answer = answers_.front();
    answers_.pop_front();
    return send(answer, now);
  }
  if (must_repeat_) {
    must_repeat_ = false;
    has_repeated_ = true;
    return send(question_, now);
  }
  // A device that answers signs of life alone is lost too.
  const bool is_unanswered = is_waiting_ && now - asked_at_ >= kSilenceMax;
  if (now - heard_at_ >= kSilenceMax || is_unanswered) {
    opened(now);
    is_waiting_ = true;
    has_repeated_ = false;
    sdk::AskTurn begin = send(question_, now);
    begin.is_lost = true;
    return begin;
  }
  const bool is_cycle_over = question_ == kQuestions.size();
  if (is_cycle_over) {
    question_ = kCycleFirst;
    cycle_at_ = std::max(cycle_at_ + period_, now);
  }
  const bool may_ask = question_ != kCycleFirst || now >= cycle_at_;
  if (!is_waiting_ && may_ask) {
    if (question_ == kCycleFirst) cycle_at_ = now;
    is_waiting_ = true;
    has_repeated_ = false;
    return send(question_, now);
  }
  const MonoTime alive_at = sent_at_ + kQuietMax;
  if (now >= alive_at) return send(kAliveIndex, now);
  MonoTime next = std::min(alive_at, heard_at_ + kSilenceMax);
  next = std::min(next, is_waiting_ ? asked_at_ + kSilenceMax : cycle_at_);
  return {.request = {}, .next = next};
}

}  // namespace lamplight::medibus
