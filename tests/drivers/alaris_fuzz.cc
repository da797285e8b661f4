// Fuzz target `alaris`: answers of Alaris/Asena syringe pumps.
#include "drivers/alaris/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<alaris::Decoder>();
                    },
                    .good = "!INF|4961\r",
                    .frames_at_least = 1,
                    .planted_above = 11'999,
                    .planted_in = "rate_set"},
                   data, size);
  return 0;
}
