#include "drivers/cms50/asker.h"

#include <algorithm>
#include <array>

namespace lamplight::cms50 {
namespace {

constexpr size_t kStartLive = 0, kKeepAlive = 1;
const std::array<std::string, 2>& table() {
  static const std::array<std::string, 2> kTable = {"\x7D\x81\xA1\x80\x80\x80\x80\x80\x80",
                                                    "\x7D\x81\xAF\x80\x80\x80\x80\x80\x80"};
  return kTable;
}

}  // namespace

std::span<const std::string> Asker::requests() const { return table(); }

void Asker::opened(MonoTime now) {
  start_at_ = now;
  keep_alive_at_ = now + kKeepAliveEvery;
}

void Asker::heard(MonoTime now, sdk::Heard what) {
  if (what.has_good) start_at_ = now + kAnswersWithin;
}

sdk::AskTurn Asker::turn(MonoTime now) {
  if (now >= start_at_) {
    start_at_ = now + kAnswersWithin;
    return {.request = kStartLive, .next = now};
  }
  if (now >= keep_alive_at_) {
    keep_alive_at_ = now + kKeepAliveEvery;
    return {.request = kKeepAlive, .next = now};
  }
  return {.request = {}, .next = std::min(start_at_, keep_alive_at_)};
}

}  // namespace lamplight::cms50
