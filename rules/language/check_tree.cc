// Checks that need only the tree: what is missing, what comes too late, what lasts too short.
#include <algorithm>
#include <array>

#include "rules/language/check.h"

namespace lamplight::rules {

using ast::Condition;
using ast::ConditionKind;

SpanRange span_range(const CheckContext& c, const ast::Span& span) {
  if (span.literal) return {*span.literal, *span.literal};
  const auto symbol = c.scope.find(span.limit.text);
  if (!symbol || symbol->kind != SymbolKind::limit) return {};
  const ast::Limit& limit = c.file.limits[symbol->index];
  if (!limit.value.unit) return {};
  const auto ns = [&](Decimal value) {
    const auto seconds = multiply(to_ratio(value), limit.value.unit->scale);
    const auto count = seconds ? multiply(*seconds, {1'000'000'000, 1}) : std::nullopt;
    const bool fits = count && compare(*count, Ratio::of(INT64_MAX / 2)) < 0;
    return Duration{fits ? static_cast<int64_t>(floor_of(*count)) : INT64_MAX / 2};
  };
  const LimitValues& values = c.settings.limits[symbol->index];
  SpanRange out{ns(values.base), ns(values.base)};
  for (const auto& value : values.at) {
    if (!value) continue;
    out.shortest = std::min(out.shortest, ns(*value));
    out.longest = std::max(out.longest, ns(*value));
  }
  return out;
}

std::string to_text(Duration d) {
  if (d.ns != 0 && d.ns % hours(1).ns == 0) return std::to_string(d.ns / hours(1).ns) + " h";
  if (d.ns != 0 && d.ns % minutes(1).ns == 0) return std::to_string(d.ns / minutes(1).ns) + " min";
  return to_text(Ratio{d.ns / 1'000'000, 1000}) + " s";
}

namespace {

// What the checks ask of an expression. Those of lets are found once each, in file order, so that
// lets that double (let b = a and a …) cost nothing.
struct Facts {
  bool has_time = false;     // a for, within or since somewhere
  bool has_numbers = false;  // a comparison of numbers somewhere
  bool has_samples = false;  // one that a single sample may decide
  Duration delay;            // the largest `for` over numbers on the quickest way to true
};

class FactFinder {
 public:
  explicit FactFinder(const CheckContext& c) : c_(c) {
    for (const ast::Let& let : c.file.lets) lets_.push_back(of(let.body));
  }

  Facts of(const Condition& condition) const {
    Facts out;
    switch (condition.kind) {
      case ConditionKind::compare:
      case ConditionKind::between:
        out.has_numbers = true;
        for (const ast::Sum& sum : condition.sums) add(sum, out);
        out.has_samples = !out.has_time;
        return out;
      case ConditionKind::value:
        return of_name(condition);
      case ConditionKind::held:
      case ConditionKind::within:
      case ConditionKind::since:
        out.has_time = true;
        break;
      case ConditionKind::any:
      case ConditionKind::all:
      case ConditionKind::negation:
      case ConditionKind::is_word:
      case ConditionKind::is_lost:
      case ConditionKind::is_valid:
        break;
      case ConditionKind::shortfall:
      case ConditionKind::excess:
      case ConditionKind::count:
        out.has_time = true;
        return out;
    }
    bool first = true;
    for (const Condition& part : condition.parts) {
      const Facts one = of(part);
      out.has_time = out.has_time || one.has_time;
      out.has_numbers = out.has_numbers || one.has_numbers;
      out.has_samples = out.has_samples || one.has_samples;
      const bool is_any = condition.kind == ConditionKind::any;
      out.delay = first
                      ? one.delay
                      : (is_any ? std::min(out.delay, one.delay) : std::max(out.delay, one.delay));
      first = false;
    }
    if (condition.kind == ConditionKind::held && out.has_numbers) {
      out.delay = std::max(out.delay, span_range(c_, condition.span).longest);
    }
    return out;
  }

 private:
  // A window or an age looks back by itself.
  static void add(const ast::Sum& sum, Facts& out) {
    for (const ast::Term& term : sum.terms) {
      const bool looks_back = term.factor.kind == ast::Factor::Kind::aggregate ||
                              term.factor.kind == ast::Factor::Kind::age;
      out.has_time = out.has_time || looks_back;
    }
  }

  Facts of_name(const Condition& condition) const {
    const auto symbol = c_.scope.find(condition.sums.front().terms.front().factor.name.text);
    const bool known = symbol && symbol->kind == SymbolKind::let && symbol->index < lets_.size();
    return known ? lets_[symbol->index] : Facts{};
  }

  const CheckContext& c_;
  std::vector<Facts> lets_;
};

void check_delay(const CheckContext& c, const FactFinder& facts, const ast::Alarm& a) {
  if (priority(a.rank.rank) != Priority::high) return;
  Duration first;
  bool any = false;
  for (const ast::EscalationStep& step : a.escalate) {
    first = any ? std::min(first, step.after) : step.after;
    any = true;
  }
  const Duration total = facts.of(*a.when).delay + first;
  if (total <= seconds(30)) return;
  c.reporter.report(a.when->at, total > seconds(60) ? "E11" : "W11",
                    in_quotes(a.name.text) + " first reaches a person after " + to_text(total),
                    "shorten its `for`, or call somebody earlier");
}

class WalkCondition {
 public:
  WalkCondition(const CheckContext& c, const FactFinder& facts, const ast::Alarm& alarm)
      : c_(c), facts_(facts), alarm_(alarm) {}

  void walk(const Condition& condition, bool may_ring) {
    for (const Condition& part : condition.parts) walk(part, may_ring);
    if (condition.kind == ConditionKind::all) last_part(condition);
    if (condition.kind == ConditionKind::held && may_ring) held(condition);
    if (condition.kind == ConditionKind::within) within(condition);
  }

 private:
  // W1: a and b for 10 s
  void last_part(const Condition& condition) {
    const Condition& last = condition.parts.back();
    if (last.kind != ConditionKind::held || last.parenthesised) return;
    const bool all_timed =
        std::all_of(condition.parts.begin(), condition.parts.end(),
                    [&](const Condition& part) { return facts_.of(part).has_time; });
    if (all_timed) return;
    c_.reporter.report(
        last.operator_at, "W1", "`for` reaches only the last part of this `and`",
        "write `(… and …) for …` for all of it, or put the last part in parentheses");
  }

  // W8: a span shorter than the life of one sample.
  void held(const Condition& condition) {
    if (alarm_.never_inhibited) return;
    const Duration span = span_range(c_, condition.span).shortest;
    std::vector<bool> reads;
    if (!facts_.of(condition).has_samples) return;
    mark_signals(c_.file, c_.scope, condition, reads);
    for (size_t i = 0; i < reads.size(); ++i) {
      const ast::Signal& s = c_.file.signals[i];
      const bool numeric = s.type.kind == ast::Type::Kind::quantity;
      if (!reads[i] || !numeric || span >= s.stale_after) continue;
      c_.reporter.report(
          condition.operator_at, "W8",
          "one sample of " + in_quotes(s.name.text) + " may ring: `for " + to_text(span) +
              "` is shorter than its `stale after " + to_text(s.stale_after) + "`",
          "write `for " + to_text(s.stale_after) + "` or more, or `never inhibited` for a floor");
    }
  }

  void within(const Condition& condition) {
    const Duration span = span_range(c_, condition.span).shortest;
    std::vector<bool> reads;
    mark_signals(c_.file, c_.scope, condition, reads);
    for (size_t i = 0; i < reads.size(); ++i) {
      const ast::Signal& s = c_.file.signals[i];
      if (!reads[i] || span >= s.every) continue;
      c_.reporter.report(condition.operator_at, "E8",
                         "`within last " + to_text(span) + "` is shorter than the cadence of " +
                             in_quotes(s.name.text),
                         "write `within last " + to_text(s.every) + "` or more");
    }
  }

  const CheckContext& c_;
  const FactFinder& facts_;
  const ast::Alarm& alarm_;
};

void check_unknown(const CheckContext& c, const ast::Alarm& a) {
  if (!a.unknown || !a.unknown->clears) return;
  Priority highest = priority(a.rank.rank);
  if (a.worsens) highest = std::max(highest, priority(a.worsens->to.rank));
  if (highest < Priority::medium) return;
  c.reporter.report(a.unknown->at, "E6",
                    in_quotes(a.name.text) + " is " + std::string(name_of(highest)) +
                        ": unknown may not clear it",
                    "write `unknown keeps`");
}

void check_worsens(const CheckContext& c, const ast::Alarm& a) {
  if (!a.worsens) return;
  const Rank to = a.worsens->to.rank;
  const Rank from = a.rank.rank;
  const bool raises =
      priority(to) > priority(from) || (priority(to) == priority(from) && to.onset < from.onset);
  if (raises) return;
  c.reporter.report(
      a.worsens->to.at, "E7",
      "`worsens` may only raise the priority or the onset of " + in_quotes(a.name.text),
      "write a more severe rank, or remove it");
}

// E6: nobody would hear that this signal is gone.
void check_lost(const CheckContext& c) {
  std::vector<bool> has_lost(c.file.signals.size());
  const bool any_broken = c.scope.has_broken();
  for (const ast::Lost& l : c.file.losts) {
    const auto symbol = c.scope.find(l.signal.text);
    if (!symbol || symbol->kind != SymbolKind::signal) continue;
    if (has_lost[symbol->index]) {
      c.reporter.report(l.signal.at, "E12", in_quotes("lost " + l.signal.text) + " is there twice",
                        "keep one of them");
    }
    has_lost[symbol->index] = true;
  }
  const auto role_has_lost = [&](std::string_view role) {
    for (size_t i = 0; i < has_lost.size(); ++i) {
      if (has_lost[i] && role_part(c.file.signals[i].path.text) == role) return true;
    }
    return false;
  };
  for (size_t i = 0; i < has_lost.size(); ++i) {
    const std::string_view path = c.file.signals[i].path.text;
    const std::string_view role = role_part(path);
    const std::string_view name = path.substr(std::min(path.size(), role.size() + 1));
    const bool is_fact = name.starts_with("alarm.") || name == "silenced" || name == "on_mains";
    const ast::Signal& s = c.file.signals[i];
    const auto symbol = c.scope.find(s.name.text);
    const bool is_second = !symbol || symbol->index != i;  // E12 says so
    if (has_lost[i] || is_second || (is_fact && role_has_lost(role))) continue;
    // Perhaps the one that could not be read is the one that is missing.
    if (c.scope.is_broken("lost " + s.name.text) || (is_fact && any_broken)) continue;
    c.reporter.report(
        s.name.at, "E6", "nobody would hear that " + in_quotes(s.name.text) + " is gone",
        "add `lost " + s.name.text + " for 60 s: severity … onset … \"… ({reason})\"`");
  }
}

// E3: two profiles that may hold at the same moment and set the same limit.
void check_profiles(const CheckContext& c) {
  constexpr int kDayMinutes = 24 * 60;
  const auto holds = [&](size_t profile, int minute_of_week) {
    const ast::TimeRange& hours_of = c.settings.hours[profile];
    const int length = (hours_of.to.minutes - hours_of.from.minutes + kDayMinutes) % kDayMinutes;
    for (int day = 0; day < 7; ++day) {
      if (((c.file.profiles[profile].days >> day) & 1) == 0) continue;
      const int start = day * kDayMinutes + hours_of.from.minutes;
      const int after = (minute_of_week - start + 7 * kDayMinutes) % (7 * kDayMinutes);
      if (after < length) return true;
    }
    return false;
  };
  // They can begin to overlap only where one of them begins.
  const auto overlap = [&](size_t a, size_t b) {
    for (int day = 0; day < 7; ++day) {
      for (const size_t p : {a, b}) {
        const int at = day * kDayMinutes + c.settings.hours[p].from.minutes;
        if (holds(a, at) && holds(b, at)) return true;
      }
    }
    return false;
  };
  for (size_t l = 0; l < c.file.limits.size(); ++l) {
    const std::vector<std::optional<Decimal>>& values = c.settings.limits[l].at;
    for (size_t i = 0; i < values.size(); ++i) {
      for (size_t k = i + 1; k < values.size(); ++k) {
        if (!values[i] || !values[k] || !overlap(i, k)) continue;
        c.reporter.report(c.file.limits[l].name.at, "E3",
                          in_quotes(c.file.limits[l].name.text) + " has two values while " +
                              in_quotes(c.file.profiles[i].name.text) + " and " +
                              in_quotes(c.file.profiles[k].name.text) + " hold together",
                          "move one of the profiles");
      }
    }
  }
}

}  // namespace

void check_tree(const CheckContext& c) {
  const FactFinder facts(c);
  for (const ast::Alarm& a : c.file.alarms) {
    check_delay(c, facts, a);
    check_unknown(c, a);
    check_worsens(c, a);
    WalkCondition walk(c, facts, a);
    walk.walk(*a.when, true);
    if (a.clear) walk.walk(*a.clear, false);
    if (a.worsens) walk.walk(a.worsens->when, true);
  }
  for (const ast::Let& let : c.file.lets) {
    const ast::Alarm none;
    WalkCondition(c, facts, none).walk(let.body, false);
  }
  check_profiles(c);
  check_lost(c);
}

}  // namespace lamplight::rules
