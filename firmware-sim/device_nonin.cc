#include "firmware-sim/device_nonin.h"

#include <algorithm>

#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr uint16_t kTimerLast = 0x3FFF;  // 7 + 7 bits of thirds of a second

constexpr Duration kHoldDisplay = seconds(10);
constexpr Duration kRenewDisplay = milliseconds(1500);
constexpr Duration kMayChangeFormat = seconds(5);
constexpr int kFramesPerPacket = 25;
constexpr int kPerfusionFrames = 12;  // 160 ms a pulse
constexpr int64_t kSpotCheckEvery = 5;
constexpr uint8_t kAck = 0x06;
constexpr uint8_t kNak = 0x15;
constexpr size_t kCommandMax = 16;

// One pulse wave, peak early, dicrotic notch after it; 32 points of 0 to 100.
constexpr int kWave[32] = {20, 45, 72, 92, 100, 98, 91, 82, 73, 65, 58, 53, 50, 51, 53, 54,
                           52, 49, 45, 41, 37,  34, 31, 28, 26, 24, 22, 21, 20, 19, 18, 18};

NoninFormat format_of(std::string_view kind) {
  if (kind == "nonin-df2") return NoninFormat::df2;
  if (kind == "nonin-df7") return NoninFormat::df7;
  if (kind == "nonin-df8") return NoninFormat::df8;
  if (kind == "nonin-df13") return NoninFormat::df13;
  return NoninFormat::ascii;
}

int64_t frames_per_second(NoninFormat f) {
  return f == NoninFormat::df2 || f == NoninFormat::df7 ? 75 : 1;
}

template <class T>
Bytes bytes_of(const T& array) {
  return Bytes(array.begin(), array.end());
}

Abilities abilities_of(NoninFormat format) {
  Abilities a;
  a.faults = {Fault::silence, Fault::truncate,   Fault::garble,      Fault::frozen,
              Fault::late,    Fault::babble,     Fault::stale_reply, Fault::slow,
              Fault::restart, Fault::clock_jump, Fault::drop,        Fault::duplicate,
              Fault::stuck,   Fault::wrong_baud};
  const bool has_sum = format != NoninFormat::df8 && format != NoninFormat::ascii;
  if (has_sum) a.faults.push_back(Fault::flip);
  const bool counts = format == NoninFormat::df2 || format == NoninFormat::df7;
  if (counts) a.faults.push_back(Fault::counter_wrap);
  switch (format) {
    case NoninFormat::df2:
    case NoninFormat::df7:
      a.conditions = {"probe_off",   "probe_disconnected", "artefact",
                      "poor_signal", "perfusion_low",      "low_battery"};
      break;
    case NoninFormat::df8:
      a.conditions = {"probe_off",     "probe_disconnected", "artefact",    "poor_signal",
                      "perfusion_low", "low_battery",        "dead_battery"};
      break;
    case NoninFormat::df13:
      a.conditions = {"low_battery", "probe_off"};
      a.wordless = {"probe_off"};
      break;
    case NoninFormat::ascii:
      a.conditions = {"probe_off"};
      a.wordless = {"probe_off"};
      break;
  }
  return a;
}

}  // namespace

