// What the two CMS50 decoders share: a packet under way, and the rule that after a break the first
// good packet only confirms and the second one is told. The first is not counted either: nothing
// guards a packet, so a noisy line makes one by chance now and then, and must not look alive for
// it.
#pragma once

#include <string_view>

#include "drivers/cms50/oximeter.h"

namespace lamplight::cms50 {

class PacketDecoder : public sdk::Decoder {
 public:
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) final {
    for (const uint8_t byte : bytes) take(byte, at, sink);
  }
  void end(sdk::Sink&) final { break_off(false); }

 protected:
  explicit PacketDecoder(std::string_view low_condition) : signals_(low_condition) {}
  virtual void take(uint8_t byte, MonoTime at, sdk::Sink& sink) = 0;
  // The bytes under way are no packet; `is_bad`: one had begun.
  void break_off(bool is_bad);
  // A whole packet is there; false if it is the first after a break.
  bool confirm(MonoTime at, sdk::Sink& sink);
  // A whole packet with readings: told if possible and confirmed.
  void finish(const Packet& packet, MonoTime at, sdk::Sink& sink);

  size_t length_ = 0;  // of the packet under way

 private:
  const Signals signals_;
  bool is_confirmed_ = false;
};

}  // namespace lamplight::cms50
