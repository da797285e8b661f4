// Occurrences as the record tells them: the fold of their journal events, oldest first. Pure:
// events in, lines out; what the record does not say is left out, never guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/store/reader.h"

namespace lamplight::cli {

// What somebody did about it.
struct PastAct {
  std::string act;  // acknowledged, paused, resumed, seen, stood_down, reset
  std::string by, at;
};

struct Life {
  uint64_t occurrence = 0;
  std::string rule, priority;  // as it was in the end
  std::string raised, ended;   // wall labels to the second; empty: not in the record
  std::string how;             // cleared, reset, closed; empty: still open
  std::string cause, reason;
  std::optional<int64_t> lasted_ms;
  int64_t flaps = 0;  // returns of the condition before it cleared
  int64_t again = 0;  // returns while latched
  int64_t unconfirmed = 0;
  int64_t held_back = 0;  // leases that kept its sound back
  bool worsened = false;
  std::vector<PastAct> acts;
};

std::vector<Life> lives_of(const std::vector<store::StoredEvent>& events);
std::string life_line(const Life& life);
std::string life_json(const Life& life);

}  // namespace lamplight::cli
