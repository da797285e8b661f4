#include "drivers/modbus/bus.h"

#include <fcntl.h>
#include <linux/serial.h>
#include <modbus.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>

#include "drivers/modbus/mbap.h"
#include "drivers/sdk/clock.h"
#include "drivers/sdk/port_owner.h"
#include "drivers/sdk/serial_speed.h"
#include "drivers/sdk/wait.h"
#include "rules/model/assert.h"

namespace lamplight::modbus {
namespace {

// An answer that came, but broken or another unit's, is not late: only what is still under way is
// waited for, across the pauses of adapters (FTDI: 16 ms). Longer, and the neighbours of a unit
// that spoils an answer now and then are read late each time. A right answer that begins later
// still is known by its unit, its count or the canary, and costs a bad poll.
constexpr Duration kRestOfBroken = milliseconds(50);

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

Failure failure_of(int error) {
  if (error > MODBUS_ENOBASE && error < MODBUS_ENOBASE + MODBUS_EXCEPTION_MAX) {
    return {PollError::exception, error - MODBUS_ENOBASE};
  }
  if (error == EMBBADSLAVE) return {PollError::another_unit, 0};
  return {error == ETIMEDOUT ? PollError::timeout : PollError::broken, 0};
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

// What the line must be for bytes to pass untouched. libmodbus starts from what it finds and leaves
// the translation of CR and the handshake as they were. `baud` may be another than the bus's: see
// connect().
bool make_raw(int fd, speed_t baud) {
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return false;
  cfmakeraw(&settings);
  settings.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS);
  if (baud != B0) cfsetspeed(&settings, baud);
  return tcsetattr(fd, TCSANOW, &settings) == 0;
}

tcflag_t frame_flags(char parity, int stop_bits) {
  tcflag_t flags = CS8;
  if (parity != 'N') flags |= PARENB;
  if (parity == 'O') flags |= PARODD;
  if (stop_bits == 2) flags |= CSTOPB;
  return flags;
}

}  // namespace

Result<std::unique_ptr<Bus>> Bus::make(BusSettings settings) {
  std::unique_ptr<Bus> bus(new Bus(std::move(settings)));
  if (auto parsed = bus->parse_at(); !parsed) return failure(parsed.error());
  return bus;
}

Bus::~Bus() { Bus::close(); }

MonoTime Bus::now() const { return sdk::mono_now(); }

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
    std::string_view host = at.substr(4, colon - 4);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    path_or_host_ = host;
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
      !whole_number(at.substr(question + 1, comma - question - 1), baud_) ||
      sdk::speed_of(baud_) == B0) {
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

// libmodbus opens with O_EXCL, which is not exclusive for a tty: one owner is our business, and it
// is settled on a descriptor of our own before anything of the line is touched.
Status Bus::own() {
  const char* path = path_or_host_.c_str();
  owned_ = sdk::FileDescriptor(::open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!owned_.is_open()) {
    if (errno == EBUSY) {
      return failure(path_or_host_ + " is in use by " + sdk::lock_owner(path_or_host_));
    }
    return failure(settings_.at + ": " + std::strerror(errno));
  }
  if (flock(owned_.get(), LOCK_EX | LOCK_NB) != 0) {
    return failure(path_or_host_ + " is in use by " + sdk::lock_owner(owned_.get()));
  }
  return {};
}

Status Bus::connect() {
  context_ = is_tcp_
                 ? modbus_new_tcp_pi(path_or_host_.c_str(), service_.c_str())
                 : modbus_new_rtu(path_or_host_.c_str(), baud_, parity_, data_bits_, stop_bits_);
  if (context_ == nullptr) return failure(settings_.at + ": " + error_text());
  set_timeout(context_, settings_.timeout);
  if (!is_tcp_) make_raw(owned_.get(), B0);
  bool connected = modbus_connect(context_) == 0;
  // glibc's tcsetattr says EINVAL when nothing of what it was asked for came true. A PTY refuses
  // parity, so that is every opening after an owner that was killed and put nothing back. Another
  // speed leaves something to change.
  if (!connected && !is_tcp_ && errno == EINVAL && make_raw(owned_.get(), B110)) {
    connected = modbus_connect(context_) == 0;
  }
  if (!connected) return failure(settings_.at + ": " + error_text());
  const int fd = modbus_get_socket(context_);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (is_tcp_) return {};
  ioctl(fd, TIOCEXCL);  // for those who do not ask for the lock
  return read_back();
}

// tcsetattr succeeds if it could do anything at all, so only reading back tells.
Status Bus::read_back() {
  constexpr tcflag_t kFrame = CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS;
  const int fd = modbus_get_socket(context_);
  termios got{};
  if (tcgetattr(fd, &got) != 0) return failure(settings_.at + ": " + std::strerror(errno));
  if ((got.c_cflag & kFrame) == frame_flags(parity_, stop_bits_) &&
      cfgetospeed(&got) == sdk::speed_of(baud_)) {
    return {};
  }
  const std::string what = path_or_host_ + " did not take the line settings asked for";
  serial_struct hardware{};
  if (ioctl(fd, TIOCGSERIAL, &hardware) == 0) return failure(what);
  warning_ = what + " (a pseudo-terminal has no line: nothing is lost)";
  return {};
}

Status Bus::open() {
  close();
  warning_.clear();
  Status opened = is_tcp_ ? Status{} : own();
  if (opened) opened = connect();
  if (!opened) {
    why_ = opened.error();
    close();
    return failure(why_);
  }
  modbus_flush(context_);
  is_settled_ = true;
  return {};
}

void Bus::close() {
  if (context_ != nullptr) {
    modbus_close(context_);
    modbus_free(context_);
    context_ = nullptr;
  }
  owned_ = sdk::FileDescriptor();
}

// What the reading functions of libmodbus give back: the count, or -1 and errno.
int Bus::read_rtu(const Request& request, std::vector<uint16_t>& registers) {
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

// The same over TCP, where those functions take an answer of any unit for good: libmodbus receives
// the frame, mbap.h judges it.
int Bus::read_tcp(const Request& request, std::vector<uint16_t>& registers) {
  const auto question = tcp_request(++transaction_, request);
  const ssize_t sent =
      ::send(modbus_get_socket(context_), question.data(), question.size(), MSG_NOSIGNAL);
  if (sent < 0) return -1;
  std::array<uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> frame{};
  const int size = modbus_receive_confirmation(context_, frame.data());
  if (size < 0) return -1;
  int exception = 0;
  const std::span<const uint8_t> answer(frame.data(), static_cast<size_t>(size));
  switch (read_tcp_answer(answer, transaction_, request, registers, exception)) {
    case TcpAnswer::good:
      return request.count;
    case TcpAnswer::another_unit:
      errno = EMBBADSLAVE;
      return -1;
    case TcpAnswer::exception:
      errno = MODBUS_ENOBASE + exception;
      if (exception < 1 || exception >= MODBUS_EXCEPTION_MAX) errno = EMBBADEXC;
      return -1;
    case TcpAnswer::broken:
      errno = EMBBADDATA;
      return -1;
  }
  return -1;
}

Bus::Outcome Bus::ask(const Request& request, Duration timeout, std::vector<uint16_t>& registers,
                      Failure& failure) {
  set_timeout(context_, timeout);
  LL_ASSERT(modbus_set_slave(context_, request.unit) == 0);  // the driver took only such units
  modbus_flush(context_);
  const int got = is_tcp_ ? read_tcp(request, registers) : read_rtu(request, registers);
  if (got == request.count) return Outcome::good;
  const int error = got >= 0 ? 0 : errno;  // another count than asked for is broken
  if (is_port_lost(error)) {
    why_ = settings_.at + ": " + modbus_strerror(error);
    close();
    return Outcome::port_lost;
  }
  failure = failure_of(error);
  if (failure.kind == PollError::exception) return Outcome::failed;
  if (is_tcp_) {
    close();  // the transaction id and a new socket replace the silence
  } else if (!request.is_probe) {
    is_settled_ = false;
    const bool is_late = failure.kind == PollError::timeout;
    idle_for_ = is_late ? settings_.timeout : std::min(settings_.timeout, kRestOfBroken);
    idle_until_ = now() + idle_for_;
    give_up_at_ = now() + settings_.timeout * 3;
  }
  return Outcome::failed;
}

bool Bus::settle(Duration at_most) {
  if (is_settled_ || context_ == nullptr) return true;
  const MonoTime until = now() + at_most;
  pollfd line{modbus_get_socket(context_), POLLIN, 0};
  while (true) {
    const MonoTime at = now();
    if (at >= idle_until_ || at >= give_up_at_) break;
    if (at >= until) return false;
    if (poll(&line, 1, sdk::wait_ms(at, std::min(idle_until_, until))) <= 0) continue;
    if ((line.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) break;
    modbus_flush(context_);
    idle_until_ = now() + idle_for_;
  }
  modbus_flush(context_);
  is_settled_ = true;
  return true;
}

}  // namespace lamplight::modbus
