// A port belongs to one process, is set exactly as asked, and its loss is noticed: two readers
// on one line would each get half of a child's readings.
#include "drivers/sdk/port.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>

#include <array>
#include <cstring>

#include "drivers/sdk/port_owner.h"
#include "tests/drivers/pty.h"

namespace lamplight::sdk {
namespace {

using test::Pty;
using test::wait_for;
using testing::HasSubstr;
using testing::IsEmpty;

SerialAddress plain(const Pty& pty) { return {.path = pty.path()}; }

std::string read_all(Port& port) {
  std::array<uint8_t, 64> buffer{};
  const PortInput input = port.read(buffer);
  EXPECT_EQ(input.state, PortState::data);
  return {buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(input.bytes)};
}

TEST(SerialPort, ReadsAndWritesRawBytes) {
  Pty pty;
  auto port = open_serial(plain(pty));
  ASSERT_TRUE(port.has_value()) << port.error();
  std::array<uint8_t, 8> buffer{};
  EXPECT_EQ((*port)->read(buffer).state, PortState::nothing);
  pty.say(std::string_view("\x00\x03\x0d\x0a\x11\x7f\xff", 7));
  ASSERT_TRUE(wait_for((*port)->fd(), POLLIN));
  EXPECT_EQ(read_all(**port), std::string("\x00\x03\x0d\x0a\x11\x7f\xff", 7));
  const std::array<uint8_t, 3> command = {0x02, 0x0A, 0x03};
  EXPECT_TRUE((*port)->write(command).has_value());
  ASSERT_TRUE(wait_for(pty.master(), POLLIN));
  std::array<uint8_t, 8> got{};
  EXPECT_EQ(::read(pty.master(), got.data(), got.size()), 3);
  EXPECT_EQ(got[1], 0x0A);
}

TEST(SerialPort, TheLineIsSetAsAskedAndWaitsForOneByte) {
  Pty pty;
  SerialAddress address = plain(pty);
  address.baud = 19200;
  address.stop_bits = 2;
  const auto port = open_serial(address);
  ASSERT_TRUE(port.has_value()) << port.error();
  termios set{};
  ASSERT_EQ(::tcgetattr((*port)->fd(), &set), 0);
  EXPECT_EQ(::cfgetispeed(&set), speed_t{B19200});
  EXPECT_NE(set.c_cflag & CSTOPB, 0U);
  EXPECT_EQ(set.c_cflag & CRTSCTS, 0U);
  EXPECT_EQ(set.c_lflag & (ICANON | ECHO | ISIG), 0U);
  EXPECT_EQ(set.c_iflag, 0U);
  EXPECT_EQ(set.c_cc[VMIN], 1);
  EXPECT_EQ(set.c_cc[VTIME], 0);
  EXPECT_NE(::fcntl((*port)->fd(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_THAT((*port)->warning(), IsEmpty());
}

TEST(SerialPort, WhatAPseudoTerminalSilentlyRefusesIsReadBackAndSaid) {
  Pty pty;
  SerialAddress address = plain(pty);
  address.data_bits = 7;
  address.parity = Parity::even;
  const auto port = open_serial(address);
  ASSERT_TRUE(port.has_value()) << port.error();
  EXPECT_THAT((*port)->warning(), HasSubstr("did not take the line settings"));
}

TEST(SerialPort, ASecondOwnerIsRefusedWithTheNameOfTheFirst) {
  Pty pty;
  auto first = open_serial(plain(pty));
  ASSERT_TRUE(first.has_value());
  const auto second = open_serial(plain(pty));
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error(),
              HasSubstr("in use by port_test (process " + std::to_string(::getpid()) + ")"));
  first->reset();
  EXPECT_TRUE(open_serial(plain(pty)).has_value());
}

TEST(SerialPort, ASecondProcessIsRefusedToo) {
  Pty pty;
  const auto first = open_serial(plain(pty));
  ASSERT_TRUE(first.has_value());
  const pid_t child = ::fork();
  if (child == 0) {
    const auto second = open_serial(plain(pty));
    const bool is_named = !second && second.error().find("port_test") != std::string::npos;
    ::_exit(is_named ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(SerialPort, AForeignLockIsNamedOrAtLeastRespected) {
  Pty pty;
  const int other = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  const auto port = open_serial(plain(pty));
  ASSERT_FALSE(port.has_value());
  EXPECT_THAT(port.error(), HasSubstr("in use by"));
  ::close(other);
  EXPECT_EQ(lock_owner("/nowhere/at/all"), "another process");
}

TEST(SerialPort, UnpluggingIsALossAfterTheLastBytes) {
  Pty pty;
  const auto port = open_serial(plain(pty));
  ASSERT_TRUE(port.has_value());
  pty.unplug();
  ASSERT_TRUE(wait_for((*port)->fd(), POLLIN));
  std::array<uint8_t, 8> buffer{};
  const PortInput input = (*port)->read(buffer);
  EXPECT_EQ(input.state, PortState::lost);
  EXPECT_THAT(input.why, HasSubstr("unplugged"));
  const std::array<uint8_t, 1> byte = {1};
  EXPECT_FALSE((*port)->write(byte).has_value());
}

TEST(SerialPort, WhatIsNotThereOrNoPortIsSaid) {
  const auto absent = open_serial({.path = "/dev/lamplight-none"});
  ASSERT_FALSE(absent.has_value());
  EXPECT_THAT(absent.error(), HasSubstr("No such file"));
  const auto file = open_serial({.path = "/dev/null"});
  ASSERT_FALSE(file.has_value());
  EXPECT_THAT(file.error(), HasSubstr("no serial port"));
}

// A listening socket on loopback; the test is the serial server.
struct Listener {
  Listener() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(fd, 1), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port = ntohs(address.sin_port);
  }
  ~Listener() { ::close(fd); }
  int fd;
  uint16_t port = 0;
};

TEST(TcpPort, ConnectsReadsAndNoticesTheEnd) {
  const Listener listener;
  const auto port = open_tcp({"127.0.0.1", listener.port});
  ASSERT_TRUE(port.has_value()) << port.error();
  const int server = ::accept(listener.fd, nullptr, nullptr);
  ASSERT_GE(server, 0);
  if ((*port)->is_opening()) {
    ASSERT_TRUE(wait_for((*port)->fd(), POLLOUT));
    ASSERT_TRUE((*port)->finish_opening().has_value());
  }
  EXPECT_FALSE((*port)->is_opening());
  EXPECT_TRUE((*port)->reopens_when_silent());
  std::array<uint8_t, 8> buffer{};
  EXPECT_EQ((*port)->read(buffer).state, PortState::nothing);
  ASSERT_EQ(::write(server, "abc", 3), 3);
  ASSERT_TRUE(wait_for((*port)->fd(), POLLIN));
  EXPECT_EQ(read_all(**port), "abc");
  const std::array<uint8_t, 1> byte = {1};
  EXPECT_TRUE((*port)->write(byte).has_value());
  ASSERT_EQ(::read(server, buffer.data(), 1), 1);
  ::close(server);
  ASSERT_TRUE(wait_for((*port)->fd(), POLLIN));
  const PortInput input = (*port)->read(buffer);
  EXPECT_EQ(input.state, PortState::lost);
  EXPECT_THAT(input.why, HasSubstr("closed by the other end"));
}

TEST(TcpPort, ARefusedConnectionIsSaidWhenItIsKnown) {
  uint16_t unused = 0;
  {
    const Listener listener;
    unused = listener.port;
  }
  const auto port = open_tcp({"127.0.0.1", unused});
  if (!port) {
    EXPECT_THAT(port.error(), HasSubstr("refused"));
    return;
  }
  ASSERT_TRUE(wait_for((*port)->fd(), POLLOUT));
  const Status finished = (*port)->finish_opening();
  ASSERT_FALSE(finished.has_value());
  EXPECT_THAT(finished.error(), HasSubstr("refused"));
}

SocketAddress loopback(uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  SocketAddress address;
  address.length = sizeof to;
  std::memcpy(&address.bytes, &to, sizeof to);
  return address;
}

// ::1 at the port of a listener that knows no IPv6, as `localhost` often begins.
SocketAddress loopback6(uint16_t port) {
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_addr = in6addr_loopback;
  to.sin6_port = htons(port);
  SocketAddress address;
  address.length = sizeof to;
  std::memcpy(&address.bytes, &to, sizeof to);
  return address;
}

uint16_t unused_port() { return Listener().port; }

Status finish(Port& port) {
  while (port.is_opening()) {
    if (!wait_for(port.fd(), POLLOUT)) return failure("no end");
    Status finished = port.finish_opening();
    if (!finished) return finished;
  }
  return {};
}

TEST(TcpPort, TheNextAddressIsTriedWhenTheFirstRefuses) {
  const Listener listener;
  const auto port = connect_tcp(
      {loopback6(listener.port), loopback(unused_port()), loopback(listener.port)}, "two.example");
  ASSERT_TRUE(port.has_value()) << port.error();
  const Status finished = finish(**port);
  ASSERT_TRUE(finished.has_value()) << finished.error();
  const int server = ::accept(listener.fd, nullptr, nullptr);
  ASSERT_GE(server, 0);
  ASSERT_EQ(::write(server, "abc", 3), 3);
  ASSERT_TRUE(wait_for((*port)->fd(), POLLIN));
  EXPECT_EQ(read_all(**port), "abc");
  ::close(server);
}

TEST(TcpPort, TheNextAddressIsTriedWhenTheFirstDoesNotAnswer) {
  const Listener first;
  const Listener second;
  const auto port = connect_tcp({loopback(first.port), loopback(second.port)}, "two.example");
  ASSERT_TRUE(port.has_value()) << port.error();
  ASSERT_TRUE((*port)->open_another_way().has_value());
  ASSERT_TRUE(finish(**port).has_value());
  const int server = ::accept(second.fd, nullptr, nullptr);
  EXPECT_GE(server, 0);
  ::close(server);
  const Status third = (*port)->open_another_way();
  ASSERT_FALSE(third.has_value());
  EXPECT_THAT(third.error(), HasSubstr("two.example: no answer"));
}

TEST(TcpPort, WhenEveryAddressRefusesThatIsSaid) {
  const auto port = connect_tcp({loopback(unused_port()), loopback(unused_port())}, "two.example");
  const Status finished = port ? finish(**port) : Status(failure(port.error()));
  ASSERT_FALSE(finished.has_value());
  EXPECT_THAT(finished.error(), HasSubstr("two.example: Connection refused"));
}

TEST(TcpPort, AHostThatIsNoHostIsSaid) {
  const auto port = open_port(TcpAddress{"256.1.1.1.invalid.", 1});
  ASSERT_FALSE(port.has_value());
  EXPECT_THAT(port.error(), HasSubstr("256.1.1.1"));
}

}  // namespace
}  // namespace lamplight::sdk
