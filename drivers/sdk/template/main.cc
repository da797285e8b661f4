// The driver's program: one protocol, and how its port is driven.
#include <memory>

#include "decoder.h"
#include "drivers/sdk/driver.h"
#include "drivers/sdk/driver_main.h"
#include "drivers/sdk/protocol.h"

namespace {

using lamplight::Result;
namespace sdk = lamplight::sdk;

class Driver : public sdk::StreamDriver {
 public:
  sdk::Decoder& decoder() override { return decoder_; }
  // A line a second: three missed ones are a lost link.
  lamplight::Duration silence_max() const override { return lamplight::milliseconds(3500); }
  std::vector<lamplight::SignalId> signals() const override { return acorn::signals_sent(); }

 private:
  acorn::Decoder decoder_;
};

Result<std::unique_ptr<sdk::Decoder>> make_decoder(const sdk::DecodeOptions&) {
  return std::make_unique<acorn::Decoder>();
}

Result<std::unique_ptr<sdk::StreamDriver>> make_driver(const sdk::Configure&) {
  return std::make_unique<Driver>();
}

}  // namespace

int main(int argc, char** argv) {
  const sdk::Protocol acorn = {.name = "acorn",
                               .summary = "Acorn OX-2, a line a second, 9600 8N1",
                               .signals = acorn::signals_sent(),
                               .options = {},
                               .formats = {{"acorn-ox2", make_decoder}},
                               .make_stream = make_driver};
  return sdk::driver_main(argc, argv, {&acorn, 1});
}
