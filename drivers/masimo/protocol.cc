#include "drivers/masimo/protocol.h"

#include "drivers/masimo/bits.h"
#include "drivers/masimo/decoder.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"
#include "drivers/sdk/signals.h"

namespace lamplight::masimo {
namespace {

std::vector<SignalId> signals_sent() {
  std::vector<SignalId> ids;
  for (const char* name : {"spo2", "pulse", "perfusion", "silenced", "alarm.data_frozen"}) {
    ids.push_back(sdk::signal(Role::oximeter, name));
  }
  for (const Named& named : conditions()) {
    ids.push_back(sdk::signal(Role::oximeter, "alarm." + std::string(named.name)));
  }
  return ids;
}

class Driver : public sdk::StreamDriver {
 public:
  sdk::Decoder& decoder() override { return decoder_; }
  // One line a second; more than 3 s without one is a lost link.
  Duration silence_max() const override { return seconds(3); }
  std::vector<SignalId> signals() const override { return signals_sent(); }

 private:
  Decoder decoder_;
};

Result<std::unique_ptr<sdk::StreamDriver>> make_stream(const sdk::Configure&) {
  return std::make_unique<Driver>();
}

Result<std::unique_ptr<sdk::Decoder>> make_decoder(const sdk::DecodeOptions&) {
  return std::make_unique<Decoder>();
}

}  // namespace

sdk::Protocol protocol() {
  return {
      .name = "masimo",
      .summary = "Masimo ASCII-1 (Rad-8, Rad-5, Radical-7), 9600 8N1; set the device to ASCII 1",
      .signals = signals_sent(),
      .options = {},
      .formats = {{"masimo", make_decoder}},
      .make_stream = make_stream};
}

}  // namespace lamplight::masimo
