#include "firmware-sim/modbus_frame.h"

#include <algorithm>

namespace lamplight::sim {
namespace {

constexpr Duration kSilence = milliseconds(100);
constexpr size_t kRtuMax = 256;
constexpr size_t kMbapBytes = 7;

uint16_t big_endian(std::span<const uint8_t> b, size_t at) {
  return static_cast<uint16_t>(b[at] << 8 | b[at + 1]);
}

void append(std::vector<uint8_t>& out, uint16_t value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

// Length of an RTU request with its CRC; 0: more bytes are needed to tell; nothing: unknown.
std::optional<size_t> rtu_length(std::span<const uint8_t> b) {
  if (b.size() < 2) return 0;
  switch (b[1]) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
      return 8;
    case 7:
    case 11:
    case 12:
    case 17:
      return 4;
    case 15:
    case 16:
      return b.size() < 7 ? 0 : size_t{9} + b[6];
    case 22:
      return 10;
    case 23:
      return b.size() < 11 ? 0 : size_t{13} + b[10];
    default:
      return std::nullopt;
  }
}

bool has_good_crc(std::span<const uint8_t> frame) {
  const size_t n = frame.size();
  const uint16_t crc = modbus_crc(frame.first(n - 2));
  return frame[n - 2] == static_cast<uint8_t>(crc) &&
         frame[n - 1] == static_cast<uint8_t>(crc >> 8);
}

ModbusRequest request_of(uint8_t unit, std::span<const uint8_t> pdu) {
  ModbusRequest r;
  r.unit = unit;
  r.function = pdu[0];
  if (pdu.size() >= 5) {
    r.first = big_endian(pdu, 1);
    r.count = big_endian(pdu, 3);
  }
  return r;
}

}  // namespace

uint16_t modbus_crc(std::span<const uint8_t> bytes) {
  uint16_t crc = 0xFFFF;
  for (const uint8_t b : bytes) {
    crc = static_cast<uint16_t>(crc ^ b);
    for (int i = 0; i < 8; ++i) {
      const bool carry = (crc & 1) != 0;
      crc = static_cast<uint16_t>(crc >> 1);
      if (carry) crc = static_cast<uint16_t>(crc ^ 0xA001);
    }
  }
  return crc;
}

void RequestReader::feed(MonoTime now, std::span<const uint8_t> bytes) {
  if (transport_ == Transport::rtu && now - last_ > kSilence) pending_.clear();
  last_ = now;
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
}

void RequestReader::drop(size_t n) {
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(n));
}

std::optional<ModbusRequest> RequestReader::next() {
  return transport_ == Transport::rtu ? next_rtu() : next_tcp();
}

std::optional<ModbusRequest> RequestReader::next_rtu() {
  while (pending_.size() >= 4) {
    const std::span<const uint8_t> all(pending_);
    const auto length = rtu_length(all);
    // An unknown function ends where its CRC is right.
    const size_t shortest = length.value_or(4);
    const size_t longest = length ? *length : std::min(all.size(), kRtuMax);
    if (length && (*length == 0 || *length > all.size()) && *length <= kRtuMax) return std::nullopt;
    for (size_t n = shortest; n <= longest && n <= all.size(); ++n) {
      if (!has_good_crc(all.first(n))) continue;
      ModbusRequest r = request_of(all[0], all.subspan(1, n - 3));
      drop(n);
      return r;
    }
    if (!length && all.size() < kRtuMax) return std::nullopt;
    drop(1);
  }
  return std::nullopt;
}

std::optional<ModbusRequest> RequestReader::next_tcp() {
  while (pending_.size() > kMbapBytes) {
    const std::span<const uint8_t> all(pending_);
    const size_t length = big_endian(all, 4);
    const bool is_header = big_endian(all, 2) == 0 && length >= 2 && length <= 254;
    if (!is_header) {
      drop(1);
      continue;
    }
    if (all.size() < 6 + length) return std::nullopt;
    ModbusRequest r = request_of(all[6], all.subspan(kMbapBytes, length - 1));
    r.transport = Transport::tcp;
    r.transaction = big_endian(all, 0);
    drop(6 + length);
    return r;
  }
  return std::nullopt;
}

std::vector<uint8_t> wrap_answer(const ModbusRequest& request, uint8_t unit,
                                 std::span<const uint8_t> pdu) {
  std::vector<uint8_t> out;
  out.reserve(pdu.size() + kMbapBytes + 2);
  if (request.transport == Transport::tcp) {
    append(out, request.transaction);
    append(out, 0);
    append(out, static_cast<uint16_t>(pdu.size() + 1));
  }
  out.push_back(unit);
  out.insert(out.end(), pdu.begin(), pdu.end());
  if (request.transport == Transport::rtu) {
    const uint16_t crc = modbus_crc(out);
    out.push_back(static_cast<uint8_t>(crc));
    out.push_back(static_cast<uint8_t>(crc >> 8));
  }
  return out;
}

std::vector<uint8_t> exception_pdu(uint8_t function, Exception code) {
  return {static_cast<uint8_t>(function | 0x80), static_cast<uint8_t>(code)};
}

std::vector<uint8_t> registers_pdu(uint8_t function, std::span<const uint16_t> registers) {
  std::vector<uint8_t> pdu;
  pdu.reserve(2 + registers.size() * 2);
  pdu.push_back(function);
  pdu.push_back(static_cast<uint8_t>(registers.size() * 2));
  for (const uint16_t r : registers) append(pdu, r);
  return pdu;
}

}  // namespace lamplight::sim
