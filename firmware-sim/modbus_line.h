// A line that speaks Modbus: one or several units behind one port. It cuts requests out of the
// bytes and hands each to the unit it names; a request for somebody else is heard and ignored.
#pragma once

#include <map>

#include "firmware-sim/line.h"
#include "firmware-sim/modbus_frame.h"

namespace lamplight::sim {

class ModbusLine final : public Line {
 public:
  using Line::Line;
  void received(Peer peer, std::span<const uint8_t> bytes) override;
  void peer_left(Peer peer) override { readers_.erase(peer); }

 private:
  std::map<Peer, RequestReader> readers_;
};

}  // namespace lamplight::sim
