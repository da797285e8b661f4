#include "rules/language/lower.h"

#include <algorithm>
#include <map>
#include <utility>

#include "rules/engine/builder.h"
#include "rules/engine/state.h"
#include "rules/language/inhibits.h"
#include "rules/language/limit_scale.h"
#include "rules/language/sums.h"
#include "rules/model/catalogue.h"
#include "rules/model/limits.h"

namespace lamplight::rules {
namespace {

using ast::Condition;
using ast::ConditionKind;
using engine::OpIndex;

constexpr Duration kDay = hours(24);
// `forget after` where an area does not say it.
constexpr engine::Span kForget{.literal = seconds(10), .limit = engine::kNone};

int places_of(Ratio step) {
  int places = 0;
  for (Ratio r = step; r.den != 1 && places < 9; ++places) {
    const auto next = multiply(r, {10, 1});
    if (!next) break;
    r = *next;
  }
  return places;
}

class Lowering {
 public:
  Lowering(const ast::File& file, const ast::Plan* plan, const Scope& scope,
           const Settings& settings, Reporter& reporter)
      : file_(file),
        plan_(plan),
        scope_(scope),
        settings_(settings),
        reporter_(reporter),
        sums_(file, scope, reporter, builder_, indices_) {
    sums_.set_condition([this](const Condition& c) { return condition(c); });
  }

  std::optional<engine::Program> run() {
    head();
    for (size_t i = 0; i < file_.profiles.size(); ++i) profile(i);
    for (size_t i = 0; i < file_.signals.size(); ++i) signal(i);
    for (size_t i = 0; i < file_.limits.size(); ++i) limit(i);
    for (const ast::Button& b : file_.buttons) {
      builder_.add_button({b.name.text, b.lasts_at_most, b.rests.value_or(Duration{})});
    }
    for (const ast::Declaration& d : file_.order) {
      if (d.kind == ast::DeclarationKind::alarm) alarm(d.index);
      if (d.kind == ast::DeclarationKind::lost) lost(file_.losts[d.index]);
    }
    for (const size_t i : inhibit_order(file_, scope_)) inhibit(file_.inhibits[i]);
    if (reporter_.has_errors()) return std::nullopt;
    auto program = builder_.build();
    if (!program) {
      reporter_.report(file_.at, "E10", program.error(), "make the rules smaller");
      return std::nullopt;
    }
    return std::move(*program);
  }

 private:
  void head() {
    builder_.name = file_.title;
    builder_.rules_version = static_cast<int>(std::min<int64_t>(file_.version, INT32_MAX));
    if (plan_ != nullptr) {
      builder_.plan_version = static_cast<int>(std::min<int64_t>(plan_->version, INT32_MAX));
      builder_.child = plan_->child;
    }
    for (const ast::Name& role : file_.roles) builder_.roles.push_back(role.text);
  }

  void profile(size_t i) {
    engine::Profile p;
    p.name = file_.profiles[i].name.text;
    p.start_minute = static_cast<uint16_t>(settings_.hours[i].from.minutes);
    p.end_minute = static_cast<uint16_t>(settings_.hours[i].to.minutes);
    p.days = file_.profiles[i].days;
    builder_.add_profile(std::move(p));
  }

  void signal(size_t i) {
    indices_.signals.push_back(engine::kNone);
    if (settings_.signal_removed[i]) return;
    const ast::Signal& from = file_.signals[i];
    engine::Signal s;
    s.name = from.name.text;
    s.path = from.path.text;
    s.role = role_of(role_part(s.path));
    s.every = from.every;
    s.stale = from.stale_after;
    switch (from.type.kind) {
      case ast::Type::Kind::boolean:
        s.kind = SignalKind::boolean;
        s.max = 1;
        break;
      case ast::Type::Kind::enumeration:
        s.kind = SignalKind::enumeration;
        for (const ast::Name& word : from.type.words) s.enumerators.push_back(word.text);
        s.max = static_cast<int32_t>(s.enumerators.size()) - 1;
        break;
      case ast::Type::Kind::quantity:
        numeric(from, s);
        break;
    }
    const int64_t low = s.min;
    const int64_t high = s.max;
    const auto index = builder_.add_signal(std::move(s));
    indices_.signals.back() = index;
    if (from.type.kind != ast::Type::Kind::quantity) return;
    const Ratio step = signal_step(from);
    const auto in_base = multiply(step, from.type.unit.scale);
    sums_.set_signal(index,
                     {in_base.value_or(Ratio{1, 1}), places_of(step), from.type.unit, low, high});
  }

