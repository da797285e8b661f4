// The two measurement characteristics of the Bluetooth Pulse Oximeter Service 0x1822: 2A5F, the
// continuous one, and 2A5E, the spot check. Bluetooth hands over whole values; here they come one
// after another, each as long as its flags say. A value with reserved flags, or cut short, is bad.
// What comes from storage, demonstration or test is never a reading of now.
#pragma once

#include <array>
#include <vector>

#include "drivers/plx/status.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::plx {

enum class Characteristic : uint8_t { continuous, spot_check };

class Decoder : public sdk::Decoder {
 public:
  static constexpr size_t kLengthMax = 20;

  explicit Decoder(Characteristic characteristic);
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;
  // One notification or indication, whole: it must be exactly as long as its flags say.
  void value(sdk::Bytes whole, MonoTime at, sdk::Sink& sink);

 private:
  struct Condition {
    SignalId signal;
    uint32_t sensor;
  };
  // 0: these flags cannot be.
  size_t length_of(uint8_t flags) const;
  void publish(sdk::Bytes bytes, sdk::Sink& sink) const;
  void publish_status(const Status& status, sdk::Sink& sink) const;

  const Characteristic characteristic_;
  const SignalId spo2_, pulse_, perfusion_;
  std::vector<Condition> conditions_;
  std::array<uint8_t, kLengthMax> bytes_{};
  size_t length_ = 0;
};

std::vector<SignalId> signals_sent();

}  // namespace lamplight::plx
