// Fuzz target `nonin_ascii`: The ASCII line of Nonin. The good line follows a terminator.
#include "drivers/nonin/ascii_decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<nonin::AsciiDecoder>();
                    },
                    .good = "\r\nSPO2=098 HR=072\r\n"sv,
                    .frames_at_least = 1,
                    .planted_above = 2990},
                   data, size);
  return 0;
}
