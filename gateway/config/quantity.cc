#include "gateway/config/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace lamplight::config {
namespace {

struct Scale {
  std::string_view name;
  int64_t factor;
};
constexpr std::array<Scale, 5> kSizes = {
    {{"B", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}, {"TiB", 1LL << 40}}};
constexpr std::array<Scale, 6> kTimes = {{{"ns", 1},
                                          {"us", 1'000},
                                          {"ms", 1'000'000},
                                          {"s", 1'000'000'000},
                                          {"min", 60'000'000'000},
                                          {"h", 3'600'000'000'000}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// digits [. digits] [space] unit → digits * factor, exact or nothing.
template <size_t N>
std::optional<int64_t> parse_scaled(std::string_view text, const std::array<Scale, N>& scales) {
  size_t at = 0;
  __int128 digits = 0;
  __int128 divisor = 1;
  bool fraction = false;
  bool any = false;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && any && !fraction)); ++at) {
    if (text[at] == '.') {
      fraction = true;
      any = false;  // a digit has to follow
      continue;
    }
    any = true;
    digits = digits * 10 + (text[at] - '0');
    if (fraction) divisor *= 10;
    if (digits > INT64_MAX || divisor > 1'000'000'000'000) return std::nullopt;
  }
  if (!any) return std::nullopt;
  if (at < text.size() && text[at] == ' ') ++at;
  const auto* scale = std::find_if(scales.begin(), scales.end(),
                                   [&](const Scale& s) { return s.name == text.substr(at); });
  if (scale == scales.end()) return std::nullopt;
  const __int128 scaled = digits * scale->factor;
  if (scaled % divisor != 0 || scaled / divisor > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(scaled / divisor);
}

std::optional<int> parse_int(std::string_view text, int lowest, int highest) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value < lowest || value > highest) return std::nullopt;
  return value;
}

// BAUD,FRAME such as 9600,8N1. The rates are those of termios up to 921600.
bool is_line(std::string_view text) {
  constexpr std::array<int, 13> kBauds = {300,   600,   1200,   2400,   4800,   9600,  19200,
                                          38400, 57600, 115200, 230400, 460800, 921600};
  const size_t comma = text.find(',');
  if (comma == std::string_view::npos) return false;
  const auto baud = parse_int(text.substr(0, comma), 1, 1'000'000);
  if (!baud || std::find(kBauds.begin(), kBauds.end(), *baud) == kBauds.end()) return false;
  const std::string_view frame = text.substr(comma + 1);
  return frame.size() == 3 && (frame[0] == '7' || frame[0] == '8') &&
         (frame[1] == 'N' || frame[1] == 'E' || frame[1] == 'O') &&
         (frame[2] == '1' || frame[2] == '2');
}

Result<Address> parse_serial(std::string_view rest) {
  const size_t mark = rest.rfind('?');
  if (mark == std::string_view::npos || mark == 0) {
    return failure("a serial port is written `serial:PATH?BAUD,FRAME`");
  }
  const std::string_view line = rest.substr(mark + 1);
  if (!is_line(line)) {
    return failure(
        "the line after `?` is BAUD,FRAME such as `9600,8N1`: a baud rate of 300 to "
        "921600, 7 or 8 bits, N, E or O, 1 or 2 stop bits");
  }
  return Address{.transport = Transport::serial,
                 .path = std::string(rest.substr(0, mark)),
                 .line = std::string(line),
                 .host = {},
                 .port = 0};
}

Result<Address> parse_tcp(std::string_view rest) {
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return failure("a network port is written `tcp:HOST:PORT`");
  }
  const auto port = parse_int(rest.substr(colon + 1), 1, 65535);
  if (!port) return failure("the port after the host is a number from 1 to 65535");
  std::string_view host = rest.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return failure("an IPv6 address stands in brackets: `tcp:[::1]:502`");
  }
  if (host.empty()) return failure("a network port is written `tcp:HOST:PORT`");
  return Address{.transport = Transport::tcp,
                 .path = {},
                 .line = {},
                 .host = std::string(host),
                 .port = *port};
}

}  // namespace

Result<int64_t> parse_size(std::string_view text) {
  const auto bytes = parse_scaled(text, kSizes);
  if (!bytes) return failure("a size is a number with B, KiB, MiB, GiB or TiB, as `256 MiB`");
  return *bytes;
}

Result<Duration> parse_duration(std::string_view text) {
  const auto ns = parse_scaled(text, kTimes);
  if (!ns) return failure("a duration is a number with ms, s, min or h, as `0.5 s`");
  return nanoseconds(*ns);
}

Result<Address> parse_address(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view scheme = text.substr(0, colon);
  const std::string_view rest =
      colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  if (text.find('\0') != std::string_view::npos) return failure("a port holds no zero byte");
  if (scheme == "serial") return parse_serial(rest);
  if (scheme == "tcp") return parse_tcp(rest);
  if ((scheme == "lines" || scheme == "hid") && !rest.empty()) {
    Address address;
    address.transport = scheme == "lines" ? Transport::lines : Transport::hid;
    address.path = std::string(rest);
    return address;
  }
  return failure("a port is `serial:PATH?BAUD,FRAME`, `tcp:HOST:PORT`, `lines:PATH` or `hid:PATH`");
}

std::string to_string(const Address& address) {
  switch (address.transport) {
    case Transport::serial:
      return "serial:" + address.path + "?" + address.line;
    case Transport::lines:
      return "lines:" + address.path;
    case Transport::hid:
      return "hid:" + address.path;
    case Transport::tcp:
      break;
  }
  const bool bracketed = address.host.find(':') != std::string::npos;
  return "tcp:" + (bracketed ? "[" + address.host + "]" : address.host) + ":" +
         std::to_string(address.port);
}

}  // namespace lamplight::config
