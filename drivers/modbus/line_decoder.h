// `decode modbus`: lines `UNIT FC ADDR COUNT : HEX`, HEX the registers of a reply, judged by a
// register map as the driver judges them, but for what needs a clock.
#pragma once

#include <memory>
#include <string>

#include "drivers/modbus/block_decoder.h"
#include "drivers/modbus/profile.h"
#include "drivers/sdk/decoder.h"
#include "rules/model/result.h"

namespace lamplight::modbus {

class LineDecoder : public sdk::Decoder {
 public:
  // The map is bound to the first role that knows all its names.
  [[nodiscard]] static Result<std::unique_ptr<sdk::Decoder>> make(const std::string& map_name);
  [[nodiscard]] static Result<std::unique_ptr<sdk::Decoder>> make(const RegisterMap& loaded);

  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  LineDecoder(RegisterMap map, Role role);
  void line(MonoTime at, sdk::Sink& sink);
  bool reply(int function, int first, Registers values, MonoTime at, sdk::Sink& sink);
  bool identity(Registers values, MonoTime at, sdk::Sink& sink);
  void ring(Registers values, sdk::Sink& sink);

  static constexpr size_t kLineMax = 2048;  // 125 registers with generous spacing
  RegisterMap map_;
  Role role_;
  BlockDecoder decoder_;
  LiveCheck live_;  // knows the notes that stand, so that they are withdrawn when they end
  std::string line_;
  bool is_too_long_ = false;
  size_t line_bytes_ = 0;
};

}  // namespace lamplight::modbus
