#include "drivers/medibus/protocol.h"

#include "drivers/medibus/asker.h"
#include "drivers/medibus/decoder.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"

namespace lamplight::medibus {
namespace {

class Driver : public sdk::StreamDriver {
 public:
  explicit Driver(Duration period) : asker_(period), decoder_(&asker_) {}
  sdk::Decoder& decoder() override { return decoder_; }
  // The asker's own limit comes first.
  Duration silence_max() const override { return Asker::kSilenceMax + seconds(1); }
  std::vector<SignalId> signals() const override { return signals_sent(); }
  sdk::Asker* asker() override { return &asker_; }

 private:
  Asker asker_;
  Decoder decoder_;
};

Result<std::unique_ptr<sdk::StreamDriver>> make_stream(const sdk::Configure& configure) {
  return std::make_unique<Driver>(configure.port.period);
}

Result<std::unique_ptr<sdk::Decoder>> make_decoder(const sdk::DecodeOptions&) {
  return std::make_unique<Decoder>();
}

}  // namespace

sdk::Protocol protocol() {
  return {.name = "medibus",
          .summary = "Draeger Medibus and Medibus.X ventilators, asked; speed and parity by model",
          .signals = signals_sent(),
          .options = {},
          .formats = {{"medibus", make_decoder}},
          .make_stream = make_stream};
}

}  // namespace lamplight::medibus
