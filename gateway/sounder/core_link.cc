#include "gateway/sounder/core_link.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <utility>

#include "drivers/sdk/wire/codec.h"
#include "rules/model/limits.h"

namespace lamplight::sounder {
namespace {

// A core that is back must have said its state before the alarm that it is gone.
constexpr Duration kTryEvery = milliseconds(50);
constexpr int kDatagramsPerTurn = 64;

}  // namespace

CoreLink::CoreLink(std::string socket)
    : socket_(std::move(socket)), buffer_(limits::kDatagramMax + 1) {}

bool CoreLink::connect(MonoTime now) {
  if (channel_.is_open() || now < next_try_) return false;
  next_try_ = now + kTryEvery;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (socket_.copy(name.sun_path, sizeof name.sun_path - 1) < socket_.size()) return false;
  wire::Channel made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* address = reinterpret_cast<const sockaddr*>(&name);
  if (!made.is_open() || ::connect(made.fd(), address, sizeof name) != 0) return false;
  channel_ = std::move(made);
  return true;
}

bool CoreLink::hear(const std::function<void(std::string_view)>& take) {
  for (int i = 0; i < kDatagramsPerTurn && channel_.is_open(); ++i) {
    const wire::Received received = channel_.receive(buffer_);
    if (received.transfer == wire::Transfer::would_block) return true;
    const auto message = received.transfer == wire::Transfer::done
                             ? wire::decode(received.datagram)
                             : failure(wire::Refusal::too_short);
    if (!message) {
      channel_.close();
      return false;
    }
    if (message->type == wire::MessageType::json) take(message->json);
  }
  return channel_.is_open();
}

void CoreLink::say(std::string_view json) {
  if (!channel_.is_open()) return;
  std::vector<uint8_t> datagram(json.size() + 64);
  const auto bytes = wire::encode_json(json, datagram);
  if (bytes) (void)channel_.send(*bytes);
}

}  // namespace lamplight::sounder
