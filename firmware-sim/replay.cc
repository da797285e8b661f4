#include "firmware-sim/replay.h"

#include <sys/epoll.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "firmware-sim/clock.h"
#include "firmware-sim/wiring.h"

namespace lamplight::sim {
namespace {

using nlohmann::json;

constexpr Duration kLastRead = milliseconds(300);
constexpr Duration kLooksEvery = milliseconds(50);  // for somebody who listens

// Who is at the port is no matter here.
class Nobody final : public PortUser {
 public:
  void received(Peer, std::span<const uint8_t>) override {}
  void peer_came(Peer) override {}
  void peer_left(Peer) override {}
};

class Stop final : public Watcher {
 public:
  void ready(uint32_t) override { is_wanted = true; }
  bool is_wanted = false;
};

std::optional<Bytes> bytes_of(const std::string& hex) {
  Bytes bytes;
  if (hex.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < hex.size(); i += 2) {
    int value = 0;
    for (const char c : {hex[i], hex[i + 1]}) {
      const size_t digit = std::string_view("0123456789ABCDEF").find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      value = value * 16 + static_cast<int>(digit);
    }
    bytes.push_back(static_cast<uint8_t>(value));
  }
  return bytes;
}

// One line; false: it is none of a recording. Lines that say nothing of the cable or the device's
// bytes add nothing.
bool add_line(std::string_view line, std::optional<int64_t>& first,
              std::vector<ReplayEvent>& events) {
  const json record = json::parse(line, nullptr, false);
  if (!record.is_object()) return false;
  if (record.contains("blackbox")) return true;
  const auto time = record.find("t");
  if (time == record.end() || !time->is_number_integer()) return false;
  ReplayEvent event;
  const bool is_lost = record.contains("lost") && record["lost"] != "silent";
  if (record.contains("read") && record["read"].is_string()) {
    auto bytes = bytes_of(record["read"].get<std::string>());
    if (!bytes) return false;
    event.bytes = std::move(*bytes);
  } else if (is_lost) {
    event.what = ReplayEvent::What::unplugged;
  } else if (record.contains("opened")) {
    event.what = ReplayEvent::What::plugged;
  } else {
    return true;
  }
  const int64_t at = time->get<int64_t>();
  if (!first) first = at;
  event.at = {at - *first};
  events.push_back(std::move(event));
  return true;
}

}  // namespace

Result<std::vector<ReplayEvent>> parse_recording(std::string_view text) {
  std::vector<ReplayEvent> events;
  std::optional<int64_t> first;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && !add_line(line, first, events)) {
      return failure("line " + std::to_string(number) + " is no line of a saved black box");
    }
  }
  return events;
}

Status play_recording(const std::vector<ReplayEvent>& events, const std::string& address,
                      const std::string& link, int stop_fd) {
  Loop loop;
  Nobody nobody;
  Stop stop;
  auto port = make_port(loop, nobody, {"replay", address, link});
  if (!port) return failure(port.error());
  if (Status plugged = (*port)->plug(); !plugged) return plugged;
  std::printf("port replay at %s\n", (*port)->address().c_str());
  std::fflush(stdout);
  const uint64_t id = loop.add(stop_fd, EPOLLIN, stop);
  std::optional<MonoTime> origin;
  for (size_t next = 0; next < events.size() && !stop.is_wanted;) {
    const ReplayEvent& event = events[next];
    const MonoTime due = origin ? *origin + event.at : now();
    if (now() < due) {
      loop.wait(due);
      continue;
    }
    switch (event.what) {
      case ReplayEvent::What::unplugged:
        if (origin) (*port)->unplug();
        break;
      case ReplayEvent::What::plugged:
        if (Status plugged = (*port)->plug(); !plugged) return plugged;
        break;
      case ReplayEvent::What::bytes:
        if ((*port)->write(0, event.bytes) == Sent::nobody_listens && !origin) {
          loop.wait(now() + kLooksEvery);
          continue;
        }
        if (!origin) origin = now() - event.at;
        break;
    }
    ++next;
  }
  // The end of a pseudo-terminal takes with it what has not been read.
  if (!stop.is_wanted) loop.wait(now() + kLastRead);
  loop.remove(id, stop_fd);
  return {};
}

}  // namespace lamplight::sim
