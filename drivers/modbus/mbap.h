// The frames of Modbus TCP: a request as bytes, and whether a frame is the answer to it. Our own,
// because libmodbus's reading functions do not look at the unit of an answer and its raw requests
// bear no transaction id. Functions 01 to 04 and none other. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "drivers/modbus/unit_poller.h"

namespace lamplight::modbus {

inline constexpr size_t kTcpRequestBytes = 12;

std::array<uint8_t, kTcpRequestBytes> tcp_request(uint16_t id, const Request& request);

enum class TcpAnswer : uint8_t { good, another_unit, exception, broken };
// `registers` is filled when good (bits one a word), `exception` with its code.
TcpAnswer read_tcp_answer(std::span<const uint8_t> frame, uint16_t id, const Request& request,
                          std::vector<uint16_t>& registers, int& exception);

}  // namespace lamplight::modbus
