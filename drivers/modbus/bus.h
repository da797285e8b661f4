// One Modbus bus, RTU or TCP: opens it, owns it, and asks one request at a time. The only file
// beside bus.cc that knows libmodbus; functions 01–04 and none other. Over TCP libmodbus only
// frames the answer: whose it is, mbap.h says. A call blocks for at most one response timeout
// (open() over TCP: one for each address that the name has): it lives in a driver process that may.
// Waiting for a silent line is a call of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/modbus/unit_poller.h"
#include "drivers/sdk/file_descriptor.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

struct _modbus;  // modbus_t

namespace lamplight::modbus {

struct BusSettings {
  std::string at;  // serial:PATH?BAUD,FRAME or tcp:HOST:PORT
  Duration timeout = seconds(1);
};

class Bus {
 public:
  // The error says what is wrong with `at`.
  [[nodiscard]] static Result<std::unique_ptr<Bus>> make(BusSettings settings);
  virtual ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  [[nodiscard]] virtual Status open();
  virtual void close();
  virtual bool is_open() const { return context_ != nullptr; }

  enum class Outcome : uint8_t { good, failed, port_lost };
  // `registers` is filled when good (bits one a word), `failure` when failed. After a failure
  // without an answer a TCP connection is closed: is_open() is false then; an RTU line must settle
  // (not after a probe). The line has settled when ask() is called.
  virtual Outcome ask(const Request& request, Duration timeout, std::vector<uint16_t>& registers,
                      Failure& failure);
  // Listens for at most `at_most` until the line has been idle for one response timeout, so that a
  // late reply lands in the bin, or for 50 ms if one came but broken; a line that babbles on is
  // given up after three timeouts. True: go on.
  virtual bool settle(Duration at_most);
  virtual bool is_tcp() const { return is_tcp_; }
  virtual MonoTime now() const;
  // Why the port was lost or could not be opened.
  const std::string& why() const { return why_; }
  // What people should know of a port that works; empty if nothing.
  const std::string& warning() const { return warning_; }

 protected:
  explicit Bus(BusSettings settings) : settings_(std::move(settings)) {}

 private:
  [[nodiscard]] Status parse_at();
  [[nodiscard]] Status own();
  [[nodiscard]] Status connect();
  [[nodiscard]] Status read_back();
  int read_rtu(const Request& request, std::vector<uint16_t>& registers);
  int read_tcp(const Request& request, std::vector<uint16_t>& registers);

  BusSettings settings_;
  bool is_tcp_ = false;
  std::string path_or_host_;
  std::string service_;
  int baud_ = 19200;
  char parity_ = 'E';
  int data_bits_ = 8;
  int stop_bits_ = 1;
  sdk::FileDescriptor owned_;   // of the serial port: bears the owner's lock
  _modbus* context_ = nullptr;  // owned; freed by close()
  uint16_t transaction_ = 0;    // of the newest request over TCP; never begins anew
  bool is_settled_ = true;
  Duration idle_for_;    // so long the line must be idle
  MonoTime idle_until_;  // when the line will have been idle for long enough
  MonoTime give_up_at_;
  std::string why_;
  std::string warning_;
};

}  // namespace lamplight::modbus
