// Rows that the record counts and nobody can read any more: a batch whose device is no longer
// configured, a segment that was damaged. They are holes like any other: passed over, and told by
// one gap record, however often they are asked for.
#include <utility>

#include "gateway/core/outbox.h"

namespace lamplight::core {
namespace {

constexpr const char* kSalvaged = "salvaged";

}  // namespace

void Outbox::learn_gaps(const store::RangeRead& range) {
  for (const store::RecordGap& gap : range.gaps) {
    if (gap.why != kSalvaged || !gap.first || !gap.last) continue;
    at(range.lane).told.add(*gap.first, *gap.last);
  }
  // Of a batch that is damaged in part the rest is still sent.
  for (const store::RecordGap& gap : range.damaged) {
    if (gap.first && gap.last) tell_lost(range.lane, *gap.first, *gap.last);
  }
}

void Outbox::tell_lost(Lane lane, uint64_t first, uint64_t last) {
  IntervalSet& told = at(lane).told;
  if (told.end_of(first) >= last) return;
  told.add(first, last);
  lost_.push_back({.lane = lane,
                   .first = first,
                   .last = last,
                   .t0 = std::nullopt,
                   .t1 = std::nullopt,
                   .why = kSalvaged});
}

void Outbox::give_up(Lane lane, uint64_t first, uint64_t last) {
  Position& p = at(lane);
  tell_lost(lane, first, last);
  if (lane == Lane::wave) return;  // its history is sent on request only, and has no cursor
  p.acked.add(first, last);
  p.broker = p.acked.absorb(p.broker);
}

// Neighbours share one gap record. Until it is made the cursor stays before them, so that a crash
// in between leaves no hole untold.
void Outbox::lose(Lane lane, Stream& stream, uint64_t seq) {
  if (stream.lost_first != 0 && stream.lost_last + 1 != seq) end_loss(lane, stream);
  if (stream.lost_first == 0) stream.lost_first = seq;
  stream.lost_last = seq;
}

void Outbox::end_loss(Lane lane, Stream& stream) {
  if (stream.lost_first == 0) return;
  const uint64_t first = std::exchange(stream.lost_first, 0);
  give_up(lane, first, stream.lost_last);
}

}  // namespace lamplight::core
