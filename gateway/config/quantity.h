// The texts inside values: sizes ("256 MiB"), durations ("0.1 s") and port addresses
// ("serial:/dev/ttyUSB0?9600,8N1"). Pure functions; an error is one sentence's end that says what
// was expected, for the reader of the file to print.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::config {

// Whole bytes: a decimal number and B, KiB, MiB, GiB or TiB. "0.5 MiB" is allowed, "0.3 B" not.
[[nodiscard]] Result<int64_t> parse_size(std::string_view text);

// Whole nanoseconds: a decimal number and ns, us, ms, s, min or h.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

enum class Transport : uint8_t { serial, tcp, lines, hid };

// serial:PATH?BAUD,FRAME · tcp:HOST:PORT · lines:PATH · hid:PATH
struct Address {
  Transport transport = Transport::serial;
  std::string path;  // of serial, lines, hid
  std::string line;  // of serial: "9600,8N1"
  std::string host;  // of tcp
  int port = 0;      // of tcp
  bool operator==(const Address&) const = default;
};
[[nodiscard]] Result<Address> parse_address(std::string_view text);
// As parse_address reads it.
std::string to_string(const Address& address);

}  // namespace lamplight::config
