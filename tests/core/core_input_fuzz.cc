// A record of the input ring after a crash may hold anything. What decodes must encode to the same
// bytes, so that a replay is what was lived.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "gateway/core/input.h"
#include "gateway/core/state.h"

using namespace lamplight;
using namespace lamplight::core;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  std::vector<Sample> samples;
  if (const auto input = decode_input(bytes, samples)) {
#ifdef LL_PLANTED_BUG  // proves that the target reaches the gaps of a beginning
    if (const auto* b = std::get_if<Booted>(&*input); b != nullptr && !b->gaps.empty()) abort();
#endif
    std::vector<std::byte> again;
    encode_input(*input, again);
    std::vector<Sample> samples_again;
    const auto second = decode_input(again, samples_again);
    if (!second || second->index() != input->index() || samples_again != samples) abort();
    std::vector<std::byte> third;
    encode_input(*second, third);
    if (third != again) abort();
  }
  static_cast<void>(decode_snapshot(bytes));
  if (const auto state = decode_state(bytes)) {
    std::vector<std::byte> out;
    encode_state(*state, out);
    if (!decode_state(out)) abort();
  }
  return 0;
}
