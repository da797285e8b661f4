#include "firmware-sim/device.h"

#include <algorithm>
#include <utility>

#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr Duration kLate = milliseconds(1500);  // past every sane response timeout
constexpr Duration kBootTime = seconds(3);      // dark while it restarts
constexpr Duration kBabbleEvery = milliseconds(50);
constexpr int64_t kClockJump = 25 * 3600;  // a day and an hour: never daylight saving

bool is_stray(Fault f) { return f == Fault::stray_bytes || f == Fault::only_stray_bytes; }

// A receiver at a third of the speed: three bytes in one, each ending in what the line was at its
// wrong stop bit; no terminator and no good sum comes through but by chance.
void as_at_another_speed(Bytes& bytes, Random& random) {
  Bytes heard;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    heard.push_back(static_cast<uint8_t>(0x80 | bytes[i] << 2 | random.between(0, 3)));
  }
  bytes = std::move(heard);
}

}  // namespace

Device::Device(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : setup_(std::move(setup)),
      patient_(patient),
      truth_(truth),
      outlet_(outlet),
      bedside_(setup_.role),
      random_(setup_.seed) {}

MonoTime Device::deadline() const { return std::min({own_deadline(), fault_ends_, babbles_at_}); }

void Device::tick(MonoTime now) {
  if (fault_ends_ <= now) end_fault(now);
  if (babbles_at_ <= now) babble(now);
  if (own_deadline() <= now) own_tick(now);
}

Status Device::can_do(const Word& word) const {
  if (std::holds_alternative<SilencedWord>(word) && !abilities().has_silenced) {
    return failure("a " + kind() + " has no bit for silenced sound; leave the word out");
  }
  if (const auto* w = std::get_if<ConditionWord>(&word)) {
    const std::string_view name = signal_info(w->condition).name.substr(6);
    const auto& known = abilities().conditions;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return failure("a " + kind() + " cannot say '" + std::string(name) +
                     "'; it can say: " + (known.empty() ? "nothing" : list_of(known)));
    }
  }
  const auto* w = std::get_if<FaultWord>(&word);
  if (w == nullptr || w->fault == Fault::none) return {};
  const auto& known = abilities().faults;
  if (std::find(known.begin(), known.end(), w->fault) != known.end()) return {};
  std::vector<std::string_view> names;
  for (const Fault f : known) names.push_back(name_of(f));
  return failure("a " + kind() + " has no fault '" + std::string(name_of(w->fault)) +
                 "'; it has: none, " + list_of(names));
}

Status Device::apply(const Word& word, MonoTime now) {
  if (Status s = can_do(word); !s) return s;
  if (const auto* w = std::get_if<SetWord>(&word)) set(*w, now);
  if (const auto* w = std::get_if<ConditionWord>(&word)) say(*w, now);
  if (const auto* w = std::get_if<FaultWord>(&word)) begin_fault(*w, now);
  if (const auto* w = std::get_if<SilencedWord>(&word)) bedside_.is_silenced = w->silenced;
  steered(now);
  return {};
}

void Device::release(std::string_view signal, MonoTime now) {
  if (const auto id = find_signal(role(), signal)) bedside_.release(*id);
  steered(now);
}

void Device::set(const SetWord& word, MonoTime now) {
  const int32_t from = reading(word.signal, now).value_or(word.value);
  bedside_.set(word.signal, from, word.value, now, word.over);
}

void Device::say(const ConditionWord& word, MonoTime now) {
  bedside_.say(word.condition, word.present);
  std::string facts;
  JsonWriter w(facts);
  w.key("condition").string(signal_info(word.condition).name.substr(6));
  w.key("present").boolean(word.present).key("by").string("word");
  truth_.record(now, name(), "condition", facts);
}

void Device::begin_fault(const FaultWord& word, MonoTime now) {
  if (fault_ != Fault::none) end_fault(now);
  stuck_.clear();
  if (word.fault == Fault::counter_wrap) wrap_counters(now);
  fault_ = word.fault;
  fault_ends_ = word.lasts ? now + *word.lasts : kNever;
  if (word.fault == Fault::restart && !word.lasts) fault_ends_ = now + kBootTime;
  if (word.fault == Fault::babble) babbles_at_ = now;
  if (is_stray(word.fault)) babbles_at_ = now + until_next_stray();
  previous_.reset();
  if (word.fault == Fault::none) return;
  std::string facts;
  JsonWriter w(facts);
  w.key("fault").string(name_of(word.fault)).key("present").boolean(true);
  if (word.lasts) w.key("for_ms").integer(word.lasts->ms());
  truth_.record(now, name(), "fault", facts);
}

void Device::end_fault(MonoTime now) {
  const Fault ended = fault_;
  fault_ = Fault::none;
  fault_ends_ = kNever;
  babbles_at_ = kNever;
  previous_.reset();
  std::string facts;
  JsonWriter(facts).key("fault").string(name_of(ended)).key("present").boolean(false);
  truth_.record(now, name(), "fault", facts);
  if (ended == Fault::restart) power_up(now);
}

void Device::babble(MonoTime now) {
  Frame noise;
  noise.bytes.resize(static_cast<size_t>(random_.between(1, 20)));
  for (uint8_t& b : noise.bytes) b = random_.byte();
  noise.is_intact = false;
  noise.gives_way = is_stray(fault_);
  JsonWriter(noise.facts).key("noise").boolean(true);
  outlet_.send(now, *this, std::move(noise), {});
  if (is_stray(fault_)) {
    babbles_at_ = now + until_next_stray();
    return;
  }
  babbles_at_ = babbles_at_ + kBabbleEvery;
  if (babbles_at_ <= now) babbles_at_ = now + kBabbleEvery;
}

