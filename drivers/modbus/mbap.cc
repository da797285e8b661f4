#include "drivers/modbus/mbap.h"

namespace lamplight::modbus {
namespace {

constexpr size_t kHeaderBytes = 7;  // id, protocol 0, length of what follows it, unit
constexpr size_t kCountedFrom = 6;  // the length counts from the unit on
constexpr uint8_t kExceptionBit = 0x80;

uint8_t high(int value) { return static_cast<uint8_t>(value >> 8); }
uint8_t low(int value) { return static_cast<uint8_t>(value); }
int word_at(std::span<const uint8_t> bytes, size_t at) { return bytes[at] << 8 | bytes[at + 1]; }

uint8_t function_of(Table table) {
  switch (table) {
    case Table::coil:
      return 1;
    case Table::discrete:
      return 2;
    case Table::holding:
      return 3;
    case Table::input:
      return 4;
  }
  return 4;
}

bool is_bits(Table table) { return table == Table::coil || table == Table::discrete; }

size_t data_bytes(const Request& request) {
  return is_bits(request.table) ? (request.count + 7U) / 8 : request.count * 2U;
}

}  // namespace

std::array<uint8_t, kTcpRequestBytes> tcp_request(uint16_t id, const Request& request) {
  return {high(id),
          low(id),
          0,
          0,
          0,
          kTcpRequestBytes - kCountedFrom,
          low(request.unit),
          function_of(request.table),
          high(request.first),
          low(request.first),
          high(request.count),
          low(request.count)};
}

TcpAnswer read_tcp_answer(std::span<const uint8_t> frame, uint16_t id, const Request& request,
                          std::vector<uint16_t>& registers, int& exception) {
  if (frame.size() < kHeaderBytes + 2 || word_at(frame, 0) != id || word_at(frame, 2) != 0 ||
      static_cast<size_t>(word_at(frame, 4)) != frame.size() - kCountedFrom) {
    return TcpAnswer::broken;
  }
  if (frame[kHeaderBytes - 1] != low(request.unit)) return TcpAnswer::another_unit;
  const auto said = frame.subspan(kHeaderBytes);
  const uint8_t function = function_of(request.table);
  if (said[0] == (function | kExceptionBit) && said.size() == 2) {
    exception = said[1];
    return TcpAnswer::exception;
  }
  const auto data = said.subspan(2);
  if (said[0] != function || said[1] != data.size() || data.size() != data_bytes(request)) {
    return TcpAnswer::broken;
  }
  registers.assign(request.count, 0);
  for (size_t i = 0; i < registers.size(); ++i) {
    const int value = is_bits(request.table) ? data[i / 8] >> (i % 8) & 1 : word_at(data, i * 2);
    registers[i] = static_cast<uint16_t>(value);
  }
  return TcpAnswer::good;
}

}  // namespace lamplight::modbus
