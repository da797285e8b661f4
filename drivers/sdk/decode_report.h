// `lamplight decode`: a sink that turns what a decoder says into the lines of the signal
// catalogue, section 4: keys in exact order, every numeric reading of every frame, facts at
// first sight and then on change, totals last.
#pragma once

#include <string>
#include <vector>

#include "drivers/sdk/decoder.h"
#include "drivers/sdk/fact_filter.h"

namespace lamplight::sdk {

class DecodeReport : public Sink {
 public:
  // Appends lines to `out`, which must outlive the report; the caller empties it as it likes.
  explicit DecodeReport(std::string& out);

  void frame(MonoTime at) override;
  void sample(SignalId signal, Reading reading) override;
  void fact(const Fact& fact) override;
  void totals(const Counters& counters);

 private:
  void number_line(SignalId signal, Reading reading);
  void switch_line(SignalId signal, bool present);
  void state_line(SignalId signal, int32_t value);

  std::string& out_;
  uint64_t frame_ = 0;
  std::vector<int32_t> last_;  // per signal: last boolean or state printed, -1 before
  FactFilter facts_;
};

}  // namespace lamplight::sdk
