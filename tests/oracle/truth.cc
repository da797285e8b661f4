#include "tests/oracle/truth.h"

#include <algorithm>
#include <cstdlib>

#include "tests/oracle/areas.h"
#include "tests/oracle/inhibits.h"
#include "tests/oracle/windows.h"

namespace lamplight::oracle {
namespace {

using rules::ast::Condition;
using rules::ast::ConditionKind;
using rules::ast::Relation;
using rules::ast::Span;

Kleene both(Kleene a, Kleene b) { return std::min(a, b); }
Kleene either(Kleene a, Kleene b) { return std::max(a, b); }
Kleene turned(Kleene a) {
  return a == Kleene::t ? Kleene::f : (a == Kleene::f ? Kleene::t : Kleene::u);
}
Kleene from(bool b) { return b ? Kleene::t : Kleene::f; }

// A timeline from a function of time, asked at every instant where anything may change.
template <class F>
Timeline over_time(const World& world, const Instants& extra, F at) {
  Instants all = world.instants();
  all.insert(extra.begin(), extra.end());
  Timeline line;
  for (const int64_t t : all) {
    if (t >= world.start()) line.append(t, at(t));
  }
  return line;
}

Instants changes_of(const Timeline& a) { return {a.changes().begin(), a.changes().end()}; }

Kleene related(std::optional<Fraction> a, Relation relation, std::optional<Fraction> b) {
  if (!a || !b) return Kleene::u;
  switch (relation) {
    case Relation::less:
      return from(less(*a, *b));
    case Relation::less_equal:
      return from(!less(*b, *a));
    case Relation::greater:
      return from(less(*b, *a));
    case Relation::greater_equal:
      return from(!less(*a, *b));
  }
  std::abort();
}

// `for` by its line of the table: T on all of [t-D, t]; F somewhere in it; otherwise U.
Kleene held_at(const std::vector<Piece>& pieces, int64_t t, int64_t length) {
  bool all = true;
  bool some_false = false;
  for (const Piece& p : pieces) {
    const bool touches = p.from <= t && p.to > t - length;
    if (!touches) continue;
    all = all && p.truth == Kleene::t;
    some_false = some_false || p.truth == Kleene::f;
  }
  return some_false ? Kleene::f : (all ? Kleene::t : Kleene::u);
}

// What is known at t of a history with gaps to ignore: a U-run of at most G with T on both sides
// counts as T; one that is still open counts as U.
std::vector<Piece> bridged(const std::vector<Piece>& pieces, int64_t t, const World& world,
                           const Span& gaps) {
  std::vector<Piece> past;
  for (const Piece& p : pieces) {
    if (p.from <= t) past.push_back(p);
  }
  for (size_t i = 1; i + 1 < past.size(); ++i) {
    Piece& p = past[i];
    if (p.truth != Kleene::u) continue;
    const bool between = past[i - 1].truth == Kleene::t && past[i + 1].truth == Kleene::t;
    if (between && p.to - p.from <= world.span_at(gaps, p.to)) p.truth = Kleene::t;
  }
  return past;
}

Timeline within(const World& world, const Timeline& inner, const Span& span) {
  Instants extra = changes_of(inner);
  for (const int64_t c : inner.changes()) {
    for (const int64_t d : world.span_lengths(span)) extra.insert(c + d);
  }
  const auto pieces = inner.pieces();
  return over_time(world, extra, [&](int64_t t) {
    const int64_t length = world.span_at(span, t);
    bool some_true = false;
    bool all_false = true;
    for (const Piece& p : pieces) {
      if (p.from > t || p.to <= t - length) continue;
      some_true = some_true || p.truth == Kleene::t;
      all_false = all_false && p.truth == Kleene::f;
    }
    return some_true ? Kleene::t : (all_false ? Kleene::f : Kleene::u);
  });
}

// `count`: k or more starts in (t-W, t]; a start is where φ becomes T while its last known value
// was F or nothing was known yet.
Timeline counted(const World& world, const Condition& c, const Timeline& inner) {
  const auto pieces = inner.pieces();
  std::vector<int64_t> starts;
  Kleene last = Kleene::u;
  for (const Piece& p : pieces) {
    if (p.truth == Kleene::t && last != Kleene::t) starts.push_back(p.from);
    if (p.truth != Kleene::u) last = p.truth;
  }
  Instants extra = changes_of(inner);
  for (const int64_t change : inner.changes()) extra.insert(change + c.window.ns);
  return over_time(world, extra, [&](int64_t t) {
    const int64_t from = t - c.window.ns;
    const auto count =
        std::count_if(starts.begin(), starts.end(), [&](int64_t s) { return s > from && s <= t; });
    if (count >= c.at_least) return Kleene::t;
    for (const Piece& p : pieces) {
      if (p.truth == Kleene::u && p.from <= t && p.to > from) return Kleene::u;
    }
    return Kleene::f;
  });
}

Timeline since(const World& world, const Timeline& phi, const Timeline& psi) {
  Instants extra = changes_of(phi);
  extra.merge(changes_of(psi));
  Kleene r = Kleene::u;
  return over_time(world, extra, [&](int64_t t) {
    r = either(psi.at(t), both(phi.at(t), r));
    return r;
  });
}

Timeline joined(const World& world, const Condition& c, bool now_part,
                const AlarmTruth* alarm_truth) {
  std::vector<Timeline> parts;
  Instants extra;
  for (const Condition& part : c.parts) {
    parts.push_back(truth_of(world, part, now_part, alarm_truth));
    extra.merge(changes_of(parts.back()));
  }
  return over_time(world, extra, [&](int64_t t) {
    Kleene result = parts[0].at(t);
    for (size_t i = 1; i < parts.size(); ++i) {
      const Kleene next = parts[i].at(t);
      result = c.kind == ConditionKind::all ? both(result, next) : either(result, next);
    }
    return result;
  });
}

}  // namespace

Kleene atom_at(const World& world, const Condition& c, int64_t t, const FactorAt* factor_at) {
  const auto sum_at = [&](size_t i) { return world.sum_at(c.sums[i], t, factor_at); };
  switch (c.kind) {
    case ConditionKind::compare:
      return related(sum_at(0), c.relation, sum_at(1));
    case ConditionKind::between:
      return both(related(sum_at(1), Relation::less_equal, sum_at(0)),
                  related(sum_at(0), Relation::less_equal, sum_at(2)));
    case ConditionKind::value: {
      const auto steps = world.steps_at(c.sums[0].terms[0].factor.name.text, t);
      return steps ? from(*steps == 1) : Kleene::u;
    }
    case ConditionKind::is_word: {
      const auto* s = world.signal(c.subject.terms[0].factor.name.text);
      const auto steps = world.steps_at(s->name.text, t);
      if (!steps) return Kleene::u;
      const bool same = s->type.words.at(static_cast<size_t>(*steps)).text == c.word.text;
      return from(same != c.negated);
    }
    case ConditionKind::is_lost:
    case ConditionKind::is_valid: {
      const bool known = world.steps_at(c.subject.terms[0].factor.name.text, t).has_value();
      return from((known == (c.kind == ConditionKind::is_valid)) != c.negated);
    }
    case ConditionKind::any:
    case ConditionKind::all:
    case ConditionKind::negation:
    case ConditionKind::held:
    case ConditionKind::within:
    case ConditionKind::since:
    case ConditionKind::shortfall:
    case ConditionKind::excess:
    case ConditionKind::count:
      break;
  }
  std::abort();  // no atom
}

Timeline either_of(const World& world, const Timeline& a, const Timeline& b) {
  Instants extra = changes_of(a);
  extra.merge(changes_of(b));
  return over_time(world, extra, [&](int64_t t) { return either(a.at(t), b.at(t)); });
}

Timeline inverse(const Timeline& inner) {
  Timeline line;
  for (const int64_t t : inner.changes()) line.append(t, turned(inner.at(t)));
  return line;
}

Timeline lost_truth(const World& world, const std::string& signal) {
  return over_time(world, {}, [&](int64_t t) { return from(!world.steps_at(signal, t)); });
}

Timeline held_for(const World& world, const Timeline& inner, const Span& span, const Span* gaps) {
  Instants extra = changes_of(inner);
  for (const int64_t c : inner.changes()) {
    for (const int64_t d : world.span_lengths(span)) extra.insert(c + d);
  }
  const auto pieces = inner.pieces();
  return over_time(world, extra, [&](int64_t t) {
    const int64_t length = world.span_at(span, t);
    if (gaps == nullptr) return held_at(pieces, t, length);
    return held_at(bridged(pieces, t, world, *gaps), t, length);
  });
}

Timeline truth_of(const World& world, const Condition& c, bool now_part,
                  const AlarmTruth* alarm_truth) {
  switch (c.kind) {
    case ConditionKind::any:
    case ConditionKind::all:
      return joined(world, c, now_part, alarm_truth);
    case ConditionKind::negation:
      return inverse(truth_of(world, c.parts[0], now_part, alarm_truth));
    case ConditionKind::held: {
      Timeline inner = truth_of(world, c.parts[0], now_part, alarm_truth);
      if (now_part) return inner;
      return held_for(world, inner, c.span, c.gaps ? &*c.gaps : nullptr);
    }
    case ConditionKind::within:
      return within(world, truth_of(world, c.parts[0], now_part, alarm_truth), c.span);
    case ConditionKind::since:
      return since(world, truth_of(world, c.parts[0], now_part, alarm_truth),
                   truth_of(world, c.parts[1], now_part, alarm_truth));
    case ConditionKind::value: {
      const auto* let = world.let(c.sums[0].terms[0].factor.name.text);
      if (let != nullptr) return truth_of(world, let->body, now_part);
      const std::string& name = c.sums[0].terms[0].factor.name.text;
      for (const auto& button : world.file().buttons) {
        if (button.name.text == name) return pressed(world, name);
      }
      if (alarm_truth != nullptr && world.signal(name) == nullptr) return (*alarm_truth)(name);
      break;
    }
    case ConditionKind::compare:
    case ConditionKind::between:
    case ConditionKind::is_word:
    case ConditionKind::is_lost:
    case ConditionKind::is_valid:
      break;
    case ConditionKind::shortfall:
    case ConditionKind::excess:
      return area_truth(world, c);
    case ConditionKind::count:
      return counted(world, c, truth_of(world, c.parts[0], now_part, alarm_truth));
  }
  if (looks_back(world, c)) return looking_back(world, c, now_part);
  return over_time(world, {}, [&](int64_t t) { return atom_at(world, c, t); });
}

}  // namespace lamplight::oracle
