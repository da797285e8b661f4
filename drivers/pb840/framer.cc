#include "drivers/pb840/framer.h"

#include <algorithm>
#include <utility>

namespace lamplight::pb840 {
namespace {
constexpr std::string_view kMark = "MISC";
}  // namespace

void Framer::feed(std::span<const uint8_t> bytes, const Events& events) {
  for (const uint8_t byte : bytes) take(static_cast<char>(byte), events);
}

void Framer::take(char c, const Events& events) {
  if (is_open_ && c == '\r') {
    events.on_reply({text_.data(), drop()});
    return;
  }
  if (is_open_ && length_ == kReplyMax) {
    is_open_ = false;
    events.on_skipped(length_ - seen_, true);
  }
  if (is_open_) text_[length_++] = c;
  // No letter of the mark is its first one again, so a miss begins anew at this letter.
  const size_t before = seen_;
  seen_ = c == kMark[before] ? before + 1 : (c == kMark[0] ? 1 : 0);
  if (seen_ == kMark.size()) {
    if (is_open_) events.on_skipped(length_ - seen_, true);
    std::copy(kMark.begin(), kMark.end(), text_.begin());
    is_open_ = true;
    length_ = std::exchange(seen_, 0);
  } else if (!is_open_ && seen_ <= before) {
    events.on_skipped(before + 1 - seen_, false);
  }
}

size_t Framer::drop() {
  const size_t seen = std::exchange(seen_, 0);
  return std::exchange(is_open_, false) ? length_ : seen;
}

}  // namespace lamplight::pb840
