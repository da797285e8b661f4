#include "gateway/store/codec.h"

#include <algorithm>

#include "gateway/store/varint.h"
#include "rules/model/assert.h"

namespace lamplight::store {
namespace {

using Bytes = std::vector<std::byte>;
constexpr auto kFormat = static_cast<std::byte>(1);

// (key, repeats) for every run of equal keys; `swapped`: repeats first, as runs and reason have it.
template <class Keys, class Put>
void put_runs(const Keys& keys, Put put) {
  for (size_t i = 0; i < keys.size();) {
    size_t end = i + 1;
    while (end < keys.size() && keys[end] == keys[i]) ++end;
    put(keys[i], end - i);
    i = end;
  }
}

Bytes encode_seqs(const std::vector<uint32_t>& per_seq) {
  Bytes out{kFormat};
  put_runs(per_seq, [&](uint32_t samples, size_t repeats) {
    put_varint(out, samples);
    put_varint(out, repeats);
  });
  return out;
}

Bytes encode_runs(const std::vector<int64_t>& t) {
  std::vector<uint64_t> steps;
  steps.reserve(t.size());
  for (size_t i = 1; i < t.size(); ++i) {
    // Wraps like the decoder's addition, so any two times have a step between them.
    const uint64_t step = static_cast<uint64_t>(t[i]) - static_cast<uint64_t>(t[i - 1]);
    steps.push_back(zigzag(static_cast<int64_t>(step)));
  }
  Bytes out{kFormat};
  put_runs(steps, [&](uint64_t step, size_t repeats) {
    put_varint(out, repeats);
    put_varint(out, step);
  });
  return out;
}

Bytes encode_vals(const Column& column, int32_t min, int32_t max) {
  const auto span = static_cast<uint32_t>(static_cast<int64_t>(max) - min);
  const size_t width = span <= 0xff ? 1 : (span <= 0xffff ? 2 : 4);
  Bytes out{kFormat, static_cast<std::byte>(width)};
  out.resize(2 + width * column.value.size());
  size_t at = 2;
  for (size_t i = 0; i < column.value.size(); ++i) {
    const int64_t from_min = static_cast<int64_t>(column.value[i]) - min;
    const auto offset = has_value(column.worth[i]) ? static_cast<uint32_t>(from_min) : 0U;
    for (size_t b = 0; b < width; ++b) out[at++] = static_cast<std::byte>(offset >> (8 * b));
  }
  return out;
}

Bytes encode_valid(const std::vector<uint8_t>& worth) {
  Bytes out(1 + (worth.size() + 7) / 8);
  out[0] = kFormat;
  for (size_t i = 0; i < worth.size(); ++i) {
    if (has_value(worth[i])) out[1 + i / 8] |= static_cast<std::byte>(1U << (i % 8));
  }
  return out;
}

Bytes encode_reason(const std::vector<uint8_t>& worth) {
  Bytes out{kFormat};
  put_runs(worth, [&](uint8_t value, size_t repeats) {
    put_varint(out, repeats);
    out.push_back(static_cast<std::byte>(value));
  });
  return out;
}

// A reader past the format byte, or an error that names the blob.
[[nodiscard]] Result<ByteReader> open_blob(std::span<const std::byte> blob, const char* name) {
  ByteReader in(blob);
  const uint8_t format = in.u8();
  if (in.broken()) return failure(std::string(name) + ": empty blob");
  if (format != 1) return failure(std::string(name) + ": unknown format");
  return in;
}

[[nodiscard]] Status decode_seqs(const SegmentView& view, std::vector<uint32_t>& per_seq) {
  auto in = open_blob(view.seqs, "seqs");
  if (!in) return failure(in.error());
  if (view.last_seq < view.first_seq) return failure("seqs: last before first");
  const uint64_t seqs = view.last_seq - view.first_seq + 1;
  if (seqs == 0 || seqs > kColumnSamplesMax) return failure("seqs: too many");
  uint64_t total = 0;
  while (!in->at_end()) {
    const uint64_t samples = in->varint();
    const uint64_t repeats = in->varint();
    if (in->broken()) return failure("seqs: truncated");
    if (repeats == 0 || repeats > seqs - per_seq.size()) return failure("seqs: bad run");
    if (samples > view.n) return failure("seqs: more samples than the segment");
    total += samples * repeats;
    if (total > view.n) return failure("seqs: more samples than the segment");
    per_seq.insert(per_seq.end(), repeats, static_cast<uint32_t>(samples));
  }
  if (per_seq.size() != seqs) return failure("seqs: does not reach the last seq");
  if (total != view.n) return failure("seqs: fewer samples than the segment");
  return {};
}

[[nodiscard]] Status decode_runs(const SegmentView& view, std::vector<int64_t>& t) {
  auto in = open_blob(view.runs, "runs");
  if (!in) return failure(in.error());
  auto now = static_cast<uint64_t>(view.t0);
  t.reserve(view.n);
  t.push_back(view.t0);
  while (!in->at_end()) {
    const uint64_t repeats = in->varint();
    const auto step = static_cast<uint64_t>(unzigzag(in->varint()));
    if (in->broken()) return failure("runs: truncated");
    if (repeats == 0 || repeats > view.n - t.size()) return failure("runs: bad run");
    for (uint64_t i = 0; i < repeats; ++i) t.push_back(static_cast<int64_t>(now += step));
  }
  if (t.size() != view.n) return failure("runs: fewer times than samples");
  if (t.back() != view.t1) return failure("runs: does not end at t1");
  return {};
}

[[nodiscard]] Status decode_worth(const SegmentView& view, std::vector<uint8_t>& worth) {
  worth.reserve(view.n);
  if (!view.reason) {
    worth.assign(view.n, kWorthOk);
  } else {
    auto in = open_blob(*view.reason, "reason");
    if (!in) return failure(in.error());
    while (!in->at_end()) {
      const uint64_t repeats = in->varint();
      const uint8_t value = in->u8();
      if (in->broken()) return failure("reason: truncated");
      if (repeats == 0 || repeats > view.n - worth.size()) return failure("reason: bad run");
      if (value >= kReasonCount && value != kWorthLow) return failure("reason: unknown");
      worth.insert(worth.end(), repeats, value);
    }
    if (worth.size() != view.n) return failure("reason: fewer than samples");
  }
  if (!view.valid) {
    const bool all_valid = std::ranges::all_of(worth, has_value);
    return all_valid ? Status() : failure("valid: absent beside missing samples");
  }
  if (view.valid->size() != 1 + (view.n + 7) / 8) return failure("valid: wrong size");
  if (view.valid->front() != kFormat) return failure("valid: unknown format");
  for (uint64_t i = 0; i < view.n; ++i) {
    const auto byte = static_cast<uint8_t>((*view.valid)[1 + i / 8]);
    const bool bit = ((byte >> (i % 8)) & 1U) != 0;
    if (bit != has_value(worth[i])) return failure("valid: contradicts reason");
  }
  return {};
}

[[nodiscard]] Status decode_vals(const SegmentView& view, Column& column) {
  if (view.vals.size() < 2) return failure("vals: empty blob");
  if (view.vals[0] != kFormat) return failure("vals: unknown format");
  const auto width = static_cast<size_t>(view.vals[1]);
  if (width != 1 && width != 2 && width != 4) return failure("vals: bad width");
  if (view.vals.size() != 2 + width * view.n) return failure("vals: wrong size");
  const bool any_valid = std::ranges::any_of(column.worth, has_value);
  const bool has_range = view.min.has_value() && view.max.has_value();
  if (any_valid != has_range) return failure("vals: min and max contradict valid");
  column.value.assign(view.n, 0);
  size_t at = 2;
  for (uint64_t i = 0; i < view.n; ++i) {
    uint32_t offset = 0;
    for (size_t b = 0; b < width; ++b) offset |= static_cast<uint32_t>(view.vals[at++]) << (8 * b);
    if (!has_value(column.worth[i])) continue;
    const int64_t value = static_cast<int64_t>(*view.min) + offset;
    if (value > *view.max) return failure("vals: above max");
    column.value[i] = static_cast<int32_t>(value);
  }
  return {};
}

}  // namespace

SegmentView view_of(const Segment& s) {
  SegmentView view{s.first_seq, s.last_seq, s.t0,   s.t1,   s.n, s.min,
                   s.max,       s.seqs,     s.runs, s.vals, {},  {}};
  if (s.valid) view.valid = std::span(*s.valid);
  if (s.reason) view.reason = std::span(*s.reason);
  return view;
}

Segment encode(const Column& column) {
  LL_ASSERT(!column.t.empty());
  LL_ASSERT(column.value.size() == column.t.size());
  LL_ASSERT(column.worth.size() == column.t.size());
  LL_ASSERT(!column.per_seq.empty());
  Segment out;
  out.first_seq = column.first_seq;
  out.last_seq = column.first_seq + column.per_seq.size() - 1;
  out.t0 = column.t.front();
  out.t1 = column.t.back();
  out.n = column.t.size();
  bool all_ok = true;
  bool all_valid = true;
  for (size_t i = 0; i < column.t.size(); ++i) {
    all_ok = all_ok && column.worth[i] == kWorthOk;
    all_valid = all_valid && has_value(column.worth[i]);
    if (!has_value(column.worth[i])) continue;
    out.min = std::min(out.min.value_or(column.value[i]), column.value[i]);
    out.max = std::max(out.max.value_or(column.value[i]), column.value[i]);
  }
  out.seqs = encode_seqs(column.per_seq);
  out.runs = encode_runs(column.t);
  out.vals = encode_vals(column, out.min.value_or(0), out.max.value_or(0));
  if (!all_valid) out.valid = encode_valid(column.worth);
  if (!all_ok) out.reason = encode_reason(column.worth);
  return out;
}

Result<Column> decode(const SegmentView& view) {
  if (view.n == 0 || view.n > kColumnSamplesMax) return failure("segment: bad sample count");
  Column column;
  column.first_seq = view.first_seq;
  if (auto ok = decode_seqs(view, column.per_seq); !ok) return failure(ok.error());
  if (auto ok = decode_runs(view, column.t); !ok) return failure(ok.error());
  if (auto ok = decode_worth(view, column.worth); !ok) return failure(ok.error());
  if (auto ok = decode_vals(view, column); !ok) return failure(ok.error());
  return column;
}

}  // namespace lamplight::store
