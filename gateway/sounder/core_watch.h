// Is the core there? A pure automaton, given `now`.
//
//   start ──▶ waiting ──state──▶ watched ──1.5 s without a heartbeat──▶ gone ──state──▶ watched
//             (no state of this connection: heartbeats do not count)
//
// The start counts as the last heartbeat: a box on which no core ever came is not silent. A core
// that hangs is as gone as one that died. Only a core that has said what shall sound ends `gone`.
#pragma once

#include "rules/model/time.h"

namespace lamplight::sounder {

class CoreWatch {
 public:
  static constexpr Duration kPatience = milliseconds(1500);

  explicit CoreWatch(MonoTime start) : deadline_(start + kPatience) {}

  void disconnected() { has_state_ = false; }
  // False: what shall sound is not known, or not any more, and must be asked for.
  [[nodiscard]] bool heartbeat(MonoTime now) {
    if (has_state_) deadline_ = now + kPatience;
    return has_state_;
  }
  void state(MonoTime now) {
    has_state_ = true;
    deadline_ = now + kPatience;
  }
  // After the messages of the turn have been heard.
  bool is_gone(MonoTime now) {
    if (now >= deadline_) has_state_ = false;
    return now >= deadline_;
  }

 private:
  MonoTime deadline_;
  bool has_state_ = false;
};

}  // namespace lamplight::sounder
