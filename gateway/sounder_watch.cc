#include "gateway/sounder_watch.h"

#include <algorithm>
#include <utility>

namespace lamplight {

void SounderWatch::heartbeat(uint64_t key, MonoTime now) {
  const auto [found, is_new] = sounders_.try_emplace(key);
  found->second.heard = now;
  last_seen_ = now;
  if (!is_new) return;
  was_hung_ = false;
  if (!must_sound_) return;
  // What rings already rings from this one as well, and from it instead of one that is gone.
  found->second.owes_since = now;
  found->second.owed_before = std::exchange(unpaid_since_, kNever);
}

core::SounderReport SounderWatch::tested(uint64_t key, std::string when, bool passed,
                                         std::string text, MonoTime now) {
  heartbeat(key, now);
  sounders_[key].trouble = passed ? "" : (text.empty() ? "its self-test failed" : text);
  said_ = !trouble(now).empty();
  return {.is_test = true,
          .when = std::move(when),
          .passed = passed,
          .failing = *said_,
          .text = std::move(text)};
}

void SounderWatch::went(uint64_t key, MonoTime now) {
  const auto found = sounders_.find(key);
  if (found == sounders_.end()) return;
  const Sounder& gone = found->second;
  unpaid_since_ = std::min({unpaid_since_, gone.owes_since, gone.owed_before});
  // One that hangs is cut off at last, because it does not read. That proves nothing: only one
  // that is heard again does, also where none need be there.
  was_hung_ = was_hung_ || now - gone.heard >= kPatience;
  sounders_.erase(found);
  last_seen_ = now;
  ends_.push_back(now);
  if (ends_.size() > kEndsAllowed + 1) ends_.pop_front();
}

void SounderWatch::must_sound(bool must, MonoTime now) {
  if (std::exchange(must_sound_, must) == must) return;
  unpaid_since_ = kNever;
  for (auto& [key, sounder] : sounders_) {
    sounder.owes_since = must ? now : kNever;
    sounder.owed_before = kNever;
  }
}

void SounderWatch::signalled(uint64_t key, MonoTime now) {
  heartbeat(key, now);
  sounders_[key].owes_since = sounders_[key].owed_before = kNever;
}

std::string SounderWatch::trouble(MonoTime now) const {
  const auto is_over = [now](MonoTime since, Duration patience) {
    return since != kNever && now - since >= patience;
  };
  bool is_mute = is_over(unpaid_since_, kPatience);
  for (const auto& [key, sounder] : sounders_) {
    if (!sounder.trouble.empty()) return sounder.trouble;
    if (is_over(sounder.heard, kPatience)) return "the sounder does not answer";
    is_mute = is_mute || is_over(sounder.owes_since, kSoundsWithin) ||
              is_over(sounder.owed_before, kPatience);
  }
  if (was_hung_) return "the sounder does not answer";
  if (is_mute) return "the sounder did not sound";
  if (ends_.size() > kEndsAllowed && now - ends_.front() < kEndsWindow) {
    return "the sounder keeps ending";
  }
  const bool is_missed = is_required_ && sounders_.empty() && is_over(last_seen_, kPatience);
  return is_missed ? "no sounder is connected" : "";
}

SounderWatch::View SounderWatch::view(MonoTime now) const {
  View view{.connected = sounders_.size(), .heard_ago = {}, .trouble = trouble(now)};
  for (const auto& [key, sounder] : sounders_) {
    view.heard_ago = std::max(view.heard_ago, now - sounder.heard);
  }
  return view;
}

// That nothing is wrong yet is no proof: a sounder that has come must have paid what it owes, and
// one that did not come has its time.
bool SounderWatch::is_proven(MonoTime now) const {
  if (sounders_.empty()) return now - last_seen_ >= kPatience;
  return unpaid_since_ == kNever && std::ranges::all_of(sounders_, [](const auto& entry) {
           return entry.second.owes_since == kNever && entry.second.owed_before == kNever;
         });
}

std::optional<core::SounderReport> SounderWatch::on_time(MonoTime now) {
  core::SounderReport report;
  report.text = trouble(now);
  report.failing = !report.text.empty();
  const bool is_first = !said_;
  if (said_ == report.failing) return std::nullopt;
  if (is_first && !report.failing && !is_proven(now)) return std::nullopt;
  said_ = report.failing;
  if (report.failing) return report;
  if (sounders_.empty()) {
    report.text = is_first ? "no sounder need be connected" : "the sounder was taken away";
  } else {
    report.text = is_first ? "the sounder works" : "the sounder works again";
  }
  return report;
}

}  // namespace lamplight
