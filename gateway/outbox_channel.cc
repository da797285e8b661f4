#include "gateway/outbox_channel.h"

#include <vector>

#include "drivers/sdk/wire/codec.h"
#include "rules/model/limits.h"

namespace lamplight {

bool OutboxChannel::send(std::string_view json) {
  if (!is_open()) return false;
  std::vector<uint8_t> buffer(limits::kWireHeaderBytes + json.size());
  const auto datagram = wire::encode_json(json, buffer);
  if (!datagram) return false;
  if (waiting_.empty()) {
    const wire::Transfer sent = channel_.send(*datagram);
    if (sent == wire::Transfer::done) return true;
    if (sent != wire::Transfer::would_block) return false;
  }
  if (bytes_ + datagram->size() > bytes_max_) return false;
  bytes_ += datagram->size();
  waiting_.emplace_back(reinterpret_cast<const char*>(datagram->data()), datagram->size());
  return true;
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
