// Test helper: a bus of profile devices in virtual time, each of which answers or is silent as the
// test says, and a sink that keeps what the driver tells of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "drivers/modbus/bus.h"
#include "drivers/modbus/driver.h"
#include "tests/modbus/recorder.h"

namespace lamplight::modbus {

struct Asked {
  MonoTime at;
  Request request;
  Duration timeout;
};

// Shared by the test and the bus that the driver owns.
struct BusScene {
  MonoTime now{seconds(1000).ns};
  bool tcp = false;
  bool accepts = true;
  Duration answer_takes = milliseconds(10);
  Duration silence_takes{};            // beyond the timeout
  std::map<int, Duration> slow = {};   // by unit: its answer takes so long
  std::map<int, bool> silent = {};     // by unit
  std::map<int, Role> roles = {};      // by unit
  std::map<int, int> exceptions = {};  // by unit: code of every answer but the identity's
  std::vector<Asked> asked = {};
  int opened = 0;
  bool resets = false;  // the connection breaks at the next request

  size_t asked_since(int unit, MonoTime from) const {
    size_t n = 0;
    for (const Asked& one : asked) n += one.request.unit == unit && one.at >= from ? 1 : 0;
    return n;
  }
};

class FakeBus : public Bus {
 public:
  explicit FakeBus(BusScene& scene) : Bus({"tcp:fake:502", seconds(1)}), scene_(scene) {}
  Status open() override {
    if (!scene_.accepts) return failure("connection refused");
    is_open_ = true;
    ++scene_.opened;
    return {};
  }
  void close() override { is_open_ = false; }
  bool is_open() const override { return is_open_; }
  bool settle(Duration) override { return true; }
  bool is_tcp() const override { return scene_.tcp; }
  MonoTime now() const override { return scene_.now; }
  Outcome ask(const Request& request, Duration timeout, std::vector<uint16_t>& registers,
              Failure& failure) override {
    scene_.asked.push_back({scene_.now, request, timeout});
    if (scene_.resets) {
      is_open_ = false;
      return Outcome::port_lost;
    }
    const Duration takes =
        scene_.slow.contains(request.unit) ? scene_.slow.at(request.unit) : scene_.answer_takes;
    if (scene_.silent[request.unit] || takes > timeout) {
      scene_.now = scene_.now + timeout + (request.is_probe ? Duration{} : scene_.silence_takes);
      failure = {PollError::timeout, 0};
      if (scene_.tcp) is_open_ = false;
      return Outcome::failed;
    }
    scene_.now = scene_.now + takes;
    if (scene_.exceptions[request.unit] != 0 && request.first != kIdentityFirst) {
      failure = {PollError::exception, scene_.exceptions[request.unit]};
      return Outcome::failed;
    }
    registers = words_of(request);
    return Outcome::good;
  }

 private:
  std::vector<uint16_t> words_of(const Request& request) const {
    const Role role = scene_.roles.at(request.unit);
    if (request.first == kIdentityFirst) return identity_block(role);
    LiveBlock block(role);
    const auto tenths = static_cast<uint32_t>(scene_.now.ns / 100'000'000);
    block.set_heartbeat(static_cast<uint16_t>(scene_.now.ns / 1'000'000));
    block.set32(2, tenths);
    return {block.words.begin(), block.words.begin() + request.count};
  }
  BusScene& scene_;
  bool is_open_ = false;
};

class Told : public sdk::BusSink {
 public:
  void sample(size_t device, SignalId, sdk::Reading, MonoTime) override { ++samples[device]; }
  void fact(size_t device, const sdk::Fact& fact) override {
    facts.push_back(std::to_string(device) + " " + std::string(name_of(fact.kind)) + " " +
                    std::string(fact.name) + ": " + std::string(fact.text));
  }
  void link_up(size_t device) override { links[device] += '+'; }
  void link_down(size_t device, std::string_view) override { links[device] += '-'; }
  void counters(size_t, const sdk::Counters&) override {}
  void log(std::string_view, std::string_view text) override { logs.emplace_back(text); }

  std::map<size_t, int> samples;
  std::map<size_t, std::string> links;  // '+' up, '-' down, in order
  std::vector<std::string> facts;
  std::vector<std::string> logs;
};

}  // namespace lamplight::modbus
