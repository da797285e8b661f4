// What one protocol offers: a row of the program's registry. A protocol is either a stream (the
// device speaks by itself; the loop owns the port) or polled (the driver owns its port, asks,
// and may block). Adding a protocol is one row of drivers/main/registry.cc.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sdk/decoder.h"
#include "rules/model/catalogue.h"
#include "rules/model/result.h"

namespace lamplight::sdk {

struct Configure;
class StreamDriver;
class PolledDriver;

// A key of the port's configuration beyond the common ones, as `describe` lists it.
struct OptionInfo {
  std::string_view name;
  std::string_view type;  // "text", "boolean", "duration", "integer"
  std::string_view fallback;
  std::string_view summary;
};

struct DecodeOptions {
  std::string map;          // --map: a shipped map's name or a file; empty when not given
  std::optional<int> rate;  // --rate: samples a second; only of formats that take it
};

// A name of `lamplight decode`.
struct DecodeFormat {
  std::string_view name;  // "nonin-df2"
  Result<std::unique_ptr<Decoder>> (*make)(const DecodeOptions&);
  std::string_view input = "the bytes of the port as they came, or with --hex their text";
  bool takes_rate = false;  // a waveform whose bytes do not say how fast it is
};

struct Protocol {
  std::string_view name;  // of `driver =` in the configuration: "nonin"
  std::string_view summary;
  std::vector<SignalId> signals;  // all it can send, conditions included
  std::vector<OptionInfo> options;
  std::vector<DecodeFormat> formats;
  // Exactly one of the two is set. The error says what to change in the configuration.
  Result<std::unique_ptr<StreamDriver>> (*make_stream)(const Configure&) = nullptr;
  Result<std::unique_ptr<PolledDriver>> (*make_polled)(const Configure&) = nullptr;
};

// `describe`: one JSON object {wire, protocols, signals, conditions, options}.
std::string describe(std::span<const Protocol> protocols);

}  // namespace lamplight::sdk
