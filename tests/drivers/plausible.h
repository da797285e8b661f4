// What no decoder may ever say, whatever its input: a number out of range, a sentinel as a number,
// a reading outside a frame. Used by the fuzz targets and by the tests of broken bytes.
#pragma once

#include <string>
#include <string_view>

#include "tests/drivers/recorder.h"

namespace lamplight::test {

struct Span {
  int32_t least;
  int32_t most;
};

// In the catalogue's steps; switches are 0 or 1.
inline Span span_of(std::string_view signal) {
  if (signal == "spo2") return {0, 1000};
  if (signal == "pulse") return {0, 3210};
  if (signal == "perfusion") return {0, 2200};
  if (signal == "pleth") return {0, 65535};
  if (signal == "pip" || signal == "peep" || signal == "p_mean") return {-200, 1500};
  if (signal == "vti" || signal == "vte") return {0, 60000};
  if (signal == "rate" || signal == "leak") return {0, 2000};
  if (signal == "minute_volume") return {0, 10000};
  if (signal == "fio2") return {0, 1030};
  if (signal == "p_now" || signal == "flow") return {-100000, 100000};
  if (signal == "rate_set") return {0, 12000};
  if (signal == "delivered") return {0, 100000};
  if (signal == "pressure_down") return {-2000, 5000};
  if (signal == "state") return {0, 11};
  return {0, 1};
}

// Empty, or what is wrong.
inline std::string fault_in(const Heard& heard) {
  const bool is_fact = heard.name.starts_with("note") || heard.name.starts_with("identity");
  if (heard.frame == 0) return is_fact ? "" : heard.name + " before any frame";
  if (is_fact) return {};
  const sdk::Reading& r = heard.reading;
  if (r.is_missing() != (r.reason() != Reason::none)) return heard.name + " without its reason";
  if (r.is_missing()) return {};
  const Span span = span_of(heard.name);
  if (r.value() < span.least || r.value() > span.most) return heard.name + " out of range";
  const bool is_vital = heard.name == "spo2" || heard.name == "pulse" || heard.name == "perfusion";
  return is_vital && r.value() == 0 ? heard.name + " of zero" : "";
}

inline std::string fault_in(const Recorder& sink) {
  for (const Heard& each : sink.heard) {
    const std::string fault = fault_in(each);
    if (!fault.empty()) return fault;
  }
  return {};
}

}  // namespace lamplight::test
