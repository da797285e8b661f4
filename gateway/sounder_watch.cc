#include "gateway/sounder_watch.h"

#include <utility>

namespace lamplight {

void SounderWatch::heartbeat(uint64_t key, MonoTime now) {
  const auto [found, is_new] = sounders_.try_emplace(key);
  found->second.heard = now;
  // What rings already rings from this one as well.
  if (is_new && must_sound_) found->second.owes_since = now;
  last_seen_ = now;
}

core::SounderReport SounderWatch::tested(uint64_t key, std::string when, bool passed,
                                         std::string text, MonoTime now) {
  heartbeat(key, now);
  sounders_[key].trouble = passed ? "" : (text.empty() ? "its self-test failed" : text);
  is_failing_ = !trouble(now).empty();
  return {.is_test = true,
          .when = std::move(when),
          .passed = passed,
          .failing = is_failing_,
          .text = std::move(text)};
}

void SounderWatch::went(uint64_t key, MonoTime now) {
  if (sounders_.erase(key) > 0) last_seen_ = now;
}

void SounderWatch::must_sound(bool must, MonoTime now) {
  if (std::exchange(must_sound_, must) == must) return;
  for (auto& [key, sounder] : sounders_) sounder.owes_since = must ? now : kNever;
}

void SounderWatch::signalled(uint64_t key, MonoTime now) {
  heartbeat(key, now);
  sounders_[key].owes_since = kNever;
}

std::string SounderWatch::trouble(MonoTime now) const {
  for (const auto& [key, sounder] : sounders_) {
    if (!sounder.trouble.empty()) return sounder.trouble;
    if (now - sounder.heard >= kPatience) return "the sounder does not answer";
    const bool owes = sounder.owes_since != kNever;
    if (owes && now - sounder.owes_since >= kSoundsWithin) return "the sounder did not sound";
  }
  const bool is_missed = is_required_ && sounders_.empty() && now - last_seen_ >= kPatience;
  return is_missed ? "no sounder is connected" : "";
}

std::optional<core::SounderReport> SounderWatch::on_time(MonoTime now) {
  const std::string found = trouble(now);
  if (std::exchange(is_failing_, !found.empty()) == !found.empty()) return std::nullopt;
  core::SounderReport report;
  report.failing = is_failing_;
  report.text = is_failing_ ? found : "the sounder works again";
  return report;
}

}  // namespace lamplight
