// The modem-control lines of a serial adapter, as a contact is wired to them: four inputs, two
// outputs. A terminal answers by ioctl; "lines:PATH" is a SEQPACKET socket of one byte each way,
// for tests, since a pseudo-terminal has no modem lines and says ENOTTY.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rules/model/result.h"

namespace lamplight::sdk {

// Bits of what get() gives and set() takes.
inline constexpr uint8_t kLineCts = 1, kLineDsr = 2, kLineDcd = 4, kLineRi = 8;
inline constexpr uint8_t kLineRts = 1, kLineDtr = 2;

class ModemLines {
 public:
  ModemLines() = default;
  virtual ~ModemLines() = default;
  ModemLines(const ModemLines&) = delete;
  ModemLines& operator=(const ModemLines&) = delete;

  // The inputs now. An error: the adapter is gone, or never had such lines.
  [[nodiscard]] virtual Result<uint8_t> get() = 0;
  // Both outputs at once.
  [[nodiscard]] virtual Status set(uint8_t outputs) = 0;
};

// "serial:PATH" or "lines:PATH"; line settings after '?' mean nothing here.
[[nodiscard]] Result<std::unique_ptr<ModemLines>> open_modem_lines(std::string_view at);

}  // namespace lamplight::sdk
