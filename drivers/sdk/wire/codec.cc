#include "drivers/sdk/wire/codec.h"

#include <algorithm>
#include <cstring>

#include "rules/model/assert.h"
#include "rules/model/text.h"

namespace lamplight::wire {
namespace {

constexpr size_t kHeader = limits::kWireHeaderBytes;
constexpr size_t kSamplesHead = 4;  // u16 device, u16 n
constexpr size_t kRecord = limits::kWireSampleBytes;

// Bytes are assembled by shifts, so that the host's byte order and alignment do not matter.
template <class T>
T get(Bytes bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= uint64_t{bytes[at + i]} << (8 * i);
  return static_cast<T>(value);
}

template <class T>
void put(std::span<uint8_t> bytes, size_t at, T value) {
  const auto u = static_cast<uint64_t>(value);
  for (size_t i = 0; i < sizeof(T); ++i) bytes[at + i] = static_cast<uint8_t>(u >> (8 * i));
}

void put_header(std::span<uint8_t> out, MessageType type, size_t body) {
  put<uint32_t>(out, 0, kMagic);
  put<uint16_t>(out, 4, static_cast<uint16_t>(type));
  put<uint16_t>(out, 6, 0);
  put<uint32_t>(out, 8, static_cast<uint32_t>(body));
}

Result<void, Refusal> check_json(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
    return failure(Refusal::not_an_object);
  }
  if (!is_utf8_text(text)) return failure(Refusal::not_utf8);
  return {};
}

Result<void, Refusal> check_sample(Bytes record) {
  const uint8_t quality = record[14];
  const uint8_t reason = record[15];
  if (get<uint32_t>(record, 20) != 0) return failure(Refusal::reserved_not_zero);
  if (quality > static_cast<uint8_t>(Quality::missing)) return failure(Refusal::bad_quality);
  const bool is_missing = quality == static_cast<uint8_t>(Quality::missing);
  if (reason >= kReasonCount || is_missing != (reason != 0)) return failure(Refusal::bad_reason);
  return {};
}

Result<Message, Refusal> decode_samples(Bytes body) {
  if (body.size() < kSamplesHead) return failure(Refusal::length_mismatch);
  const size_t n = get<uint16_t>(body, 2);
  if (body.size() != kSamplesHead + n * kRecord) return failure(Refusal::length_mismatch);
  const Bytes records = body.subspan(kSamplesHead);
  for (size_t i = 0; i < n; ++i) {
    const auto checked = check_sample(records.subspan(i * kRecord, kRecord));
    if (!checked) return failure(checked.error());
  }
  return Message{MessageType::samples, {}, SamplesView(get<uint16_t>(body, 0), records)};
}

}  // namespace

std::string_view name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::too_short:
      return "too_short";
    case Refusal::too_large:
      return "too_large";
    case Refusal::bad_magic:
      return "bad_magic";
    case Refusal::unknown_type:
      return "unknown_type";
    case Refusal::reserved_not_zero:
      return "reserved_not_zero";
    case Refusal::length_mismatch:
      return "length_mismatch";
    case Refusal::not_an_object:
      return "not_an_object";
    case Refusal::not_utf8:
      return "not_utf8";
    case Refusal::bad_quality:
      return "bad_quality";
    case Refusal::bad_reason:
      return "bad_reason";
  }
  return "too_short";
}

Sample SamplesView::operator[](size_t i) const {
  LL_ASSERT(i < size());
  const Bytes r = records_.subspan(i * kRecord, kRecord);
  return {.measured_at = MonoTime{get<int64_t>(r, 0)},
          .value = get<int32_t>(r, 8),
          .signal = get<uint16_t>(r, 12),
          .quality = static_cast<Quality>(r[14]),
          .reason = static_cast<Reason>(r[15]),
          .number = get<uint32_t>(r, 16)};
}

Result<Message, Refusal> decode(Bytes datagram) {
  if (datagram.size() < kHeader) return failure(Refusal::too_short);
  if (datagram.size() > limits::kDatagramMax) return failure(Refusal::too_large);
  if (get<uint32_t>(datagram, 0) != kMagic) return failure(Refusal::bad_magic);
  const auto type = get<uint16_t>(datagram, 4);
  const bool is_json = type == static_cast<uint16_t>(MessageType::json);
  if (!is_json && type != static_cast<uint16_t>(MessageType::samples)) {
    return failure(Refusal::unknown_type);
  }
  if (get<uint16_t>(datagram, 6) != 0) return failure(Refusal::reserved_not_zero);
  const Bytes body = datagram.subspan(kHeader);
  if (get<uint32_t>(datagram, 8) != body.size()) return failure(Refusal::length_mismatch);
  if (!is_json) return decode_samples(body);

  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  const auto checked = check_json(text);
  if (!checked) return failure(checked.error());
  return Message{MessageType::json, text, {}};
}

Result<Bytes, Refusal> encode_json(std::string_view json, std::span<uint8_t> out) {
  const size_t total = kHeader + json.size();
  if (total > std::min(out.size(), limits::kDatagramMax)) return failure(Refusal::too_large);
  const auto checked = check_json(json);
  if (!checked) return failure(checked.error());
  put_header(out, MessageType::json, json.size());
  std::memcpy(out.data() + kHeader, json.data(), json.size());
  return Bytes(out.first(total));
}

SamplesWriter::SamplesWriter(DeviceNumber device, std::span<uint8_t> out) : out_(out) {
  LL_ASSERT(out.size() >= kHeader + kSamplesHead);
  put<uint16_t>(out_, kHeader, device);
}

bool SamplesWriter::add(const Sample& sample) {
  const size_t at = kHeader + kSamplesHead + count_ * kRecord;
  if (count_ == limits::kSamplesPerDatagramMax || at + kRecord > out_.size()) return false;
  put<int64_t>(out_, at, sample.measured_at.ns);
  put<int32_t>(out_, at + 8, sample.value);
  put<uint16_t>(out_, at + 12, sample.signal);
  out_[at + 14] = static_cast<uint8_t>(sample.quality);
  out_[at + 15] = static_cast<uint8_t>(sample.reason);
  put<uint32_t>(out_, at + 16, sample.number);
  put<uint32_t>(out_, at + 20, 0);
  ++count_;
  return true;
}

Bytes SamplesWriter::finish() {
  const size_t body = kSamplesHead + count_ * kRecord;
  put_header(out_, MessageType::samples, body);
  put<uint16_t>(out_, kHeader + 2, static_cast<uint16_t>(count_));
  return out_.first(kHeader + body);
}

}  // namespace lamplight::wire
