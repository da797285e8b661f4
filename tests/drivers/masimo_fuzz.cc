// Fuzz target `masimo`: Masimo ASCII-1. The good line follows a terminator: half a line may stand
// before it.
#include "drivers/masimo/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<masimo::Decoder>();
                    },
                    .good = "\r\n"
                            "02/22/16 22:47:45 SN=0000000001 SPO2=098% BPM=097 PI=03.60% "
                            "ALARM=0000 EXC=000800\r\n"sv,
                    .frames_at_least = 1,
                    .planted_above = 990,
                    .planted_in = "spo2"},
                   data, size);
  return 0;
}
