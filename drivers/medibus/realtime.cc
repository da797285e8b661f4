#include "drivers/medibus/realtime.h"

#include <bit>
#include <utility>

namespace lamplight::medibus {
namespace {

constexpr uint8_t kKind = 0xF0, kSync = 0xD0, kCommand = 0xC0;
constexpr uint8_t kValueKind = 0xC0, kValue = 0x80;
// Command codes: further traces, and data that the device itself calls corrupt.
constexpr uint8_t kTraces5To8 = 4, kTraces9To12 = 5, kCorrupt = 0x0F;

}  // namespace

size_t Realtime::give_up() {
  const size_t bytes = count_ * 2 + (low_ ? 1 : 0);
  awaited_ = 0;
  count_ = 0;
  low_.reset();
  return bytes;
}

void Realtime::obey(uint8_t command, uint8_t operand) {
  // Without a sync nothing is expected that could be added to.
  if (awaited_ == 0) return;
  if (command == kTraces5To8) awaited_ = static_cast<uint16_t>(awaited_ | operand << 4);
  if (command == kTraces9To12) awaited_ = static_cast<uint16_t>(awaited_ | operand << 8);
  if (command == kCorrupt) awaited_ = 0;
}

size_t Realtime::take_value(uint8_t byte, const OnValue& on_value) {
  command_.reset();
  if (awaited_ == 0) return 1;
  if (!low_) {
    low_ = byte;
    return 0;
  }
  const int trace = std::countr_zero(awaited_);
  awaited_ = static_cast<uint16_t>(awaited_ & (awaited_ - 1));
  values_[count_++] = {trace, (*low_ & 0x3F) | (byte & 0x3F) << 6};
  low_.reset();
  if (awaited_ != 0) return 0;
  const size_t count = std::exchange(count_, 0);
  for (size_t i = 0; i < count; ++i) on_value(values_[i].trace, values_[i].value);
  return 0;
}

size_t Realtime::take(uint8_t byte, const OnValue& on_value) {
  if ((byte & kValueKind) == kValue) return take_value(byte, on_value);
  // A tuple that has begun is not interrupted: a byte of it was lost.
  const bool has_begun = count_ > 0 || low_;
  const size_t lost = has_begun ? give_up() : 0;
  const uint8_t argument = byte & 0x0F;
  if ((byte & kKind) == kCommand) {
    if (command_) {
      obey(*std::exchange(command_, std::nullopt), argument);
    } else {
      command_ = argument;
    }
    return lost;
  }
  command_.reset();
  if ((byte & kKind) == kSync) {
    awaited_ = argument;
    return lost;
  }
  return lost + give_up() + 1;
}

}  // namespace lamplight::medibus