  void numeric(const ast::Signal& from, engine::Signal& s) {
    const Ratio step = signal_step(from);
    s.unit = from.type.unit.name;
    s.decimals = places_of(step);
    const auto engine_step = to_engine(step);
    if (step.num <= 0 || !engine_step) {
      reporter_.report(from.step_at, "E10", "a step is a number above 0", "write `step 0.1`");
      return;
    }
    s.step = *engine_step;
    s.min = -limits::kSampleAbsMax;
    s.max = limits::kSampleAbsMax;
    if (from.range) {
      const auto low = divide(to_ratio(from.range->low), step);
      const auto high = divide(to_ratio(from.range->high), step);
      const Ratio bound = Ratio::of(limits::kSampleAbsMax);
      if (!low || !high || compare(*low, {-bound.num, 1}) < 0 || compare(*high, bound) > 0) {
        reporter_.report(from.range->at, "E10", "the range has more than 2^30 steps",
                         "write a coarser step or a narrower range");
        return;
      }
      s.min = static_cast<int32_t>(ceil_of(*low));
      s.max = static_cast<int32_t>(floor_of(*high));
    }
    const auto id = find_signal(s.path);
    if (!id || signal_info(*id).kind != SignalKind::numeric) return;
    Ratio sent{1, 1};
    for (int k = 0; k < signal_info(*id).decimals; ++k) sent.den *= 10;
    const auto ratio = divide(sent, step);
    const auto multiplier = ratio ? whole(*ratio) : std::nullopt;
    s.multiplier =
        multiplier && *multiplier <= limits::kSampleAbsMax ? static_cast<int32_t>(*multiplier) : 0;
  }

  void limit(size_t i) {
    const ast::Limit& from = file_.limits[i];
    const LimitValues& values = settings_.limits[i];
    const Unit unit = unit_of(from);
    engine::Limit l;
    l.name = from.name.text;
    l.unit = unit.name;
    const LimitScale scale = limit_scale(from, values);
    l.decimals = scale.decimals;
    const Ratio step = scale.step;
    bool fits = true;
    const auto in_steps = [&](Decimal value) {
      const auto steps = divide(to_ratio(value), step);
      const auto count = steps ? whole(*steps) : std::nullopt;
      if (!count) fits = false;
      return count.value_or(0);
    };
    l.base = in_steps(values.base);
    l.allowed_min = in_steps(from.allowed.low);
    l.allowed_max = in_steps(from.allowed.high);
    for (const auto& value : values.at) {
      l.at.push_back(value ? std::optional<int64_t>(in_steps(*value)) : std::nullopt);
    }
    const auto engine_step = to_engine(step);
    const auto in_base = multiply(step, unit.scale);
    if (!fits || !engine_step || !in_base) {
      reporter_.report(from.value.at, "E10",
                       in_quotes(l.name) + " has more digits than can be kept exactly",
                       "write fewer digits; durations end at the nanosecond");
      return add_limit(std::move(l), {1, 1}, unit);
    }
    l.step = *engine_step;
    add_limit(std::move(l), *in_base, unit);
  }

  void add_limit(engine::Limit l, Ratio step_in_base, const Unit& unit) {
    const Sums::Known known{step_in_base, l.decimals, unit, l.allowed_min, l.allowed_max};
    const auto index = builder_.add_limit(std::move(l));
    indices_.limits.push_back(index);
    sums_.set_limit(index, known);
  }

  engine::Span span(const ast::Span& from) {
    if (from.literal) {
      if (*from.literal > kDay) {
        reporter_.report(from.at, "E10", "a span of a condition is at most 24 h",
                         "write a shorter one");
      }
      return {.literal = *from.literal, .limit = engine::kNone};
    }
    const auto symbol = scope_.find(from.limit.text);
    const ast::Limit& limit = file_.limits[symbol->index];
    const Ratio day = Ratio::of(24 * 3600);
    const auto high = multiply(to_ratio(limit.allowed.high), unit_of(limit).scale);
    if (limit.allowed.low.digits < 0 || !high || compare(*high, day) > 0) {
      reporter_.report(from.at, "E10",
                       in_quotes(limit.name.text) + " is a span here: 0 to 24 h, no more",
                       "narrow its `allowed`");
    }
    return {.literal = {}, .limit = indices_.limits[symbol->index]};
  }

