// Fuzz target `pirds`: lines of DIY ventilators and test lungs.
#include "drivers/pirds/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target(
      {.make = []() -> std::unique_ptr<sdk::Decoder> { return std::make_unique<pirds::Decoder>(); },
       .good = "\n{\"event\":\"M\",\"type\":\"D\",\"loc\":\"A\",\"val\":120}\n",
       .frames_at_least = 1,
       .planted_above = 14'900,
       .planted_in = "p_now"},
      data, size);
  return 0;
}
