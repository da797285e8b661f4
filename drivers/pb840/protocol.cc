#include "drivers/pb840/protocol.h"

#include "drivers/pb840/asker.h"
#include "drivers/pb840/decoder.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"

namespace lamplight::pb840 {
namespace {

class Driver : public sdk::StreamDriver {
 public:
  Driver(Choice choice, Duration period) : asker_(choice, period), period_(period) {}
  sdk::Decoder& decoder() override { return decoder_; }
  // The asker notices silence; this is for a line that only ever brings broken replies.
  Duration silence_max() const override {
    return period_ + Asker::kBeginsWithin + Asker::kQuietMax;
  }
  std::vector<SignalId> signals() const override { return signals_sent(); }
  sdk::Asker* asker() override { return &asker_; }

 private:
  Decoder decoder_;
  Asker asker_;
  Duration period_;
};

Result<std::unique_ptr<sdk::StreamDriver>> make_stream(const sdk::Configure& configure) {
  const std::string_view report = configure.option("report").value_or("auto");
  const Duration period = configure.port.period;
  if (report == "auto") return std::make_unique<Driver>(Choice::either, period);
  if (report == "misca") return std::make_unique<Driver>(Choice::misca, period);
  if (report == "miscf") return std::make_unique<Driver>(Choice::miscf, period);
  return failure("report must be auto, misca or miscf");
}

Result<std::unique_ptr<sdk::Decoder>> make_decoder(const sdk::DecodeOptions&) {
  return std::make_unique<Decoder>();
}

}  // namespace

sdk::Protocol protocol() {
  return {.name = "pb840",
          .summary = "Puritan Bennett 840/980 and Philips V200: reports MISCF and MISCA, asked for",
          .signals = signals_sent(),
          .options = {{"report", "text", "auto", "auto (MISCF, else MISCA), miscf or misca"}},
          .formats = {{"pb840", make_decoder}},
          .make_stream = make_stream};
}

}  // namespace lamplight::pb840
