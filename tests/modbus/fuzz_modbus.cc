// Any text after `decode modbus`: no crash, no value outside what a sample can hold, and the same
// whatever the chunks. The first byte picks the map.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "drivers/modbus/line_decoder.h"
#include "drivers/sdk/decode_report.h"

using namespace lamplight;

namespace {
// Read once: the text of a map is no part of what is fuzzed.
const modbus::RegisterMap& map_of(bool ventilator) {
  static const auto kPump = modbus::load_map("lfp-1");
  static const auto kVentilator = modbus::load_map("lvp-1");
  if (!kPump || !kVentilator) std::abort();
  return ventilator ? *kVentilator : *kPump;
}

std::string decoded(const modbus::RegisterMap& map, sdk::Bytes bytes, size_t chunk) {
  auto decoder = modbus::LineDecoder::make(map);
  if (!decoder) std::abort();
  std::string out;
  sdk::DecodeReport report(out);
  for (size_t at = 0; at < bytes.size(); at += chunk) {
    (*decoder)->feed(bytes.subspan(at, std::min(chunk, bytes.size() - at)), MonoTime{}, report);
  }
  (*decoder)->end(report);
  report.totals((*decoder)->counters());
  return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const modbus::RegisterMap& map = map_of((data[0] & 1) != 0);
  const sdk::Bytes bytes(data + 1, size - 1);
  const std::string whole = decoded(map, bytes, 4096);
  if (whole != decoded(map, bytes, 7)) std::abort();
#ifdef LL_PLANTED_BUG
  if (whole.find("\"name\":\"hold\"") != std::string::npos) std::abort();
#endif
  return 0;
}
