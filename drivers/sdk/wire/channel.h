// One end of a SOCK_SEQPACKET connection: owns the descriptor, sends and receives whole
// datagrams, never blocks and never raises SIGPIPE. It does not look inside a datagram
// (codec.h does) and does not queue: a caller that gets would_block drops and counts, or
// waits for its poll. Used by one thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "rules/model/result.h"

namespace lamplight::wire {

enum class Transfer : uint8_t {
  done,         // one datagram sent, or received
  would_block,  // the other end does not read, or has said nothing
  closed,       // the other end is gone
  broken,       // anything else, a datagram larger than the buffer included: end the connection
};

struct Received {
  Transfer transfer = Transfer::broken;
  std::span<const uint8_t> datagram;  // within the caller's buffer, when done
};

struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

class Channel {
 public:
  Channel() = default;
  // Takes ownership, and makes the descriptor non-blocking and close-on-exec.
  explicit Channel(int fd);
  ~Channel();
  Channel(Channel&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Channel& operator=(Channel&& other) noexcept;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Both ends of a new connection: how the core meets a child on its fd 3. The error is errno.
  [[nodiscard]] static Result<std::pair<Channel, Channel>, int> pair();

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close();
  // Gives the descriptor up, for instance to a child about to be started.
  int release() { return std::exchange(fd_, -1); }

  Transfer send(std::span<const uint8_t> datagram);
  // `buffer` should hold limits::kDatagramMax bytes; a larger datagram is `broken`.
  Received receive(std::span<uint8_t> buffer);

  // Who is at the other end, as the kernel recorded it at connect (or socketpair) time.
  // The error is errno.
  [[nodiscard]] Result<PeerCredentials, int> peer() const;

 private:
  int fd_ = -1;
};

}  // namespace lamplight::wire
