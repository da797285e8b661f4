// What random programs and traces were made of: a comparison is worth as much as what it compared.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/effects.h"
#include "tests/oracle/generator.h"
#include "tests/oracle/online.h"

namespace lamplight::oracle {

class Census {
 public:
  void add_program(std::string_view rules);
  void add_run(const Trace& trace, const std::vector<Told>& told);

  // Programs, runs, the rarest operators, samples of the shortest trace, runs with a raise, events
  // of every kind: three lines for people.
  std::string text() const;
  // Each operator in at least 1 % of the programs, 200 samples in each trace, a raise in 20 % of
  // the runs; what falls short, or nothing.
  std::vector<std::string> short_of() const;
  uint64_t events(engine::EventKind kind) const { return events_[static_cast<size_t>(kind)]; }

 private:
  uint64_t programs_ = 0;
  uint64_t runs_ = 0;
  uint64_t runs_with_raise_ = 0;
  size_t fewest_samples_ = SIZE_MAX;
  std::array<uint64_t, 40> programs_with_{};  // by operator, as census.cc lists them
  std::array<uint64_t, 10> events_{};         // by engine::EventKind
};

}  // namespace lamplight::oracle
