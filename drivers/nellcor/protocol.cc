#include "drivers/nellcor/protocol.h"

#include "drivers/nellcor/asker.h"
#include "drivers/nellcor/decoder.h"
#include "drivers/sdk/driver.h"

namespace lamplight::nellcor {
namespace {

class Driver : public sdk::StreamDriver {
 public:
  sdk::Decoder& decoder() override { return decoder_; }
  // A line every 2 s.
  Duration silence_max() const override { return seconds(5); }
  std::vector<SignalId> signals() const override { return signals_sent(); }
  sdk::Asker* asker() override { return &asker_; }

 private:
  Decoder decoder_;
  Asker asker_;
};

}  // namespace

sdk::Protocol protocol() {
  return {.name = "nellcor",
          .summary = "Nellcor NPB-290/295, N-560, N-595: the ASCII printout, 9600 8N1",
          .signals = signals_sent(),
          .options = {},
          .formats = {{"nellcor",
                       [](const sdk::DecodeOptions&) -> Result<std::unique_ptr<sdk::Decoder>> {
                         return std::make_unique<Decoder>();
                       }}},
          .make_stream = [](const sdk::Configure&) -> Result<std::unique_ptr<sdk::StreamDriver>> {
            return std::make_unique<Driver>();
          }};
}

}  // namespace lamplight::nellcor
