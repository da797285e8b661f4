// One signal's samples of a recording, in rising order of time, packed for scanning: integers of 16
// bits where they fit, times as a period with small deviations, and for each block of 1024 samples
// its least and greatest value, so that a block which cannot change a verdict is never looked at.
// Made once by ColumnBuilder, then read only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rules/model/worth.h"

namespace lamplight::replay {

inline constexpr size_t kBlock = 1024;

struct Block {
  int64_t t0 = 0;
  int64_t period = 0;
  int64_t longest = 0;    // from a sample to the next, that before the block included
  size_t deviations = 0;  // where they begin, if `times` says so
  int32_t min = INT32_MAX;
  int32_t max = INT32_MIN;
  enum class Times : uint8_t { regular, near_period, anywhere };
  Times times = Times::regular;
  bool all_have_values = true;
};

class Column {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  int64_t time(size_t i) const {
    const Block& b = blocks_[i / kBlock];
    const size_t at = i % kBlock;
    const int64_t nominal = b.t0 + static_cast<int64_t>(at) * b.period;
    if (b.times == Block::Times::regular) return nominal;
    if (b.times == Block::Times::near_period) return nominal + near_[b.deviations + at];
    return anywhere_[b.deviations + at];
  }
  int32_t value(size_t i) const { return wide_.empty() ? narrow_[i] : wide_[i]; }
  uint8_t worth(size_t i) const { return worth_.empty() ? kWorthOk : worth_[i]; }
  bool has_value_at(size_t i) const { return has_value(worth(i)); }

  // The first sample later than t; size() if there is none.
  size_t first_after(int64_t t) const;

  const std::vector<Block>& blocks() const { return blocks_; }
  // Exactly one of the two holds the values; worth may be empty: all ok.
  const std::vector<int16_t>& narrow() const { return narrow_; }
  const std::vector<int32_t>& wide() const { return wide_; }
  const std::vector<uint8_t>& worths() const { return worth_; }
  size_t bytes() const;

 private:
  friend class ColumnBuilder;
  size_t size_ = 0;
  std::vector<Block> blocks_;
  std::vector<int16_t> narrow_;
  std::vector<int32_t> wide_;
  std::vector<uint8_t> worth_;
  std::vector<int32_t> near_;
  std::vector<int64_t> anywhere_;
};

class ColumnBuilder {
 public:
  // Times never fall; of equal times the last sample holds. A missing sample's value is not kept.
  void append(int64_t t, int32_t value, uint8_t worth);
  // The column; the builder is empty again.
  Column take();

 private:
  void seal();
  void widen();

  Column column_;
  std::vector<int64_t> times_;  // of the running block
  int64_t last_sealed_ = 0;     // time of the last sample before the running block
};

}  // namespace lamplight::replay
