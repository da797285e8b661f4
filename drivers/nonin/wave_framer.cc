#include "drivers/nonin/wave_framer.h"

namespace lamplight::nonin {

std::optional<WaveFramer::Event> WaveFramer::next() {
  while (window_.size() > 0) {
    const bool was_locked = is_locked_;
    const size_t before = window_.size();
    const auto event = is_locked_ ? next_locked() : hunt();
    if (event) return event;
    if (window_.size() == before && is_locked_ == was_locked) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<WaveFramer::Event> WaveFramer::next_locked() {
  if (is_control(window_[0])) {
    window_.take(1);
    return std::nullopt;
  }
  const Verdict first = verdict_at(0);
  if (window_.size() < kFrame || first == Verdict::unknown) return std::nullopt;
  if (first == Verdict::good) {
    const WaveFrame frame = frame_at_front();
    window_.take(kFrame);
    ++counters_.frames_good;
    return Event{.frame = frame};
  }
  const Verdict second = verdict_at(after_controls(kFrame));
  if (second == Verdict::unknown) return std::nullopt;
  ++counters_.frames_bad;
  if (second == Verdict::good) {
    skip(kFrame);
    return Event{.is_break = true, .is_one_frame = true};
  }
  is_locked_ = false;
  was_locked_ = true;
  hunted_ = 0;
  return Event{.is_break = true};
}

std::optional<WaveFramer::Event> WaveFramer::hunt() {
  switch (is_beginning()) {
    case Verdict::unknown:
      return std::nullopt;
    case Verdict::bad:
      skip(1);
      ++hunted_;
      return std::nullopt;
    case Verdict::good:
      break;
  }
  count_hunt();
  is_locked_ = true;
  return std::nullopt;
}

// Does the window begin with enough good frames to trust the first?
WaveFramer::Verdict WaveFramer::is_beginning() const {
  const size_t second = after_controls(kFrame);
  const size_t third = after_controls(second + kFrame);
  const Verdict one = verdict_at(0);
  if (one != Verdict::good) return one;
  const Verdict two = verdict_at(second);
  if (two == Verdict::unknown) return two;
  switch (format_) {
    case WaveFormat::df2:
      return two == Verdict::good ? two : verdict_at(third);
    case WaveFormat::df7:
      return two == Verdict::bad ? two : verdict_at(third);
  }
  return Verdict::bad;
}

WaveFramer::Verdict WaveFramer::verdict_at(size_t at) const {
  if (at >= window_.size()) return Verdict::unknown;
  const size_t status = format_ == WaveFormat::df2 ? at + 1 : at;
  if (format_ == WaveFormat::df2 && window_[at] != 0x01) return Verdict::bad;
  if (status < window_.size() && window_[status] < 0x80) return Verdict::bad;
  if (at + kFrame > window_.size()) return Verdict::unknown;
  uint8_t sum = 0;
  for (size_t i = 0; i + 1 < kFrame; ++i) sum = static_cast<uint8_t>(sum + window_[at + i]);
  return sum == window_[at + kFrame - 1] ? Verdict::good : Verdict::bad;
}

size_t WaveFramer::after_controls(size_t at) const {
  const size_t last = at + kControlsMax;
  while (at < last && at < window_.size() && is_control(window_[at])) ++at;
  return at;
}

WaveFrame WaveFramer::frame_at_front() const {
  switch (format_) {
    case WaveFormat::df2:
      return {window_[1], window_[3], window_[2]};
    case WaveFormat::df7:
      return {window_[0], window_[3], window_[1] * 256 + window_[2]};
  }
  return {};
}

void WaveFramer::skip(size_t n) {
  window_.take(n);
  counters_.bytes_skipped += n;
}

// What was skipped while hunting, in whole frames; less than one at the start is no error, the
// port was opened in the middle of it.
void WaveFramer::count_hunt() {
  const size_t frames = hunted_ / kFrame;
  counters_.frames_bad += was_locked_ && frames > 0 ? frames - 1 : frames;
  hunted_ = 0;
}

void WaveFramer::end() {
  if (is_locked_) {
    counters_.frames_bad += window_.size() / kFrame;
  } else {
    count_hunt();
  }
  skip(window_.size());
  is_locked_ = false;
  was_locked_ = false;
}

}  // namespace lamplight::nonin
