// Fuzz target `cms50`: Contec CMS50, the old five-byte stream.
#include "drivers/cms50/uart_decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<cms50::UartDecoder>();
                    },
                    .good = "\x87\x32\x06\x48\x62\x87\x32\x06\x48\x62"sv,
                    .frames_at_least = 1,
                    .planted_above = 2500},
                   data, size);
  return 0;
}
