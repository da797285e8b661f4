// JSON that comes from outside, made into values: what a driver says, what it says of itself, and
// what a simulator answers or writes in its truth log. Numbers are in the catalogue's step from
// here on.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/model/catalogue.h"
#include "rules/model/quality.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::conformance {

struct DriverMessage {
  std::string type;
  std::string role;       // of hello
  std::vector<int> wire;  // of hello
  int device = -1;
  std::string fact, name, text;
  std::optional<uint64_t> first, last;  // of a gap
};
[[nodiscard]] Result<DriverMessage> parse_driver_message(std::string_view json);

// `describe`, with everything in it that is not as the contract says.
struct Description {
  std::vector<std::string> protocols;
  std::set<SignalId> signals;  // conditions included
  std::vector<std::string> mistakes;
};
Description parse_description(std::string_view json);

// What a device shows: of the signals named, the number or none.
struct Shown {
  std::map<SignalId, std::optional<int32_t>> values;
  std::optional<Reason> reason;  // why there are none
  std::optional<std::set<SignalId>> conditions;
};

struct Answer {
  bool is_ok = false;
  std::string error = {};
  std::optional<Shown> shows = {};
};
Answer parse_answer(std::string_view json, Role role);

// A frame that left whole. Nothing for every other line of the log.
struct TruthFrame {
  MonoTime at;
  Shown shown;
};
std::optional<TruthFrame> parse_truth(std::string_view line, Role role);

}  // namespace lamplight::conformance
