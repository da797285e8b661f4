#include "rules/replay/scan.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace lamplight::replay {
namespace {

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

int32_t clamped(int64_t v) {
  return static_cast<int32_t>(std::clamp<int64_t>(v, INT32_MIN, INT32_MAX));
}

// Eight bytes of 0 or 1 as eight bits, lowest first.
uint64_t packed(const uint8_t* bytes) {
  uint64_t eight = 0;
  std::memcpy(&eight, bytes, 8);
  return eight * 0x0102040810204080ULL >> 56;
}

// Bit i: value i of 64 lies in [first, last]. One unsigned comparison a value, which the compiler
// turns into vector instructions.
template <class Value, class Unsigned>
uint64_t bits_inside(const Value* values, int32_t first, int32_t last) {
  alignas(16) std::array<uint8_t, 64> is_inside;
  const auto base = static_cast<Unsigned>(first);
  const auto span = static_cast<Unsigned>(static_cast<Unsigned>(last) - base);
  for (size_t i = 0; i < 64; ++i) {
    is_inside[i] = static_cast<Unsigned>(static_cast<Unsigned>(values[i]) - base) <= span ? 1 : 0;
  }
  uint64_t bits = 0;
  for (size_t i = 0; i < 8; ++i) bits |= packed(&is_inside[8 * i]) << (8 * i);
  return bits;
}

class Scanner {
 public:
  Scanner(const Reading& reading, Timeline& line) : r_(reading), c_(*reading.column), line_(line) {}

  // From `from` on until before `to`, with this interval.
  void run(Interval inside, int64_t from, int64_t to) {
    in_ = inside;
    at_ = c_.first_after(from);
    turn(from, held_at(from));
    const size_t end = to == kEnd ? c_.size() : c_.first_after(to - 1);
    while (at_ < end) {
      const size_t last = std::min((at_ / kBlock + 1) * kBlock, end);
      block(at_, last);
      at_ = last;
    }
    // The last sample may go stale before the end.
    if (at_ > 0) expire(c_.time(at_ - 1), to);
  }

 private:
  bool in_range(int32_t v) const { return v >= r_.low && v <= r_.high; }
  Truth truth_of(size_t i) const {
    if (!c_.has_value_at(i) || !in_range(c_.value(i))) return Truth::unknown;
    const int32_t v = c_.value(i);
    return v >= in_.first && v <= in_.last ? Truth::yes : Truth::no;
  }
  Truth held_at(int64_t t) const {
    const size_t after = c_.first_after(t);
    if (after == 0 || c_.time(after - 1) + r_.stale <= t) return Truth::unknown;
    return truth_of(after - 1);
  }
  void turn(int64_t t, Truth truth) {
    now_ = truth;
    line_.set(t, truth);
  }
  // After a sample at `t`, nothing before `next`.
  void expire(int64_t t, int64_t next) {
    if (now_ == Truth::unknown || next - t <= r_.stale) return;
    turn(t + r_.stale, Truth::unknown);
  }

  void block(size_t first, size_t last) {
    const Block& b = c_.blocks()[first / kBlock];
    const bool has_gap = b.longest > r_.stale;
    const bool all_known = b.all_have_values && b.min >= r_.low && b.max <= r_.high;
    if (!has_gap && all_known) {
      const bool all_in = b.min >= in_.first && b.max <= in_.last;
      const bool all_out = b.max < in_.first || b.min > in_.last || in_.first > in_.last;
      if (all_in || all_out) {
        const Truth truth = all_in ? Truth::yes : Truth::no;
        if (truth != now_) turn(c_.time(first), truth);
        return;
      }
    }
    if (has_gap) return one_by_one(first, last);
    size_t i = first;
    for (; i < last && i % 64 != 0; ++i) sample(i);
    for (; i + 64 <= last; i += 64) word(i, all_known);
    for (; i < last; ++i) sample(i);
  }
  void one_by_one(size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) {
      if (i > 0) expire(c_.time(i - 1), c_.time(i));
      sample(i);
    }
  }
  void sample(size_t i) {
    const Truth truth = truth_of(i);
    if (truth != now_) turn(c_.time(i), truth);
  }

