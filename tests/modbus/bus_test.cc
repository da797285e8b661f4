// The stale-reply trap of the Modbus reference, row by row, on a pseudo-terminal: a reply to an
// earlier request must never be served as the answer to this one.
#include "drivers/modbus/bus.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <deque>
#include <functional>
#include <thread>

namespace lamplight::modbus {
namespace {

uint16_t crc16(const std::vector<uint8_t>& bytes) {
  uint16_t crc = 0xFFFF;
  for (const uint8_t b : bytes) {
    crc = static_cast<uint16_t>(crc ^ b);
    for (int i = 0; i < 8; ++i) {
      crc = static_cast<uint16_t>((crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1);
    }
  }
  return crc;
}

std::vector<uint8_t> frame(std::vector<uint8_t> bytes) {
  const uint16_t crc = crc16(bytes);
  bytes.push_back(static_cast<uint8_t>(crc));
  bytes.push_back(static_cast<uint8_t>(crc >> 8));
  return bytes;
}

std::vector<uint8_t> answer(uint8_t unit, uint16_t count, uint16_t value) {
  std::vector<uint8_t> bytes = {unit, 4, static_cast<uint8_t>(count * 2)};
  for (int i = 0; i < count; ++i) {
    bytes.push_back(static_cast<uint8_t>(value >> 8));
    bytes.push_back(static_cast<uint8_t>(value));
  }
  return frame(bytes);
}

// Plays the device: for each request of eight bytes, the next move of the script.
class Device {
 public:
  using Move = std::function<void(int master)>;
  explicit Device(std::deque<Move> script) : script_(std::move(script)) {
    char name[128];
    EXPECT_EQ(openpty(&master_, &slave_, name, nullptr, nullptr), 0);
    path = name;
    thread_ = std::thread([this] { serve(); });
  }
  ~Device() {
    thread_.join();
    close(slave_);
    if (master_ >= 0) close(master_);
  }
  std::string path;

 private:
  void serve() {
    uint8_t request[64];
    while (!script_.empty()) {
      size_t have = 0;
      while (have < 8) {
        pollfd p{master_, POLLIN, 0};
        if (poll(&p, 1, 3000) <= 0) return;
        const ssize_t got = read(master_, request + have, 8 - have);
        if (got <= 0) return;
        have += static_cast<size_t>(got);
      }
      const Move move = script_.front();
      script_.pop_front();
      move(master_);
    }
  }
  std::deque<Move> script_;
  int master_ = -1, slave_ = -1;
  std::thread thread_;
};

void put(int fd, const std::vector<uint8_t>& bytes) {
  EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}
void wait_ms(int ms) { poll(nullptr, 0, ms); }

struct BusOnAPty : testing::Test {
  static std::unique_ptr<Bus> open(const Device& device) {
    auto bus = Bus::make({"serial:" + device.path + "?19200,8N1", milliseconds(150)});
    EXPECT_TRUE(bus) << bus.error();
    const auto opened = (*bus)->open();
    EXPECT_TRUE(opened) << opened.error();
    return std::move(*bus);
  }
  Bus::Outcome ask(Bus& bus, uint16_t count, int unit = 1) {
    while (!bus.settle(milliseconds(40))) ++settles;
    return bus.ask({.unit = unit, .first = 100, .count = count}, milliseconds(150), registers,
                   failed);
  }
  std::vector<uint16_t> registers;
  Failure failed;
  int settles = 0;
};

TEST_F(BusOnAPty, StaleReplyIsNeverServedAsFresh) {
  Device device({
      [](int fd) {
        put(fd, answer(2, 3, 7));
        put(fd, answer(1, 3, 7));
      },  // rows 1 and 2
      [](int fd) { put(fd, answer(1, 3, 9)); },
  });
  auto bus = open(device);
  EXPECT_EQ(ask(*bus, 3), Bus::Outcome::failed);
  EXPECT_EQ(failed.kind, PollError::another_unit);
  ASSERT_EQ(ask(*bus, 3), Bus::Outcome::good);
  EXPECT_EQ(registers[0], 9);
}

// For the family whose driver was killed: a PTY refuses parity, and glibc then calls a second
// opening with the same settings invalid, because a dead owner put nothing back.
TEST_F(BusOnAPty, OpensAgainWithParityAfterAnOwnerThatWasKilled) {
  Device device({});
  const std::string at = "serial:" + device.path + "?19200,8E1";
  const pid_t owner = fork();
  if (owner == 0) {
    auto bus = Bus::make({at, milliseconds(150)});
    if (bus && (*bus)->open()) raise(SIGKILL);  // nothing is closed, nothing put back
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(owner, &status, 0), owner);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  auto bus = Bus::make({at, milliseconds(150)});
  ASSERT_TRUE(bus) << bus.error();
  const auto opened = (*bus)->open();
  EXPECT_TRUE(opened) << opened.error();
}

TEST_F(BusOnAPty, LateReplyAfterTheTimeoutIsBinned) {
  Device device({
      [](int fd) {
        wait_ms(220);
        put(fd, answer(1, 3, 7));
      },  // rows 3 and 4
      [](int fd) { put(fd, answer(1, 3, 9)); },
      [](int fd) { put(fd, answer(1, 3, 10)); },
  });
  auto bus = open(device);
  EXPECT_EQ(ask(*bus, 3), Bus::Outcome::failed);
  EXPECT_EQ(failed.kind, PollError::timeout);
  ASSERT_EQ(ask(*bus, 3), Bus::Outcome::good);
  EXPECT_EQ(registers[0], 9);
  ASSERT_EQ(ask(*bus, 3), Bus::Outcome::good);
  EXPECT_EQ(registers[0], 10);
}

TEST_F(BusOnAPty, AlternateCountExposesOffByOne) {
  Device device({
      [](int fd) { put(fd, answer(1, 3, 7)); },
      [](int fd) { put(fd, answer(1, 3, 7)); },  // the old length once more
      [](int fd) { put(fd, answer(1, 3, 9)); },
  });
  auto bus = open(device);
  EXPECT_EQ(ask(*bus, 3), Bus::Outcome::good);
  EXPECT_EQ(ask(*bus, 4), Bus::Outcome::failed);
  EXPECT_EQ(failed.kind, PollError::broken);
  ASSERT_EQ(ask(*bus, 3), Bus::Outcome::good);
  EXPECT_EQ(registers[0], 9);
}

TEST_F(BusOnAPty, WrongChecksumShortFrameAndGarbageCostOnePollEach) {
  Device device({
      [](int fd) {
        auto f = answer(1, 3, 7);
        f.back() ^= 1;
        put(fd, f);
      },
      [](int fd) { put(fd, answer(1, 3, 8)); },
      [](int fd) {
        auto f = answer(1, 3, 7);
        f.resize(5);
        put(fd, f);
      },
      [](int fd) { put(fd, answer(1, 3, 9)); },
      [](int fd) {
        put(fd, {0xFF, 0x00, 0x55});
        put(fd, answer(1, 3, 7));
      },
      [](int fd) { put(fd, answer(1, 3, 10)); },
  });
  auto bus = open(device);
  for (const uint16_t expected : {8, 9, 10}) {
    EXPECT_EQ(ask(*bus, 3), Bus::Outcome::failed);
    ASSERT_EQ(ask(*bus, 3), Bus::Outcome::good);
    EXPECT_EQ(registers[0], expected);
  }
}

TEST_F(BusOnAPty, DrippedReplyDoesNotHoldTheBus) {
  Device device({
      [](int fd) {
        for (const uint8_t b : answer(1, 3, 7)) {
          put(fd, {b});
          wait_ms(30);  // eleven bytes: 330 ms, beyond the 150 ms of the whole reply
        }
      },
      [](int fd) { put(fd, answer(1, 3, 9)); },
  });
  auto bus = open(device);
  EXPECT_EQ(ask(*bus, 3), Bus::Outcome::failed);
  ASSERT_EQ(ask(*bus, 3), Bus::Outcome::good);
  EXPECT_EQ(registers[0], 9);
}

TEST_F(BusOnAPty, ExceptionCodesComeThrough) {
  Device device(
      {[](int fd) { put(fd, frame({1, 0x84, 2})); }, [](int fd) { put(fd, frame({1, 0x84, 6})); }});
  auto bus = open(device);
  EXPECT_EQ(ask(*bus, 3), Bus::Outcome::failed);
  EXPECT_EQ(failed.kind, PollError::exception);
  EXPECT_EQ(failed.exception, 2);
  EXPECT_EQ(ask(*bus, 3), Bus::Outcome::failed);
  EXPECT_EQ(failed.exception, 6);
}

termios settings_of(const std::string& path) {
  termios settings{};
  const int fd = open(path.c_str(), O_RDWR | O_NOCTTY);
  EXPECT_EQ(tcgetattr(fd, &settings), 0);
  close(fd);
  return settings;
}

// Two processes on one port: the first keeps its line as it set it, the second learns whom to end.
TEST_F(BusOnAPty, SecondOwnerOfThePortIsRefusedByNameAndTouchesNothing) {
  Device device({});
  auto first = open(device);
  auto second = Bus::make({"serial:" + device.path + "?9600,8N2", milliseconds(150)});
  ASSERT_TRUE(second);
  const auto opened = (*second)->open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().find(device.path), std::string::npos) << opened.error();
  const std::string owner = "modbus_bus_test (process " + std::to_string(getpid()) + ")";
  EXPECT_NE(opened.error().find(owner), std::string::npos) << opened.error();
  const termios settings = settings_of(device.path);
  EXPECT_EQ(cfgetospeed(&settings), speed_t{B19200});
  EXPECT_EQ(settings.c_cflag & CSTOPB, 0U);
  first->close();
  EXPECT_TRUE((*second)->open()) << "free again";
}

// A line left with handshake or CR translation by somebody else would spoil frames for ever.
TEST_F(BusOnAPty, LineIsRawWhateverItWasBefore) {
  Device device({});
  termios before = settings_of(device.path);
  before.c_iflag |= ICRNL | ISTRIP | IXON;
  before.c_cflag |= CRTSCTS;
  const int fd = ::open(device.path.c_str(), O_RDWR | O_NOCTTY);
  ASSERT_EQ(tcsetattr(fd, TCSANOW, &before), 0);
  ::close(fd);
  auto bus = open(device);
  const termios settings = settings_of(device.path);
  EXPECT_EQ(settings.c_iflag & (ICRNL | INLCR | IGNCR | ISTRIP | IXON), 0U);
  EXPECT_EQ(settings.c_cflag & CRTSCTS, 0U);
  EXPECT_EQ(settings.c_lflag & (ICANON | ECHO | ISIG), 0U);
  EXPECT_EQ(bus->warning(), "");
}

TEST_F(BusOnAPty, WhatTheLineDidNotTakeIsReadBackAndSaid) {
  Device device({});
  auto bus = Bus::make({"serial:" + device.path + "?19200,8E1", milliseconds(150)});
  ASSERT_TRUE(bus);
  ASSERT_TRUE((*bus)->open());
  EXPECT_NE((*bus)->warning().find("did not take the line settings"), std::string::npos);
}

// For the child whose ventilator shares a bus with a unit that spoils its answers now and then: one
// that came broken is not still to come. What is under way may end, then others are asked.
TEST_F(BusOnAPty, BrokenAnswerHoldsTheBusForLessThanALateOne) {
  Device device({
      [](int fd) {
        auto f = answer(1, 3, 7);
        f.back() ^= 1;
        put(fd, f);
      },
      [](int fd) { put(fd, answer(1, 3, 9)); },
  });
  auto bus = Bus::make({"serial:" + device.path + "?19200,8N1", seconds(2)});
  ASSERT_TRUE(bus);
  ASSERT_TRUE((*bus)->open());
  const MonoTime begun = (*bus)->now();
  EXPECT_EQ(ask(**bus, 3), Bus::Outcome::failed);
  EXPECT_EQ(failed.kind, PollError::broken);
  while (!(*bus)->settle(milliseconds(10))) ++settles;
  EXPECT_GE((*bus)->now() - begun, milliseconds(50));
  EXPECT_LT((*bus)->now() - begun, seconds(1)) << "that is for an answer which never came";
  ASSERT_EQ(ask(**bus, 3), Bus::Outcome::good);
  EXPECT_EQ(registers[0], 9);
}

// The core kills a driver that is silent for too long: a babbling line is listened to in pieces,
// and not for ever.
TEST_F(BusOnAPty, BabblingLineHoldsTheBusInPiecesAndIsGivenUp) {
  Device device({
      [](int fd) {
        for (int i = 0; i < 40; ++i) {
          put(fd, {0x55});
          wait_ms(30);  // 1.2 s of babble: 150 ms of it are the request's, 450 ms the silence's
        }
      },
  });
  auto bus = open(device);
  const MonoTime start = bus->now();
  EXPECT_EQ(ask(*bus, 3), Bus::Outcome::failed);
  EXPECT_LT(bus->now() - start, milliseconds(400)) << "asking does not wait for silence";
  EXPECT_EQ(settles, 0);
  MonoTime piece = bus->now();
  while (!bus->settle(milliseconds(40))) {
    EXPECT_LT(bus->now() - piece, milliseconds(200)) << "a piece is short";
    piece = bus->now();
    ++settles;
  }
  EXPECT_GT(settles, 3);
  EXPECT_LT(bus->now() - start, milliseconds(1100)) << "it is not waited for to the end";
}

TEST(BusAt, MistakesAreRefusedWithARemedy) {
  for (const char* bad :
       {"", "serial:", "tcp:host", "tcp::502", "tcp:host:0", "tcp:host:x", "serial:/dev/x?19200",
        "serial:/dev/x?19200,7E1", "serial:/dev/x?12345,8N1", "usb:/dev/x"}) {
    const auto bus = Bus::make({bad, seconds(1)});
    ASSERT_FALSE(bus) << bad;
    EXPECT_NE(bus.error().find("fix:"), std::string::npos);
  }
}

TEST(BusAt, AbsentPortSaysWhich) {
  auto bus = Bus::make({"serial:/dev/does-not-exist?19200,8E1", seconds(1)});
  ASSERT_TRUE(bus);
  const auto opened = (*bus)->open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().find("/dev/does-not-exist"), std::string::npos);
}

}  // namespace
}  // namespace lamplight::modbus
