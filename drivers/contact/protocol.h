// The row of the registry for remote-alarm contacts.
#pragma once

#include "drivers/sdk/protocol.h"

namespace lamplight::contact {
sdk::Protocol protocol();
}  // namespace lamplight::contact
