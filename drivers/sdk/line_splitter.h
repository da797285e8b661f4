// Cuts a byte stream into text lines for line protocols: terminators CR, LF, CRLF, LFCR; blank
// lines vanish; a line longer than the maximum is discarded up to its terminator. The end of
// the stream is no terminator: half a line may read like a whole one with other numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lamplight::sdk {

template <size_t kMax>
class LineSplitter {
 public:
  // Calls on_line(text) for each whole line, on_overlong(length) for each discarded one. `text`
  // is valid during the call.
  template <class OnLine, class OnOverlong>
  void feed(std::span<const uint8_t> bytes, OnLine on_line, OnOverlong on_overlong) {
    for (const uint8_t byte : bytes) {
      const bool is_terminator = byte == '\r' || byte == '\n';
      if (!is_terminator) {
        if (length_ < kMax) line_[length_] = static_cast<char>(byte);
        ++length_;
        continue;
      }
      const size_t length = length_;
      length_ = 0;
      if (length > kMax) {
        on_overlong(length);
      } else if (length > 0) {
        on_line(std::string_view(line_.data(), length));
      }
    }
  }

  // Forgets the unfinished line; returns its length in bytes.
  size_t drop() {
    const size_t length = length_;
    length_ = 0;
    return length;
  }

 private:
  std::array<char, kMax> line_{};
  size_t length_ = 0;  // may exceed kMax: then only counted
};

}  // namespace lamplight::sdk
