// A recording as one program reads it: a column a signal, the stretch of time they cover, and which
// profiles held when. On one scale of engine time, measurement time throughout: a sample takes
// effect when it was measured (language, section 5). Columns are borrowed and must outlive it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "rules/engine/input.h"
#include "rules/engine/program.h"
#include "rules/replay/scan.h"

namespace lamplight::replay {

struct ProfileStep {
  int64_t t = 0;
  engine::ProfileSet active = 0;
};

struct Recording {
  int64_t start = 0;                  // the program starts here: the first sample of any column
  int64_t end = 0;                    // the last instant, deadlines at it included
  std::vector<Reading> readings;      // by the program's signals
  std::vector<ProfileStep> profiles;  // the first at `start`, then every change up to `end`
  std::vector<std::unique_ptr<Column>> converted;  // columns that had to be brought to its step
  uint64_t samples = 0;
};

// The rows of a recording in rising order, each all samples of one instant.
class Rows {
 public:
  // `wanted`: by signal; empty: all.
  explicit Rows(const Recording& recording, const std::vector<bool>& wanted = {});
  // kEnd when there is none.
  int64_t next_t() const { return next_t_; }
  // The samples of next_t(), until the next call.
  std::span<const engine::InputSample> take();

 private:
  struct Place {
    const Column* column;
    engine::SignalIndex signal;
    size_t at;
    int64_t t;
  };
  void find_next();

  std::vector<Place> places_;
  std::vector<engine::InputSample> samples_;
  int64_t next_t_ = kEnd;
};

// The steps of a limit, of a span, and of the constant part of a sum, by the recording's profiles.
Steps steps_of_limits(const engine::Program& program, const engine::Linear& linear,
                      const Recording& recording);
Steps steps_of_span(const engine::Program& program, uint16_t span, const Recording& recording);

}  // namespace lamplight::replay