Nonin::Nonin(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Oximeter(setup, patient, truth, outlet, frames_per_second(format_of(setup.kind)), seconds(5)),
      format_(format_of(setup.kind)),
      display_renewed_(setup.started - kRenewDisplay) {}

const Abilities& Nonin::abilities() const {
  static const std::array<Abilities, 5> kAll = {
      abilities_of(NoninFormat::df2), abilities_of(NoninFormat::df7),
      abilities_of(NoninFormat::df8), abilities_of(NoninFormat::df13),
      abilities_of(NoninFormat::ascii)};
  return kAll[static_cast<size_t>(format_)];
}

bool Nonin::says(std::string_view condition) const {
  return is_present(id_of(Role::oximeter, "alarm." + std::string(condition)));
}

NoninStatus Nonin::status() const {
  NoninStatus s;
  s.sensor_disconnected = says("probe_disconnected");
  s.sensor_alarm = says("probe_off") || s.sensor_disconnected;
  s.out_of_track = says("poor_signal");
  s.artefact = says("artefact") || s.out_of_track;
  return s;
}

void Nonin::hold_display(const OximeterReading& r, MonoTime now) {
  if (r.missing == Reason::none) {
    missing_since_.reset();
    if (now - display_renewed_ >= kRenewDisplay) {
      displayed_ = r;
      display_renewed_ = now;
    }
  } else if (!missing_since_) {
    missing_since_ = now;
  } else if (now - *missing_since_ >= kHoldDisplay) {
    displayed_ = r;
  }
}

void Nonin::send_frame(MonoTime now) {
  switch (format_) {
    case NoninFormat::df2:
    case NoninFormat::df7:
      send_packet_frame(now);
      return;
    case NoninFormat::df8:
      send_df8(now);
      return;
    case NoninFormat::df13:
      send_df13(now);
      return;
    case NoninFormat::ascii:
      send_ascii(now);
      return;
  }
}

void Nonin::begin_packet(MonoTime now) {
  packet_reading_ = read(now);
  hold_display(packet_reading_, now);
  const auto whole = [](const OximeterReading& r, int32_t tenths) {
    return r.missing == Reason::none ? std::optional(whole_from_tenths(tenths)) : std::nullopt;
  };
  packet_.hr = whole(packet_reading_, packet_reading_.pulse);
  packet_.spo2 = whole(packet_reading_, packet_reading_.spo2);
  packet_.hr_display = whole(displayed_, displayed_.pulse);
  packet_.spo2_display = whole(displayed_, displayed_.spo2);
  packet_.low_battery = says("low_battery");
  packet_.timer = static_cast<uint16_t>((packet_.timer + 1) & kTimerLast);
}

int32_t Nonin::next_pleth() {
  if (packet_reading_.missing != Reason::none) return 128;  // no finger, no wave
  if (is_frozen()) return kWave[phase_ >> 11] * 2 + 20;
  // 2^16 a beat: pulse (0.1 bpm) / 600 beats a second, 75 frames a second.
  const uint32_t before = phase_;
  phase_ += static_cast<uint32_t>(std::max(packet_reading_.pulse, 0)) * 65'536U / (600U * 75U);
  phase_ &= 0xFFFF;
  beat_age_ = phase_ < before ? 0 : std::min(beat_age_ + 1, 100);
  return kWave[phase_ >> 11] * 2 + 20;
}

void Nonin::send_packet_frame(MonoTime now) {
  frame_ = frame_ % kFramesPerPacket + 1;
  if (frame_ == 1) begin_packet(now);
  packet_.reserved = random_.byte();
  const int32_t pleth = next_pleth();
  NoninStatus s = status();
  s.sync = frame_ == 1;
  if (beat_age_ < kPerfusionFrames && !s.sensor_alarm) {
    s.red = says("perfusion_low");
    s.green = !s.red;
  }
  const uint8_t float_byte = nonin_float(packet_, frame_);
  Frame frame;
  const bool is_df7 = format_ == NoninFormat::df7;
  const int32_t shown = is_df7 ? pleth * 200 : pleth;
  frame.bytes = is_df7
                    ? bytes_of(nonin_df7(nonin_status(s), static_cast<uint16_t>(shown), float_byte))
                    : bytes_of(nonin_df2(nonin_status(s), static_cast<uint8_t>(shown), float_byte));
  JsonWriter w(frame.facts);
  w.key("frame").integer(frame_).key("pleth").integer(shown);
  // With the third frame the packet's rate and saturation are complete.
  if (frame_ == 3) {
    append_values(frame.facts, packet_reading_, false);
    append_said(frame.facts);
  }
  emit(now, std::move(frame));
}

void Nonin::send_df8(MonoTime now) {
  const OximeterReading r = read(now);
  hold_display(r, now);
  NoninDf8 f;
  f.status = status();
  f.status.red = says("perfusion_low");
  if (displayed_.missing == Reason::none) {
    f.hr = whole_from_tenths(displayed_.pulse);
    f.spo2 = whole_from_tenths(displayed_.spo2);
  }
  f.low_battery = says("low_battery");
  f.critical_battery = says("dead_battery");
  // A held value is no reading once the finger is out or the track is lost.
  OximeterReading said = r.missing == Reason::none ? displayed_ : r;
  if (said.missing == Reason::none && f.status.out_of_track) said.missing = Reason::artefact;
  Frame frame;
  frame.bytes = bytes_of(nonin_df8(f));
  append_values(frame.facts, said, false);
  append_said(frame.facts);
  emit(now, std::move(frame));
}

void Nonin::send_df13(MonoTime now) {
  if (seconds_++ % kSpotCheckEvery != 0) return;
  const OximeterReading r = read(now);
  NoninDf13 f;
  f.when = civil_from(displayed_clock(now));
  f.low_battery = says("low_battery");
  if (r.missing == Reason::none) {
    f.hr = whole_from_tenths(r.pulse);
    f.spo2 = whole_from_tenths(r.spo2);
  }
  Frame frame;
  frame.bytes = nonin_df13(f);
  append_values(frame.facts, r, false);
  append_said(frame.facts);
  emit(now, std::move(frame));
}

void Nonin::send_ascii(MonoTime now) {
  const OximeterReading r = read(now);
  const bool valid = r.missing == Reason::none;
  const std::string text =
      nonin_ascii(valid ? std::optional(whole_from_tenths(r.spo2)) : std::nullopt,
                  valid ? std::optional(whole_from_tenths(r.pulse)) : std::nullopt);
  Frame frame;
  frame.bytes.assign(text.begin(), text.end());
  append_values(frame.facts, r, false);
  append_said(frame.facts);
  emit(now, std::move(frame));
}

void Nonin::wrap_counters(MonoTime) { packet_.timer = kTimerLast - 2; }

void Nonin::power_up(MonoTime now) {
  frame_ = 0;
  packet_.timer = 0;
  Oximeter::power_up(now);
  if (format_ != NoninFormat::ascii) return;
  static constexpr std::string_view kHeader = "\r\nNONIN PULSE OXIMETER\r\n";
  reply(now, 0, Bytes(kHeader.begin(), kHeader.end()), "header");
}

void Nonin::reply(MonoTime now, Peer peer, Bytes bytes, std::string_view what) {
  Frame frame;
  frame.bytes = std::move(bytes);
  frame.peer = peer;
  JsonWriter(frame.facts).key("reply").string(what);
  outlet_.send(now, *this, std::move(frame), {});
}

void Nonin::receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) {
  for (const uint8_t b : bytes) {
    if (command_.empty() && b != 0x02) continue;
    command_.push_back(b);
    // 02, a letter, how many bytes follow, those bytes, 03.
    const size_t length = command_.size() >= 3 ? size_t{4} + command_[2] : 0;
    if (length > kCommandMax) {
      command_.clear();
    } else if (length != 0 && command_.size() == length) {
      obey(now, peer, command_);
      command_.clear();
    }
  }
}

