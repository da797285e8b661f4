#include "drivers/cms50/protocol.h"

#include "drivers/cms50/asker.h"
#include "drivers/cms50/hid_asker.h"
#include "drivers/cms50/hid_decoder.h"
#include "drivers/cms50/uart_decoder.h"
#include "drivers/cms50/v7_decoder.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"

namespace lamplight::cms50 {
namespace {

// Sixty packets a second.
constexpr Duration kSilence = seconds(2);

class UartDriver : public sdk::StreamDriver {
 public:
  sdk::Decoder& decoder() override { return decoder_; }
  Duration silence_max() const override { return kSilence; }
  std::vector<SignalId> signals() const override {
    const Signals s("desaturation");
    return {s.spo2, s.pulse, s.pleth, s.probe_off, s.searching, s.low};
  }
  bool thins_switches() const override { return true; }

 private:
  UartDecoder decoder_;
};

class V7Driver : public sdk::StreamDriver {
 public:
  sdk::Decoder& decoder() override { return decoder_; }
  Duration silence_max() const override { return kSilence; }
  std::vector<SignalId> signals() const override {
    const Signals s("spo2_low");
    return {s.spo2, s.pulse, s.perfusion, s.pleth, s.probe_off, s.searching, s.low};
  }
  bool thins_switches() const override { return true; }
  sdk::Asker* asker() override { return &asker_; }

 private:
  V7Decoder decoder_;
  Asker asker_;
};

class HidDriver : public sdk::StreamDriver {
 public:
  sdk::Decoder& decoder() override { return decoder_; }
  // The opening takes half a second of it.
  Duration silence_max() const override { return kSilence + seconds(1); }
  std::vector<SignalId> signals() const override {
    const Signals s("spo2_low");
    return {s.spo2, s.pulse, s.perfusion, s.pleth, s.probe_off, s.searching};
  }
  bool thins_switches() const override { return true; }
  sdk::Asker* asker() override { return &asker_; }

 private:
  HidDecoder decoder_;
  HidAsker asker_;
};

Result<std::unique_ptr<sdk::StreamDriver>> make_stream(const sdk::Configure& configure) {
  const std::string_view format = configure.option("format").value_or("v7");
  if (format == "v7") return std::make_unique<V7Driver>();
  if (format == "uart") return std::make_unique<UartDriver>();
  const bool is_hid_port = configure.port.at.starts_with("hid:");
  if (format == "hid" && is_hid_port) return std::make_unique<HidDriver>();
  if (format == "hid") return failure("format hid needs at = \"hid:/dev/hidrawN\"");
  return failure("format must be v7, uart or hid");
}

template <class D>
Result<std::unique_ptr<sdk::Decoder>> make_decoder(const sdk::DecodeOptions&) {
  return std::make_unique<D>();
}

}  // namespace

sdk::Protocol protocol() {
  const Signals s("spo2_low");
  const Signals old("desaturation");
  return {
      .name = "cms50",
      .summary = "Contec CMS50: protocol V7.0, 115200 8N1, the old UART, 19200 8O1, or USB HID",
      .signals = {s.spo2, s.pulse, s.perfusion, s.pleth, s.probe_off, s.searching, s.low, old.low},
      .options = {{"format", "text", "v7", "v7 (D+ 4.6, F, FW, EW), uart (old D, D+, E) or hid"}},
      .formats = {{"cms50", make_decoder<UartDecoder>},
                  {"cms50-v7", make_decoder<V7Decoder>},
                  {"cms50-hid", make_decoder<HidDecoder>}},
      .make_stream = make_stream};
}

}  // namespace lamplight::cms50