// Without memory, so that no poll is ever in step with it.
Duration Device::until_next_stray() {
  constexpr int64_t kMeanMilliseconds = 2000;
  Duration wait{random_.between(1, 1'000'000)};
  while (random_.between(1, kMeanMilliseconds) != 1) wait = wait + milliseconds(1);
  return wait;
}

void Device::garble(Bytes& bytes, Random& random) const {
  if (bytes.empty()) return;
  const auto at = static_cast<size_t>(random.between(0, static_cast<int64_t>(bytes.size()) - 1));
  bytes[at] = static_cast<uint8_t>(bytes[at] ^ random.between(1, 255));
}

void Device::flip(Bytes& bytes, Random& random) const {
  if (bytes.empty()) return;
  const auto bit = random.between(0, static_cast<int64_t>(bytes.size()) * 8 - 1);
  uint8_t& byte = bytes[static_cast<size_t>(bit / 8)];
  byte = static_cast<uint8_t>(byte ^ 1 << bit % 8);
}

void Device::record_not_sent(MonoTime now, const Frame& frame, std::string_view why) {
  std::string facts;
  JsonWriter(facts).key("why").string(why);
  if (!frame.facts.empty()) facts += "," + frame.facts;
  truth_.record(now, name(), "not_sent", facts);
}

void Device::emit(MonoTime now, Frame frame) {
  Delivery how;
  switch (fault_) {
    case Fault::silence:
    case Fault::restart:
    case Fault::only_stray_bytes:
      record_not_sent(now, frame, name_of(fault_));
      return;
    case Fault::truncate:
      frame.bytes.resize(frame.bytes.size() / 2);
      frame.is_intact = false;
      break;
    case Fault::garble:
      garble(frame.bytes, random_);
      frame.is_intact = false;
      break;
    case Fault::late:
      how.delay = kLate;
      break;
    case Fault::slow:
      // A stream that drips still keeps up with its cadence; an answer stops in its middle for
      // longer than any byte timeout.
      if (frame_period().ns > 0) {
        how.spacing = {frame_period().ns * 8 / 10 / static_cast<int64_t>(frame.bytes.size())};
      } else {
        how.pause = milliseconds(700);
      }
      break;
    case Fault::stale_reply: {
      std::optional<Frame> old = std::exchange(previous_, frame);
      if (!old) {
        record_not_sent(now, frame, "stale_reply");
        return;
      }
      readdress(*old, frame);
      frame = std::move(*old);
      break;
    }
    case Fault::drop:
      if (frames_++ % 2 == 0) {
        record_not_sent(now, frame, "drop");
        return;
      }
      break;
    case Fault::flip:
      flip(frame.bytes, random_);
      frame.is_intact = false;
      break;
    case Fault::duplicate:
      outlet_.send(now, *this, frame, how);
      break;
    case Fault::wrong_baud:
      as_at_another_speed(frame.bytes, random_);
      frame.is_intact = false;
      break;
    case Fault::none:
    case Fault::frozen:
    case Fault::wrong_unit:
    case Fault::exception:
    case Fault::babble:
    case Fault::clock_jump:
    case Fault::stuck:
    case Fault::counter_wrap:
    case Fault::stray_bytes:
      break;
  }
  outlet_.send(now, *this, std::move(frame), how);
}

std::optional<int32_t> Device::reading(SignalId signal, MonoTime now) const {
  if (fault_ == Fault::stuck) {
    const auto known = stuck_.find(signal);
    if (known != stuck_.end()) return known->second;
  }
  auto value = bedside_.dictated(signal, now);
  if (!value) value = measured(signal, now);
  // From the first look on it stands still.
  if (fault_ == Fault::stuck) stuck_.emplace(signal, value);
  return value;
}

void Device::decide(SignalId condition, bool present, MonoTime now) {
  if (!setup_.decides_alarms || !bedside_.decide(condition, present)) return;
  std::string facts;
  JsonWriter w(facts);
  w.key("condition").string(signal_info(condition).name.substr(6));
  w.key("present").boolean(bedside_.is_present(condition)).key("by").string("device");
  truth_.record(now, name(), "condition", facts);
}

int64_t Device::device_clock(MonoTime now) const {
  const int64_t jump = fault_ == Fault::clock_jump ? kClockJump : 0;
  return setup_.clock_at_start + (now - setup_.started).ns / 1'000'000'000 + jump;
}

std::vector<std::string_view> Device::conditions_now() const {
  std::vector<std::string_view> names;
  for (const SignalId id : bedside_.present_conditions()) {
    names.push_back(signal_info(id).name.substr(6));
  }
  return names;
}

void Device::append_said(std::string& facts) const {
  std::string said;
  JsonWriter w(said);
  w.key("conditions").begin_array();
  for (const SignalId id : bedside_.present_conditions()) {
    const std::string_view name = signal_info(id).name.substr(6);
    const auto& wordless = abilities().wordless;
    if (std::find(wordless.begin(), wordless.end(), name) == wordless.end()) w.string(name);
  }
  w.end_array();
  if (abilities().has_silenced) w.key("silenced").boolean(bedside_.is_silenced);
  if (!facts.empty()) facts += ',';
  facts += said;
}

}  // namespace lamplight::sim