  OpIndex condition(const Condition& c) {
    switch (c.kind) {
      case ConditionKind::any:
      case ConditionKind::all: {
        OpIndex out = condition(c.parts.front());
        for (size_t i = 1; i < c.parts.size(); ++i) {
          const OpIndex next = condition(c.parts[i]);
          out =
              c.kind == ConditionKind::any ? builder_.either(out, next) : builder_.both(out, next);
        }
        return out;
      }
      case ConditionKind::negation:
        return builder_.negate(condition(c.parts.front()));
      case ConditionKind::held: {
        const OpIndex inner = condition(c.parts.front());
        return c.gaps ? builder_.hold_for(inner, span(c.span), span(*c.gaps))
                      : builder_.hold_for(inner, span(c.span));
      }
      case ConditionKind::within:
        return builder_.within_last(condition(c.parts.front()), span(c.span));
      case ConditionKind::since: {
        const OpIndex held = condition(c.parts[0]);
        return builder_.since(held, condition(c.parts[1]));
      }
      case ConditionKind::compare:
      case ConditionKind::between:
      case ConditionKind::value:
      case ConditionKind::is_word:
      case ConditionKind::is_lost:
      case ConditionKind::is_valid:
        return atom(c);
      case ConditionKind::shortfall:
      case ConditionKind::excess:
        return sums_.area(c, c.has_forget ? span(c.span) : kForget);
      case ConditionKind::count:
        return count(c);
    }
    return builder_.constant(engine::Truth::unknown);
  }

  OpIndex count(const Condition& c) {
    if (c.window.ns <= 0 || c.window > kDay) {
      reporter_.report(c.at, "E10", "a window is longer than 0 and at most 24 h",
                       "write `starting within 60 s`");
      return builder_.constant(engine::Truth::unknown);
    }
    if (c.at_least < 1 || c.at_least > engine::kStartsMax) {
      reporter_.report(c.at, "E10", "a count is compared with 1 to 64", "write `>= 3`");
      return builder_.constant(engine::Truth::unknown);
    }
    const OpIndex inner = condition(c.parts.front());
    engine::Show show;
    show.text = builder_.add_literal(reporter_.words(c.at, c.end));
    show.unit = "none";
    return builder_.count_starts(inner, c.window, c.at_least, std::move(show));
  }

  OpIndex atom(const Condition& c) {
    if (c.kind == ConditionKind::compare) {
      return sums_.compare(c.sums[0], c.relation, c.sums[1], c.operator_at);
    }
    if (c.kind == ConditionKind::between) {
      const auto low = ast::Relation::less_equal;
      const OpIndex above = sums_.compare(c.sums[1], low, c.sums[0], c.operator_at);
      return builder_.both(above, sums_.compare(c.sums[0], low, c.sums[2], c.operator_at));
    }
    const bool is_name = c.kind == ConditionKind::value;
    const ast::Sum& subject = is_name ? c.sums.front() : c.subject;
    const auto symbol = scope_.find(subject.terms.front().factor.name.text);
    if (symbol->kind == SymbolKind::let) return let(symbol->index);
    if (symbol->kind == SymbolKind::button) {
      return builder_.pressed(static_cast<uint16_t>(symbol->index));
    }
    if (symbol->kind == SymbolKind::alarm) {
      const auto found = alarms_.find(file_.alarms[symbol->index].name.text);
      // Turned off in the plan: it is never raised.
      return found == alarms_.end() ? builder_.constant(engine::Truth::no)
                                    : builder_.alarm_raised(found->second);
    }
    const ast::Signal& from = file_.signals[symbol->index];
    const auto index = indices_.signals[symbol->index];
    const auto show = [&](const std::string& words) {
      engine::Show out;
      out.text = builder_.add_literal(from.name.text + words);
      return out;
    };
    if (is_name) return builder_.is_value(index, 1, show(""));
    OpIndex out = engine::kNone;
    if (c.kind == ConditionKind::is_lost) {
      out = builder_.is_lost(index, show(" is lost"));
    } else if (c.kind == ConditionKind::is_valid) {
      out = builder_.is_valid(index, show(" is valid"));
    } else {
      const auto& words = from.type.words;
      const auto word = std::find_if(words.begin(), words.end(), [&](const ast::Name& name) {
        return name.text == c.word.text;
      });
      out = builder_.is_value(index, static_cast<int32_t>(word - words.begin()),
                              show(" is " + c.word.text));
    }
    return c.negated ? builder_.negate(out) : out;
  }

  // Once each: later uses share the operation.
  OpIndex let(size_t index) {
    const auto known = lets_.find(index);
    if (known != lets_.end()) return known->second;
    const OpIndex made = condition(file_.lets[index].body);
    lets_.emplace(index, made);
    return made;
  }

  engine::TextIndex text(const ast::Text& from) {
    engine::Text out;
    for (size_t i = 0; i < from.literals.size(); ++i) {
      if (!from.literals[i].empty()) {
        out.pieces.push_back({engine::Piece::Kind::literal, from.literals[i], {}});
      }
      if (i < from.holes.size()) out.pieces.push_back(piece(from.holes[i]));
    }
    return builder_.add_text(std::move(out));
  }

