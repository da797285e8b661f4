// What the uplink process says (drivers/sdk/wire, role uplink), decoded from its JSON text. The
// process is ours, but its library may die in any state: everything is checked, nothing trusted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/core/flight.h"
#include "gateway/core/input.h"
#include "rules/model/result.h"

namespace lamplight::core {

// {"type":"published","conn":"live","generation":3,"lane":"alarm","seq":17}, or "token":n
struct Published {
  Conn conn = Conn::live;
  uint32_t generation = 0;
  Key key;
};

// Topic `stored`: {"v":1,"store_id":"5f2c","alarm":1200,"vitals":88}
struct Stored {
  std::string store_id;
  std::vector<std::pair<Lane, uint64_t>> lanes;
};

struct Other {};  // heartbeat, hello: not for the core

using UplinkMessage = std::variant<LinkChange, Published, RemoteCommand, Stored, Other>;

[[nodiscard]] Result<UplinkMessage> decode_uplink(std::string_view json);

}  // namespace lamplight::core
