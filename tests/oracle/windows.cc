#include "tests/oracle/windows.h"

#include <algorithm>
#include <map>

#include "tests/oracle/truth.h"

namespace lamplight::oracle {
namespace {

using rules::ast::Aggregate;
using rules::ast::Condition;
using rules::ast::ConditionKind;
using rules::ast::Factor;

constexpr int64_t kMs = 1'000'000;

int64_t pane_of(Duration window) { return (window.ns + 64 * kMs - 1) / (64 * kMs) * kMs; }

void collect(const World& world, const rules::ast::Sum& sum, std::vector<const Factor*>& out) {
  for (const auto& term : sum.terms) {
    const Factor& f = term.factor;
    if (f.kind == Factor::Kind::aggregate || f.kind == Factor::Kind::age) out.push_back(&f);
    const auto* let = f.kind == Factor::Kind::name ? world.let(f.name.text) : nullptr;
    if (let != nullptr) collect(world, let->body.sums.at(0), out);
  }
}

// A stretch of a known value: of a signal its steps, of a condition 1 or 0.
struct Held {
  int64_t from;
  int64_t to;
  int64_t value;
};

class Numbers {
 public:
  Numbers(const World& world, const Condition& c, bool now_part) : world_(world) {
    for (const auto& sum : c.sums) collect(world, sum, factors_);
    for (const Factor* f : factors_) {
      std::vector<Held>& held = held_[f];
      if (f->kind == Factor::Kind::age) continue;
      if (f->aggregate != Aggregate::share) {
        for (const Known& k : world.known(f->name.text)) held.push_back({k.from, k.to, k.steps});
        continue;
      }
      const Timeline inner = truth_of(world, f->condition.at(0), now_part);
      for (const Piece& p : inner.pieces()) {
        if (p.truth != Kleene::u) held.push_back({p.from, p.to, p.truth == Kleene::t ? 1 : 0});
      }
    }
  }

  // Inputs, boundaries of panes, the end.
  Instants instants() const {
    Instants out = world_.instants();
    out.insert(world_.end());
    for (const Factor* f : factors_) {
      for (const Held& h : held_.at(f)) {
        out.insert(h.from);
        if (h.to < world_.end()) out.insert(h.to);
      }
      if (f->kind == Factor::Kind::age) continue;
      for (int64_t t = world_.start(); t <= world_.end(); t += pane_of(f->over)) out.insert(t);
    }
    return out;
  }

  std::optional<Fraction> at(const Factor& f, int64_t t) const {
    if (f.kind == Factor::Kind::age) return age(f, t);
    const int64_t pane = pane_of(f.over);
    const int64_t running = (t - world_.start()) / pane * pane + world_.start();
    return window(f, held_.at(&f), running - 63 * pane, t);
  }

 private:
  std::optional<Fraction> age(const Factor& f, int64_t t) const {
    std::optional<Fraction> out;
    for (const Known& k : world_.known(f.name.text)) {
      if (k.from <= t) out = over({t - k.measured, 1}, {1'000'000'000, 1});
    }
    return out;
  }

  int64_t us(int64_t t) const { return (t - world_.start()) / 1000; }

  std::optional<Fraction> window(const Factor& f, const std::vector<Held>& held, int64_t from,
                                 int64_t t) const {
    int64_t known = 0;
    __int128 sum = 0;
    std::optional<int64_t> low, high, first, now;
    for (const Held& h : held) {
      if (h.from > t || h.to <= from || h.from >= h.to) continue;
      const int64_t span = us(std::min(h.to, t)) - us(std::max(h.from, from));
      known += span;
      sum += __int128{span} * h.value;
      low = low ? std::min(*low, h.value) : h.value;
      high = high ? std::max(*high, h.value) : h.value;
      if (h.from <= from) first = h.value;
      if (h.to > t) now = h.value;
    }
    const Fraction needs = f.needs ? of(*f.needs) : Fraction{70, 1};
    const Fraction least = times(needs, {f.over.ns, 100});
    if (less({known * 1000, 1}, least)) return std::nullopt;
    const auto in_unit = [&](std::optional<int64_t> steps) -> std::optional<Fraction> {
      if (!steps) return std::nullopt;
      return times({*steps, 1}, world_.unit_of_steps(f.name.text));
    };
    switch (f.aggregate) {
      case Aggregate::mean:
        if (known == 0) return std::nullopt;
        return times(over({sum, 1}, {known, 1}), world_.unit_of_steps(f.name.text));
      case Aggregate::share:
        if (known == 0) return std::nullopt;
        return over({sum * 100, 1}, {known, 1});
      case Aggregate::min:
        return in_unit(low);
      case Aggregate::max:
        return in_unit(high);
      case Aggregate::drop:
        return now ? in_unit(*high - *now) : std::nullopt;
      case Aggregate::rise:
        return now ? in_unit(*now - *low) : std::nullopt;
      case Aggregate::change:
        return now && first ? in_unit(*now - *first) : std::nullopt;
    }
    return std::nullopt;
  }

  const World& world_;
  std::vector<const Factor*> factors_;
  std::map<const Factor*, std::vector<Held>> held_;
};

}  // namespace

bool looks_back(const World& world, const Condition& c) {
  std::vector<const Factor*> factors;
  for (const auto& sum : c.sums) collect(world, sum, factors);
  return !factors.empty();
}

Timeline looking_back(const World& world, const Condition& c, bool now_part) {
  const Numbers numbers(world, c, now_part);
  const FactorAt factor_at = [&](const Factor& f, int64_t t) { return numbers.at(f, t); };
  const auto truth = [&](int64_t t) { return atom_at(world, c, t, &factor_at); };
  Timeline line;
  const Instants asked = numbers.instants();
  for (auto i = asked.begin(); i != asked.end(); ++i) {
    if (*i < world.start()) continue;
    line.append(*i, truth(*i));
    if (std::next(i) == asked.end()) break;
    const int64_t last = *std::next(i) - 1;
    for (int64_t t = *i; t < last && truth(t) != truth(last);) {
      const Kleene here = truth(t);
      int64_t same = t;
      int64_t other = last;
      while (other - same > 1) {
        const int64_t middle = same + (other - same) / 2;
        (truth(middle) == here ? same : other) = middle;
      }
      line.append(other, truth(other));
      t = other;
    }
  }
  return line;
}

Timeline lost_share(const World& world, const rules::ast::Lost& lost) {
  Factor share;
  share.kind = Factor::Kind::aggregate;
  share.aggregate = Aggregate::share;
  share.over = lost.share->of;
  Condition is_lost;
  is_lost.kind = ConditionKind::is_lost;
  Factor name;
  name.kind = Factor::Kind::name;
  name.name = lost.signal;
  is_lost.subject.terms.push_back({false, name, {}});
  share.condition.push_back(is_lost);
  Factor percent;
  percent.quantity.number = lost.share->percent;
  Condition c;
  c.kind = ConditionKind::compare;
  c.relation = rules::ast::Relation::greater_equal;
  c.sums.resize(2);
  c.sums[0].terms.push_back({false, share, {}});
  c.sums[1].terms.push_back({false, percent, {}});
  return looking_back(world, c, false);
}

}  // namespace lamplight::oracle
