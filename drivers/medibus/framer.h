// Finds the messages of Medibus's slow channel: commands (ESC code data sum CR) and responses (SOH
// code data sum CR). Either side may command, and a command may stand inside a response, so the
// open messages are a stack; deeper than four is no nesting but a disturbance. Bounded.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace lamplight::medibus {

inline constexpr uint8_t kCommand = 0x1B, kResponse = 0x01, kNak = 0x15;

struct Message {
  bool is_command = false;
  uint8_t code = 0;
  std::string_view data;  // valid during the call
};

// The two upper-case hexadecimal digits of the sum of all bytes.
std::array<char, 2> sum_of(std::string_view bytes);

class Framer {
 public:
  static constexpr size_t kDepthMax = 4;
  static constexpr size_t kLengthMax = 1024;

  struct Events {
    std::function<void(const Message&)> on_message;
    std::function<void()> on_nak;
    std::function<void(size_t bytes, bool is_broken_message)> on_skipped;
  };
  void take(uint8_t byte, const Events& events);
  // Forgets what is unfinished; returns its length.
  size_t drop();

 private:
  struct Open {
    std::array<char, kLengthMax> text{};
    size_t length = 0;
  };
  void begin(uint8_t byte, const Events& events);
  void finish(const Events& events);
  void drop_top(const Events& events);

  std::array<Open, kDepthMax> open_{};
  size_t depth_ = 0;
};

}  // namespace lamplight::medibus
