// The Acorn OX-2, a pulse oximeter that does not exist. It prints a line a second, 9600 8N1:
//   OX2,SEQ,SPO2,PULSE,STATUS*SUM CR LF        OX2,041,0970,118,00*26
// SEQ 000 to 999; SPO2 0.1 %, "----" when none; PULSE 1/min, "---" when none; STATUS and SUM two
// hexadecimal digits, SUM the exclusive or of every byte before the star. At power-on it prints
//   ID2,MODEL,SERIAL*SUM CR LF                 ID2,OX-2,A000123*76
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "drivers/sdk/line_decoder.h"
#include "rules/model/sample.h"

namespace acorn {

inline constexpr size_t kLineMax = 64;

class Decoder : public lamplight::sdk::LineDecoder<kLineMax> {
 public:
  Decoder();

 private:
  lamplight::sdk::LineVerdict on_line(std::string_view text, lamplight::MonoTime at,
                                      lamplight::sdk::Sink& sink) override;
  bool tell_reading(std::string_view fields, lamplight::MonoTime at, lamplight::sdk::Sink& sink);
  bool tell_identity(std::string_view fields, lamplight::MonoTime at, lamplight::sdk::Sink& sink);

  struct Bit {
    unsigned mask;
    lamplight::SignalId signal;
  };
  lamplight::SignalId spo2_;
  lamplight::SignalId pulse_;
  std::vector<Bit> bits_;
  std::optional<int> last_seq_;  // of the line before: a counter that stands still is a dead device
};

// Everything that this driver may ever send; `describe` prints it, and the kit checks it.
std::vector<lamplight::SignalId> signals_sent();

}  // namespace acorn
