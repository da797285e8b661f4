// Test helper: keeps what a decoder or poller says, by signal path.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "drivers/sdk/decoder.h"
#include "rules/model/catalogue.h"

namespace lamplight::modbus {

class Recorder : public sdk::Sink {
 public:
  void frame(MonoTime) override { ++frames; }
  void sample(SignalId signal, sdk::Reading reading) override {
    const std::string path = path_of(signal);
    history[path].push_back(reading);
    last.insert_or_assign(path, reading);
  }
  void fact(const sdk::Fact& fact) override {
    facts.push_back(std::string(fact.name) + ":" +
                    (fact.present ? (*fact.present ? "on:" : "off:") : "") +
                    std::string(fact.text));
  }
  size_t count_facts(const std::string& start) const {
    size_t n = 0;
    for (const auto& fact : facts) n += fact.rfind(start, 0) == 0 ? 1 : 0;
    return n;
  }
  bool has_fact(const std::string& start) const { return count_facts(start) != 0; }
  // The last value of a path; fails loudly by an impossible one when missing or never said.
  int32_t value(const std::string& path) const {
    const auto found = last.find(path);
    return found == last.end() || found->second.is_missing() ? INT32_MIN : found->second.value();
  }
  Reason reason(const std::string& path) const {
    const auto found = last.find(path);
    return found == last.end() ? Reason::never : found->second.reason();
  }
  void clear() {
    last.clear();
    history.clear();
    facts.clear();
  }

  int frames = 0;
  std::map<std::string, sdk::Reading> last;
  std::map<std::string, std::vector<sdk::Reading>> history;
  std::vector<std::string> facts;
};

// A live block of a well-behaved pump or ventilator, to be bent by the test.
struct LiveBlock {
  explicit LiveBlock(Role role)
      : words(role == Role::pump ? 44 : 52, 0), tail(role == Role::pump ? 42 : 50) {
    words[0] = 0x4C01;
    words[7] = 2;
    set_heartbeat(1);
    set32(2, 6000);
    words[16] = 0xFFFF;
    if (role == Role::pump) {
      words[38] = 1;  // cassette seated
    } else {
      words[43] = 200;
    }
  }
  void set_heartbeat(uint16_t beat) { words[1] = words[tail] = beat; }
  void set32(size_t at, uint32_t value) {
    words[at] = static_cast<uint16_t>(value >> 16);
    words[at + 1] = static_cast<uint16_t>(value);
  }
  // One second later by the device's own clock.
  void tick() {
    set_heartbeat(static_cast<uint16_t>(words[1] + 1));
    set32(2, (uint32_t{words[2]} << 16 | words[3]) + 10);
  }
  std::vector<uint16_t> words;
  size_t tail;
};

inline std::vector<uint16_t> identity_block(Role role, const std::string& serial = "SN1") {
  std::vector<uint16_t> words(40, 0);
  words[0] = 0x4C4C;
  words[1] = 0x0100;
  words[2] = 0x0102;
  words[3] = 0x0304;
  words[4] = role == Role::pump ? 1 : 2;
  words[5] = role == Role::pump ? 43 : 51;
  words[6] = 0x00FF;  // everything is fitted
  for (size_t i = 0; i < serial.size(); ++i) {
    words[24 + i / 2] =
        static_cast<uint16_t>(words[24 + i / 2] | (serial[i] << (i % 2 == 0 ? 8 : 0)));
  }
  return words;
}

}  // namespace lamplight::modbus
