#include "firmware-sim/device_pb840_wave.h"

#include <algorithm>

#include "firmware-sim/printed.h"
#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr int kPerSecond = 50;
constexpr int kSentMost = 8 * kPerSecond;
constexpr int kFewest = 20;  // of a breath: 150 a minute
constexpr Duration kSampleTime = milliseconds(20);

std::string line_of(int32_t flow, int32_t pressure) {
  return print_number(flow, 2, 2).text + ", " + print_number(pressure, 2, 2).text + "\n";
}

// The k-th of n shares of `sum`, as equal as whole numbers are.
int32_t share(int64_t sum, int k, int n) {
  return static_cast<int32_t>(sum * (k + 1) / n - sum * k / n);
}

}  // namespace

std::string wave_text(const WaveBreath& breath, int64_t number) {
  std::string text = "BS, S:" + std::to_string(number) + ",\n";
  const int in = breath.samples / 3, out = breath.samples - in;
  // 0.1 mL to the sum of 0.01 L/min over samples of 20 ms.
  const int64_t in_sum = int64_t{breath.vti} * 30, out_sum = int64_t{breath.vte} * 30;
  for (int i = 0; i < std::min(breath.samples, kSentMost); ++i) {
    if (i < in) {
      const int32_t rise = (breath.pip - breath.peep) * (i + 1) / in;
      text += line_of(share(in_sum, i, in), (breath.peep + rise) * 10);
    } else {
      text += line_of(-share(out_sum, i - in, out), breath.peep * 10);
    }
  }
  return text + "BE\n";
}

Pb840Wave::Pb840Wave(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Ventilator(std::move(setup), patient, truth, outlet) {
  begin_breath(setup_.started);
}

const Abilities& Pb840Wave::abilities() const {
  static const Abilities kAbilities = [] {
    Abilities a;
    a.faults = serial_faults();
    std::erase(a.faults, Fault::clock_jump);  // it prints no clock
    return a;
  }();
  return kAbilities;
}

MonoTime Pb840Wave::own_deadline() const { return std::min(Ventilator::own_deadline(), ends_); }

void Pb840Wave::power_up(MonoTime now) {
  number_ = 0;
  begin_breath(now);
}

void Pb840Wave::own_tick(MonoTime now) {
  if (now >= ends_) {
    send_breath(now);
    begin_breath(now);
  }
  if (now >= Ventilator::own_deadline()) Ventilator::own_tick(now);
}

void Pb840Wave::begin_breath(MonoTime now) {
  const int32_t rate = std::max(value("rate", now).value_or(0), 10);
  breath_.samples = std::max((60 * kPerSecond * 10 + rate / 2) / rate, kFewest);
  ends_ = now + kSampleTime * breath_.samples;
}

void Pb840Wave::send_breath(MonoTime now) {
  const auto of = [&](std::string_view signal) { return value(signal, now).value_or(0); };
  breath_.pip = of("pip");
  breath_.peep = of("peep");
  breath_.vti = std::max(of("vti"), 0);
  breath_.vte = std::max(of("vte"), 0);
  Frame frame;
  const std::string text = wave_text(breath_, ++number_);
  frame.bytes.assign(text.begin(), text.end());
  JsonWriter w(frame.facts);
  w.key("breath").integer(number_).key("values").begin_object();
  w.key("pip").decimal(breath_.pip, 1).key("peep").decimal(breath_.peep, 1);
  if (breath_.samples < kSentMost) {
    w.key("vti").decimal(breath_.vti, 1).key("vte").decimal(breath_.vte, 1);
    const int rate = (60 * kPerSecond * 10 + breath_.samples / 2) / breath_.samples;
    w.key("rate").decimal(rate, 1);
  }
  w.end_object();
  if (!is_frozen() || last_.bytes.empty()) last_ = std::move(frame);
  emit(now, last_);
}

void Pb840Wave::garble(Bytes& bytes, Random& random) const {
  // No checksum: of a wrong baud rate the high bits show.
  for (int i = 0; i < 4; ++i) {
    const auto at = static_cast<size_t>(random.between(0, static_cast<int64_t>(bytes.size()) - 2));
    bytes[at] = static_cast<uint8_t>(bytes[at] | 0x80);
  }
}

}  // namespace lamplight::sim
