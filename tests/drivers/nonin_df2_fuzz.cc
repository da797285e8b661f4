// Fuzz target `nonin_df2`: Nonin DF2. What stands before may take the first of the good frames with
// it.
#include "drivers/nonin/wave_decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<nonin::WaveDecoder>(nonin::WaveFormat::df2);
                    },
                    .good = "\x01\x81\x64\x00\xe6"
                            "\x01\x80\x65\x48\x2e"
                            "\x01\x80\x66\x62\x49"
                            "\x01\x80\x67\x00\xe8"
                            "\x01\x80\x68\x00\xe9"
                            "\x01\x80\x69\x00\xea"
                            "\x01\x80\x6a\x00\xeb"
                            "\x01\x80\x6b\x00\xec"sv,
                    .frames_at_least = 6,
                    .planted_above = 2990},
                   data, size);
  return 0;
}
