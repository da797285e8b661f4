// The judge's own reading of the few rules the simulated home runs: values kept as a list, truth
// looked up at an instant by going through the list, nothing remembered, nothing shared with the
// engine. Written from the rules language, sections 4.2, 4.3 and 4.6, for these forms alone.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "rules/model/sample.h"

namespace lamplight::world {

enum class Truth3 : uint8_t { f, t, u };

// One signal as it came in. Times are the world's, in ns.
class Track {
 public:
  explicit Track(int64_t stale) : stale_(stale) {}
  void take(int64_t effect, int64_t measured, bool valid, int32_t value);
  void forget();  // nothing is known from here on
  bool valid_at(int64_t t) const;
  int32_t value_at(int64_t t) const;  // only where valid
  // Instants in (from, to] at which value or validity may change.
  void changes(int64_t from, int64_t to, std::vector<int64_t>& out) const;

 private:
  struct Point {
    int64_t effect, measured;
    bool valid;
    int32_t value;
  };
  const Point* at(int64_t t) const;
  int64_t stale_;
  std::vector<Point> points_;
};

class Naive {
 public:
  using Condition = std::function<Truth3(int64_t t)>;
  struct Rule {
    Condition when, now_part, clear;
  };
  // Program start and what may change: tracks by path, the limit as a step function.
  Naive();
  void start(int64_t t);  // everything before is unknown
  Track& track(const std::string& path) { return tracks_.at(path); }
  bool reads(const std::string& path) const { return tracks_.contains(path); }
  void limit(int64_t t, int32_t tenths);
  const std::map<std::string, Rule>& rules() const { return rules_; }

 private:
  Condition compare(const std::string& path, bool below, std::function<int32_t(int64_t)> bound);
  Condition hold(Condition inner, int64_t duration);
  static Condition both(Condition a, Condition b);
  static Condition negate(Condition a);
  int32_t limit_at(int64_t t) const;
  void add_alarms();
  void add_lost(const std::string& path, int64_t after);

  int64_t start_ = 0;
  std::map<std::string, Track> tracks_;
  std::vector<std::pair<int64_t, int32_t>> limits_;
  std::map<std::string, Rule> rules_;
};

// The same rules as a text for the real compiler, and how long their button lasts.
extern const char* const kRules;
inline constexpr Duration kCareLasts = seconds(60);

}  // namespace lamplight::world
