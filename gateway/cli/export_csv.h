// Stored samples as the CSV that replay reads (rules language, section 8): PATHs in the header,
// one row an instant of measurement, in seconds of engine time. Waveforms are left out: no rule
// may read them.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "gateway/store/reader.h"

namespace lamplight::cli {

struct Exported {
  size_t rows = 0;
  int64_t first_t = 0;                // of the first row, ns in the scale of the file
  std::optional<int64_t> first_wall;  // its wall time, when the clock was synchronised
};

// Ends of the range are wall times. Several boots follow one another on one scale: by their wall
// labels where both are synchronised, else a second apart.
[[nodiscard]] Result<Exported> export_csv(store::Reader& reader, std::optional<int64_t> since,
                                          std::optional<int64_t> until,
                                          const std::function<void(std::string_view)>& write);

}  // namespace lamplight::cli
