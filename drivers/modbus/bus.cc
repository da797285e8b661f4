#include "drivers/modbus/bus.h"

#include <fcntl.h>
#include <modbus.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "drivers/sdk/clock.h"

namespace lamplight::modbus {
namespace {

bool is_port_lost(int error) {
  switch (error) {
    case ECONNRESET:
    case EPIPE:
    case EIO:
    case ENODEV:
    case ENXIO:
    case EBADF:
    case ENOTCONN:
    case ECONNREFUSED:
      return true;
    default:
      return false;
  }
}

bool whole_number(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string error_text() { return modbus_strerror(errno); }

void set_timeout(modbus_t* context, Duration timeout) {
  const auto whole = static_cast<uint32_t>(timeout.ns / 1'000'000'000);
  const auto micros = static_cast<uint32_t>(timeout.ns % 1'000'000'000 / 1000);
  modbus_set_response_timeout(context, whole, micros);
  // Off: the whole reply must fit the response timeout, so that a reply that drips cannot hold us.
  modbus_set_byte_timeout(context, 0, 0);
}

// glibc's tcsetattr says EINVAL when nothing of what it was asked for came true. A PTY refuses
// parity, so that is every opening after an owner that was killed and put nothing back. Another
// speed leaves something to change.
bool unsettle(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  termios settings{};
  bool done = tcgetattr(fd, &settings) == 0;
  done = done && cfsetspeed(&settings, B110) == 0;
  done = done && tcsetattr(fd, TCSANOW, &settings) == 0;
  ::close(fd);
  return done;
}

}  // namespace

Result<std::unique_ptr<Bus>> Bus::make(BusSettings settings) {
  std::unique_ptr<Bus> bus(new Bus(std::move(settings)));
  if (auto parsed = bus->parse_at(); !parsed) return failure(parsed.error());
  return bus;
}

Bus::~Bus() { Bus::close(); }

Status Bus::parse_at() {
  const std::string_view at = settings_.at;
  const std::string help = "'" + settings_.at +
                           "' is no place of a Modbus bus\n  fix: write "
                           "\"serial:PATH?19200,8E1\" or \"tcp:HOST:PORT\"";
  if (at.starts_with("tcp:")) {
    const auto colon = at.rfind(':');
    int port = 0;
    if (colon <= 4 || !whole_number(at.substr(colon + 1), port) || port < 1 || port > 65535) {
      return failure(help);
    }
    is_tcp_ = true;
    path_or_host_ = at.substr(4, colon - 4);
    service_ = at.substr(colon + 1);
    return {};
  }
  if (!at.starts_with("serial:")) return failure(help);
  const auto question = at.rfind('?');
  path_or_host_ = at.substr(7, question == at.npos ? at.npos : question - 7);
  if (path_or_host_.empty()) return failure(help);
  if (question == at.npos) return {};  // the profiles' 19200 8E1
  const auto comma = at.find(',', question);
  if (comma == at.npos || comma + 4 != at.size() ||
      !whole_number(at.substr(question + 1, comma - question - 1), baud_) || baud_ < 1200 ||
      baud_ > 921600) {
    return failure(help);
  }
  data_bits_ = at[comma + 1] - '0';
  parity_ = at[comma + 2];
  stop_bits_ = at[comma + 3] - '0';
  if (data_bits_ != 8 || std::strchr("NEO", parity_) == nullptr || stop_bits_ < 1 ||
      stop_bits_ > 2) {
    return failure(help);
  }
  return {};
}

// libmodbus opens with O_EXCL, which is not exclusive for a tty: one owner is our business.
Status Bus::lock() {
  const int fd = modbus_get_socket(context_);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (is_tcp_) return {};
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return failure(path_or_host_ + " is in use by another process");
  }
  ioctl(fd, TIOCEXCL);
  return {};
}

Status Bus::open() {
  close();
  context_ = is_tcp_
                 ? modbus_new_tcp_pi(path_or_host_.c_str(), service_.c_str())
                 : modbus_new_rtu(path_or_host_.c_str(), baud_, parity_, data_bits_, stop_bits_);
  if (context_ == nullptr) return failure("libmodbus: " + error_text());
  set_timeout(context_, settings_.timeout);
  bool connected = modbus_connect(context_) == 0;
  if (!connected && !is_tcp_ && errno == EINVAL && unsettle(path_or_host_)) {
    connected = modbus_connect(context_) == 0;
  }
  if (!connected) {
    why_ = settings_.at + ": " + error_text();
    modbus_free(context_);
    context_ = nullptr;
    return failure(why_);
  }
  if (auto locked = lock(); !locked) {
    why_ = locked.error();
    close();
    return failure(why_);
  }
  modbus_flush(context_);
  return {};
}

void Bus::close() {
  if (context_ == nullptr) return;
  modbus_close(context_);
  modbus_free(context_);
  context_ = nullptr;
}

int Bus::read(const Request& request, std::vector<uint16_t>& registers) {
  registers.assign(request.count, 0);
  if (request.table == Table::input) {
    return modbus_read_input_registers(context_, request.first, request.count, registers.data());
  }
  if (request.table == Table::holding) {
    return modbus_read_registers(context_, request.first, request.count, registers.data());
  }
  std::vector<uint8_t> bits(request.count);
  const int got = request.table == Table::coil
                      ? modbus_read_bits(context_, request.first, request.count, bits.data())
                      : modbus_read_input_bits(context_, request.first, request.count, bits.data());
  for (size_t i = 0; i < bits.size(); ++i) registers[i] = bits[i];
  return got;
}

Bus::Outcome Bus::ask(const Request& request, Duration timeout, std::vector<uint16_t>& registers,
                      Failure& failure) {
  set_timeout(context_, timeout);
  modbus_set_slave(context_, request.unit);
  modbus_flush(context_);
  const int got = read(request, registers);
  if (got == request.count) return Outcome::good;
  const int error = got >= 0 ? 0 : errno;  // another count than asked for is broken
  if (is_port_lost(error)) {
    why_ = settings_.at + ": " + modbus_strerror(error);
    close();
    return Outcome::port_lost;
  }
  failure.kind = error == ETIMEDOUT ? PollError::timeout : PollError::broken;
  if (error > MODBUS_ENOBASE && error < MODBUS_ENOBASE + MODBUS_EXCEPTION_MAX) {
    failure.kind = PollError::exception;
    failure.exception = error - MODBUS_ENOBASE;
    return Outcome::failed;
  }
  if (is_tcp_) {
    close();  // the transaction id and a new socket replace the silence
  } else if (!request.is_probe) {
    silence();
  }
  return Outcome::failed;
}

// Until the line has been idle for one response timeout, so that a late reply lands in the bin. A
// line that never falls silent is left after three timeouts: the next flush must do.
void Bus::silence() {
  const MonoTime give_up = sdk::mono_now() + settings_.timeout * 3;
  pollfd line{modbus_get_socket(context_), POLLIN, 0};
  while (poll(&line, 1, static_cast<int>(settings_.timeout.ms())) > 0) {
    if ((line.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 || sdk::mono_now() > give_up) break;
    modbus_flush(context_);
  }
  modbus_flush(context_);
}

}  // namespace lamplight::modbus
