// Fuzz target `pb840_wave`: the waveform port of Puritan Bennett 840 and 980.
#include "drivers/pb840_wave/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<pb840_wave::Decoder>();
                    },
                    .good = "\nBS, S:1,\n1.00, 2.00\nBE\n",
                    .frames_at_least = 3,
                    .planted_above = 1400,
                    .planted_in = "pip"},
                   data, size);
  return 0;
}
