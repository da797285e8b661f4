#include "firmware-sim/device_cms50_hid.h"

#include <algorithm>

namespace lamplight::sim {
namespace {

constexpr size_t kReport = 64;
constexpr int64_t kPerSecond = 20;
constexpr Duration kLivesWithoutPing = seconds(10);
constexpr int32_t kUnsupplied = 0x7F;
constexpr int32_t kPulseMax = 2540;  // 255 says that there is none
constexpr int32_t kPerfusionMax = 2200;

void append(Bytes& to, const Bytes& what) { to.insert(to.end(), what.begin(), what.end()); }

bool begins_with(std::span<const uint8_t> bytes, std::initializer_list<int> head) {
  if (bytes.size() < head.size()) return false;
  return std::equal(head.begin(), head.end(), bytes.begin());
}

}  // namespace

Bytes cms50_hid_command(std::initializer_list<int> bytes) {
  Bytes out;
  int sum = 0;
  for (const int byte : bytes) {
    out.push_back(static_cast<uint8_t>(byte));
    sum += byte;
  }
  out.push_back(static_cast<uint8_t>(sum % 128));
  return out;
}

Cms50Hid::Cms50Hid(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Oximeter(std::move(setup), patient, truth, outlet, kPerSecond, seconds(5)) {}

const Abilities& Cms50Hid::abilities() const {
  static const Abilities kAbilities = [] {
    Abilities a;
    a.conditions = {"probe_off", "searching"};
    a.faults = {Fault::silence, Fault::truncate, Fault::garble, Fault::frozen,    Fault::late,
                Fault::babble,  Fault::restart,  Fault::drop,   Fault::duplicate, Fault::stuck};
    return a;
  }();
  return kAbilities;
}

void Cms50Hid::power_up(MonoTime now) {
  sends_wave_ = false;
  sends_values_ = false;
  Oximeter::power_up(now);
}

void Cms50Hid::answer(MonoTime now, Peer peer, const Bytes& command) {
  Frame frame;
  frame.peer = peer;
  frame.bytes = command;
  frame.bytes.resize(kReport);
  emit(now, std::move(frame));
}

void Cms50Hid::receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) {
  if (is_off()) return;
  if (begins_with(bytes, {0x7D, 0x81, 0xA7})) {
    sends_wave_ = false;
    sends_values_ = false;
    answer(now, peer, cms50_hid_command({0xF0}));
  }
  if (begins_with(bytes, {0x80, 0x00})) answer(now, peer, cms50_hid_command({0xF0}));
  if (begins_with(bytes, {0x82, 0x02})) {
    answer(now, peer, cms50_hid_command({0xF2, 0, 0, 2, 2, 0, 11}));
  }
  if (begins_with(bytes, {0x81, 0x01})) {
    answer(now, peer, cms50_hid_command({0xF1, '5', '0', 'E', ' ', ' ', ' ', ' ', ' '}));
  }
  if (begins_with(bytes, {0x9B, 0x00, 0x1B})) sends_wave_ = true;
  if (begins_with(bytes, {0x9B, 0x01, 0x1C})) sends_values_ = true;
  if (begins_with(bytes, {0x9B, 0x7F, 0x1A})) {
    sends_wave_ = false;
    sends_values_ = false;
    answer(now, peer, cms50_hid_command({0xEB, 0x7F}));
  }
  const bool is_kept = begins_with(bytes, {0x9A, 0x1A}) || begins_with(bytes, {0x9B});
  if (is_kept) pinged_ = now;
}

void Cms50Hid::send_frame(MonoTime now) {
  const int64_t report = reports_++;
  if (now - pinged_ > kLivesWithoutPing) {
    sends_wave_ = false;
    sends_values_ = false;
  }
  if (!sends_wave_ && !sends_values_) return;
  OximeterReading r = within(read(now), kPulseMax, kPerfusionMax);
  if (r.perfusion == kUnsupplied) ++r.perfusion;  // 1.27 % would say "not supplied"
  const bool is_out = r.missing == Reason::probe_off;
  const bool is_none = r.missing != Reason::none;
  Frame frame;
  for (int i = 0; sends_wave_ && i < 3; ++i) {
    const auto pleth = static_cast<int>(100 - (report * 3 + i) % 60);
    append(frame.bytes, is_out ? cms50_hid_command({0xEB, 0, 4, 0x40, 0x60})
                               : cms50_hid_command({0xEB, 0, 4, pleth, pleth / 8}));
  }
  if (sends_values_ && report % kPerSecond == 0) {
    const int pulse = is_none ? 255 : whole_from_tenths(r.pulse);
    const int spo2 = is_none ? 0x7F : whole_from_tenths(r.spo2);
    const int amplitude = is_none ? kUnsupplied : r.perfusion;
    append(frame.bytes, cms50_hid_command({0xEB, 1, pulse > 127 ? 6 : 4, pulse % 128, spo2,
                                           amplitude % 128, amplitude / 128}));
    append_values(frame.facts, r, true);
    append_said(frame.facts);
  }
  frame.bytes.resize(kReport);
  if (!is_frozen() || last_.bytes.empty()) last_ = std::move(frame);
  emit(now, last_);
}

void Cms50Hid::garble(Bytes& bytes, Random& random) const {
  // Every command of the report: a sum of seven bits sees one wrong bit, not any two.
  const int bit = 1 << random.between(0, 6);
  for (size_t i = 2; i < bytes.size(); ++i) {
    const bool is_high = i >= 2 && bytes[i - 2] == 0xEB;
    if (is_high) bytes[i] = static_cast<uint8_t>(bytes[i] ^ bit);
  }
}

}  // namespace lamplight::sim
