// What the player needs of a sound card: a queue of 48 kHz mono samples that never blocks. Behind
// it stands ALSA (alsa_device.h), or a fake in tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "rules/model/result.h"

namespace lamplight::sounder {

class AudioDevice {
 public:
  AudioDevice() = default;
  virtual ~AudioDevice() = default;
  AudioDevice(const AudioDevice&) = delete;
  AudioDevice& operator=(const AudioDevice&) = delete;

  // Failures of all of these are sentences for the log; the device should be closed after one.
  [[nodiscard]] virtual Status open() = 0;
  virtual void close() = 0;
  virtual bool is_open() const = 0;

  // Samples written and not heard yet; a device that says 0 may just not tell. One that has run
  // dry is made ready to go on.
  [[nodiscard]] virtual Result<int64_t> queued() = 0;
  // How many were taken; 0: its queue is full.
  [[nodiscard]] virtual Result<size_t> write(std::span<const int16_t> samples) = 0;
  // Throws away what is queued.
  [[nodiscard]] virtual Status drop() = 0;
};

}  // namespace lamplight::sounder
