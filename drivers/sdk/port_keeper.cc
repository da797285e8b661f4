#include "drivers/sdk/port_keeper.h"

#include <poll.h>

#include <utility>

namespace lamplight::sdk {

short PortKeeper::events() const {
  if (!port_) return 0;
  return port_->is_opening() ? POLLOUT : POLLIN;
}

PortTurn PortKeeper::advance(MonoTime now, short revents, std::span<uint8_t> buffer) {
  if (!port_) return now >= deadline_ ? try_to_open(now) : PortTurn{};
  if (port_->is_opening()) return finish_opening(now, revents);
  // Bytes may wait behind a hang-up, so reading, not poll, says when it is over.
  if ((revents & (POLLIN | POLLHUP | POLLERR)) == 0) return {};
  PortInput input = port_->read(buffer);
  switch (input.state) {
    case PortState::data:
      return {PortTurn::What::data, input.bytes, {}};
    case PortState::lost:
      return lose(now, std::move(input.why));
    case PortState::nothing:
      break;
  }
  // After a pseudo-terminal's master has closed, poll says HUP for ever and never IN again.
  if ((revents & POLLHUP) != 0) return lose(now, "hung up");
  return {};
}

void PortKeeper::give_up(MonoTime now) { lose(now, {}); }

PortTurn PortKeeper::try_to_open(MonoTime now) {
  auto opened = open_();
  if (!opened) return lose(now, std::move(opened.error()));
  port_ = std::move(*opened);
  return opened_or_opening(now);
}

PortTurn PortKeeper::finish_opening(MonoTime now, short revents) {
  if (revents == 0 && now < deadline_) return {};
  Status went_on = revents == 0 ? port_->open_another_way() : port_->finish_opening();
  if (!went_on) return lose(now, std::move(went_on.error()));
  return opened_or_opening(now);
}

PortTurn PortKeeper::opened_or_opening(MonoTime now) {
  if (port_->is_opening()) {
    deadline_ = now + kOpeningMax;
    return {};
  }
  deadline_ = kNever;
  return {PortTurn::What::opened, 0, {}};
}

PortTurn PortKeeper::lose(MonoTime now, std::string why) {
  port_.reset();
  deadline_ = now + backoff_.next();
  return {PortTurn::What::lost, 0, std::move(why)};
}

}  // namespace lamplight::sdk
