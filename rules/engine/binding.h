// From wire samples to input samples: which program signal a catalogue signal is, its value in the
// program's step (an exact multiplication), its enumerator in the program's own numbering. A value
// outside the range, or a state the rules do not list, becomes Missing{out_of_range}.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "rules/engine/input.h"
#include "rules/engine/program.h"
#include "rules/model/result.h"
#include "rules/model/sample.h"

namespace lamplight::engine {

class Binding {
 public:
  // Fails if a path is not in the catalogue, is bound twice, or its step is coarser than the
  // catalogue's. The program need not outlive the binding.
  [[nodiscard]] static Result<Binding> make(const Program& program);

  std::optional<SignalIndex> signal(SignalId id) const;
  // Nothing if the program does not read this signal.
  std::optional<InputSample> translate(const Sample& sample) const;

 private:
  struct Entry {
    int32_t multiplier = 1;
    std::vector<int32_t> enumerators;  // by the catalogue's number; -1 = not listed
    SignalKind kind = SignalKind::numeric;
  };
  std::vector<uint16_t> by_id_;  // SignalId → SignalIndex or kNone
  std::vector<Entry> entries_;   // by SignalIndex
};

}  // namespace lamplight::engine
