// The ASCII line of Nonin's tabletop and handheld units, once a second:
//   [HH:MM:SS ]SPO2=XXX HR=YYY[F][B][*]
// Dashes are no data. Lines without "=" are headings, printed at power-up.
#pragma once

#include "drivers/nonin/oximeter.h"
#include "drivers/sdk/decoder.h"
#include "drivers/sdk/line_splitter.h"

namespace lamplight::nonin {

class AsciiDecoder : public sdk::Decoder {
 public:
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  void on_line(std::string_view text, MonoTime at, sdk::Sink& sink);

  sdk::LineSplitter<80> lines_;
  Signals signals_;
  bool is_first_line_ = true;
};

}  // namespace lamplight::nonin
