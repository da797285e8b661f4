// A value over time, right-continuous: what it is from each instant on. Before the first entry a
// condition is unknown. Kept as a plain sorted list; every question scans it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace lamplight::oracle {

using Instants = std::set<int64_t>;

enum class Kleene : uint8_t { f, u, t };

struct Piece {
  int64_t from;
  int64_t to;  // exclusive
  Kleene truth;
};

class Timeline {
 public:
  void append(int64_t t, Kleene truth) {
    if (starts_.empty() || truths_.back() != truth) {
      starts_.push_back(t);
      truths_.push_back(truth);
    }
  }
  // What it is from t on, t being no earlier than the last change.
  void set(int64_t t, Kleene truth) {
    if (!starts_.empty() && starts_.back() == t) {
      truths_.back() = truth;
    } else {
      append(t, truth);
    }
  }
  Kleene at(int64_t t) const {
    Kleene truth = Kleene::u;
    for (size_t i = 0; i < starts_.size(); ++i) {
      if (starts_[i] <= t) truth = truths_[i];
    }
    return truth;
  }
  // All of it as pieces, the unknown time before the start included.
  std::vector<Piece> pieces() const {
    std::vector<Piece> all;
    int64_t from = INT64_MIN;
    Kleene truth = Kleene::u;
    for (size_t i = 0; i < starts_.size(); ++i) {
      all.push_back({from, starts_[i], truth});
      from = starts_[i];
      truth = truths_[i];
    }
    all.push_back({from, INT64_MAX, truth});
    return all;
  }
  const std::vector<int64_t>& changes() const { return starts_; }

 private:
  std::vector<int64_t> starts_;
  std::vector<Kleene> truths_;
};

}  // namespace lamplight::oracle
