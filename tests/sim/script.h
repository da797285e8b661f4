// What goes wrong in one seed, and when: a list that can be shortened until only what matters for
// a violation is left, and written to a file that plays it again.
#pragma once

#include <string>
#include <vector>

#include "rules/model/result.h"
#include "rules/model/time.h"
#include "tests/sim/ledger.h"

namespace lamplight::world {

struct Mishap {
  Fault fault = Fault::bytes_garbled;
  Duration at;         // from the start of the world
  Duration lasts;      // of those that last
  int64_t detail = 0;  // which device, how far a clock jumps …
};

struct Script {
  uint64_t seed = 1;
  Duration stormy = minutes(10);  // mishaps happen in it
  Duration calm = minutes(3);     // then none do
  std::vector<Mishap> mishaps;
};

bool is_crash(Fault fault);

// At least ten mishaps and one crash, drawn from the seed.
Script draw_script(uint64_t seed);

std::string to_text(const Script& script);
[[nodiscard]] Result<Script> script_of(const std::string& text);

}  // namespace lamplight::world
