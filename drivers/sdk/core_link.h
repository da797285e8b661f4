// The connection to the core, on fd 3, after which a driver lives and dies. Sending never blocks:
// when the core does not read, samples are dropped and counted (the feed reports them as a gap),
// and the few facts wait in a bounded queue.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sdk/configure.h"
#include "drivers/sdk/wire/channel.h"
#include "drivers/sdk/wire/codec.h"
#include "rules/model/limits.h"
#include "rules/model/result.h"

namespace lamplight::sdk {

// What the core told in `welcome`: how our names are numbered on the wire.
struct Numbers {
  std::map<std::string, DeviceNumber, std::less<>> devices;
  std::vector<int32_t> signals;  // by our catalogue id; -1: the core does not know it
};

class CoreLink {
 public:
  static constexpr size_t kWaitingMax = 256;  // messages, of which each is short

  explicit CoreLink(wire::Channel channel)
      : channel_(std::move(channel)), buffer_(limits::kDatagramMax) {}

  int fd() const { return channel_.fd(); }
  // Waits for the core's first word, greets it as `name` and waits for its answer. The error
  // is empty when the core simply went away.
  [[nodiscard]] Result<Configure> receive_configure();
  [[nodiscard]] Result<Numbers> greet(std::string_view name);

  // Reads all that has come. False when the core is gone or speaks nonsense: exit.
  [[nodiscard]] bool listen();

  // One JSON message; it waits if it cannot go now, and is dropped if too many wait.
  void say(std::string json);
  // Sends what waits. True when nothing waits any more.
  bool flush();
  bool has_waiting() const { return !waiting_.empty(); }
  // One samples datagram, after all that waits. False: not sent, the caller counts the loss.
  [[nodiscard]] bool send_samples(wire::Bytes datagram);
  // A heartbeat is worth nothing late: it is sent now or not at all.
  void heartbeat();

 private:
  [[nodiscard]] Result<std::string> wait_for_json();
  bool send_now(std::string_view json);

  wire::Channel channel_;
  std::vector<uint8_t> buffer_;
  std::deque<std::string> waiting_;
};

}  // namespace lamplight::sdk
