// Keeps one port open: opens it, notices its loss, backs off, opens it again, for ever. It is
// given the time and poll's answer, and never waits. The back-off starts anew only when the
// device was heard, not when the port merely opened.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "drivers/sdk/backoff.h"
#include "drivers/sdk/port.h"
#include "rules/model/time.h"

namespace lamplight::sdk {

struct PortTurn {
  enum class What : uint8_t { nothing, opened, data, lost };
  What what = What::nothing;
  size_t bytes = 0;  // of data, in the caller's buffer
  std::string why;   // when lost, or could not be opened
};

class PortKeeper {
 public:
  using Opener = std::function<Result<std::unique_ptr<Port>>()>;
  // Nobody who answers a connection takes longer than this: try the next address, or again.
  static constexpr Duration kOpeningMax = seconds(5);

  PortKeeper(Opener open, uint32_t seed) : open_(std::move(open)), backoff_(seed) {}

  // For poll: -1 when there is nothing to wait for but the deadline.
  int fd() const { return port_ ? port_->fd() : -1; }
  short events() const;
  MonoTime deadline() const { return deadline_; }
  Port* port() { return port_.get(); }

  // One step: whatever `revents` or the deadline asks for. Call it at every turn of the loop.
  PortTurn advance(MonoTime now, short revents, std::span<uint8_t> buffer);
  // The device was heard.
  void confirm() { backoff_.reset(); }
  // The caller found it dead: as if it had been unplugged.
  void give_up(MonoTime now);

 private:
  PortTurn try_to_open(MonoTime now);
  PortTurn finish_opening(MonoTime now, short revents);
  PortTurn opened_or_opening(MonoTime now);
  PortTurn lose(MonoTime now, std::string why);

  Opener open_;
  Backoff backoff_;
  std::unique_ptr<Port> port_;
  MonoTime deadline_{};  // of the next try, or of an opening; kNever while open
};

}  // namespace lamplight::sdk
