// Taking what can be read out of a damaged file into a fresh one. Every row is proved before it
// is kept: journal rows by their hash, segments by decoding. What is missing afterwards is a gap
// `salvaged` that names at least every lost seq. Store thread only.
#pragma once

#include <string>
#include <vector>

#include "gateway/store/record.h"
#include "gateway/store/telemetry.h"

namespace lamplight::store {

// Reads `from` as far as it goes; errors there are expected. An error of `to` is returned.
[[nodiscard]] DbStatus salvage_record(Db& from, RecordFile& to);
// Gaps go to `gaps`: they are rows of the other file.
[[nodiscard]] DbStatus salvage_telemetry(Db& from, TelemetryFile& to, std::vector<RecordGap>& gaps);

// The holes between the seqs of a lane that no gap row explains. `rows` holds the lane: record.db
// for alarm and system, telemetry.db for the others.
std::vector<RecordGap> unexplained_holes(Db& rows, RecordFile& record, Lane lane);

}  // namespace lamplight::store
