#include "drivers/nonin/protocol.h"

#include <array>

#include "drivers/nonin/ascii_decoder.h"
#include "drivers/nonin/auto_decoder.h"
#include "drivers/nonin/df13_decoder.h"
#include "drivers/nonin/df8_decoder.h"
#include "drivers/nonin/wave_decoder.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"
#include "drivers/sdk/signals.h"

namespace lamplight::nonin {
namespace {

using DecoderPointer = std::unique_ptr<sdk::Decoder>;

template <class T>
DecoderPointer make() {
  return std::make_unique<T>();
}
template <WaveFormat kFormat>
DecoderPointer make_wave() {
  return std::make_unique<WaveDecoder>(kFormat);
}
// The registry's form; a Nonin decoder needs no options.
template <DecoderPointer (*kMake)()>
Result<DecoderPointer> make_for_decode(const sdk::DecodeOptions&) {
  return kMake();
}

// A device that streams has said nothing for this long: the link is lost.
constexpr Duration kSilence = seconds(3);
// A spot check speaks when somebody measures.
constexpr Duration kSpotCheckSilence = seconds(60);

struct Format {
  std::string_view name;
  uint8_t code;  // of the set-format command; 0: the device cannot be set to it
  DecoderPointer (*make)();
  Duration silence;
};
constexpr std::array<Format, 6> kFormats = {{{"auto", 0, make<AutoDecoder>, kSilence},
                                             {"df2", 0x02, make_wave<WaveFormat::df2>, kSilence},
                                             {"df7", 0x07, make_wave<WaveFormat::df7>, kSilence},
                                             {"df8", 0x08, make<Df8Decoder>, kSilence},
                                             {"df13", 0x0D, make<Df13Decoder>, kSpotCheckSilence},
                                             {"ascii", 0, make<AsciiDecoder>, kSilence}}};

class Driver : public sdk::StreamDriver {
 public:
  Driver(const Format& format, bool sets_format)
      : format_(format), sets_format_(sets_format), decoder_(format.make()) {}

  sdk::Decoder& decoder() override { return *decoder_; }
  Duration silence_max() const override { return format_.silence; }
  // The conditions depend on the model; these two it always has.
  std::vector<SignalId> signals() const override { return {signals_.spo2, signals_.pulse}; }
  bool thins_switches() const override { return true; }
  // Kept by the device in non-volatile memory, so it is sent only on request; the device listens
  // within 5 s of connecting.
  std::vector<uint8_t> greeting() const override {
    if (!sets_format_) return {};
    return {0x02, 0x70, 0x02, 0x02, format_.code, 0x03};
  }

 private:
  const Format& format_;
  bool sets_format_;
  DecoderPointer decoder_;
  Signals signals_;
};

// Until it is known what speaks, and unless that is a spot check, silence is as for the others.
class AutoDriver : public Driver {
 public:
  explicit AutoDriver(const Format& format) : Driver(format, false) {}
  Duration silence_max() const override {
    return decoder_.is_spot_check() ? kSpotCheckSilence : Driver::silence_max();
  }
  sdk::Decoder& decoder() override { return decoder_; }

 private:
  AutoDecoder decoder_;
};

Result<std::unique_ptr<sdk::StreamDriver>> make_stream(const sdk::Configure& configure) {
  const std::string_view name = configure.option("format").value_or("auto");
  const std::string_view sets = configure.option("set_format").value_or("false");
  if (sets != "true" && sets != "false") return failure("set_format must be true or false");
  for (const Format& format : kFormats) {
    if (format.name != name) continue;
    if (sets == "true" && format.code == 0) {
      return failure("set_format needs format = \"df2\", \"df7\", \"df8\" or \"df13\"");
    }
    if (format.name == "auto") return std::make_unique<AutoDriver>(format);
    return std::make_unique<Driver>(format, sets == "true");
  }
  return failure("format must be auto, df2, df7, df8, df13 or ascii");
}

}  // namespace

sdk::Protocol protocol() {
  const Signals s;
  return {.name = "nonin",
          .summary = "Nonin serial formats 2, 7, 8, 13 and the ASCII line, 9600 8N1",
          .signals = {s.spo2, s.pulse, s.pleth, s.probe_off, s.probe_disconnected, s.artefact,
                      s.perfusion_low, s.low_battery, s.dead_battery},
          .options = {{"format", "text", "auto", "auto, df2, df7, df8, df13 or ascii"},
                      {"set_format", "boolean", "false",
                       "tell the device at connecting to use this format; it keeps it for good"}},
          .formats = {{"nonin-df2", make_for_decode<make_wave<WaveFormat::df2>>},
                      {"nonin-df7", make_for_decode<make_wave<WaveFormat::df7>>},
                      {"nonin-df8", make_for_decode<make<Df8Decoder>>},
                      {"nonin-df13", make_for_decode<make<Df13Decoder>>},
                      {"nonin-ascii", make_for_decode<make<AsciiDecoder>>}},
          .make_stream = make_stream};
}

}  // namespace lamplight::nonin
