// PIRDS lines of DIY ventilators and test lungs → readings. The trap: pressure of type P is
// absolute, about 1033 cmH2O of sea-level air and more; only type D, differential, is airway
// pressure.
#pragma once

#include <vector>

#include "drivers/pirds/event.h"
#include "drivers/sdk/line_decoder.h"

namespace lamplight::pirds {

inline constexpr size_t kLineMax = 256;

class Decoder : public sdk::LineDecoder<kLineMax> {
 public:
  Decoder();

 private:
  sdk::LineVerdict on_line(std::string_view text, MonoTime at, sdk::Sink& sink) override;
  void publish(const Event& event, sdk::Sink& sink) const;

  const SignalId p_now_, flow_, fio2_, rate_, pip_, peep_;
};

std::vector<SignalId> signals_sent();

}  // namespace lamplight::pirds
