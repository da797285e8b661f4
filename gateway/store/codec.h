// One signal's samples of consecutive seqs, and the blobs they become (FORMAT.md: one page, with
// golden bytes). Pure: no I/O, no clock. decode() meets bytes from a damaged disk and answers
// with an error, never with a guess; decode(encode(x)) == x for every column a batch can hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rules/model/result.h"
#include "rules/model/worth.h"

namespace lamplight::store {

// Samples in order of arrival; the three vectors are equally long.
struct Column {
  uint64_t first_seq = 1;
  std::vector<uint32_t> per_seq;  // samples of first_seq, first_seq + 1, …; sums to the length
  std::vector<int64_t> t;         // measured_at, ns of CLOCK_BOOTTIME
  std::vector<int32_t> value;     // 0 where missing
  std::vector<uint8_t> worth;     // rules/model/worth.h
  bool operator==(const Column&) const = default;
};

// A segment's row without its keys. t0 and t1 are the first and last sample's time.
struct Segment {
  uint64_t first_seq = 1, last_seq = 1;
  int64_t t0 = 0, t1 = 0;
  uint64_t n = 0;
  std::optional<int32_t> min, max;  // of the valid samples; nothing when all are missing
  std::vector<std::byte> seqs, runs, vals;
  std::optional<std::vector<std::byte>> valid, reason;  // nothing: all valid, all ok
};

// What decode() reads: the same fields where the database keeps them.
struct SegmentView {
  uint64_t first_seq = 1, last_seq = 1;
  int64_t t0 = 0, t1 = 0;
  uint64_t n = 0;
  std::optional<int32_t> min, max;
  std::span<const std::byte> seqs, runs, vals;
  std::optional<std::span<const std::byte>> valid, reason;
};
SegmentView view_of(const Segment& segment);

// More than any batch or merged segment holds; a row that claims more is damaged.
inline constexpr uint64_t kColumnSamplesMax = 1U << 20;

// Precondition: at least one sample, per_seq adds up.
Segment encode(const Column& column);
[[nodiscard]] Result<Column> decode(const SegmentView& view);

}  // namespace lamplight::store
