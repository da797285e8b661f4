#include "rules/replay/column.h"

#include <algorithm>

#include "rules/model/assert.h"

namespace lamplight::replay {

size_t Column::first_after(int64_t t) const {
  const auto block = std::partition_point(blocks_.begin(), blocks_.end(),
                                          [&](const Block& b) { return b.t0 <= t; });
  if (block == blocks_.begin()) return 0;
  size_t low = static_cast<size_t>(block - blocks_.begin() - 1) * kBlock;
  size_t high = std::min(low + kBlock, size_);
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    (time(middle) <= t ? low : high) = time(middle) <= t ? middle + 1 : middle;
  }
  return low;
}

size_t Column::bytes() const {
  return blocks_.size() * sizeof(Block) + narrow_.size() * 2 + wide_.size() * 4 + worth_.size() +
         near_.size() * 4 + anywhere_.size() * 8;
}

void ColumnBuilder::widen() {
  column_.wide_.assign(column_.narrow_.begin(), column_.narrow_.end());
  column_.narrow_ = {};
}

void ColumnBuilder::append(int64_t t, int32_t value, uint8_t worth) {
  Column& c = column_;
  const bool again = !times_.empty() && times_.back() == t;
  LL_ASSERT(times_.empty() || t >= times_.back());
  if (!again && times_.size() == kBlock) seal();
  if (!has_value(worth)) value = 0;
  if (c.wide_.empty() && (value < INT16_MIN || value > INT16_MAX)) widen();
  if (again) {
    c.wide_.empty() ? c.narrow_.pop_back() : c.wide_.pop_back();
    if (!c.worth_.empty()) c.worth_.pop_back();
    --c.size_;
  } else {
    times_.push_back(t);
  }
  if (c.wide_.empty() && value >= INT16_MIN && value <= INT16_MAX) {
    c.narrow_.push_back(static_cast<int16_t>(value));
  } else {
    c.wide_.push_back(value);
  }
  if (worth != kWorthOk && c.worth_.empty()) c.worth_.assign(c.size_, kWorthOk);
  if (worth != kWorthOk || !c.worth_.empty()) c.worth_.push_back(worth);
  ++c.size_;
}

void ColumnBuilder::seal() {
  if (times_.empty()) return;
  Column& c = column_;
  const size_t n = times_.size();
  const size_t first = c.size_ - n;
  Block b;
  b.t0 = times_.front();
  b.longest = c.blocks_.empty() ? 0 : b.t0 - last_sealed_;
  for (size_t i = 1; i < n; ++i) b.longest = std::max(b.longest, times_[i] - times_[i - 1]);
  b.period = n > 1 ? (times_.back() - b.t0) / static_cast<int64_t>(n - 1) : 0;
  bool is_regular = true;
  bool is_near = true;
  for (size_t i = 0; i < n; ++i) {
    const int64_t off = times_[i] - (b.t0 + static_cast<int64_t>(i) * b.period);
    is_regular = is_regular && off == 0;
    is_near = is_near && off >= INT32_MIN && off <= INT32_MAX;
  }
  if (!is_regular && is_near) {
    b.times = Block::Times::near_period;
    b.deviations = c.near_.size();
    for (size_t i = 0; i < n; ++i) {
      const int64_t nominal = b.t0 + static_cast<int64_t>(i) * b.period;
      c.near_.push_back(static_cast<int32_t>(times_[i] - nominal));
    }
  } else if (!is_regular) {
    b.times = Block::Times::anywhere;
    b.deviations = c.anywhere_.size();
    c.anywhere_.insert(c.anywhere_.end(), times_.begin(), times_.end());
  }
  for (size_t i = first; i < c.size_; ++i) {
    if (!has_value(c.worth(i))) {
      b.all_have_values = false;
      continue;
    }
    b.min = std::min(b.min, c.value(i));
    b.max = std::max(b.max, c.value(i));
  }
  last_sealed_ = times_.back();
  c.blocks_.push_back(b);
  times_.clear();
}

Column ColumnBuilder::take() {
  seal();
  Column done = std::move(column_);
  *this = {};
  return done;
}

}  // namespace lamplight::replay
