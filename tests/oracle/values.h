// The oracle's own numbers: exact fractions, its own table of units, limits and readings at an
// instant, found by scanning the history.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/oracle.h"
#include "tests/oracle/timeline.h"

namespace lamplight::oracle {

struct Fraction {
  __int128 num = 0;
  __int128 den = 1;  // > 0
};
Fraction plus(Fraction a, Fraction b);
Fraction times(Fraction a, Fraction b);
Fraction over(Fraction a, Fraction b);
bool less(Fraction a, Fraction b);
Fraction of(const rules::Decimal& d);
Fraction unit_scale(const std::string& name);

// What was known of one signal over time: a value from `from` to `to`, or nothing.
struct Known {
  int64_t from;
  int64_t to;
  int64_t steps;
  int64_t measured;
};

// The value of a window or an age at an instant, in base units.
using FactorAt = std::function<std::optional<Fraction>(const rules::ast::Factor&, int64_t)>;

class World {
 public:
  World(const rules::ast::File& file, const std::vector<Moment>& moments, int64_t start,
        int64_t end);

  const rules::ast::File& file() const { return file_; }
  int64_t start() const { return start_; }
  int64_t end() const { return end_; }
  const std::vector<Moment>& moments() const { return moments_; }
  const std::vector<Known>& known(const std::string& signal) const;
  Fraction unit_of_steps(const std::string& signal) const;  // one step in base units
  const rules::ast::Signal* signal(const std::string& name) const;
  const rules::ast::Limit* limit(const std::string& name) const;
  const rules::ast::Let* let(const std::string& name) const;

  std::optional<int64_t> steps_at(const std::string& signal, int64_t t) const;
  std::optional<Fraction> value_at(const std::string& signal, int64_t t) const;  // base units
  Fraction limit_at(const rules::ast::Limit& limit, int64_t t) const;            // base units
  int64_t span_at(const rules::ast::Span& span, int64_t t) const;
  // Every length the span ever has.
  std::set<int64_t> span_lengths(const rules::ast::Span& span) const;
  std::optional<Fraction> sum_at(const rules::ast::Sum& sum, int64_t t,
                                 const FactorAt* factor_at = nullptr) const;
  // Every instant at which a reading, its end or a limit may change.
  const Instants& instants() const { return instants_; }

 private:
  std::set<std::string> profiles_at(int64_t t) const;
  void learn(const rules::ast::Signal& signal);

  const rules::ast::File& file_;
  const std::vector<Moment>& moments_;
  int64_t start_;
  int64_t end_;
  std::vector<std::vector<Known>> known_;  // as file.signals
  Instants instants_;
};

}  // namespace lamplight::oracle
