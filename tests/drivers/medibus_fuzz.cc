// Fuzz target `medibus`: both channels of Draeger Medibus. A message may stand behind up to four
// open ones. With bit 7 of the first byte set, what follows are lines that get their checksum here:
// what stands behind a right checksum is fuzzed too, not only the checksum.
#include <cstdio>
#include <vector>

#include "drivers/medibus/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

namespace {

std::vector<uint8_t> summed(const uint8_t* data, size_t size) {
  std::vector<uint8_t> out = {data[0]};
  uint8_t sum = 0;
  for (size_t i = 1; i < size; ++i) {
    if (data[i] != '\r') {
      sum = static_cast<uint8_t>(sum + data[i]);
      out.push_back(data[i]);
      continue;
    }
    char text[3];
    std::snprintf(text, sizeof text, "%02X", sum);
    out.insert(out.end(), {static_cast<uint8_t>(text[0]), static_cast<uint8_t>(text[1]), '\r'});
    sum = 0;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  const bool lines = size > 0 && (data[0] & 0x80) != 0;
  const auto bytes = lines ? summed(data, size) : std::vector<uint8_t>(data, data + size);
  test::run_target({.make = []() -> std::unique_ptr<sdk::Decoder> {
                      return std::make_unique<medibus::Decoder>();
                    },
                    .good = "\x01"
                            "Q52\r"
                            "\x01"
                            "Q52\r",
                    .frames_at_least = 1,
                    .planted_above = 250,
                    .planted_in = "peep"},
                   bytes.data(), bytes.size());
  return 0;
}
