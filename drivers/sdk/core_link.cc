#include "drivers/sdk/core_link.h"

#include <poll.h>

#include <nlohmann/json.hpp>

#include "rules/model/catalogue.h"
#include "rules/model/json_writer.h"

namespace lamplight::sdk {
namespace {

using nlohmann::json;

constexpr std::string_view kHeartbeat = R"({"type":"heartbeat"})";

std::string hello(std::string_view name) {
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("type").string("hello").key("role").string("driver");
  out.key("name").string(name).key("wire").begin_array();
  out.integer(wire::kVersionMajor).integer(wire::kVersionMinor).end_array().end_object();
  return text;
}

Result<Numbers> read_welcome(const json& message) {
  Numbers numbers;
  for (const auto& [id, number] : message.at("devices").items()) {
    numbers.devices[id] = number.get<DeviceNumber>();
  }
  numbers.signals.assign(catalogue().size(), -1);
  for (const auto& [path, number] : message.at("signals").items()) {
    const auto id = find_signal(path);
    if (id) numbers.signals[*id] = number.get<SignalId>();
  }
  return numbers;
}

}  // namespace

Result<std::string> CoreLink::wait_for_json() {
  while (true) {
    const wire::Received got = channel_.receive(buffer_);
    switch (got.transfer) {
      case wire::Transfer::done: {
        const auto message = wire::decode(got.datagram);
        if (!message) return failure("the core sent " + std::string(name_of(message.error())));
        if (message->type == wire::MessageType::json) return std::string(message->json);
        break;
      }
      case wire::Transfer::would_block: {
        pollfd wait{channel_.fd(), POLLIN, 0};
        ::poll(&wait, 1, -1);
        break;
      }
      case wire::Transfer::closed:
        return failure("");
      case wire::Transfer::broken:
        return failure("fd 3 is no connection to lamplightd");
    }
  }
}

Result<Configure> CoreLink::receive_configure() {
  const auto text = wait_for_json();
  if (!text) return failure(text.error());
  return parse_configure(*text);
}

Result<Numbers> CoreLink::greet(std::string_view name) {
  say(hello(name));
  // The library throws on a wrong type; this is the edge where that ends.
  try {
    while (true) {
      const auto text = wait_for_json();
      if (!text) return failure(text.error());
      const json message = json::parse(*text);
      const std::string type = message.value("type", "");
      if (type == "welcome") return read_welcome(message);
      if (type == "refused") return failure("refused: " + message.value("reason", ""));
    }
  } catch (const json::exception& error) {
    return failure(std::string("the core's answer: ") + error.what());
  }
}

bool CoreLink::listen() {
  while (true) {
    const wire::Received got = channel_.receive(buffer_);
    switch (got.transfer) {
      case wire::Transfer::done: {
        const auto message = wire::decode(got.datagram);
        if (!message) return false;
        // All the core says to a running driver is its heartbeat, and `refused` before closing.
        if (message->json.find(R"("refused")") != std::string_view::npos) return false;
        break;
      }
      case wire::Transfer::would_block:
        return true;
      case wire::Transfer::closed:
      case wire::Transfer::broken:
        return false;
    }
  }
}

bool CoreLink::send_now(std::string_view text) {
  const auto datagram = wire::encode_json(text, buffer_);
  // Not sendable at all (too long, not UTF-8): waiting would not help.
  if (!datagram) return true;
  return channel_.send(*datagram) != wire::Transfer::would_block;
}

void CoreLink::say(std::string text) {
  if (flush() && send_now(text)) return;
  if (waiting_.size() < kWaitingMax) waiting_.push_back(std::move(text));
}

bool CoreLink::flush() {
  while (!waiting_.empty()) {
    if (!send_now(waiting_.front())) return false;
    waiting_.pop_front();
  }
  return true;
}

bool CoreLink::send_samples(wire::Bytes datagram) {
  return flush() && channel_.send(datagram) == wire::Transfer::done;
}

void CoreLink::heartbeat() {
  if (flush()) send_now(kHeartbeat);
}

}  // namespace lamplight::sdk
