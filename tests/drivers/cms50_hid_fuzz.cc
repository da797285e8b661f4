// Fuzz target `cms50_hid`: Contec CMS50E and F on USB.
#include "drivers/cms50/hid_decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<cms50::HidDecoder>();
                    },
                    .good = "\xEB\x01\x04\x48\x62\x68\x02\x04\xEB\x00\x04\x32\x06\x27"sv,
                    .frames_at_least = 2,
                    .planted_above = 2500},
                   data, size);
  return 0;
}
