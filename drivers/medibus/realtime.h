// Medibus's fast channel: bytes with bit 7. A sync byte and command pairs say which of twelve
// traces follow, each as a pair of six bits. A tuple is told when it is whole: with one byte lost
// no trace takes another one's half, and nothing is believed until the next sync.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

namespace lamplight::medibus {

class Realtime {
 public:
  static constexpr size_t kTraces = 12;
  // `trace` from 0, `value` 0 to 4095, both as they came.
  using OnValue = std::function<void(int trace, int value)>;
  // Returns how many bytes this byte showed to be worth nothing: 0 when all is well.
  size_t take(uint8_t byte, const OnValue& on_value);
  void reset() { *this = Realtime(); }

 private:
  struct Value {
    int trace = 0;
    int value = 0;
  };
  size_t take_value(uint8_t byte, const OnValue& on_value);
  size_t give_up();
  void obey(uint8_t command, uint8_t operand);

  uint16_t awaited_ = 0;            // traces still to come since the last sync, a bit each
  std::optional<uint8_t> low_;      // the first byte of a pair
  std::optional<uint8_t> command_;  // the first byte of a command pair
  std::array<Value, kTraces> values_{};
  size_t count_ = 0;
};

}  // namespace lamplight::medibus
