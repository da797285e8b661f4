// Fuzz target `nonin_df8`: Nonin DF8. Half a frame before may take the first good one with it; four
// are given.
#include "drivers/nonin/df8_decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<nonin::Df8Decoder>();
                    },
                    .good = "\x80\x48\x62\x00"
                            "\x80\x48\x62\x00"
                            "\x80\x48\x62\x00"
                            "\x80\x48\x62\x00"sv,
                    .frames_at_least = 3,
                    .planted_above = 2990},
                   data, size);
  return 0;
}
