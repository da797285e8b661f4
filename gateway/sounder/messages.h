// What core and sounder say to each other, as values: drivers/sdk/wire/messages.md. Pure; the JSON
// library stays in messages.cc. A message that cannot be read is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/sounder/conductor.h"
#include "gateway/sounder/light.h"

namespace lamplight::sounder {

struct Welcome {};
struct Refused {
  std::string reason;
};
struct Heartbeat {};
// What shall sound and be seen, the whole of it.
struct State {
  struct Audible {
    uint64_t occurrence = 0;
    Sound sound = Sound::none;
    Melody melody = Melody::single;
  };
  std::vector<Audible> audible;
  Light light;
  bool remind = false;  // once, now
};

using FromCore = std::variant<Welcome, Refused, Heartbeat, State>;

std::optional<FromCore> read(std::string_view json);

// The loudest, and of these the newest: a higher priority is never hidden by a lower one.
// `melodies`: else every alarm has the same pitch.
Wish wish_of(const State& state, bool melodies);

struct SelfTest {
  std::string when;  // start, daily, change
  bool passed = false;
  std::string text;
};

std::string hello();
std::string follow();
std::string heartbeat();
std::string signalled(Sound sound, const State& state);
std::string self_test(const SelfTest& test);

}  // namespace lamplight::sounder
