// Fuzz target `nonin_df13`: Nonin DF13. A false beginning may claim up to 64 bytes; five frames are
// given.
#include "drivers/nonin/df13_decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target(
      {.make = []() -> std::unique_ptr<sdk::Decoder> {
         return std::make_unique<nonin::Df13Decoder>();
       },
       .good =
           "\x00\x02\x00\x0d\x00\x0e\x20\x12\x03\x09\x16\x14\x32\x00\x02\x00\x00\x48\x00\x62\x46"
           "\x03"
           "\x00\x02\x00\x0d\x00\x0e\x20\x12\x03\x09\x16\x14\x32\x00\x02\x00\x00\x48\x00\x62\x46"
           "\x03"
           "\x00\x02\x00\x0d\x00\x0e\x20\x12\x03\x09\x16\x14\x32\x00\x02\x00\x00\x48\x00\x62\x46"
           "\x03"
           "\x00\x02\x00\x0d\x00\x0e\x20\x12\x03\x09\x16\x14\x32\x00\x02\x00\x00\x48\x00\x62\x46"
           "\x03"
           "\x00\x02\x00\x0d\x00\x0e\x20\x12\x03\x09\x16\x14\x32\x00\x02\x00\x00\x48\x00\x62\x46"
           "\x03"sv,
       .frames_at_least = 1,
       .planted_above = 2990},
      data, size);
  return 0;
}
