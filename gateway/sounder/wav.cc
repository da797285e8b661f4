#include "gateway/sounder/wav.h"

#include "gateway/sounder/burst.h"

namespace lamplight::sounder {
namespace {

void put(std::string& out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace

std::string wav_file(std::span<const int16_t> samples) {
  constexpr uint32_t kSampleBytes = 2;
  const auto bytes = static_cast<uint32_t>(samples.size()) * kSampleBytes;
  std::string out = "RIFF";
  out.reserve(44 + bytes);
  put(out, 36 + bytes, 4);
  out += "WAVEfmt ";
  put(out, 16, 4);                    // length of this chunk
  put(out, 1, 2);                     // PCM
  put(out, 1, 2);                     // one channel
  put(out, kRate, 4);                 // samples,
  put(out, kRate * kSampleBytes, 4);  // and bytes a second
  put(out, kSampleBytes, 2);
  put(out, 8 * kSampleBytes, 2);
  out += "data";
  put(out, bytes, 4);
  for (const int16_t sample : samples) put(out, static_cast<uint16_t>(sample), 2);
  return out;
}

}  // namespace lamplight::sounder
