#include "rules/language/feed.h"

#include <algorithm>

#include "rules/language/number.h"

namespace lamplight::rules {
namespace {

constexpr size_t kSamplesMax = 5'000'000;

std::optional<int32_t> in_steps(Decimal number, const engine::Signal& signal) {
  const auto steps = divide(to_ratio(number), Ratio{signal.step.num, signal.step.den});
  const auto count = steps ? whole(*steps) : std::nullopt;
  if (!count || *count > INT32_MAX || *count < INT32_MIN) return std::nullopt;
  return static_cast<int32_t>(*count);
}

engine::InputSample number_sample(int64_t value, const engine::Signal& signal) {
  engine::InputSample out;
  const bool inside = value >= signal.min && value <= signal.max;
  out.quality = inside ? Quality::ok : Quality::missing;
  out.reason = inside ? Reason::none : Reason::out_of_range;
  out.value = inside ? static_cast<int32_t>(value) : 0;
  return out;
}

}  // namespace

uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

Feed::Feed(const engine::Program& program, const ast::Case& one, Reporter& reporter) {
  std::vector<bool> traced(program.signals.size());
  for (const ast::Trace& t : one.traces) trace(t, program, reporter, traced);
  std::stable_sort(timed_.begin(), timed_.end(),
                   [](const Timed& a, const Timed& b) { return a.at < b.at; });
  const std::vector<int32_t> quiet = quiet_values(program, traced);
  for (size_t i = 0; i < program.signals.size(); ++i) {
    if (traced[i]) continue;
    steady_.push_back(
        {static_cast<engine::SignalIndex>(i), quiet[i], program.signals[i].every, Duration{}});
  }
}

void Feed::trace(const ast::Trace& from, const engine::Program& program, Reporter& reporter,
                 std::vector<bool>& traced) {
  const auto index = program.find_signal(from.signal.text);
  if (!index) {
    reporter.report(from.signal.at, "E12", in_quotes(from.signal.text) + ": no such signal",
                    "name a signal of the rules");
    return;
  }
  if (traced[*index]) {
    reporter.report(from.signal.at, "E12", in_quotes(from.signal.text) + " has a second trace",
                    "join the two with a comma");
    return;
  }
  traced[*index] = true;
  Duration begin;
  for (const ast::Segment& s : from.segments) {
    segment(s, program.signals[*index], *index, begin, reporter);
    begin = begin + s.length;
  }
  end_ = std::max(end_, begin);
}

std::optional<engine::InputSample> Feed::level(const ast::Level& from, const engine::Signal& signal,
                                               Reporter& reporter) const {
  const auto refuse = [&](const std::string& what, const std::string& fix) {
    reporter.report(from.at, "E1", what, fix);
    return std::nullopt;
  };
  if (from.number) {
    if (signal.kind != SignalKind::numeric) {
      return refuse(in_quotes(signal.name) + " is no number", "write a state, true or false");
    }
    const auto steps = in_steps(*from.number, signal);
    if (steps) return number_sample(*steps, signal);
    return refuse(
        to_text(*from.number) + " is no multiple of the step of " + in_quotes(signal.name),
        "write a value the device can send");
  }
  const std::string& word = from.word.text;
  const auto& words = signal.enumerators;
  const auto state = std::find(words.begin(), words.end(), word);
  if (state != words.end()) return number_sample(state - words.begin(), signal);
  if (signal.kind == SignalKind::boolean && (word == "true" || word == "false")) {
    return number_sample(word == "true" ? 1 : 0, signal);
  }
  const auto reason = feedable_reason(word);
  if (!reason) {
    return refuse(in_quotes(word) + " is no value of " + in_quotes(signal.name) + " and no reason",
                  "reasons are probe_off, searching, artefact, out_of_range, device_fault, "
                  "link_lost, self_test");
  }
  engine::InputSample out;
  out.reason = *reason;
  return out;
}

void Feed::segment(const ast::Segment& from, const engine::Signal& signal,
                   engine::SignalIndex index, Duration begin, Reporter& reporter) {
  if (from.kind == ast::Segment::Kind::nothing) return;
  const auto first = level(from.from, signal, reporter);
  if (!first) return;
  const bool is_ramp = from.kind == ast::Segment::Kind::ramp;
  const auto last = is_ramp ? level(from.to, signal, reporter) : first;
  if (is_ramp && (!last || !from.from.number || !from.to.number)) {
    if (last) reporter.report(from.at, "E1", "a ramp goes from number to number", "write numbers");
    return;
  }
  const Duration every = from.every.value_or(signal.every);
  if (from.length.ns / every.ns + static_cast<int64_t>(timed_.size()) >
      static_cast<int64_t>(kSamplesMax)) {
    reporter.report(from.at, "E10", "more than 5 million samples in one test",
                    "test a shorter time, or a slower cadence");
    return;
  }
  const auto share = [](const std::optional<Decimal>& percent) {
    return percent ? to_ratio(*percent) : Ratio{0, 1};
  };
  const auto reach = multiply(share(from.jitter_percent), {every.ns, 100});
  const auto reach_ns = reach ? static_cast<int64_t>(floor_of(*reach)) : 0;
  // Drop decides on millionths.
  const auto drop = multiply(share(from.drop_percent), {10'000, 1});
  const uint64_t drop_millionths = drop ? static_cast<uint64_t>(floor_of(*drop)) : 0;
  Random random(static_cast<uint64_t>(from.seed));
  for (Duration at; at < from.length; at = at + every) {
    Timed one{begin + at, *first};
    if (is_ramp) {
      const Int128 rise =
          Int128{*in_steps(*from.to.number, signal)} - *in_steps(*from.from.number, signal);
      const auto part = multiply(Ratio{rise, 1}, *make_ratio(at.ns, from.length.ns));
      const auto value =
          *in_steps(*from.from.number, signal) + static_cast<int64_t>(part ? round_of(*part) : 0);
      one.sample = number_sample(value, signal);
    }
    one.sample.signal = index;
    if (reach_ns > 0) {
      const auto shift =
          static_cast<int64_t>(random.below(2 * static_cast<uint64_t>(reach_ns) + 1));
      const int64_t moved = at.ns + shift - reach_ns;
      one.at = begin + Duration{std::clamp<int64_t>(moved, 0, from.length.ns - 1)};
    }
    if (drop_millionths == 0 || random.below(1'000'000) >= drop_millionths) timed_.push_back(one);
  }
}

std::optional<Duration> Feed::next_at(Duration until) const {
  std::optional<Duration> out;
  if (next_timed_ < timed_.size()) out = timed_[next_timed_].at;
  for (const Steady& s : steady_) {
    if (!out || s.next < *out) out = s.next;
  }
  return out && *out <= until ? out : std::nullopt;
}

void Feed::take(Duration at, MonoTime zero, std::vector<engine::InputSample>& out) {
  for (Steady& s : steady_) {
    if (s.next > at) continue;
    engine::InputSample sample;
    sample.quality = Quality::ok;
    sample.value = s.value;
    sample.signal = s.signal;
    sample.measured_at = zero + s.next;
    out.push_back(sample);
    s.next = s.next + s.every;
  }
  for (; next_timed_ < timed_.size() && timed_[next_timed_].at <= at; ++next_timed_) {
    out.push_back(timed_[next_timed_].sample);
    out.back().measured_at = zero + timed_[next_timed_].at;
  }
}

}  // namespace lamplight::rules
