// The truth of a program's operations over a whole recording, as timelines: atoms of one signal by
// scanning its column, logic and time on their turns, and what has no columnar form by the online
// engine (by_engine.h). An atom that several programs share is scanned once: a sweep of 140 limits
// and delays scans each limit once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rules/replay/recording.h"
#include "rules/replay/timeline.h"

namespace lamplight::replay {

// Timelines of atoms by what decides them, over one recording. Give a fresh one to each recording.
class AtomCache {
 public:
  using Key = std::vector<int64_t>;
  template <class Make>
  const Timeline& get(const Key& key, Make make) {
    const auto found = atoms_.find(key);
    if (found != atoms_.end()) return *found->second;
    return *atoms_.emplace(key, std::make_unique<Timeline>(make())).first->second;
  }

 private:
  std::map<Key, std::unique_ptr<Timeline>> atoms_;
};

class Conditions {
 public:
  // All must outlive it.
  Conditions(const engine::Program& program, const Recording& recording, AtomCache& cache);

  // Evaluates an operation and what it reads; late ones (alarms as conditions) must have been
  // given.
  const Timeline& of(engine::OpIndex op);
  // The timeline of an operation that this class cannot know: an alarm as a condition.
  void give(engine::OpIndex op, Timeline line);
  // Conditions that ran by the online engine, as evidence prints them.
  const std::vector<std::string>& by_engine() const { return by_engine_; }

 private:
  const Timeline& keep(engine::OpIndex op, Timeline line);
  const Timeline& atom(engine::OpIndex op);
  const Timeline& area(engine::OpIndex op);
  const Timeline& engine_atom(engine::OpIndex op);
  Timeline compound(engine::OpIndex op);
  Timeline timed(engine::OpIndex op);

  const engine::Program& program_;
  const Recording& recording_;
  AtomCache& cache_;
  std::vector<const Timeline*> known_;
  std::vector<std::unique_ptr<Timeline>> own_;
  std::vector<std::string> by_engine_;
};

// What an atom is called where it stands in evidence: "spo2 < 90 percent".
std::string words_of(const engine::Program& program, engine::OpIndex op);

}  // namespace lamplight::replay
