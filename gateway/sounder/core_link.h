// The connection to lamplightd on core.sock: connects again whenever it is lost, says hello, and
// hands on what comes. Never blocks: what cannot be sent at once is left out, because a core that
// does not read is told again when it is back. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sdk/wire/channel.h"
#include "rules/model/time.h"

namespace lamplight::sounder {

class CoreLink {
 public:
  explicit CoreLink(std::string socket);

  // Connects if it is time to. True: just now.
  bool connect(MonoTime now);
  int fd() const { return channel_.fd(); }  // -1: not connected
  bool is_open() const { return channel_.is_open(); }

  // Gives every message to `take`, at most some at a time. False: the connection was lost.
  bool hear(const std::function<void(std::string_view)>& take);
  void say(std::string_view json);

 private:
  std::string socket_;
  wire::Channel channel_;
  MonoTime next_try_;
  std::vector<uint8_t> buffer_;
};

}  // namespace lamplight::sounder
