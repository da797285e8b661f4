// Space: what is shed when a quota or the free floor is hit. The lowest lane loses its oldest
// data and a gap row says exactly what; alarms are never shed, nor the newest seq of any lane, nor
// the newest 500 rows of lane system. Store thread only.
#pragma once

#include <optional>

#include "gateway/store/record.h"
#include "gateway/store/telemetry.h"

namespace lamplight::store {

// Bytes in use, free pages not counted.
uint64_t used_bytes(Db& db);
uint64_t free_pages(Db& db);

// A gap row that touches the one before it of the same lane and reason extends that row.
void write_gap_merged(RecordFile& record, const RecordGap& gap);

// One piece (500 to 1000 rows of lane system, or one group of seqs of a telemetry lane).
// Nothing: there is no more to shed. On an error nothing was lost without a gap row.
[[nodiscard]] Result<std::optional<RecordGap>, DbError> shed_system(RecordFile& record);
[[nodiscard]] Result<std::optional<RecordGap>, DbError> shed_telemetry(RecordFile& record,
                                                                       TelemetryFile& telemetry);

// The gap is written before the rows go, in another file: after a crash between the two, the rows
// go now. Once after open.
[[nodiscard]] DbStatus finish_shedding(RecordFile& record, TelemetryFile& telemetry);

}  // namespace lamplight::store
