#include "firmware-sim/device_cms50.h"

namespace lamplight::sim {
namespace {

constexpr int64_t kPerSecond = 60;
constexpr Duration kLivesWithoutWord = seconds(10);
constexpr size_t kCommandLength = 9;
constexpr int32_t kPulseMax = 2540;  // 255 says that there is none
constexpr int32_t kPerfusionMax = 2200;
constexpr uint8_t kStart = 0xA1, kStop = 0xA2, kKeepAlive = 0xAF;

}  // namespace

std::array<uint8_t, 5> cms50_uart(const Cms50State& s) {
  const int strength = s.probe_error ? 0 : 7;
  const int high = s.pulse >> 7 & 1;
  return {static_cast<uint8_t>(0x80 | strength | (s.low ? 0x20 : 0)),
          static_cast<uint8_t>(s.pleth & 0x7F),
          static_cast<uint8_t>((s.pleth >> 3 & 0x0F) | (s.probe_error ? 0x10 : 0) |
                               (s.searching ? 0x20 : 0) | high << 6),
          static_cast<uint8_t>(s.pulse & 0x7F), static_cast<uint8_t>(s.spo2 & 0x7F)};
}

std::array<uint8_t, 9> cms50_live(const Cms50State& s) {
  const int strength = s.probe_error ? 0 : 7;
  const int pleth = s.probe_error ? 0x40 : s.pleth & 0x7F;
  const std::array<int, 7> data = {strength | (s.low ? 0x20 : 0) | (s.probe_error ? 0x80 : 0),
                                   pleth | (s.searching ? 0x80 : 0),
                                   (pleth >> 3 & 0x0F) | (s.perfusion == 0xFFFF ? 0x10 : 0),
                                   s.pulse,
                                   s.spo2,
                                   s.perfusion & 0xFF,
                                   s.perfusion >> 8 & 0xFF};
  std::array<uint8_t, 9> out{0x01, 0x80};
  for (size_t k = 0; k < data.size(); ++k) {
    out[1] = static_cast<uint8_t>(out[1] | (data[k] >> 7 & 1) << k);
    out[2 + k] = static_cast<uint8_t>(0x80 | data[k]);
  }
  return out;
}

Cms50::Cms50(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Oximeter(std::move(setup), patient, truth, outlet, kPerSecond, seconds(5)),
      is_v7_(setup_.kind == "cms50-v7") {}

const Abilities& Cms50::abilities() const {
  const auto make = [](std::string_view low) {
    Abilities a;
    a.conditions = {"probe_off", "searching", low};
    a.faults = {Fault::silence,   Fault::truncate, Fault::garble,      Fault::frozen,  Fault::late,
                Fault::babble,    Fault::slow,     Fault::stale_reply, Fault::restart, Fault::drop,
                Fault::duplicate, Fault::stuck,    Fault::wrong_baud};
    return a;
  };
  static const Abilities kOld = make("desaturation");
  static const Abilities kV7 = make("spo2_low");
  return is_v7_ ? kV7 : kOld;
}

void Cms50::power_up(MonoTime now) {
  is_live_ = false;
  Oximeter::power_up(now);
}

void Cms50::receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    if (!is_v7_ || is_off()) return;
    if ((byte & 0x80) == 0) command_.clear();
    command_.push_back(byte);
    if (command_.size() < kCommandLength) continue;
    obey(now, peer);
    command_.clear();
  }
}

void Cms50::obey(MonoTime now, Peer peer) {
  if (command_[0] != 0x7D || command_[1] != 0x81) return;
  if (command_[2] == kStart) is_live_ = true;
  if (command_[2] == kStart || command_[2] == kKeepAlive) kept_alive_ = now;
  if (command_[2] != kStop) return;
  is_live_ = false;
  Frame answer;
  answer.bytes = {0x0C, 0x80};
  answer.peer = peer;
  emit(now, std::move(answer));
}

void Cms50::send_frame(MonoTime now) {
  if (is_v7_ && (!is_live_ || now - kept_alive_ > kLivesWithoutWord)) {
    is_live_ = false;
    return;
  }
  const OximeterReading r = within(read(now), kPulseMax, kPerfusionMax);
  Cms50State state;
  state.probe_error = r.missing == Reason::probe_off;
  state.searching = r.missing == Reason::searching;
  state.low = is_present(id_of(Role::oximeter, is_v7_ ? "alarm.spo2_low" : "alarm.desaturation"));
  // A saw tooth a second: consumer grade.
  state.pleth = static_cast<int>(100 - frames_++ % kPerSecond);
  if (r.missing == Reason::none) {
    state.spo2 = whole_from_tenths(r.spo2);
    state.pulse = whole_from_tenths(r.pulse);
    state.perfusion = r.perfusion;
  }
  Frame frame;
  if (is_v7_) {
    const auto bytes = cms50_live(state);
    frame.bytes.assign(bytes.begin(), bytes.end());
  } else {
    const auto bytes = cms50_uart(state);
    frame.bytes.assign(bytes.begin(), bytes.end());
  }
  append_values(frame.facts, r, is_v7_);
  append_said(frame.facts);
  if (!is_frozen() || last_.bytes.empty()) last_ = std::move(frame);
  emit(now, last_);
}

void Cms50::garble(Bytes& bytes, Random& random) const {
  // Neither checksum nor length: only a wrong bit 7 shows that a packet is broken.
  const auto at = static_cast<size_t>(random.between(0, static_cast<int64_t>(bytes.size()) - 1));
  bytes[at] = static_cast<uint8_t>(bytes[at] ^ 0x80);
}

}  // namespace lamplight::sim
