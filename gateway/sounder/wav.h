// A WAV file of 48 kHz, 16 bit, mono, as bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace lamplight::sounder {

// Precondition: less than 2 GiB of samples.
std::string wav_file(std::span<const int16_t> samples);

}  // namespace lamplight::sounder
