#include "gateway/outbox_channel.h"

#include <vector>

#include "drivers/sdk/wire/codec.h"
#include "rules/model/limits.h"

namespace lamplight {

Result<void, OutboxChannel::SendError> OutboxChannel::send(std::string_view json) {
  if (!is_open()) return failure(SendError{true, "has no connection"});
  std::vector<uint8_t> buffer(limits::kWireHeaderBytes + json.size());
  const auto datagram = wire::encode_json(json, buffer);
  if (!datagram) return failure(SendError{false, wire::name_of(datagram.error())});
  if (waiting_.empty()) {
    const wire::Transfer sent = channel_.send(*datagram);
    if (sent == wire::Transfer::done) return {};
    if (sent != wire::Transfer::would_block) {
      return failure(SendError{true, "closed its connection"});
    }
  }
  if (bytes_ + datagram->size() > bytes_max_) {
    return failure(SendError{true, "does not read what it is sent"});
  }
  bytes_ += datagram->size();
  waiting_.emplace_back(reinterpret_cast<const char*>(datagram->data()), datagram->size());
  return {};
}

bool OutboxChannel::flush() {
  while (!waiting_.empty()) {
    const std::string& next = waiting_.front();
    const wire::Transfer sent =
        channel_.send({reinterpret_cast<const uint8_t*>(next.data()), next.size()});
    if (sent == wire::Transfer::would_block) return true;
    if (sent != wire::Transfer::done) return false;
    bytes_ -= next.size();
    waiting_.pop_front();
  }
  return true;
}

}  // namespace lamplight
