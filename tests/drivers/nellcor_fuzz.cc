// Fuzz target `nellcor`: the printout. The good line follows a terminator: half a line may stand
// before it.
#include "drivers/nellcor/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<nellcor::Decoder>();
                    },
                    .good = "\r\n12-NOV-98 14:00:05  100  120   50\r\n",
                    .frames_at_least = 1,
                    .planted_above = 2700},
                   data, size);
  return 0;
}