void Nonin::obey(MonoTime now, Peer peer, std::span<const uint8_t> c) {
  if (c.back() != 0x03) return;
  if (c[1] == 0x70 && c[2] == 2 && c[3] == 0x02) {
    const bool in_time = connected_at_ && now - *connected_at_ <= kMayChangeFormat;
    std::optional<NoninFormat> wanted;
    if (c[4] == 0x02) wanted = NoninFormat::df2;
    if (c[4] == 0x07) wanted = NoninFormat::df7;
    if (c[4] == 0x08) wanted = NoninFormat::df8;
    if (c[4] == 0x0D) wanted = NoninFormat::df13;
    const bool agrees = in_time && wanted;
    reply(now, peer, {agrees ? kAck : kNak}, agrees ? "ack" : "nak");
    if (agrees) use_format(*wanted, now);
  }
  if (c[1] == 0x72 && c[2] == 0) {
    const Civil t = civil_from(device_clock(now));
    reply(now, peer,
          {0x02, 0xF2, 0x06, static_cast<uint8_t>(t.year % 100), static_cast<uint8_t>(t.month),
           static_cast<uint8_t>(t.day), static_cast<uint8_t>(t.hour),
           static_cast<uint8_t>(t.minute), static_cast<uint8_t>(t.second), 0x03},
          "time");
  }
}

void Nonin::use_format(NoninFormat format, MonoTime now) {
  format_ = format;
  frame_ = 0;
  seconds_ = 0;
  set_rate(frames_per_second(format), now);
}

void Nonin::garble(Bytes& bytes, Random& random) const {
  const auto size = static_cast<int64_t>(bytes.size());
  if (format_ == NoninFormat::df8) {
    // No checksum: break the pattern of top bits that a reader synchronises on.
    const auto at = static_cast<size_t>(random.between(0, size - 1));
    bytes[at] = static_cast<uint8_t>(bytes[at] ^ 0x80);
  } else if (format_ == NoninFormat::ascii) {
    const auto at = static_cast<size_t>(random.between(0, size - 3));
    bytes[at] = static_cast<uint8_t>(bytes[at] | 0x80);
  } else {
    Device::garble(bytes, random);  // the checksum tells
  }
}

}  // namespace lamplight::sim
