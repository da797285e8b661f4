// The row of the registry for Alaris/Asena syringe pumps, which are only ever read.
#pragma once

#include "drivers/sdk/conversation.h"
#include "drivers/sdk/protocol.h"

namespace lamplight::alaris {
sdk::Protocol protocol();
// All that can ever leave for the pump; public so that a test can read it.
sdk::Conversation::Plan plan(Duration period);
}  // namespace lamplight::alaris
