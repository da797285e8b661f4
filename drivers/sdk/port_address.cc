#include "drivers/sdk/port_address.h"

#include <charconv>

#include "drivers/sdk/serial_speed.h"

namespace lamplight::sdk {
namespace {

template <class T>
bool read_number(std::string_view text, T& into) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, into);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

Status read_line_settings(std::string_view text, SerialAddress& into) {
  const size_t comma = text.find(',');
  if (comma == std::string_view::npos) return failure("expected BAUD,FRAME, as in 9600,8N1");
  const bool is_known_baud =
      read_number(text.substr(0, comma), into.baud) && speed_of(into.baud) != B0;
  if (!is_known_baud) return failure("baud rate must be one of 300 … 921600");
  const std::string_view frame = text.substr(comma + 1);
  if (frame.size() != 3) return failure("frame must be three characters, as in 8N1");
  into.data_bits = frame[0] - '0';
  into.stop_bits = frame[2] - '0';
  if (into.data_bits < 5 || into.data_bits > 8) return failure("data bits must be 5 to 8");
  if (into.stop_bits < 1 || into.stop_bits > 2) return failure("stop bits must be 1 or 2");
  switch (frame[1]) {
    case 'N':
      into.parity = Parity::none;
      return {};
    case 'E':
      into.parity = Parity::even;
      return {};
    case 'O':
      into.parity = Parity::odd;
      return {};
    default:
      return failure("parity must be N, E or O");
  }
}

Result<PortAddress> parse_serial(std::string_view rest) {
  SerialAddress address;
  const size_t question = rest.rfind('?');
  address.path = rest.substr(0, question);
  if (address.path.empty()) return failure("the path of the serial port is missing");
  if (question == std::string_view::npos) return address;
  const Status read = read_line_settings(rest.substr(question + 1), address);
  if (!read) return failure(read.error());
  return address;
}

Result<PortAddress> parse_tcp(std::string_view rest) {
  TcpAddress address;
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return failure("expected tcp:HOST:PORT");
  if (!read_number(rest.substr(colon + 1), address.port) || address.port == 0) {
    return failure("the TCP port must be 1 to 65535");
  }
  std::string_view host = rest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return failure("expected tcp:HOST:PORT");
  address.host = host;
  return address;
}

}  // namespace

Result<PortAddress> parse_port_address(std::string_view at) {
  constexpr std::string_view kSerial = "serial:";
  constexpr std::string_view kTcp = "tcp:";
  constexpr std::string_view kHid = "hid:";
  if (at.starts_with(kSerial)) return parse_serial(at.substr(kSerial.size()));
  if (at.starts_with(kTcp)) return parse_tcp(at.substr(kTcp.size()));
  if (at.starts_with(kHid) && at.size() > kHid.size()) {
    return HidAddress{std::string(at.substr(kHid.size()))};
  }
  return failure("expected serial:PATH?BAUD,FRAME, tcp:HOST:PORT or hid:PATH");
}

std::string describe(const PortAddress& address) {
  if (const auto* serial = std::get_if<SerialAddress>(&address)) return serial->path;
  if (const auto* hid = std::get_if<HidAddress>(&address)) return hid->path;
  const auto& tcp = std::get<TcpAddress>(address);
  return tcp.host + ":" + std::to_string(tcp.port);
}

}  // namespace lamplight::sdk
