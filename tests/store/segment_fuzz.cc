// Bytes of a damaged disk as a segment: decode() must refuse or give a column that encodes to
// something which decodes to the same column; it must never crash, hang or grow without bound.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "gateway/store/codec.h"
#include "gateway/store/varint.h"

namespace {

using lamplight::store::SegmentView;

// Takes the input apart: small fields first, then five blobs with a length byte pair each.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}
  uint64_t number(size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && left_ > 0; ++i, ++data_, --left_) {
      value |= static_cast<uint64_t>(*data_) << (8 * i);
    }
    return value;
  }
  std::span<const std::byte> blob() {
    const size_t size = std::min<size_t>(number(2), left_);
    const std::span out(reinterpret_cast<const std::byte*>(data_), size);
    data_ += size;
    left_ -= size;
    return out;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input in(data, size);
  SegmentView view;
  const uint64_t flags = in.number(1);
  view.first_seq = in.number(2);
  view.last_seq = view.first_seq + in.number((flags & 16) != 0 ? 8 : 1);
  view.t0 = static_cast<int64_t>(in.number(8));
  view.t1 = static_cast<int64_t>(in.number(8));
  view.n = in.number((flags & 8) != 0 ? 8 : 2);
  if ((flags & 1) != 0) {
    view.min = static_cast<int32_t>(in.number(4));
    view.max = static_cast<int32_t>(in.number(4));
  }
  view.seqs = in.blob();
  view.runs = in.blob();
  view.vals = in.blob();
  if ((flags & 2) != 0) view.valid = in.blob();
  if ((flags & 4) != 0) view.reason = in.blob();
  const auto column = lamplight::store::decode(view);
  if (!column) return 0;
#ifdef LL_PLANTED_BUG  // proves that the target reaches a whole column of both kinds of flaw
  const auto low = [](uint8_t worth) { return worth == lamplight::kWorthLow; };
  const auto reasoned = [&](uint8_t worth) { return worth != lamplight::kWorthOk && !low(worth); };
  if (column->worth.size() < 32 && std::ranges::count_if(column->worth, low) == 2 &&
      std::ranges::any_of(column->worth, reasoned)) {
    std::abort();
  }
#endif
  const auto segment = lamplight::store::encode(*column);
  const auto again = lamplight::store::decode(lamplight::store::view_of(segment));
  if (!again || !(*again == *column)) std::abort();
  return 0;
}
