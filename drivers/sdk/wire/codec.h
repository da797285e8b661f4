// Wire v1: one datagram is one message. Pure functions between bytes and views; nothing here
// allocates, throws or trusts the other end. Layout and meaning: messages.md in this directory.
//   u32 "LLW1" · u16 type · u16 0 · u32 body length · body            all little-endian
// decode() refuses everything that breaks this, with a named reason; the receiver then ends the
// connection. What a JSON message may say, and who may say it, is the receiver's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "rules/model/limits.h"
#include "rules/model/result.h"
#include "rules/model/sample.h"

namespace lamplight::wire {

using Bytes = std::span<const uint8_t>;

inline constexpr int kVersionMajor = 1;
inline constexpr int kVersionMinor = 0;
inline constexpr uint32_t kMagic = 0x31574C4C;  // the bytes "LLW1"

enum class MessageType : uint16_t { json = 1, samples = 2 };

enum class Refusal : uint8_t {
  too_short,          // less than a header
  too_large,          // more than limits::kDatagramMax
  bad_magic,          // does not begin with LLW1
  unknown_type,       // neither 1 nor 2
  reserved_not_zero,  // the header's u16 or a sample's last u32
  length_mismatch,    // the body is not as long as the header, or n, says
  not_an_object,      // a JSON body that does not begin with { and end with }
  not_utf8,           // a JSON body that is not UTF-8, or holds a NUL
  bad_quality,        // a quality above 2
  bad_reason,         // a reason above 10, one beside a value, or none beside a missing one
};
std::string_view name_of(Refusal refusal);

// The samples of one datagram, still in the receiver's buffer, which must outlive the view.
// Up to (kDatagramMax - 16) / 24 = 2730 of them; writers stop at kSamplesPerDatagramMax.
class SamplesView {
 public:
  SamplesView() = default;
  SamplesView(DeviceNumber device, Bytes records) : device_(device), records_(records) {}
  DeviceNumber device() const { return device_; }
  size_t size() const { return records_.size() / limits::kWireSampleBytes; }
  // Precondition: i < size().
  Sample operator[](size_t i) const;

 private:
  DeviceNumber device_ = 0;
  Bytes records_;
};

struct Message {
  MessageType type = MessageType::json;
  std::string_view json;  // of type json
  SamplesView samples;    // of type samples
};

// Views into `datagram`, valid as long as its bytes are.
[[nodiscard]] Result<Message, Refusal> decode(Bytes datagram);

// Writes one JSON message; the text is sent as it is. Returns the datagram within `out`.
[[nodiscard]] Result<Bytes, Refusal> encode_json(std::string_view json, std::span<uint8_t> out);

// Fills `out` (the caller's, ≥ 16 bytes) with one samples message.
class SamplesWriter {
 public:
  SamplesWriter(DeviceNumber device, std::span<uint8_t> out);
  // False when the buffer or the datagram is full: send finish(), begin another.
  [[nodiscard]] bool add(const Sample& sample);
  size_t count() const { return count_; }
  // The finished datagram. Adding more and finishing again is allowed.
  Bytes finish();

 private:
  std::span<uint8_t> out_;
  size_t count_ = 0;
};

}  // namespace lamplight::wire