  uint64_t inside_bits(size_t i, int32_t first, int32_t last) const {
    if (first > last) return 0;
    if (!c_.wide().empty()) return bits_inside<int32_t, uint32_t>(&c_.wide()[i], first, last);
    if (first > INT16_MAX || last < INT16_MIN) return 0;
    return bits_inside<int16_t, uint16_t>(&c_.narrow()[i], std::max<int32_t>(first, INT16_MIN),
                                          std::min<int32_t>(last, INT16_MAX));
  }
  uint64_t known_bits(size_t i) const {
    uint64_t known = inside_bits(i, r_.low, r_.high);
    if (c_.worths().empty()) return known;
    for (size_t k = 0; k < 64; ++k) {
      if (!has_value(c_.worths()[i + k])) known &= ~(uint64_t{1} << k);
    }
    return known;
  }
  // Samples i to i + 63: only where a truth differs from that of the sample before is a turn.
  void word(size_t i, bool all_known) {
    const uint64_t known = all_known ? ~uint64_t{0} : known_bits(i);
    const uint64_t yes = inside_bits(i, in_.first, in_.last) & known;
    const uint64_t was_known = now_ != Truth::unknown ? 1 : 0;
    const uint64_t was_yes = now_ == Truth::yes ? 1 : 0;
    uint64_t turns = (known ^ (known << 1 | was_known)) | (yes ^ (yes << 1 | was_yes));
    for (; turns != 0; turns &= turns - 1) {
      const auto k = static_cast<size_t>(__builtin_ctzll(turns));
      Truth truth = Truth::unknown;
      if ((known >> k & 1) != 0) truth = (yes >> k & 1) != 0 ? Truth::yes : Truth::no;
      turn(c_.time(i + k), truth);
    }
  }

  const Reading& r_;
  const Column& c_;
  Timeline& line_;
  Interval in_;
  size_t at_ = 0;  // next sample
  Truth now_ = Truth::unknown;
};

}  // namespace

Interval below_zero(int64_t coefficient, int64_t bound) {
  if (coefficient == 0) return bound < 0 ? Interval{} : Interval{1, 0};
  if (coefficient > 0) {
    const int64_t most = floor_div(-bound - 1, coefficient);
    return most < INT32_MIN ? Interval{1, 0} : Interval{INT32_MIN, clamped(most)};
  }
  const int64_t least = floor_div(bound, -coefficient) + 1;
  return least > INT32_MAX ? Interval{1, 0} : Interval{clamped(least), INT32_MAX};
}

Timeline scan(const Reading& reading, const std::vector<IntervalStep>& steps, int64_t start,
              int64_t end) {
  Timeline line;
  if (reading.column == nullptr || reading.column->empty()) {
    line.set(start, Truth::unknown);
    return line;
  }
  Scanner scanner(reading, line);
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].t > end) break;
    const bool is_last = i + 1 == steps.size() || steps[i + 1].t > end;
    scanner.run(steps[i].inside, steps[i].t, is_last ? end + 1 : steps[i + 1].t);
  }
  return line;
}

Known known_in(const Reading& reading, int64_t from, int64_t to) {
  Known known;
  if (reading.column == nullptr) return known;
  const Column& c = *reading.column;
  size_t i = c.first_after(from);
  if (i > 0) --i;
  while (i < c.size() && c.time(i) < to) {
    // A quiet block inside is one step.
    const Block& b = c.blocks()[i / kBlock];
    const size_t next_block = i + kBlock;
    const bool whole = i % kBlock == 0 && c.time(i) >= from && next_block < c.size() &&
                       c.time(next_block) <= to && b.longest <= reading.stale &&
                       c.blocks()[i / kBlock + 1].longest <= reading.stale && b.all_have_values &&
                       b.min >= reading.low && b.max <= reading.high;
    if (whole) {
      known.ns += c.time(next_block) - c.time(i);
      known.min = std::min(known.min, b.min);
      known.max = std::max(known.max, b.max);
      i = next_block;
      continue;
    }
    const int32_t v = c.value(i);
    const int64_t t = c.time(i);
    const int64_t next = i + 1 < c.size() ? c.time(i + 1) : kEnd;
    const int64_t until = std::min({next, t + reading.stale, to});
    if (c.has_value_at(i) && v >= reading.low && v <= reading.high && until > from) {
      known.ns += until - std::max(t, from);
      known.min = std::min(known.min, v);
      known.max = std::max(known.max, v);
    }
    ++i;
  }
  return known;
}

}  // namespace lamplight::replay
