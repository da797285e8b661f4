// The sounders at home as the core sees them: is one there, does it say that it lives, what did its
// self-test say, did it sound what it had to? A pure automaton, given `now`. Several may be
// connected, and each must work; none need be there unless one is configured (`sounder = true`).
// What it finds is an input of the core, which journals it and raises sounder_failing. Its first
// finding is told either way: until then the core goes on with what the one before us had found. A
// sounder has 4 s: it is back within one when it dies. What one owed when it ended, the next one
// owes; and one that ends again and again is failing, however soon it is back.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "gateway/core/input.h"
#include "rules/model/time.h"

namespace lamplight {

class SounderWatch {
 public:
  static constexpr Duration kPatience = seconds(4);
  static constexpr Duration kSoundsWithin = seconds(2);  // far above the 0.2 s that are allowed
  // As for any other process (restart_policy.h): more ends than these in a minute are failing.
  static constexpr size_t kEndsAllowed = 5;
  static constexpr Duration kEndsWindow = seconds(60);

  SounderWatch(bool is_required, MonoTime now) : is_required_(is_required), last_seen_(now) {}

  // `key`: the connection.
  void heartbeat(uint64_t key, MonoTime now);
  core::SounderReport tested(uint64_t key, std::string when, bool passed, std::string text,
                             MonoTime now);
  void went(uint64_t key, MonoTime now);
  // Something must sound from now on, or nothing must any more.
  void must_sound(bool must, MonoTime now);
  void signalled(uint64_t key, MonoTime now);

  // Whoever heard the reports has forgotten them: what is known is reported again, either way.
  void report_again() { said_.reset(); }

  // What screens at home are told of them.
  struct View {
    size_t connected = 0;
    Duration heard_ago;   // of the one that was heard longest ago
    std::string trouble;  // empty: none is known
  };
  View view(MonoTime now) const;

  // The first finding, as soon as there is one; then each change since the last report.
  std::optional<core::SounderReport> on_time(MonoTime now);

 private:
  struct Sounder {
    MonoTime heard;
    std::string trouble;            // of its last self-test
    MonoTime owes_since = kNever;   // a burst, after silence or since it came
    MonoTime owed_before = kNever;  // since when one before it had owed what it took over
  };
  std::string trouble(MonoTime now) const;
  bool is_proven(MonoTime now) const;

  bool is_required_;
  MonoTime last_seen_;  // when one was there, or we began to wait for one
  std::map<uint64_t, Sounder> sounders_;
  MonoTime unpaid_since_ = kNever;  // one that ended owed a burst, and nobody has come since
  bool was_hung_ = false;           // one ended that did not answer, and nobody has come since
  std::deque<MonoTime> ends_;       // the last kEndsAllowed + 1
  bool must_sound_ = false;
  std::optional<bool> said_;  // whether it fails, as reported
};

}  // namespace lamplight
