// Nellcor's printout (NPB-290/295, N-560, N-595): a line every 2 s, a heading now and then. Every
// status code of a line counts. Values beside sensor off or a lost pulse are no readings; a status
// that no source names is `other`, and the values beside it are doubted. Lines whose own clock
// stands still are one old line said again and again: all of it is stale, and alarm.data_frozen is
// present.
#pragma once

#include <string>
#include <vector>

#include "drivers/nellcor/line.h"
#include "drivers/sdk/clock_watch.h"
#include "drivers/sdk/line_decoder.h"

namespace lamplight::nellcor {

class Decoder : public sdk::LineDecoder<kLineMax> {
 public:
  Decoder();

 private:
  struct Condition {
    std::string_view name;
    SignalId signal;
  };
  sdk::LineVerdict on_line(std::string_view text, MonoTime at, sdk::Sink& sink) override;
  void remember(const Heading& heading);
  void publish_heading(sdk::Sink& sink) const;
  void publish(const Line& line, bool is_frozen, sdk::Sink& sink) const;

  SignalId spo2_;
  SignalId pulse_;
  SignalId silenced_;
  SignalId other_;
  SignalId data_frozen_;
  sdk::ClockWatch clock_;
  std::vector<Condition> conditions_;
  // Of the last heading; told with the next reading.
  std::string model_, firmware_, spo2_limits_, pulse_limits_;
};

std::vector<SignalId> signals_sent();

}  // namespace lamplight::nellcor
