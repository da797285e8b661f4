// Masimo ASCII-1 (Rad-8, Rad-5, Radical-7): one line a second, unsolicited. Every measured value
// of a line that says sensor off, fault, calibrating or searching is missing, whatever digits
// are printed. The device's conditions and its silenced sound are signals of their own. Lines whose
// own clock stands still are one old snapshot said again and again: all of it is then stale, and
// alarm.data_frozen is present, by which the home hears of it.
#pragma once

#include <vector>

#include "drivers/masimo/line.h"
#include "drivers/sdk/clock_watch.h"
#include "drivers/sdk/line_decoder.h"

namespace lamplight::masimo {

class Decoder : public sdk::LineDecoder<kLineMax> {
 public:
  Decoder();

 private:
  sdk::LineVerdict on_line(std::string_view text, MonoTime at, sdk::Sink& sink) override;
  void publish(const Line& line, bool is_frozen, sdk::Sink& sink) const;
  void publish_conditions(const Line& line, bool is_frozen, sdk::Sink& sink) const;
  void publish_notes(const Line& line, bool is_frozen, sdk::Sink& sink) const;

  SignalId spo2_;
  SignalId pulse_;
  SignalId perfusion_;
  SignalId silenced_;
  SignalId data_frozen_;
  std::vector<SignalId> conditions_;  // in the order of conditions()
  sdk::ClockWatch clock_;
};

}  // namespace lamplight::masimo
