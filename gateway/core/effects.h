// What the core wants done after a step. The app owns one Effects, hands it in empty and carries
// it out in the order of the fields: sound first, then people at the box, then the disk, then the
// network. Nothing in it waits for anything else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/core/input.h"
#include "gateway/store/messages.h"

namespace lamplight::core {

// To followers of core.sock; `json` is one complete message with its "type":
//   annunciate  {"type":"annunciate","audible":[…]}  what must sound now; whole set, on change
//   event       {"type":"event","event":{body}}      a journal event, at once, maybe not durable
//   durable     {"type":"durable","lane":…,"seq":n}  everything of the lane up to n is on disk
//   batch       {"type":"vitals","event":{body}} or {"type":"wave",…}
//   link        {"type":"link",…}                    devices, uplink, store: something changed
enum class FollowKind : uint8_t { annunciate, event, durable, batch, link };
struct Follow {
  FollowKind kind = FollowKind::event;
  std::string json;
};

// The answer to a bedside act: {"type":"answer","outcome":…,"why":…,"durable":…,…}.
struct Answered {
  uint64_t client = 0;
  std::string json;
};

enum class LogLevel : uint8_t { debug, info, warn, error };
struct LogLine {
  LogLevel level = LogLevel::info;
  std::string text;  // bears no name of the child
};

struct Effects {
  std::vector<Follow> followers;
  std::vector<Answered> answers;
  std::vector<store::Job> jobs;
  std::vector<std::string> uplink;  // JSON messages for fd 3 of the uplink, in order
  // Facts that the core found itself (store answers, uplink messages, the 500 ms budget). Each must
  // be journaled with a fresh, later `now` and stepped before the loop waits again.
  std::vector<Input> journal;
  std::vector<LogLine> log;

  void clear() {
    followers.clear();
    answers.clear();
    jobs.clear();
    uplink.clear();
    journal.clear();
    log.clear();
  }
};

}  // namespace lamplight::core
