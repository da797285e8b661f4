// Where a port is: the `at` strings of the configuration.
//   serial:PATH?BAUD,FRAME   (FRAME: data bits 5–8, parity N/E/O, stop bits 1–2; "8N1")
//   tcp:HOST:PORT            (an IPv6 host in brackets)
//   hid:PATH                 (a /dev/hidraw, or a SEQPACKET socket that stands in for one)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "rules/model/result.h"

namespace lamplight::sdk {

enum class Parity : uint8_t { none, even, odd };

struct SerialAddress {
  std::string path;
  int baud = 9600;
  int data_bits = 8;
  Parity parity = Parity::none;
  int stop_bits = 1;
};

struct TcpAddress {
  std::string host;
  uint16_t port = 0;
};

struct HidAddress {
  std::string path;
};

using PortAddress = std::variant<SerialAddress, TcpAddress, HidAddress>;

// Without "?…" a serial line is 9600,8N1. The error names the part that is wrong.
[[nodiscard]] Result<PortAddress> parse_port_address(std::string_view at);

// For people: "/dev/ttyUSB0", "10.0.0.7:4001".
std::string describe(const PortAddress& address);

}  // namespace lamplight::sdk
