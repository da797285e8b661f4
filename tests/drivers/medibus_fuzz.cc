// Fuzz target `medibus`: both channels of Draeger Medibus. A message may stand behind up to four
// open ones.
#include "drivers/medibus/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<medibus::Decoder>();
                    },
                    .good = "\x01"
                            "Q52\r"
                            "\x01"
                            "Q52\r",
                    .frames_at_least = 1,
                    .planted_above = 0,
                    .planted_in = "alarm.too_hot"},
                   data, size);
  return 0;
}
