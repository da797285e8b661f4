#include "drivers/nellcor/codes.h"

#include <algorithm>
#include <array>

namespace lamplight::nellcor {
namespace {

// A lost pulse leaves digits that are older than the loss. LM is both, so it stands twice.
constexpr auto kCodes = std::to_array<Code>({
    {.letters = "SD", .condition = "probe_disconnected", .reason = Reason::probe_off},
    {.letters = "SO", .condition = "probe_off", .reason = Reason::probe_off},
    {.letters = "LM", .condition = "non_pulsatile", .reason = Reason::artefact},
    {.letters = "LM", .condition = "interference", .reason = Reason::artefact},
    {.letters = "LP", .condition = "non_pulsatile", .reason = Reason::searching},
    {.letters = "PS", .condition = "searching", .reason = Reason::searching},
    {.letters = "MO", .condition = "interference", .doubts = true},
    {.letters = "SL", .condition = "spo2_low"},
    {.letters = "SH", .condition = "spo2_high"},
    {.letters = "PL", .condition = "pulse_low"},
    {.letters = "PH", .condition = "pulse_high"},
    {.letters = "LB", .condition = "low_battery"},
    {.letters = "AS", .silences = true},
    {.letters = "AO", .silences = true},
});

}  // namespace

std::span<const Code> codes() { return kCodes; }

const Code* find_code(std::string_view letters) {
  const auto* found = std::ranges::find(kCodes, letters, &Code::letters);
  return found == kCodes.end() ? nullptr : found;
}

}  // namespace lamplight::nellcor
