// Masimo ASCII-1 (Rad-8, Rad-5, Radical-7): one line a second, unsolicited. Every measured value
// of a line that says sensor off, fault, calibrating or searching is missing, whatever digits
// are printed. The device's conditions and its silenced sound are signals of their own.
#pragma once

#include <vector>

#include "drivers/masimo/line.h"
#include "drivers/sdk/line_decoder.h"

namespace lamplight::masimo {

class Decoder : public sdk::LineDecoder<kLineMax> {
 public:
  Decoder();

 private:
  sdk::LineVerdict on_line(std::string_view text, MonoTime at, sdk::Sink& sink) override;
  void publish(const Line& line, sdk::Sink& sink) const;
  void publish_conditions(const Line& line, sdk::Sink& sink) const;

  SignalId spo2_;
  SignalId pulse_;
  SignalId perfusion_;
  SignalId silenced_;
  std::vector<SignalId> conditions_;  // in the order of conditions()
};

}  // namespace lamplight::masimo
