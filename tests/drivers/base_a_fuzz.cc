// Fuzz target `base_a`: answers of Fresenius pumps.
#include "drivers/base_a/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<base_a::Decoder>();
                    },
                    .good = "\x02"
                            "DC78\x03\x02"
                            "1DC47\x03"sv,
                    .frames_at_least = 2,
                    .planted_above = 11'999,
                    .planted_in = "rate_set"},
                   data, size);
  return 0;
}
