#include "drivers/pb840_wave/protocol.h"

#include "drivers/pb840_wave/decoder.h"
#include "drivers/sdk/driver.h"

namespace lamplight::pb840_wave {
namespace {

constexpr int kRateMin = 10, kRateMax = 1000;

class Driver : public sdk::StreamDriver {
 public:
  sdk::Decoder& decoder() override { return decoder_; }
  // Ten breaths a minute and fewer come with their first 8 s; this is no apnoea alarm.
  Duration silence_max() const override { return seconds(20); }
  std::vector<SignalId> signals() const override { return signals_sent(); }

 private:
  Decoder decoder_;
};

Result<std::unique_ptr<sdk::Decoder>> make_decoder(const sdk::DecodeOptions& options) {
  const int rate = options.rate.value_or(kSamplesPerSecond);
  if (rate < kRateMin || rate > kRateMax) return failure("--rate must be from 10 to 1000");
  return std::make_unique<Decoder>(rate);
}

}  // namespace

sdk::Protocol protocol() {
  return {.name = "pb840-wave",
          .summary = "Puritan Bennett 840/980: the waveform port, 38400 8N1, unasked",
          .signals = signals_sent(),
          .options = {},
          .formats = {{.name = "pb840-wave", .make = make_decoder, .takes_rate = true}},
          .make_stream = [](const sdk::Configure&) -> Result<std::unique_ptr<sdk::StreamDriver>> {
            return std::make_unique<Driver>();
          }};
}

}  // namespace lamplight::pb840_wave
