// A flag that a thread can wait for together with sockets: an eventfd. raise() from any thread,
// clear() by the one that waits. Constructing one aborts when the process is out of descriptors:
// nothing works then, and the supervisor starts us again.
#pragma once

namespace lamplight::uplink {

class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  int fd() const { return fd_; }
  void raise();
  void clear();

 private:
  int fd_;
};

}  // namespace lamplight::uplink
