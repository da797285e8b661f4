// What a named person at the bedside can say: six acts, none of which implies another. Acknowledge
// ("somebody here noticed"), audio pause ("be quiet a moment") and stand down ("it cannot be judged
// and I know why") name one occurrence; press and release name a button of the rules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rules/model/time.h"

namespace lamplight::core {

enum class ActKind : uint8_t { acknowledge, pause, resume, stand_down, press, release };

// The word on core.sock and in the record.
constexpr std::string_view name_of(ActKind kind) {
  switch (kind) {
    case ActKind::acknowledge:
      return "acknowledge";
    case ActKind::pause:
      return "pause";
    case ActKind::resume:
      return "resume";
    case ActKind::stand_down:
      return "stand-down";
    case ActKind::press:
      return "press";
    case ActKind::release:
      return "release";
  }
  return "acknowledge";
}

inline constexpr size_t kActReasonCharsMax = 200;

struct BedsideAct {
  uint64_t client = 0;      // the app's ticket for the answer
  uint64_t occurrence = 0;  // none of press and release
  std::string by{};         // name, never empty; never published
  ActKind kind = ActKind::acknowledge;
  std::string button{};  // of press and release: its name in the rules
  Duration length{};     // of pause; 0: as long as the priority allows
  std::string reason{};  // of stand down: never empty, and names in it are not published
};

}  // namespace lamplight::core
