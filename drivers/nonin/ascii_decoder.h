// The ASCII line of Nonin's tabletop and handheld units, once a second:
//   [HH:MM:SS ]SPO2=XXX HR=YYY[F][B][*]
// Dashes are no data. Lines without "=" are headings, printed at power-up.
#pragma once

#include "drivers/nonin/oximeter.h"
#include "drivers/sdk/line_decoder.h"

namespace lamplight::nonin {

class AsciiDecoder : public sdk::LineDecoder<80> {
 private:
  sdk::LineVerdict on_line(std::string_view text, MonoTime at, sdk::Sink& sink) override;

  Signals signals_;
};

}  // namespace lamplight::nonin
