// The log says a thing once: repeats of the same words within a minute are counted, and the count
// comes with the next time they are said. Bounded: after 64 different things it begins anew.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rules/model/time.h"

namespace lamplight {

class OnceAMinute {
 public:
  // The words to log now, or nothing.
  std::optional<std::string> say(MonoTime now, std::string_view words) {
    if (said_.size() >= kKept) said_.clear();
    auto [at, is_new] = said_.try_emplace(std::string(words));
    Said& said = at->second;
    if (!is_new && now - said.when < minutes(1)) {
      ++said.repeats;
      return std::nullopt;
    }
    std::string text(words);
    if (said.repeats > 0) text += " (and " + std::to_string(said.repeats) + " times before)";
    said = {.when = now, .repeats = 0};
    return text;
  }

 private:
  static constexpr size_t kKept = 64;
  struct Said {
    MonoTime when;
    uint64_t repeats = 0;
  };
  std::map<std::string, Said, std::less<>> said_;
};

}  // namespace lamplight
