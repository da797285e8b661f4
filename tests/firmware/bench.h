// A device on a bench: no port, no clock; what it sends is kept, time moves when a test says so.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "firmware-sim/kinds.h"
#include "firmware-sim/modbus_frame.h"
#include "firmware-sim/scenario.h"

namespace lamplight::sim {

struct SentFrame {
  MonoTime at;
  Bytes bytes;
  std::string facts;
  bool is_intact;
  Delivery how;
  bool gives_way;
  std::string text() const { return {bytes.begin(), bytes.end()}; }
};

class Bench : public Outlet {
 public:
  explicit Bench(std::string_view kind, Role role, DeviceOptions options = {}, bool decides = true)
      : patient(7, kStart), truth(false) {
    DeviceSetup setup;
    setup.role = role;
    setup.kind = std::string(kind);
    setup.seed = 11;
    setup.decides_alarms = decides;
    setup.started = kStart;
    setup.clock_at_start = 1'456'181'265;  // 2016-02-22 22:47:45
    setup.options = std::move(options);
    device = make_device(std::move(setup), patient, truth, *this);
  }

  void send(MonoTime t, const Device&, Frame f, const Delivery& how) override {
    sent.push_back({t, std::move(f.bytes), std::move(f.facts), f.is_intact, how, f.gives_way});
  }

  // Lets everything due up to `offset` after the start happen at its instant.
  void run_to(Duration offset) {
    const MonoTime end = kStart + offset;
    while (device->deadline() <= end) {
      now = std::max(now, device->deadline());
      patient.advance(now);
      device->tick(now);
    }
    now = end;
    patient.advance(now);
  }
  // A word as `lamplight-sim ctl` would send it to a simulator of this one device.
  Status say(std::string_view text) {
    const auto word = parse_word(text, device->role());
    if (!word) return failure(word.error());
    return device->apply(*word, now);
  }
  // A read over RTU; the answer's bytes, empty if there was none.
  Bytes ask(uint8_t function, uint16_t first, uint16_t count,
            Transport transport = Transport::rtu) {
    sent.clear();
    ModbusRequest r;
    r.transport = transport;
    r.transaction = ++transaction;
    r.unit = 1;
    r.function = function;
    r.first = first;
    r.count = count;
    device->request(now, r);
    return sent.empty() ? Bytes{} : sent.back().bytes;
  }
  // The registers of such an answer.
  std::vector<int> registers(uint16_t first, uint16_t count) {
    const Bytes b = ask(4, first, count);
    std::vector<int> out;
    for (size_t i = 3; i + 3 < b.size(); i += 2) out.push_back(b[i] << 8 | b[i + 1]);
    return out;
  }

  static constexpr MonoTime kStart{1'000'000'000'000};
  MonoTime now = kStart;
  Patient patient;
  Truth truth;
  std::unique_ptr<Device> device;
  std::vector<SentFrame> sent;
  uint16_t transaction = 0;
};

inline Bytes hex(std::string_view text) {
  Bytes out;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int v = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high < 0) {
      high = v;
    } else {
      out.push_back(static_cast<uint8_t>(high << 4 | v));
      high = -1;
    }
  }
  return out;
}

}  // namespace lamplight::sim
