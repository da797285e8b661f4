// Fuzz target `pb840`: MISCA and MISCF. The good reply is the shortest there is: all columns empty.
// With bit 7 of the first byte set, what follows are columns of one MISCA, each as its index, its
// text and a carriage return; the counts in front of them are made here: what stands behind right
// counts is fuzzed too, not only the counts.
#include <array>
#include <string>

#include "drivers/pb840/decoder.h"
#include "tests/drivers/decoder_fuzz.h"

namespace {

constexpr size_t kColumns = 97;

std::string reply_of(const uint8_t* data, size_t size) {
  std::array<std::string, kColumns> columns;
  for (size_t i = 1; i < size; ++i) {
    std::string& column = columns[data[i++] % kColumns];
    for (; i < size && data[i] != '\r'; ++i) column.push_back(static_cast<char>(data[i]));
  }
  std::string body;
  for (const std::string& column : columns) body += column + ',';
  return static_cast<char>(data[0]) + ("MISCA," + std::to_string(body.size())) + ",97,\x02" + body +
         "\x03\r";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight;
  static const std::string kGood = "MISCA,97,97,\x02" + std::string(97, ',') + "\x03\r";
  const bool is_columns = size > 0 && (data[0] & 0x80) != 0;
  const std::string bytes =
      is_columns ? reply_of(data, size) : std::string(reinterpret_cast<const char*>(data), size);
  test::run_target(
      {.make = []() -> std::unique_ptr<sdk::Decoder> { return std::make_unique<pb840::Decoder>(); },
       .good = kGood,
       .frames_at_least = 1,
       .planted_above = 425,  // any reading higher than the seeds'
       .planted_in = "pip"},
      reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return 0;
}
