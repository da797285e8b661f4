// One Modbus bus, RTU or TCP: opens it, owns it, and asks one request at a time. The only file
// beside bus.cc that knows libmodbus; it calls its reading functions (01–04) and none other.
// Blocks for at most four response timeouts a call: it lives in a driver process that may.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/modbus/unit_poller.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

struct _modbus;  // modbus_t

namespace lamplight::modbus {

struct BusSettings {
  std::string at;  // serial:PATH?BAUD,FRAME or tcp:HOST:PORT
  Duration timeout = seconds(1);
  Duration gap = milliseconds(5);
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
  // `registers` is filled when good (bits one a word), `failure` when failed. After a timeout the
  // RTU line has been silent for one response timeout (not after a probe), and a TCP connection
  // is closed: is_open() is false then.
  virtual Outcome ask(const Request& request, Duration timeout, std::vector<uint16_t>& registers,
                      Failure& failure);
  virtual bool is_tcp() const { return is_tcp_; }
  // Why the port was lost or could not be opened.
  const std::string& why() const { return why_; }

 protected:
  explicit Bus(BusSettings settings) : settings_(std::move(settings)) {}

 private:
  [[nodiscard]] Status parse_at();
  [[nodiscard]] Status lock();
  int read(const Request& request, std::vector<uint16_t>& registers);
  void silence();

  BusSettings settings_;
  bool is_tcp_ = false;
  std::string path_or_host_;
  std::string service_;
  int baud_ = 19200;
  char parity_ = 'E';
  int data_bits_ = 8;
  int stop_bits_ = 1;
  _modbus* context_ = nullptr;  // owned; freed by close()
  std::string why_;
};

}  // namespace lamplight::modbus
