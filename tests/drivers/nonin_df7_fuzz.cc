// Fuzz target `nonin_df7`: Nonin DF7, whose frames have no mark at their beginning: more of them
// may be lost.
#include "drivers/nonin/wave_decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<nonin::WaveDecoder>(nonin::WaveFormat::df7);
                    },
                    .good = "\x81\x03\xe8\x00\x6c"
                            "\x80\x03\xe9\x48\xb4"
                            "\x80\x03\xea\x62\xcf"
                            "\x80\x03\xeb\x00\x6e"
                            "\x80\x03\xec\x00\x6f"
                            "\x80\x03\xed\x00\x70"
                            "\x80\x03\xee\x00\x71"
                            "\x80\x03\xef\x00\x72"sv,
                    .frames_at_least = 3,
                    .planted_above = 2980},
                   data, size);
  return 0;
}
