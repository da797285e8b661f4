// The value of a signal that a `.test` case says nothing about: one at which no alarm rings. Found
// by trying one value of each cell of its range, signal after signal, until nothing gets better.
#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "rules/engine/state.h"
#include "rules/language/cells.h"
#include "rules/language/feed.h"

namespace lamplight::rules {
namespace {

using engine::Operation;
using engine::OpKind;
using engine::Truth;

constexpr int kRoundsMax = 4;

class QuietSearch {
 public:
  QuietSearch(const engine::Program& program, const std::vector<bool>& traced)
      : program_(program), traced_(traced), truth_(program.operations.size()) {
    for (const engine::Signal& s : program.signals) values_.push_back(s.min);
    for (size_t i = 0; i < program.signals.size(); ++i) candidates_.push_back(candidates(i));
    for (size_t i = 0; i < program.signals.size(); ++i) values_[i] = candidates_[i].front();
  }

  std::vector<int32_t> run() {
    int64_t best = cost();
    for (int round = 0; round < kRoundsMax && best > 0; ++round) {
      const int64_t before = best;
      for (size_t i = 0; i < values_.size() && best > 0; ++i) best = improve(i, best);
      if (best == before) break;
    }
    return values_;
  }

 private:
  // One value of each cell, those of the widest cells first.
  std::vector<int32_t> candidates(size_t index) const {
    const engine::Signal& s = program_.signals[index];
    std::vector<int32_t> out;
    if (s.kind != SignalKind::numeric) {
      for (int32_t v = s.min; v <= s.max; ++v) out.push_back(v);
      return out;
    }
    std::set<int64_t> cuts = {s.min, int64_t{s.max} + 1};
    int64_t no_budget = 0;
    for (size_t p = 0; p <= program_.profiles.size(); ++p) {
      const engine::ProfileSet set = p == 0 ? 0 : 1U << (p - 1);
      const Cells cells(program_, set, no_budget);
      for (size_t op = 0; op < program_.operations.size(); ++op) {
        const auto r = cells.region(static_cast<engine::OpIndex>(op));
        if (!r || r->signal != index) continue;
        const int64_t cut = r->below ? r->bound + 1 : r->bound;
        if (cut > s.min && cut <= s.max) cuts.insert(cut);
      }
    }
    std::vector<std::pair<int64_t, int64_t>> spans;  // minus the width, middle
    for (auto low = cuts.begin(), high = std::next(low); high != cuts.end(); ++low, ++high) {
      spans.emplace_back(*low - *high, *low + (*high - *low - 1) / 2);
    }
    std::sort(spans.begin(), spans.end());
    for (const auto& [width, middle] : spans) out.push_back(static_cast<int32_t>(middle));
    return out;
  }

  int64_t improve(size_t index, int64_t best) {
    if (traced_[index]) return best;
    const int32_t kept = values_[index];
    int32_t found = kept;
    for (const int32_t candidate : candidates_[index]) {
      values_[index] = candidate;
      const int64_t now = cost();
      if (now >= best) continue;
      best = now;
      found = candidate;
    }
    values_[index] = found;
    return best;
  }

  // Alarms that ring weigh more than alarms that depend on what is traced.
  int64_t cost() {
    int64_t out = 0;
    for (size_t p = 0; p <= program_.profiles.size(); ++p) {
      evaluate(p == 0 ? 0 : 1U << (p - 1));
      for (const engine::Alarm& a : program_.alarms) {
        if (truth_[a.now_part] == Truth::yes) out += 1000;
        if (truth_[a.now_part] == Truth::unknown && a.source == engine::AlarmSource::rule) ++out;
      }
    }
    return out;
  }

  // A number while nothing changes.
  std::optional<int64_t> number(const Operation& o) const {
    if (o.kind == OpKind::share) {
      if (truth_[o.a] == Truth::unknown) return std::nullopt;
      return truth_[o.a] == Truth::yes ? engine::kShareScale : 0;
    }
    if (traced_[o.a]) return std::nullopt;
    const bool is_level =
        o.kind == OpKind::mean || o.kind == OpKind::minimum || o.kind == OpKind::maximum;
    return is_level ? values_[o.a] : 0;
  }

  Truth atom(const Operation& o, engine::ProfileSet set) const {
    if (o.kind == OpKind::constant) return static_cast<Truth>(o.value);
    const bool is_area = o.kind == OpKind::shortfall || o.kind == OpKind::excess;
    if (o.kind == OpKind::compare || o.kind == OpKind::compare_number || is_area) {
      const engine::Linear& linear = program_.linears[o.a];
      int64_t sum = linear.constant;
      for (const engine::Term& t : linear.limits) {
        sum += t.coefficient * engine::limit_value(program_.limits[t.index], set);
      }
      for (const engine::Term& t : linear.signals) {
        if (traced_[t.index]) return Truth::unknown;
        sum += t.coefficient * values_[t.index];
      }
      for (const engine::Term& t : linear.numbers) {
        const auto steady = number(program_.operations[t.index]);
        if (!steady) return Truth::unknown;
        sum += t.coefficient * *steady;
      }
      if (o.kind == OpKind::compare_number && o.value != 0) sum -= 1;
      // Where the depth of an area stays above 0 its budget is used up one day.
      return (is_area ? sum > 0 : sum < 0) ? Truth::yes : Truth::no;
    }
    if (o.kind != OpKind::is_value && o.kind != OpKind::is_lost && o.kind != OpKind::is_valid) {
      return Truth::unknown;
    }
    if (traced_[o.a]) return Truth::unknown;
    if (o.kind == OpKind::is_lost) return Truth::no;
    if (o.kind == OpKind::is_valid) return Truth::yes;
    return values_[o.a] == o.value ? Truth::yes : Truth::no;
  }

  void evaluate(engine::ProfileSet set) {
    for (size_t i = 0; i < program_.operations.size(); ++i) {
      const Operation& o = program_.operations[i];
      if (o.kind == OpKind::logical_not) {
        truth_[i] = static_cast<Truth>(2 - static_cast<int>(truth_[o.a]));
      } else if (o.kind == OpKind::logical_and) {
        truth_[i] = std::min(truth_[o.a], truth_[o.b]);
      } else if (o.kind == OpKind::logical_or) {
        truth_[i] = std::max(truth_[o.a], truth_[o.b]);
      } else if (o.kind == OpKind::hold_for || o.kind == OpKind::within_last) {
        truth_[i] = truth_[o.a];
      } else if (o.kind == OpKind::count_starts) {  // what stays true has started once
        truth_[i] = o.value == 1 ? truth_[o.a] : Truth::no;
      } else if (o.kind == OpKind::since) {
        truth_[i] = truth_[o.b];
      } else {
        truth_[i] = atom(o, set);
      }
    }
  }

  const engine::Program& program_;
  const std::vector<bool>& traced_;
  std::vector<Truth> truth_;
  std::vector<std::vector<int32_t>> candidates_;
  std::vector<int32_t> values_;
};

}  // namespace

std::vector<int32_t> quiet_values(const engine::Program& program, const std::vector<bool>& traced) {
  return QuietSearch(program, traced).run();
}

}  // namespace lamplight::rules
