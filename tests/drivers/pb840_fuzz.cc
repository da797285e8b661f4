// Fuzz target `pb840`: MISCA and MISCF. The good reply is the shortest there is: all columns empty.
#include "drivers/pb840/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  static const std::string kGood = "MISCA,97,97,\x02" + std::string(97, ',') + "\x03\r";
  test::run_target(
      {.make = []() -> std::unique_ptr<sdk::Decoder> { return std::make_unique<pb840::Decoder>(); },
       .good = kGood,
       .frames_at_least = 1,
       .planted_above = 900,
       .planted_in = "pip"},
      data, size);
  return 0;
}