  engine::Piece piece(const ast::Text::Hole& hole) {
    using Kind = ast::Text::Hole::Kind;
    switch (hole.kind) {
      case Kind::child:
        return {engine::Piece::Kind::child, hole.source, {}};
      case Kind::held:
        return {engine::Piece::Kind::held, hole.source, {}};
      case Kind::reason:
        return {engine::Piece::Kind::reason, hole.source, {}};
      case Kind::sum:
        break;
    }
    std::vector<bool> reads;
    mark_signals(file_, scope_, hole.sum, reads);
    for (size_t i = 0; i < reads.size(); ++i) {
      // The plan says that this device is not there: the sentence stays, without the number.
      if (reads[i] && settings_.signal_removed[i]) {
        return {engine::Piece::Kind::literal, "not measured", {}};
      }
    }
    auto quantity = sums_.quantity(hole.sum);
    if (!quantity) {
      reporter_.report(hole.at, "E10", "a number here may exceed 2^62", "write fewer digits");
      return {engine::Piece::Kind::literal, "?", {}};
    }
    return {engine::Piece::Kind::quantity, hole.source, std::move(*quantity)};
  }

  static std::vector<engine::EscalationStep> steps(const std::vector<ast::EscalationStep>& from) {
    std::vector<engine::EscalationStep> out;
    for (const ast::EscalationStep& step : from) out.push_back({step.role.text, step.after});
    return out;
  }

  void alarm(size_t i) {
    if (settings_.alarm_off[i] || settings_.alarm_removed[i]) return;
    const ast::Alarm& from = file_.alarms[i];
    engine::Alarm a;
    a.id = from.name.text;
    a.rank = from.rank.rank;
    a.title = builder_.add_literal(from.title);
    if (from.say) a.say = text(*from.say);
    if (from.act) a.instruction = text(*from.act);
    a.because = from.because.value_or("");
    a.when = condition(*from.when);
    if (from.clear) a.clear = condition(*from.clear);
    if (from.worsens) {
      a.worsens = condition(from.worsens->when);
      a.worsens_to = from.worsens->to.rank;
    }
    a.latch = from.latch;
    a.never_inhibited = from.never_inhibited;
    if (from.unknown && from.unknown->clears) a.unknown_clears = from.unknown->after;
    a.remind_every = from.remind.value_or(Duration{});
    a.escalate = steps(from.escalate);
    if (from.notify) {
      a.notify_at_most = static_cast<uint32_t>(std::min<int64_t>(from.notify->at_most, UINT32_MAX));
      a.notify_per = from.notify->per;
    }
    const std::string id = a.id;
    alarms_[id] = builder_.add_alarm(std::move(a));
  }

  void lost(const ast::Lost& from) {
    const auto symbol = scope_.find(from.signal.text);
    const auto signal = indices_.signals[symbol->index];
    if (signal == engine::kNone) return;
    engine::Alarm a;
    a.rank = from.rank.rank;
    a.title = text(from.text);
    if (from.act) a.instruction = text(*from.act);
    a.escalate = steps(from.escalate);
    OpIndex share = engine::kNone;
    if (from.share) {
      engine::Show show;
      show.text = builder_.add_literal(from.signal.text + " is lost");
      share = sums_.lost_share(builder_.is_lost(signal, std::move(show)), from);
    }
    alarms_["lost." + from.signal.text] =
        builder_.add_lost(signal, span(from.span), std::move(a), share);
  }

  void inhibit(const ast::Inhibit& from) {
    if (is_dropped(file_, scope_, settings_, from)) return;
    engine::Inhibit out;
    for (const ast::AlarmRef& ref : from.alarms) {
      const auto found = alarms_.find((ref.is_lost ? "lost." : "") + ref.name.text);
      if (found != alarms_.end()) out.alarms.push_back(found->second);
    }
    if (out.alarms.empty()) return;
    out.by = reporter_.words(from.condition.at, from.condition.end);
    const auto symbol = lone_symbol(scope_, from.condition);
    if (symbol && symbol->kind == SymbolKind::button) {
      out.button = static_cast<uint16_t>(symbol->index);
    }
    const OpIndex made = condition(from.condition);
    builder_.add_inhibit(made, from.at_most.value_or(Duration{}), std::move(out));
  }

  const ast::File& file_;
  const ast::Plan* plan_;
  const Scope& scope_;
  const Settings& settings_;
  Reporter& reporter_;
  engine::ProgramBuilder builder_;
  Indices indices_;
  Sums sums_;
  std::map<size_t, OpIndex> lets_;
  std::map<std::string, engine::AlarmIndex> alarms_;
};

}  // namespace

Ratio signal_step(const ast::Signal& signal) {
  return signal.step ? to_ratio(*signal.step) : default_step(signal.type.unit);
}

std::optional<engine::Program> lower(const ast::File& file, const ast::Plan* plan,
                                     const Scope& scope, const Settings& settings,
                                     Reporter& reporter) {
  return Lowering(file, plan, scope, settings, reporter).run();
}

}  // namespace lamplight::rules
