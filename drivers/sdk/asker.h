// How a device that does not speak by itself is asked. Pure: it is told the time and what came,
// and answers what to write. Whatever may ever leave for the device stands in requests(), and a
// turn can only point into it: so nothing else is ever written, and a test can read all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "rules/model/time.h"

namespace lamplight::sdk {

struct AskTurn {
  std::optional<size_t> request;  // index into requests(): to be written now
  MonoTime next = kNever;         // when to ask for a turn again, at the latest
  bool is_lost = false;           // it does not answer: the link is lost
};

// What a read brought.
struct Heard {
  bool has_good = false;  // a whole good frame
  bool has_bad = false;   // a broken one
};

class Asker {
 public:
  Asker() = default;
  virtual ~Asker() = default;
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  // The complete table; the same for the life of the driver.
  virtual std::span<const std::string> requests() const = 0;
  // The port has just been opened: a new conversation.
  virtual void opened(MonoTime now) = 0;
  virtual void heard(MonoTime now, Heard what) = 0;
  // Taken after opened() and heard() and at `next`, and again at once after each request.
  virtual AskTurn turn(MonoTime now) = 0;
};

}  // namespace lamplight::sdk
