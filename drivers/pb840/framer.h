// Finds replies in a byte stream: from "MISC" to the carriage return after it. What stands before,
// and a reply that the beginning of another one cuts off, is skipped and counted. Bounded.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace lamplight::pb840 {

class Framer {
 public:
  // The longest reply is 1244 bytes, 1248 in "Philips" mode.
  static constexpr size_t kReplyMax = 2048;

  struct Events {
    // The reply without its carriage return, valid during the call.
    std::function<void(std::string_view)> on_reply;
    std::function<void(size_t bytes, bool is_broken_reply)> on_skipped;
  };
  void feed(std::span<const uint8_t> bytes, const Events& events);
  // Forgets what is unfinished; returns its length.
  size_t drop();

 private:
  void take(char c, const Events& events);

  std::array<char, kReplyMax> text_{};
  size_t length_ = 0;  // of the open reply
  size_t seen_ = 0;    // how much of the mark the latest bytes are, in a reply or before one
  bool is_open_ = false;
};

}  // namespace lamplight::pb840
