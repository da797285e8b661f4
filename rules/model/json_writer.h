// An appending JSON writer: keys in the order written, exact decimals from integers, no floating
// point, no allocation beyond the caller's string. It exists because bodies of record and MQTT
// are hashed and compared byte for byte. Reading JSON is the business of a library.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace lamplight {

// Appends value * 10^-decimals without trailing zeros: (885, 1) → 88.5, (900, 1) → 90.
inline void append_decimal(std::string& out, int64_t value, int decimals) {
  char digits[24];
  const uint64_t magnitude =
      value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  const auto end = std::to_chars(digits, digits + sizeof digits, magnitude).ptr;
  std::string_view text(digits, static_cast<size_t>(end - digits));
  if (value < 0) out += '-';
  const auto places = static_cast<size_t>(decimals);
  if (places == 0) {
    out += text;
    return;
  }
  std::string fraction(text.size() > places ? text.substr(text.size() - places) : text);
  fraction.insert(0, places - fraction.size(), '0');
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (text.size() > places) {
    out += text.substr(0, text.size() - places);
  } else {
    out += '0';
  }
  if (!fraction.empty()) {
    out += '.';
    out += fraction;
  }
}

class JsonWriter {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name) {
    comma();
    quote(name);
    out_ += ':';
    needs_comma_ = false;
    return *this;
  }
  JsonWriter& string(std::string_view text) {
    comma();
    quote(text);
    needs_comma_ = true;
    return *this;
  }
  JsonWriter& integer(int64_t value) { return decimal(value, 0); }
  JsonWriter& decimal(int64_t value, int decimals) {
    comma();
    append_decimal(out_, value, decimals);
    needs_comma_ = true;
    return *this;
  }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  // Text that is JSON already.
  JsonWriter& raw(std::string_view json) {
    comma();
    out_ += json;
    needs_comma_ = true;
    return *this;
  }

 private:
  JsonWriter& open(char bracket) {
    comma();
    out_ += bracket;
    needs_comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
    return *this;
  }
  void comma() {
    if (needs_comma_) out_ += ',';
  }
  void quote(std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out_ += '"';
    size_t begin = 0;  // of what is not yet copied; a payload quoted whole is mostly plain
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const auto u = static_cast<unsigned char>(c);
      if (u >= 0x20 && c != '"' && c != '\\') continue;
      out_.append(text, begin, i - begin);
      begin = i + 1;
      if (u >= 0x20) {
        out_ += '\\';
        out_ += c;
      } else {
        out_ += "\\u00";
        out_ += kHex[u >> 4];
        out_ += kHex[u & 15];
      }
    }
    out_.append(text, begin);
    out_ += '"';
  }

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace lamplight
