#include "tests/oracle/values.h"

#include <cstdlib>
#include <map>
#include <numeric>

namespace lamplight::oracle {
namespace {

using rules::ast::Factor;

constexpr int64_t kNs = 1'000'000'000;

__int128 gcd(__int128 a, __int128 b) {
  if (a < 0) a = -a;
  while (b != 0) {
    const __int128 r = a % b;
    a = b;
    b = r;
  }
  return a;
}

Fraction reduced(__int128 num, __int128 den) {
  if (den < 0) {
    num = -num;
    den = -den;
  }
  const __int128 g = gcd(num, den);
  return g > 1 ? Fraction{num / g, den / g} : Fraction{num, den};
}

int64_t whole_ns(Fraction seconds) {
  const Fraction ns = times(seconds, {kNs, 1});
  if (ns.den != 1) std::abort();
  return static_cast<int64_t>(ns.num);
}

}  // namespace

Fraction plus(Fraction a, Fraction b) {
  return reduced(a.num * b.den + b.num * a.den, a.den * b.den);
}
Fraction times(Fraction a, Fraction b) { return reduced(a.num * b.num, a.den * b.den); }
Fraction over(Fraction a, Fraction b) { return reduced(a.num * b.den, a.den * b.num); }
bool less(Fraction a, Fraction b) { return a.num * b.den < b.num * a.den; }

Fraction of(const rules::Decimal& d) {
  Fraction f{d.digits, 1};
  for (int i = 0; i < d.places; ++i) f.den *= 10;
  return f;
}

// Section 3 of the language, the rows that the tests use.
Fraction unit_scale(const std::string& name) {
  static const std::map<std::string, Fraction> table = {
      {"", {1, 1}},      {"none", {1, 1}}, {"percent", {1, 1}}, {"s", {1, 1}},
      {"ms", {1, 1000}}, {"min", {60, 1}}, {"h", {3600, 1}},    {"bpm", {1, 60}},
      {"hPa", {1, 1}},   {"mbar", {1, 1}}, {"kPa", {10, 1}},    {"cmH2O", {980665, 1000000}},
      {"mL", {1, 1}},    {"L", {1000, 1}}};
  // What an area adds up to: the unit times seconds.
  if (name.ends_with("*s")) return unit_scale(name.substr(0, name.size() - 2));
  return table.at(name);
}

World::World(const rules::ast::File& file, const std::vector<Moment>& moments, int64_t start,
             int64_t end)
    : file_(file), moments_(moments), start_(start), end_(end) {
  instants_.insert(start);
  for (const Moment& m : moments) instants_.insert(m.t);
  for (const auto& s : file.signals) learn(s);
}

// 4.2: a reading is valid from its effect to the next one's, or until it is stale.
void World::learn(const rules::ast::Signal& signal) {
  std::vector<Known> known;
  std::optional<int64_t> newest;
  Fraction low{-(int64_t{1} << 30), 1};
  Fraction high{int64_t{1} << 30, 1};
  const bool is_number = signal.type.kind == rules::ast::Type::Kind::quantity;
  const Fraction step = signal.step ? of(*signal.step) : Fraction{1, 1};
  if (is_number && signal.range) {
    low = over(of(signal.range->low), step);
    high = over(of(signal.range->high), step);
  }
  if (!is_number) {
    low = {0, 1};
    high = {signal.type.kind == rules::ast::Type::Kind::boolean
                ? 1
                : static_cast<int64_t>(signal.type.words.size()) - 1,
            1};
  }
  for (const Moment& m : moments_) {
    for (const Reading& r : m.readings) {
      if (r.signal != signal.name.text) continue;
      const int64_t measured = r.measured_at > m.t ? m.t : r.measured_at;
      const int64_t stale = measured + signal.stale_after.ns;
      if ((newest && measured < *newest) || stale <= m.t) continue;  // late: never evaluated
      newest = measured;
      if (!known.empty() && known.back().to > m.t) known.back().to = m.t;
      const Fraction value{r.steps, 1};
      if (r.missing || less(value, low) || less(high, value)) continue;
      known.push_back({m.t, stale, r.steps, measured});
      instants_.insert(stale);
    }
  }
  known_.push_back(known);
}

template <class T>
const T* find(const std::vector<T>& all, const std::string& name) {
  for (const T& one : all) {
    if (one.name.text == name) return &one;
  }
  return nullptr;
}

const rules::ast::Signal* World::signal(const std::string& name) const {
  return find(file_.signals, name);
}
const rules::ast::Limit* World::limit(const std::string& name) const {
  return find(file_.limits, name);
}
const rules::ast::Let* World::let(const std::string& name) const { return find(file_.lets, name); }

std::optional<int64_t> World::steps_at(const std::string& name, int64_t t) const {
  for (size_t i = 0; i < file_.signals.size(); ++i) {
    if (file_.signals[i].name.text != name) continue;
    for (const Known& k : known_[i]) {
      if (k.from <= t && t < k.to) return k.steps;
    }
  }
  return std::nullopt;
}

const std::vector<Known>& World::known(const std::string& name) const {
  for (size_t i = 0; i < file_.signals.size(); ++i) {
    if (file_.signals[i].name.text == name) return known_[i];
  }
  std::abort();
}

Fraction World::unit_of_steps(const std::string& name) const {
  const auto* s = signal(name);
  const Fraction step = s->step ? of(*s->step) : Fraction{1, 1};
  return times(step, unit_scale(s->type.unit.name));
}

std::optional<Fraction> World::value_at(const std::string& name, int64_t t) const {
  const auto steps = steps_at(name, t);
  if (!steps) return std::nullopt;
  return times({*steps, 1}, unit_of_steps(name));
}

std::set<std::string> World::profiles_at(int64_t t) const {
  std::set<std::string> active;
  for (const Moment& m : moments_) {
    if (m.t <= t && m.profiles) active = *m.profiles;
  }
  return active;
}

Fraction World::limit_at(const rules::ast::Limit& limit, int64_t t) const {
  rules::ast::Quantity q = limit.value;
  const auto active = profiles_at(t);
  for (const auto& at : limit.at) {
    if (active.contains(at.profile.text)) q = at.value;
  }
  return times(of(q.number), unit_scale(q.unit ? q.unit->name : ""));
}

int64_t World::span_at(const rules::ast::Span& span, int64_t t) const {
  if (span.literal) return span.literal->ns;
  return whole_ns(limit_at(*limit(span.limit.text), t));
}

std::set<int64_t> World::span_lengths(const rules::ast::Span& span) const {
  std::set<int64_t> lengths{span_at(span, start_)};
  for (const Moment& m : moments_) lengths.insert(span_at(span, m.t));
  return lengths;
}

std::optional<Fraction> World::sum_at(const rules::ast::Sum& sum, int64_t t,
                                      const FactorAt* factor_at) const {
  Fraction total;
  for (const auto& term : sum.terms) {
    std::optional<Fraction> value;
    if (term.factor.kind == Factor::Kind::quantity) {
      const auto& q = term.factor.quantity;
      value = times(of(q.number), unit_scale(q.unit ? q.unit->name : ""));
    } else if (term.factor.kind == Factor::Kind::name) {
      const std::string& name = term.factor.name.text;
      if (signal(name) != nullptr) value = value_at(name, t);
      if (limit(name) != nullptr) value = limit_at(*limit(name), t);
      if (let(name) != nullptr) {
        value = sum_at(let(name)->body.sums.at(0), t, factor_at);
      }
    } else {
      value = factor_at != nullptr ? (*factor_at)(term.factor, t) : (std::abort(), std::nullopt);
    }
    if (!value) return std::nullopt;
    for (const auto& scaling : term.scalings) {
      value = scaling.divide ? over(*value, of(scaling.by)) : times(*value, of(scaling.by));
    }
    if (term.negative) value = times(*value, {-1, 1});
    total = plus(total, *value);
  }
  return total;
}

}  // namespace lamplight::oracle
