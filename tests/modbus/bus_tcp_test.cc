// Over TCP a bridge stands between us and several devices: an answer of another unit, of an earlier
// request, or of no known form must never become a child's value.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <thread>

#include "drivers/modbus/bus.h"

namespace lamplight::modbus {
namespace {

using Bytes = std::vector<uint8_t>;

// The right answer to a request of 12 bytes: each register is `value`.
Bytes answer(const Bytes& request, uint8_t value) {
  const uint8_t bytes = static_cast<uint8_t>(request[11] * 2);
  Bytes reply = {request[0], request[1], 0,    0, 0, static_cast<uint8_t>(3 + bytes),
                 request[6], request[7], bytes};
  for (int i = 0; i < request[11]; ++i) reply.insert(reply.end(), {0, value});
  return reply;
}

// A server on loopback: for each request, on whatever connection, the next move of the script. A
// move returns the bytes to send; none: it stays silent.
class Server {
 public:
  using Move = std::function<Bytes(const Bytes& request)>;
  explicit Server(std::deque<Move> script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    place = "tcp:127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    thread_.join();
    ::close(listener_);
  }
  std::string place;

 private:
  void serve() {
    while (!script_.empty()) {
      pollfd knock{listener_, POLLIN, 0};
      if (::poll(&knock, 1, 3000) <= 0) return;
      const int fd = ::accept(listener_, nullptr, nullptr);
      while (!script_.empty() && one(fd)) {
      }
      // Half open until we are heard out: the other end may not have read yet.
      ::shutdown(fd, SHUT_WR);
      pollfd end{fd, POLLIN, 0};
      ::poll(&end, 1, 500);
      ::close(fd);
    }
  }
  bool one(int fd) {
    Bytes request(12);
    size_t have = 0;
    while (have < request.size()) {
      pollfd p{fd, POLLIN, 0};
      if (::poll(&p, 1, 3000) <= 0) return false;
      const ssize_t got = ::recv(fd, request.data() + have, request.size() - have, 0);
      if (got <= 0) return false;
      have += static_cast<size_t>(got);
    }
    const Bytes reply = script_.front()(request);
    script_.pop_front();
    if (!reply.empty()) ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
    return true;
  }
  std::deque<Move> script_;
  int listener_ = -1;
  std::thread thread_;
};

Server::Move right(uint8_t value) {
  return [value](const Bytes& request) { return answer(request, value); };
}
Server::Move spoilt(size_t at, uint8_t by) {
  return [at, by](const Bytes& request) {
    Bytes reply = answer(request, 7);
    reply[at] = static_cast<uint8_t>(reply[at] + by);
    return reply;
  };
}

struct BusOnTcp : testing::Test {
  void connect(const Server& server) {
    auto made = Bus::make({server.place, milliseconds(300)});
    ASSERT_TRUE(made) << made.error();
    bus = std::move(*made);
  }
  Bus::Outcome ask(uint16_t count = 3, int unit = 1) {
    if (!bus->is_open()) {
      const auto opened = bus->open();
      EXPECT_TRUE(opened) << opened.error();
    }
    return bus->ask({.unit = unit, .table = table, .first = 100, .count = count}, milliseconds(300),
                    registers, failed);
  }
  std::unique_ptr<Bus> bus;
  Table table = Table::input;
  std::vector<uint16_t> registers;
  Failure failed;
};

TEST_F(BusOnTcp, ReplyOfAnotherUnitIsABadPollAndNeverAValue) {
  Server server({right(5), spoilt(6, 1), right(9)});
  connect(server);
  ASSERT_EQ(ask(), Bus::Outcome::good);
  EXPECT_EQ(registers, (std::vector<uint16_t>{5, 5, 5}));
  EXPECT_EQ(ask(), Bus::Outcome::failed);
  EXPECT_EQ(failed.kind, PollError::another_unit);
  EXPECT_FALSE(bus->is_open()) << "what comes later on that connection is not heard";
  ASSERT_EQ(ask(), Bus::Outcome::good);
  EXPECT_EQ(registers[0], 9);
}

TEST_F(BusOnTcp, ExceptionOfAnotherUnitSaysNothingOfOurs) {
  Server server({
      [](const Bytes& q) -> Bytes { return {q[0], q[1], 0, 0, 0, 3, 2, 0x84, 2}; },
      [](const Bytes& q) -> Bytes { return {q[0], q[1], 0, 0, 0, 3, q[6], 0x84, 2}; },
      right(9),
  });
  connect(server);
  EXPECT_EQ(ask(), Bus::Outcome::failed);
  EXPECT_EQ(failed.kind, PollError::another_unit);
  EXPECT_EQ(ask(), Bus::Outcome::failed);
  EXPECT_EQ(failed.kind, PollError::exception);
  EXPECT_EQ(failed.exception, 2);
  EXPECT_TRUE(bus->is_open()) << "that was an answer";
  EXPECT_EQ(ask(), Bus::Outcome::good);
}

TEST_F(BusOnTcp, ReplyOfAnEarlierRequestOrOfNoKnownFormIsBroken) {
  Bytes earlier;
  Server server({
      [&](const Bytes& q) { return earlier = answer(q, 7); },
      [&](const Bytes&) { return earlier; },
      spoilt(1, 1),    // transaction
      spoilt(3, 1),    // protocol
      spoilt(5, 2),    // length in the header
      spoilt(7, 255),  // function 03 for 04
      [](const Bytes& q) {
        Bytes shorter = q;
        shorter[11] = 2;
        return answer(shorter, 7);
      },
      right(9),
  });
  connect(server);
  ASSERT_EQ(ask(), Bus::Outcome::good);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(ask(), Bus::Outcome::failed) << i;
    EXPECT_EQ(failed.kind, PollError::broken) << i;
  }
  ASSERT_EQ(ask(), Bus::Outcome::good);
  EXPECT_EQ(registers[0], 9);
}

TEST_F(BusOnTcp, EveryTableIsAskedAndReadAndTheTransactionRises) {
  std::vector<Bytes> asked;
  const auto bits = [&](const Bytes& q) -> Bytes {
    asked.push_back(q);
    return {q[0], q[1], 0, 0, 0, 5, q[6], q[7], 2, 0x05, 0x02};
  };
  const auto words = [&](const Bytes& q) {
    asked.push_back(q);
    return answer(q, 3);
  };
  Server server({bits, bits, words, words});
  connect(server);
  const Table tables[] = {Table::coil, Table::discrete, Table::holding, Table::input};
  for (const Table one : tables) {
    table = one;
    ASSERT_EQ(ask(10, 255), Bus::Outcome::good);
    const bool is_word = one == Table::holding || one == Table::input;
    EXPECT_EQ(registers, is_word ? std::vector<uint16_t>(10, 3)
                                 : (std::vector<uint16_t>{1, 0, 1, 0, 0, 0, 0, 0, 0, 1}));
  }
  for (uint8_t i = 0; i < 4; ++i) {
    const uint8_t nth = static_cast<uint8_t>(i + 1);
    EXPECT_EQ(asked[i], (Bytes{0, nth, 0, 0, 0, 6, 255, nth, 0, 100, 0, 10}));
  }
}

TEST_F(BusOnTcp, SilenceIsATimeoutAndAClosedConnectionALostPort) {
  Server server({[](const Bytes&) { return Bytes{}; }, right(9)});
  connect(server);
  EXPECT_EQ(ask(), Bus::Outcome::failed);
  EXPECT_EQ(failed.kind, PollError::timeout);
  ASSERT_EQ(ask(), Bus::Outcome::good);
  EXPECT_EQ(ask(), Bus::Outcome::port_lost);
  EXPECT_NE(bus->why().find(server.place), std::string::npos) << bus->why();
}

}  // namespace
}  // namespace lamplight::modbus
