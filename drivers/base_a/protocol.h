// The row of the registry for Fresenius Base A, Orchestra and Pilot pumps, which are only ever
// read.
#pragma once

#include <optional>

#include "drivers/sdk/conversation.h"
#include "drivers/sdk/protocol.h"

namespace lamplight::base_a {

sdk::Protocol protocol();

// Places in a plan behind its questions.
struct Places {
  size_t status = 0;  // the question that is asked in a cycle
  size_t acknowledge = 0, alive = 0, heard_event = 0, heard_adjustment = 0;
};
// `module`: 1 to 6 in a rack; nothing: a pump alone.
Places places(std::optional<int> module);
// All that can ever leave for the pump; public so that a test can read it.
sdk::Conversation::Plan plan(std::optional<int> module, Duration period);

}  // namespace lamplight::base_a
