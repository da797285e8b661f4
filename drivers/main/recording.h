// A black box that was saved (`lamplight blackbox save`) → the decoder, bit for bit: the same bytes
// in the same pieces at the same times as the driver read them, and the end of the stream where the
// port or the device was lost. What was written to the device is passed over.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "drivers/sdk/decoder.h"
#include "rules/model/result.h"

namespace lamplight::driver {

class Recording {
 public:
  static constexpr size_t kLineMax = 64 * 1024;

  // Whether a file that begins like this is a recording and not bytes of a device.
  static bool begins(std::span<const uint8_t> first);

  // A piece of the file. The error names the line.
  [[nodiscard]] Status feed(std::span<const uint8_t> piece, sdk::Decoder& decoder, sdk::Sink& sink);

  // The end of the file: an error if it is in the middle of a line.
  [[nodiscard]] Status end() const;

 private:
  [[nodiscard]] Status play(sdk::Decoder& decoder, sdk::Sink& sink);

  std::string line_;
  size_t number_ = 0;
};

}  // namespace lamplight::driver
