// Little-endian bytes of input records and state blobs. The reader is for bytes from a torn ring or
// an old file: it never reads past the end and remembers the first failure, so that a caller tests
// `ok()` once. Strings are u32 length and bytes, bounded by the reader's caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace lamplight::core {

class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::byte>& out) : out_(out) {}

  template <class T>
  void number(T value) {
    static_assert(std::is_integral_v<T>);
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    for (size_t i = 0; i < sizeof(T); ++i) {
      out_.push_back(static_cast<std::byte>(bits & 0xFF));
      if constexpr (sizeof(T) > 1) bits = static_cast<decltype(bits)>(bits >> 8);
    }
  }
  void flag(bool value) { number<uint8_t>(value ? 1 : 0); }
  template <class E>
  void word(E value) {
    number(static_cast<std::underlying_type_t<E>>(value));
  }
  void text(std::string_view value, size_t most = kTextMax) {
    value = value.substr(0, most);
    number<uint32_t>(static_cast<uint32_t>(value.size()));
    for (const char c : value) out_.push_back(static_cast<std::byte>(c));
  }
  void bytes(std::span<const std::byte> value) {
    number<uint32_t>(static_cast<uint32_t>(value.size()));
    out_.insert(out_.end(), value.begin(), value.end());
  }

  static constexpr size_t kTextMax = 32 * 1024;

 private:
  std::vector<std::byte>& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> in) : in_(in) {}

  template <class T>
  T number() {
    static_assert(std::is_integral_v<T>);
    if (in_.size() < sizeof(T)) return fail<T>();
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      bits |= static_cast<uint64_t>(std::to_integer<uint8_t>(in_[i])) << (8 * i);
    }
    in_ = in_.subspan(sizeof(T));
    return static_cast<T>(bits);
  }
  bool flag() {
    const auto value = number<uint8_t>();
    if (value > 1) ok_ = false;
    return value == 1;
  }
  // An enumeration whose last value is `last`.
  template <class E>
  E word(E last) {
    const auto value = number<std::underlying_type_t<E>>();
    if (value > static_cast<std::underlying_type_t<E>>(last)) {
      ok_ = false;
      return last;
    }
    return static_cast<E>(value);
  }
  std::string text(size_t most = ByteWriter::kTextMax) {
    const std::span<const std::byte> raw = bytes(most);
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
  }
  std::span<const std::byte> bytes(size_t most) {
    const auto length = number<uint32_t>();
    if (length > most || length > in_.size()) {
      ok_ = false;
      return {};
    }
    const auto value = in_.first(length);
    in_ = in_.subspan(length);
    return value;
  }
  // A count of things of at least `each` bytes; 0 after a failure.
  size_t count(size_t each) {
    const auto n = number<uint32_t>();
    if (n > in_.size() / each) {
      ok_ = false;
      return 0;
    }
    return n;
  }

  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }

 private:
  template <class T>
  T fail() {
    ok_ = false;
    in_ = {};
    return T{};
  }

  std::span<const std::byte> in_;
  bool ok_ = true;
};

}  // namespace lamplight::core
