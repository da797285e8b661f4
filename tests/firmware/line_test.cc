// What must hold: bytes reach whoever has the port open and nobody later; an unplugged port is
// gone for its reader; a dead reader never ends the simulator; the truth log says which.
#include "firmware-sim/line.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "firmware-sim/clock.h"
#include "firmware-sim/modbus_line.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::HasSubstr;

struct Stand {
  explicit Stand(std::string_view kind, Role role, LineSettings settings = {})
      : patient(7, sim::now()), truth(false) {
    if (role == Role::oximeter) {
      line = std::make_unique<Line>("line", settings, truth);
    } else {
      line = std::make_unique<ModbusLine>("line", settings, truth);
    }
    DeviceSetup setup;
    setup.role = role;
    setup.kind = std::string(kind);
    setup.started = sim::now();
    device = make_device(std::move(setup), patient, truth, *line);
    line->attach(*device);
  }
  std::string plug_pty(std::string link = {}) {
    line->use(make_pty_port(loop, *line, std::move(link)));
    EXPECT_TRUE(line->plug(sim::now()));
    return line->address().substr(7);
  }
  uint16_t plug_tcp() {
    line->use(make_tcp_port(loop, *line, "127.0.0.1", 0));
    EXPECT_TRUE(line->plug(sim::now()));
    const std::string at = line->at();
    return static_cast<uint16_t>(std::stoi(at.substr(at.rfind(':') + 1)));
  }
  // The line's own time, byte by byte.
  void play_to(MonoTime end) const {
    while (line->deadline() <= end) line->flush_due(line->deadline());
  }
  void turn() { loop.wait(sim::now() + milliseconds(1)); }

  Loop loop;
  Patient patient;
  Truth truth;
  std::unique_ptr<Line> line;
  std::unique_ptr<Device> device;
};

std::string read_all(int fd, size_t want) {
  std::string out;
  char buffer[512];
  pollfd p{fd, POLLIN, 0};
  while (out.size() < want && poll(&p, 1, 2000) > 0) {
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n <= 0) break;
    out.append(buffer, static_cast<size_t>(n));
  }
  return out;
}

int connect_to(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
  return fd;
}

TEST(SerialPort, NobodyListeningIsNotSentAndNeverServedLater) {
  Stand s("rad8", Role::oximeter);
  const std::string path = s.plug_pty();
  s.device->tick(sim::now());
  EXPECT_THAT(s.truth.take_kept(),
              HasSubstr(R"("what":"not_sent","bytes":127,"why":"nobody_listens")"));
  const int fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  pollfd p{fd, POLLIN, 0};
  EXPECT_EQ(poll(&p, 1, 0), 0);
  close(fd);
}

TEST(SerialPort, AReaderGetsTheLine) {
  Stand s("rad8", Role::oximeter);
  const int fd = open(s.plug_pty().c_str(), O_RDWR | O_NOCTTY);
  s.device->tick(sim::now());
  EXPECT_THAT(read_all(fd, 127), HasSubstr("SPO2=097% "));
  EXPECT_THAT(s.truth.take_kept(), HasSubstr(R"("what":"sent","bytes":127)"));
  close(fd);
}

