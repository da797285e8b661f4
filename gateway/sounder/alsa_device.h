// An ALSA device for playback: 48 kHz, 16 bit, mono, non-blocking. The library stays in the .cc.
#pragma once

#include <memory>
#include <string>

#include "gateway/sounder/device.h"

namespace lamplight::sounder {

// `name` as in aplay -D: "default", "plughw:1", or a name of the ALSA configuration.
std::unique_ptr<AudioDevice> alsa_device(const std::string& name);

}  // namespace lamplight::sounder
