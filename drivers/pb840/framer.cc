#include "drivers/pb840/framer.h"

#include <algorithm>
#include <utility>

namespace lamplight::pb840 {
namespace {
constexpr std::string_view kMark = "MISC";
}  // namespace

void Framer::feed(std::span<const uint8_t> bytes, const Events& events) {
  for (const uint8_t byte : bytes) {
    const char c = static_cast<char>(byte);
    is_open_ ? take(c, events) : hunt(c, events);
  }
}

// No letter of the mark is its first one again, so a miss begins anew at this letter.
void Framer::hunt(char c, const Events& events) {
  if (c == kMark[length_]) {
    text_[length_++] = c;
    is_open_ = length_ == kMark.size();
    return;
  }
  const size_t seen = std::exchange(length_, 0);
  if (seen > 0) events.on_skipped(seen, false);
  if (c == kMark[0]) {
    text_[length_++] = c;
  } else {
    events.on_skipped(1, false);
  }
}

void Framer::take(char c, const Events& events) {
  if (c == '\r') {
    is_open_ = false;
    events.on_reply({text_.data(), std::exchange(length_, 0)});
    return;
  }
  if (length_ == kReplyMax) {
    is_open_ = false;
    // What it ends with may be the beginning of the next reply's mark.
    const std::string_view whole(text_.data(), length_);
    size_t kept = kMark.size() - 1;
    while (!whole.ends_with(kMark.substr(0, kept))) --kept;
    events.on_skipped(std::exchange(length_, kept) - kept, true);
    std::copy_n(kMark.begin(), kept, text_.begin());
    hunt(c, events);
    return;
  }
  text_[length_++] = c;
  const std::string_view text(text_.data(), length_);
  if (!text.ends_with(kMark)) return;
  events.on_skipped(length_ - kMark.size(), true);
  std::copy(kMark.begin(), kMark.end(), text_.begin());
  length_ = kMark.size();
}

size_t Framer::drop() {
  is_open_ = false;
  return std::exchange(length_, 0);
}

}  // namespace lamplight::pb840
