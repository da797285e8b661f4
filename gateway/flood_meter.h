// Counts what one driver sends in each second: over the limit samples are dropped, at ten times
// the limit the driver is killed (gateway design, section 2). Messages count too, and the first
// kMessagesKept of a second are never dropped: a link lost in such a second is told once, and
// nothing would say that this was lost. Bytes are counted as well: the core reads at once and never
// queues, so the 64 MB that a driver could have queued are 64 MB a second.
#pragma once

#include <cstddef>
#include <cstdint>

#include "rules/model/limits.h"
#include "rules/model/time.h"

namespace lamplight {

class FloodMeter {
 public:
  enum class Verdict : uint8_t { take, drop, kill };
  // Far more than a driver has to say, and far fewer than would cost the core its turn. Ours.
  static constexpr int64_t kMessagesKept = 1000;

  // One datagram with so many samples; a message without samples counts as one.
  Verdict judge(MonoTime now, size_t samples, size_t bytes) {
    if (now - window_ >= seconds(1)) {
      over_ = is_over();
      window_ = now;
      samples_ = messages_ = 0;
      bytes_ = 0;
    }
    samples_ += static_cast<int64_t>(samples == 0 ? 1 : samples);
    messages_ += samples == 0 ? 1 : 0;
    bytes_ += bytes;
    if (samples_ > limits::kFloodSamplesPerSecond * limits::kFloodKillFactor ||
        bytes_ > limits::kDriverQueueBytesMax * limits::kFloodKillFactor) {
      return Verdict::kill;
    }
    if (!is_over()) return Verdict::take;
    over_ = true;
    if (samples == 0 && messages_ <= kMessagesKept) return Verdict::take;
    dropped_ += samples;
    return Verdict::drop;
  }

  // Something was dropped in this second or the one before; ask once a second.
  bool is_flooding(MonoTime now) const { return over_ && now - window_ < seconds(2); }
  uint64_t dropped() const { return dropped_; }

 private:
  bool is_over() const {
    return samples_ > limits::kFloodSamplesPerSecond || bytes_ > limits::kDriverQueueBytesMax;
  }

  MonoTime window_;
  int64_t samples_ = 0;
  int64_t messages_ = 0;
  size_t bytes_ = 0;
  bool over_ = false;
  uint64_t dropped_ = 0;
};

}  // namespace lamplight
