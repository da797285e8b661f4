// Objects that a library's threads may still look at when the client they belong to is gone: the
// newest of each connection, and the `Most` before it. Counted for each connection by itself: a
// client of one may live for weeks while the other connection goes through thousands.
// Supervisor thread only. Keep a new one only when the connection's client before is destroyed.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "gateway/uplink/messages.h"

namespace lamplight::uplink {

template <class T, size_t Most>
class Retired {
 public:
  // Valid while the connection has not kept `Most` more.
  T& keep(Conn conn, std::unique_ptr<T> newest) {
    auto& kept = of_[static_cast<size_t>(conn)];
    kept.push_back(std::move(newest));
    if (kept.size() > Most + 1) kept.pop_front();
    return *kept.back();
  }

 private:
  std::array<std::deque<std::unique_ptr<T>>, kConnCount> of_;
};

}  // namespace lamplight::uplink
