// Nonin Data Format 13: a spot check, one frame of variable length a measurement, with length,
// checksum and end mark, so it counts at once. One that comes from the device's memory is not
// live: it is noted and gives no reading.
#pragma once

#include <string>

#include "drivers/nonin/byte_window.h"
#include "drivers/nonin/oximeter.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::nonin {

class Df13Decoder : public sdk::Decoder {
 public:
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  static constexpr size_t kHead = 6;  // 00 02 00 0D, length
  static constexpr size_t kTail = 2;  // checksum, 03
  static constexpr size_t kDataMin = 14;
  static constexpr size_t kDataMax = 64;  // longer ones are no frame of this format

  enum class Verdict : uint8_t { good, bad_frame, no_frame, unknown };
  Verdict verdict() const;
  size_t data_length() const { return static_cast<size_t>(window_[4]) * 256 + window_[5]; }
  std::string date_text() const;
  void publish(sdk::Sink& sink);

  ByteWindow<kHead + kDataMax + kTail> window_;
  Signals signals_;
};

}  // namespace lamplight::nonin
