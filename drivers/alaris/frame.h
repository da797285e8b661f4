// "!TEXT|CCCC\r": TEXT is fields between '^', CCCC the CRC-16 of it in upper-case hexadecimal. An
// escape in the stream takes back what had begun. Bounded; what is not a frame is counted.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace lamplight::alaris {

// CRC-16/CCITT-FALSE: polynomial 1021, beginning FFFF, not reflected.
uint16_t crc_of(std::string_view text);
// Four upper-case digits.
std::array<char, 4> digits_of(uint16_t crc);

class Framer {
 public:
  static constexpr size_t kTextMax = 256;

  struct Events {
    std::function<void(std::string_view text)> on_frame;  // between '!' and '|', CRC good
    std::function<void(size_t bytes, bool is_broken)> on_skipped;
  };
  void take(char c, const Events& events);
  // Forgets what is unfinished; returns its length.
  size_t drop();

 private:
  void finish(const Events& events);

  std::array<char, kTextMax> text_{};
  size_t length_ = 0;  // the '!' included; 0: hunting
};

// The fields of a text, at most kFieldsMax.
inline constexpr size_t kFieldsMax = 24;
struct Fields {
  std::array<std::string_view, kFieldsMax> each{};
  size_t count = 0;
};
Fields split(std::string_view text);

}  // namespace lamplight::alaris
