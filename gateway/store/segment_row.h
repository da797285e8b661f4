// A row of telemetry.db's table `segment`, in the one column order that every query uses.
// Store thread and readers.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/store/codec.h"
#include "gateway/store/db.h"
#include "rules/model/lane.h"

namespace lamplight::store {

// Selected columns from 0 on, for SEGMENT_COLUMNS below.
#define LL_SEGMENT_COLUMNS                                                         \
  "id, signal, boot, first_seq, last_seq, t0, t1, n, min, max, seqs, runs, vals, " \
  "valid, reason"

struct SegmentRow {
  int64_t id = 0;
  int64_t signal = 0;
  std::string boot;
  SegmentView view;  // until the query's next step
};
SegmentRow segment_at(const Query& query);

// INSERT with a fresh id.
void insert_segment(Db& db, int64_t signal, Lane lane, std::string_view boot,
                    const Segment& segment);

}  // namespace lamplight::store
