// Connects to a SEQPACKET socket that stands in for hardware a pseudo-terminal cannot play: modem
// lines and HID reports.
#pragma once

#include <string>

#include "drivers/sdk/file_descriptor.h"
#include "rules/model/result.h"

namespace lamplight::sdk {
[[nodiscard]] Result<FileDescriptor> connect_seqpacket(const std::string& path);
}  // namespace lamplight::sdk
