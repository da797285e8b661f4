// STX, address and message, two digits of checksum, ETX; and between frames, or even inside one,
// the single bytes ACK, NAK with its error, ENQ and DC4. Bounded; what is no frame is counted.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace lamplight::base_a {

inline constexpr char kStx = 0x02, kEtx = 0x03, kEnq = 0x05, kAck = 0x06, kDc4 = 0x14, kNak = 0x15;

// Two upper-case digits of 0xFF - (sum mod 256).
std::array<char, 2> checksum_of(std::string_view text);
// The whole frame.
std::string frame_of(std::string_view text);

class Framer {
 public:
  static constexpr size_t kTextMax = 96;  // a message has at most 80

  struct Events {
    std::function<void(std::string_view text)> on_frame;  // between STX and checksum, sum good
    std::function<void()> on_enquiry;
    std::function<void(char error)> on_refusal;
    std::function<void(size_t bytes, bool is_broken)> on_skipped;
  };
  // Forgets what is unfinished; returns its length.
  size_t drop();
  void take(char c, const Events& events);

 private:
  void finish(const Events& events);

  size_t length_ = 0;  // the STX included; 0: between frames
  std::array<char, kTextMax> text_{};
  bool is_refusal_ = false;
};

}  // namespace lamplight::base_a
