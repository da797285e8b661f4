// The naive oracle: section 4 of the rules language taken literally, as functions of whole
// histories, over the syntax tree. It shares the parser with the product and nothing else; it is
// slow on purpose (every `for` scans its operand's whole past at every instant).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rules/language/ast.h"
#include "rules/model/quality.h"

namespace lamplight::oracle {

struct Reading {
  std::string signal;
  int64_t measured_at = 0;
  bool missing = false;
  int64_t steps = 0;  // value in the signal's step; index of an enumerator; 0 or 1
};

enum class ActKind : uint8_t { acknowledge, stand_down, pause };

struct Act {
  std::string alarm;  // its open occurrence, if there is one
  bool bedside = true;
  ActKind kind = ActKind::acknowledge;
};

struct Press {
  std::string button;
  bool release = false;
};

// Everything that comes in at one instant.
struct Moment {
  int64_t t = 0;
  std::vector<Reading> readings{};
  std::vector<Act> acts{};
  std::vector<Press> presses{};
  std::optional<std::set<std::string>> profiles{};
};

struct Told {
  int64_t t = 0;
  std::string alarm;
  std::string event;
  bool operator==(const Told&) const = default;
};

// Events of the alarms and lost alarms of `file` (limits at their own values) from `start` to
// `end`, both instants included, in order of time and file.
std::vector<Told> tell(const rules::ast::File& file, const std::vector<Moment>& moments,
                       int64_t start, int64_t end);

}  // namespace lamplight::oracle
