// The Modbus server's frames, written by hand so that every fault of the wire is byte-exact:
// requests out of a byte stream, answers into RTU (CRC) or TCP (MBAP) frames. From the Modbus
// application protocol V1.1b3 and the serial line guide V1.02.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rules/model/time.h"

namespace lamplight::sim {

enum class Transport : uint8_t { rtu, tcp };

struct ModbusRequest {
  Transport transport = Transport::rtu;
  uint64_t peer = 0;
  uint16_t transaction = 0;  // TCP only
  uint8_t unit = 0;
  uint8_t function = 0;
  uint16_t first = 0;  // of functions that carry an address; else 0
  uint16_t count = 0;
};

// CRC-16/MODBUS: reflected 0x8005, start 0xFFFF; sent low byte first.
uint16_t modbus_crc(std::span<const uint8_t> bytes);

// Cuts requests out of what arrives on one connection. Garbage is skipped byte by byte.
class RequestReader {
 public:
  explicit RequestReader(Transport transport) : transport_(transport) {}
  // A silence ends a half-received RTU frame, as 3.5 characters do on a wire.
  void feed(MonoTime now, std::span<const uint8_t> bytes);
  std::optional<ModbusRequest> next();

 private:
  std::optional<ModbusRequest> next_rtu();
  std::optional<ModbusRequest> next_tcp();
  void drop(size_t n);

  Transport transport_;
  std::vector<uint8_t> pending_;
  MonoTime last_;
};

// `pdu` begins with the function code. The frame answers `request` as if from `unit`.
std::vector<uint8_t> wrap_answer(const ModbusRequest& request, uint8_t unit,
                                 std::span<const uint8_t> pdu);

enum class Exception : uint8_t {
  illegal_function = 1,
  illegal_address = 2,
  illegal_value = 3,
  device_failure = 4,
};
std::vector<uint8_t> exception_pdu(uint8_t function, Exception code);
// Function 3 or 4.
std::vector<uint8_t> registers_pdu(uint8_t function, std::span<const uint16_t> registers);

}  // namespace lamplight::sim
