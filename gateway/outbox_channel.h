// A wire channel with a bounded queue behind it, for JSON messages that must not be lost while
// the other end is slow. An end that lets the queue grow beyond its bound is given up.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "drivers/sdk/wire/channel.h"
#include "rules/model/result.h"

namespace lamplight {

class OutboxChannel {
 public:
  OutboxChannel() = default;
  OutboxChannel(wire::Channel channel, size_t bytes_max)
      : channel_(std::move(channel)), bytes_max_(bytes_max) {}

  // Why a message was not taken, as the end of a sentence that begins with "it". `is_fatal`: the
  // connection is of no more use (gone, broken, or far behind). Else only this message was not
  // fit for the wire, and the others go on.
  struct SendError {
    bool is_fatal = false;
    std::string_view why;
  };
  [[nodiscard]] Result<void, SendError> send(std::string_view json);
  // Sends what waits; call when the descriptor is writable.
  [[nodiscard]] bool flush();
  bool has_waiting() const { return !waiting_.empty(); }
  size_t waiting_bytes() const { return bytes_; }

  wire::Channel& channel() { return channel_; }
  int fd() const { return channel_.fd(); }
  bool is_open() const { return channel_.is_open(); }
  void close() {
    channel_.close();
    waiting_.clear();
    bytes_ = 0;
  }

 private:
  wire::Channel channel_;
  size_t bytes_max_ = 0;
  size_t bytes_ = 0;
  std::deque<std::string> waiting_;  // whole datagrams
};

}  // namespace lamplight
