// Fuzz target `cms50_v7`: Contec CMS50, protocol V7.0.
#include "drivers/cms50/v7_decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::run_target(
      {.make = []() -> std::unique_ptr<sdk::Decoder> {
         return std::make_unique<cms50::V7Decoder>();
       },
       .good = "\x01\x80\x87\xB2\x86\xC8\xE2\xE8\x81\x01\x80\x87\xB2\x86\xC8\xE2\xE8\x81"sv,
       .frames_at_least = 1,
       .planted_above = 2500},
      data, size);
  return 0;
}
