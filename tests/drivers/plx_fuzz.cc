// Fuzz target `plx`: both characteristics of the Bluetooth Pulse Oximeter Service. Values follow
// one another without a mark, so what stands before them may swallow the first.
#include "drivers/plx/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

using namespace std::string_view_literals;

namespace {

template <lamplight::plx::Characteristic kCharacteristic>
std::unique_ptr<lamplight::sdk::Decoder> make() {
  return std::make_unique<lamplight::plx::Decoder>(kCharacteristic);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  test::Target target{
      .make = make<plx::Characteristic::continuous>,
      .good =
          "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
          "\x00\x60\x00\x48\x00"sv,
      .frames_at_least = 1,
      .planted_above = 2500};
  test::run_target(target, data, size);
  target.make = make<plx::Characteristic::spot_check>;
  test::run_target(target, data, size);
  return 0;
}
