// Fuzz target `mbap`: any bytes as the answer to a request over Modbus TCP. A good one has exactly
// the registers that were asked for, of the unit that was asked, and the bits of coils are 0 or 1.
// With bit 7 of the first byte set, the header in front is made right: what stands behind a right
// header is fuzzed too.
#include <cstdint>
#include <vector>

#include "drivers/modbus/mbap.h"
#include "rules/model/assert.h"

using namespace lamplight;

namespace {

constexpr uint16_t kId = 0x1234;
constexpr size_t kChoice = 3;  // bytes that choose the request

modbus::Request request_of(const uint8_t* data) {
  modbus::Request request;
  request.table = static_cast<modbus::Table>(data[0] % 4);
  request.unit = data[1] % 247 + 1;
  request.count = static_cast<uint16_t>(data[2] % 125 + 1);
  return request;
}

std::vector<uint8_t> frame_of(const uint8_t* data, size_t size, const modbus::Request& request) {
  std::vector<uint8_t> frame(data + kChoice, data + size);
  if ((data[0] & 0x80) == 0) return frame;
  const size_t length = frame.size() + 1;
  const uint8_t header[] = {kId >> 8,
                            kId & 0xFF,
                            0,
                            0,
                            static_cast<uint8_t>(length >> 8),
                            static_cast<uint8_t>(length),
                            static_cast<uint8_t>(request.unit)};
  frame.insert(frame.begin(), std::begin(header), std::end(header));
  return frame;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kChoice) return 0;
  const modbus::Request request = request_of(data);
  const std::vector<uint8_t> frame = frame_of(data, size, request);
  const auto asked = modbus::tcp_request(kId, request);
  LL_ASSERT(asked[6] == request.unit && (asked[7] >= 1 && asked[7] <= 4));
  std::vector<uint16_t> registers;
  int exception = 0;
  const auto answer = modbus::read_tcp_answer(frame, kId, request, registers, exception);
  const bool is_good = answer == modbus::TcpAnswer::good;
  LL_ASSERT(registers.size() == (is_good ? request.count : 0U));
  LL_ASSERT((exception != 0) <= (answer == modbus::TcpAnswer::exception));
  if (!is_good) return 0;
  LL_ASSERT(frame[6] == request.unit);
  const bool is_bits =
      request.table == modbus::Table::coil || request.table == modbus::Table::discrete;
  for (const uint16_t value : registers) {
    LL_ASSERT(!is_bits || value <= 1);
#ifdef LL_PLANTED_BUG  // proves that the target reaches the registers of a good answer
    LL_ASSERT(value != 0x4C02);
#endif
  }
  return 0;
}
