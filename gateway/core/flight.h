// The messages of one connection that wait for the broker's acknowledgement, and the wire form of
// a message to the uplink process. A new generation of the connection begins with none in flight.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/input.h"
#include "rules/model/lane.h"

namespace lamplight::core {

inline constexpr size_t kWindow = 100;

// A message is known by (lane, seq), or, if it has none, by a token.
struct Key {
  bool has_seq = false;
  Lane lane = Lane::alarm;
  uint64_t number = 0;  // seq or token
  bool operator==(const Key&) const = default;
};

struct Message {
  std::string topic;  // below lamplight/v1/{home}/
  int qos = 1;
  bool retain = false;
  int expiry_s = 0;  // 0: none
  std::string_view payload;
};

class Flight {
 public:
  void begin(uint32_t generation) {
    connected_ = true;
    generation_ = generation;
    keys_.clear();
  }
  void end() {
    connected_ = false;
    keys_.clear();
  }
  bool connected() const { return connected_; }
  uint32_t generation() const { return generation_; }
  bool has_room() const { return connected_ && keys_.size() < kWindow; }
  size_t size() const { return keys_.size(); }
  bool has(const Key& key) const {
    return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
  }
  void add(const Key& key) { keys_.push_back(key); }
  bool remove(const Key& key) { return std::erase(keys_, key) > 0; }

 private:
  bool connected_ = false;
  uint32_t generation_ = 0;
  std::vector<Key> keys_;
};

// {"type":"publish","conn":"live","generation":3,"lane":"alarm","seq":17,"topic":…,"payload":"…"},
// each of them within one datagram: a long payload comes in parts, see messages.md. A payload that
// is no UTF-8 (a damaged row) goes out with a sign in the place of each unreadable byte: whatever
// one row holds, it is the only one to suffer.
std::vector<std::string> publish_json(std::string_view home, Conn conn, uint32_t generation,
                                      const Key& key, const Message& message);

constexpr std::string_view name_of(Conn conn) { return conn == Conn::live ? "live" : "backlog"; }

}  // namespace lamplight::core
