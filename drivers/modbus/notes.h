// What is noted of a device beside its readings. A note that lasts is told when it begins and
// withdrawn when it ends; one that happens is told each time, as an event.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sdk/decoder.h"

namespace lamplight::modbus {

class Notes {
 public:
  // Tells the change only; one that has not been told is not withdrawn.
  void lasting(sdk::Sink& sink, std::string_view name, bool present, std::string_view text = {}) {
    const auto found = std::find(on_.begin(), on_.end(), name);
    if (present == (found != on_.end())) return;
    if (present) {
      on_.emplace_back(name);
    } else {
      on_.erase(found);
    }
    sink.fact({.kind = sdk::FactKind::note,
               .name = name,
               .text = present ? text : std::string_view{},
               .present = present});
  }

  static void happened(sdk::Sink& sink, std::string_view name, std::string_view text) {
    sink.fact({.kind = sdk::FactKind::note, .name = name, .text = text});
  }

 private:
  std::vector<std::string> on_;  // names of those that stand
};

}  // namespace lamplight::modbus
