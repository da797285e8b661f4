// Text of hexadecimal bytes → bytes, white space ignored, in place and piece by piece.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "rules/model/result.h"

namespace lamplight::sdk {

class HexText {
 public:
  // Replaces the text at the beginning of `piece` by the bytes it says; returns how many. A digit
  // without its partner waits for the next piece.
  [[nodiscard]] Result<size_t> decode(std::span<uint8_t> piece);
  // An error if half a byte is left.
  [[nodiscard]] Status end() const;

 private:
  std::optional<uint8_t> high_;
};

}  // namespace lamplight::sdk
