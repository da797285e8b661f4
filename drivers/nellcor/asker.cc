#include "drivers/nellcor/asker.h"

#include <array>

namespace lamplight::nellcor {

std::span<const std::string> Asker::requests() const {
  static const std::array<std::string, 1> kTable = {"\x11"};
  return kTable;
}

sdk::AskTurn Asker::turn(MonoTime now) {
  if (now < go_on_at_) return {.request = {}, .next = go_on_at_};
  go_on_at_ = now + kStalledAfter;
  return {.request = 0, .next = go_on_at_};
}

}  // namespace lamplight::nellcor
