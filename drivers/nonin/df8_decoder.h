// Nonin Data Format 8: four bytes once a second, no checksum, so a value counts only from the
// second of two good frames on, and good includes a plausible number. The values are the held
// display values: with the sensor off or out of track they are no reading.
#pragma once

#include "drivers/nonin/byte_window.h"
#include "drivers/nonin/oximeter.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::nonin {

class Df8Decoder : public sdk::Decoder {
 public:
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  static constexpr size_t kFrame = 4;
  void scan(MonoTime at, sdk::Sink& sink);
  bool is_good_so_far() const;
  void on_frame(MonoTime at, sdk::Sink& sink);
  void publish(sdk::Sink& sink);

  ByteWindow<kFrame> window_;
  Signals signals_;
  // Two good frames in a row make it trusted; the first of them is counted then.
  enum class Trust : uint8_t { none, one_good, trusted };
  Trust trust_ = Trust::none;
};

}  // namespace lamplight::nonin