TEST(SerialPort, UnplugTakesTheLinkAwayAndPlugPointsItToTheNewTerminal) {
  const std::string link = testing::TempDir() + "ll_sim_link_" + std::to_string(getpid());
  Stand s("rad8", Role::oximeter);
  s.plug_pty(link);
  const int fd = open(link.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  ASSERT_GE(fd, 0);
  s.line->unplug(sim::now());
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
  pollfd p{fd, POLLIN, 0};
  EXPECT_EQ(poll(&p, 1, 0), 1);
  EXPECT_NE(p.revents & POLLHUP, 0);
  close(fd);
  ASSERT_TRUE(s.line->plug(sim::now()));
  const int again = open(link.c_str(), O_RDWR | O_NOCTTY);
  ASSERT_GE(again, 0);
  s.device->tick(sim::now() + seconds(2));
  EXPECT_EQ(read_all(again, 127).size(), 127U);
  close(again);
}

TEST(SerialPort, AnswersAModbusRequestAndIgnoresOtherUnits) {
  Stand s("lfp1", Role::pump, {19200, "8E1", false, false});
  const int fd = open(s.plug_pty().c_str(), O_RDWR | O_NOCTTY);
  const Bytes other = hex("09 04 00 00 00 28 F1 5C");
  ASSERT_EQ(write(fd, other.data(), other.size()), 8);
  s.turn();
  EXPECT_THAT(s.truth.take_kept(), HasSubstr(R"("what":"ignored","unit":9)"));
  const Bytes ours = hex("01 04 00 00 00 28 F0 14");
  ASSERT_EQ(write(fd, ours.data(), ours.size()), 8);
  s.turn();
  EXPECT_EQ(read_all(fd, 85).substr(0, 5), std::string("\x01\x04\x50LL"));
  close(fd);
}

TEST(TcpPort, AnswersEachClientOnItsOwnConnection) {
  Stand s("lvp1", Role::ventilator);
  const uint16_t port = s.plug_tcp();
  const int a = connect_to(port);
  const int b = connect_to(port);
  s.turn();
  s.turn();
  const Bytes request = hex("00 07 00 00 00 06 01 04 00 00 00 01");
  ASSERT_EQ(send(b, request.data(), request.size(), 0), 12);
  s.turn();
  EXPECT_EQ(read_all(b, 11), std::string("\x00\x07\x00\x00\x00\x05\x01\x04\x02LL", 11));
  pollfd p{a, POLLIN, 0};
  EXPECT_EQ(poll(&p, 1, 0), 0);
  close(a);
  close(b);
}

TEST(TcpPort, AClientThatDiesMidAnswerEndsNothing) {
  Stand s("lvp1", Role::ventilator);
  const uint16_t port = s.plug_tcp();
  const int a = connect_to(port);
  s.turn();
  const Bytes request = hex("00 07 00 00 00 06 01 04 00 00 00 01");
  ASSERT_EQ(send(a, request.data(), request.size(), 0), 12);
  const linger reset{1, 0};
  setsockopt(a, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(a);
  s.turn();
  s.turn();
  const int b = connect_to(port);
  s.turn();
  ASSERT_EQ(send(b, request.data(), request.size(), 0), 12);
  s.turn();
  EXPECT_EQ(read_all(b, 11).size(), 11U);
  close(b);
}

TEST(TcpPort, UnpluggedRefusesAndPluggedAgainHasTheSamePort) {
  Stand s("lvp1", Role::ventilator);
  const uint16_t port = s.plug_tcp();
  const int a = connect_to(port);
  s.turn();
  s.line->unplug(sim::now());
  EXPECT_EQ(read_all(a, 1), "");
  close(a);
  ASSERT_TRUE(s.line->plug(sim::now()));
  const int b = connect_to(port);
  s.turn();
  close(b);
}

TEST(Line, PacedBytesTakeTheTimeOfTheBaudRate) {
  Stand s("rad8", Role::oximeter, {9600, "8N1", true, false});
  const int fd = open(s.plug_pty().c_str(), O_RDWR | O_NOCTTY);
  const MonoTime begun = sim::now();
  s.device->tick(begun);
  MonoTime t = begun;
  int steps = 0;
  while (s.line->deadline() != kNever && steps < 1000) {
    t = s.line->deadline();
    s.line->flush_due(t);
    ++steps;
  }
  // 127 bytes of 10 bits: the last leaves 126 byte times after the first.
  EXPECT_NEAR(static_cast<double>((t - begun).ns), 126 * 1e9 * 10 / 9600, 2e6);
  EXPECT_EQ(read_all(fd, 127).size(), 127U);
  close(fd);
}

// Otherwise frames stretch on a busy machine, and the next one begins in the middle of this.
TEST(Line, AByteThatLeftLateDelaysNoneAfterIt) {
  Stand s("rad8", Role::oximeter, {9600, "8N1", true, false});
  const int fd = open(s.plug_pty().c_str(), O_RDWR | O_NOCTTY);
  const MonoTime begun = sim::now();
  s.device->tick(begun);
  s.line->flush_due(begun + milliseconds(50));
  EXPECT_EQ(s.line->deadline(), begun + Duration{1'000'000'000LL * 10 / 9600} * 49);
  close(fd);
}

// Stray bytes of one unit on a bus of two, byte by byte, and what its neighbour and the host say.
struct BusOfTwo : testing::Test {
  BusOfTwo() : s("lfp1", Role::pump, {19200, "8E1", true, false}) {
    DeviceSetup setup;
    setup.role = Role::oximeter;
    setup.kind = "plain";
    setup.unit = 4;
    setup.started = begun;
    babbler = make_device(std::move(setup), s.patient, s.truth, *s.line);
    s.line->attach(*babbler);
    fd = open(s.plug_pty().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  }
  ~BusOfTwo() override { close(fd); }
  void send(MonoTime at, const Device& from, const std::string& bytes) const {
    Frame frame;
    frame.bytes.assign(bytes.begin(), bytes.end());
    frame.gives_way = &from == babbler.get() && bytes[0] == 's';
    s.line->send(at, from, std::move(frame), {});
  }
  // All that a reader gets by then; the kernel may take its time.
  std::string heard(size_t bytes, MonoTime end) const {
    s.play_to(end);
    return read_all(fd, bytes);
  }

  const MonoTime begun = sim::now();
  const Duration byte{1'000'000'000LL * 11 / 19200};
  Stand s;
  std::unique_ptr<Device> babbler;
  int fd = -1;
};

TEST_F(BusOfTwo, StrayBytesWaitForTheEndOfAnothersFrame) {
  send(begun, *s.device, "frame");
  s.play_to(begun + byte);
  send(begun + byte, *babbler, "sss");
  EXPECT_EQ(heard(5, begun + byte * 4), "frame");
  EXPECT_EQ(s.line->deadline(), begun + byte * 5);
  EXPECT_EQ(heard(3, begun + byte * 8), "sss");
}

TEST_F(BusOfTwo, StrayBytesEndWhereAnothersFrameBegins) {
  send(begun, *babbler, "ssssssssss");
  s.play_to(begun + byte * 3);
  send(begun + byte * 3, *s.device, "frame");
  EXPECT_EQ(heard(9, begun + byte * 20), "ssssframe");
  EXPECT_THAT(s.truth.take_kept(), HasSubstr(R"("device":"oximeter","what":"cut","bytes":6)"));
}

TEST_F(BusOfTwo, StrayBytesEndWhereTheHostBeginsAndWaitUntilItHasSpoken) {
  send(begun, *babbler, "ssssssssss");
  const Bytes request = hex("09 04 00 00 00 28 F1 5C");  // to nobody
  s.line->received(0, request);
  EXPECT_EQ(s.line->deadline(), kNever);
  const MonoTime after = sim::now();
  send(after, *babbler, "ss");
  EXPECT_GT(s.line->deadline(), begun + byte * 8);
  EXPECT_LE(s.line->deadline(), after + byte * 8);
}

TEST_F(BusOfTwo, StrayBytesSpoilTheirOwnUnitsFrame) {
  send(begun, *babbler, "frame");
  s.play_to(begun + byte);
  send(begun + byte, *babbler, "s");
  EXPECT_EQ(heard(6, begun + byte * 5).size(), 6U);
  EXPECT_EQ(s.line->deadline(), kNever);
}

TEST(Line, PacedAnswerWaitsUntilTheRequestWouldBeOver) {
  Stand s("lfp1", Role::pump, {19200, "8E1", true, false});
  const int fd = open(s.plug_pty().c_str(), O_RDWR | O_NOCTTY);
  const Bytes request = hex("01 04 00 00 00 28 F0 14");
  const MonoTime before = sim::now();
  ASSERT_EQ(write(fd, request.data(), request.size()), 8);
  s.turn();
  const MonoTime after = sim::now();
  // Eight bytes of 11 bits, and a silence of three and a half.
  const Duration taken{1'000'000'000LL * 11 / 19200 * 115 / 10};
  EXPECT_GE(s.line->deadline(), before + taken);
  EXPECT_LE(s.line->deadline(), after + taken);
  close(fd);
}

}  // namespace
}  // namespace lamplight::sim
