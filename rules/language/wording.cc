#include "rules/language/wording.h"

#include <algorithm>

#include "rules/language/cursor.h"
#include "rules/language/inhibits.h"

namespace lamplight::rules {
namespace {

using ast::Condition;
using ast::ConditionKind;
using ast::Factor;

// Words for what the catalogue names, a line each; `~` marks the child's own measurements.
struct Word {
  std::string words;
  bool of_child = false;
};
constexpr std::string_view kWords =
    "oximeter.spo2 ~oxygen\n"
    "oximeter.pulse ~pulse\n"
    "oximeter.perfusion ~perfusion index\n"
    "ventilator.pip airway pressure\n"
    "ventilator.peep end-expiratory pressure\n"
    "ventilator.p_mean mean airway pressure\n"
    "ventilator.vti inspired breath volume\n"
    "ventilator.vte exhaled breath volume\n"
    "ventilator.rate ~breathing rate\n"
    "ventilator.minute_volume ~minute volume\n"
    "ventilator.leak leak\n"
    "ventilator.fio2 inspired oxygen\n"
    "ventilator.since_breath time since the last breath\n"
    "ventilator.spo2 ~oxygen at the ventilator\n"
    "ventilator.pulse ~pulse at the ventilator\n"
    "ventilator.battery charge of the ventilator's battery\n"
    "ventilator.state state of the ventilator\n"
    "pump.state state of the feeding pump\n"
    "pump.rate feed rate\n"
    "pump.rate_set feed rate as set\n"
    "pump.delivered delivered feed\n"
    "pump.total total feed\n"
    "pump.pressure_down pressure in the feeding tube\n"
    "pump.pressure_up suction at the feed bag\n"
    "pump.battery charge of the pump's battery\n"
    "contact.state state of the alarm contact\n";

std::string spaced(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::string device_words(std::string_view role) {
  return role == "pump" ? "the feeding pump" : "the " + std::string(role);
}

std::optional<Word> find_word(std::string_view path) {
  for (std::string_view rest = kWords; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const size_t space = line.find(' ');
    if (line.substr(0, space) != path) continue;
    const bool of_child = line[space + 1] == '~';
    return Word{std::string(line.substr(space + (of_child ? 2 : 1))), of_child};
  }
  return std::nullopt;
}

}  // namespace

Wording::Wording(const ast::File& file, const Scope& scope, const Settings& settings,
                 std::string child)
    : file_(file),
      scope_(scope),
      settings_(settings),
      child_(std::move(child)),
      lets_(1 + file.profiles.size()),
      seen_lets_(file.lets.size()) {
  for (const ast::Let& let : file.lets) {
    const bool is_sum = let.body.kind == ConditionKind::value;
    let_units_.push_back(is_sum ? own_unit(let.body.sums.front()) : std::nullopt);
  }
  for (size_t v = 0; v < lets_.size(); ++v) {
    for (const ast::Let& let : file.lets) {
      const bool is_sum = let.body.kind == ConditionKind::value;
      lets_[v].push_back(is_sum ? evaluate(let.body.sums.front(), v) : std::nullopt);
    }
  }
}

std::vector<size_t> Wording::take_lets() const {
  std::vector<size_t> out;
  for (size_t i = 0; i < seen_lets_.size(); ++i) {
    if (seen_lets_[i]) out.push_back(i);
    seen_lets_[i] = false;
  }
  return out;
}

std::string Wording::quantity_name(const ast::Signal& signal) const {
  const auto word = find_word(signal.path.text);
  return word ? word->words : spaced(signal.name.text);
}

std::string Wording::duration(Duration d) {
  const auto counted = [](const std::string& n, std::string_view word) {
    return n + " " + std::string(word) + (n == "1" ? "" : "s");
  };
  if (d.ns != 0 && d.ns % hours(1).ns == 0) {
    return counted(std::to_string(d.ns / hours(1).ns), "hour");
  }
  if (d.ns != 0 && d.ns % minutes(1).ns == 0) {
    return counted(std::to_string(d.ns / minutes(1).ns), "minute");
  }
  return counted(to_text(Ratio{d.ns, 1'000'000'000}), "second");
}

std::optional<Ratio> Wording::factor(const Factor& f, size_t valuation) const {
  if (f.kind == Factor::Kind::quantity) {
    const Ratio scale = f.quantity.unit ? f.quantity.unit->scale : Ratio{1, 1};
    return multiply(to_ratio(f.quantity.number), scale);
  }
  if (f.kind != Factor::Kind::name) return std::nullopt;
  const auto symbol = scope_.find(f.name.text);
  if (!symbol) return std::nullopt;
  if (symbol->kind == SymbolKind::let) {
    const bool known = symbol->index < lets_[valuation].size();
    return known ? lets_[valuation][symbol->index] : std::nullopt;
  }
  if (symbol->kind != SymbolKind::limit) return std::nullopt;
  const LimitValues& values = settings_.limits[symbol->index];
  const bool at = valuation > 0 && values.at[valuation - 1];
  const auto& unit = file_.limits[symbol->index].value.unit;
  return multiply(to_ratio(at ? *values.at[valuation - 1] : values.base),
                  unit ? unit->scale : Ratio{1, 1});
}

std::optional<Ratio> Wording::evaluate(const ast::Sum& sum, size_t valuation) const {
  std::optional<Ratio> out = Ratio{0, 1};
  for (const ast::Term& term : sum.terms) {
    auto value = factor(term.factor, valuation);
    for (const ast::Scaling& s : term.scalings) {
      if (!value) break;
      value = s.divide ? divide(*value, to_ratio(s.by)) : multiply(*value, to_ratio(s.by));
    }
    if (!value || !out) return std::nullopt;
    out = term.negative ? subtract(*out, *value) : add(*out, *value);
  }
  return out;
}

// A let has the unit of what it names; those of lets are found in file order, each once.
std::optional<Unit> Wording::own_unit(const ast::Sum& sum) const {
  for (const ast::Term& term : sum.terms) {
    const Factor& f = term.factor;
    if (f.kind == Factor::Kind::quantity && f.quantity.unit) return *f.quantity.unit;
    if (f.kind != Factor::Kind::name) continue;
    const auto symbol = scope_.find(f.name.text);
    if (!symbol) continue;
    if (symbol->kind == SymbolKind::limit && file_.limits[symbol->index].value.unit) {
      return *file_.limits[symbol->index].value.unit;
    }
    if (symbol->kind == SymbolKind::signal) return file_.signals[symbol->index].type.unit;
    const bool is_let = symbol->kind == SymbolKind::let && symbol->index < let_units_.size();
    if (is_let && let_units_[symbol->index]) return let_units_[symbol->index];
  }
  return std::nullopt;
}

std::string Wording::number(Ratio in_base, const Unit& unit) const {
  const auto value = divide(in_base, unit.scale);
  const std::string text = to_text(value.value_or(Ratio{0, 1}), 3);
  if (unit.name.empty() || unit.name == "none") return text;
  return text + " " + (unit.name == "percent" ? "%" : unit.name);
}

std::string Wording::value(const ast::Sum& sum) const {
  const auto base = evaluate(sum, 0);
  const Unit unit = unit_of(sum);
  if (!base) return subject(sum);
  std::string out = number(*base, unit);
  std::string others;
  for (size_t p = 0; p < file_.profiles.size(); ++p) {
    const auto other = evaluate(sum, p + 1);
    if (!other || *other == *base) continue;
    others += (others.empty() ? "" : ", ") + number(*other, unit) + " at " +
              spaced(file_.profiles[p].name.text);
  }
  return others.empty() ? out : out + " (" + others + ")";
}

std::string Wording::span(const ast::Span& s) const {
  if (s.literal) return duration(*s.literal);
  const auto symbol = scope_.find(s.limit.text);
  if (!symbol || symbol->kind != SymbolKind::limit) return s.limit.text;
  const LimitValues& values = settings_.limits[symbol->index];
  const auto& unit = file_.limits[symbol->index].value.unit;
  const auto words = [&](Decimal d) {
    const auto as = unit ? to_duration(d, *unit) : std::nullopt;
    return as ? duration(*as) : to_text(d);
  };
  std::string out = words(values.base);
  for (size_t p = 0; p < values.at.size(); ++p) {
    if (!values.at[p] || *values.at[p] == values.base) continue;
    out += " (" + words(*values.at[p]) + " at " + spaced(file_.profiles[p].name.text) + ")";
  }
  return out;
}

const ast::Signal* Wording::lone_signal(const ast::Sum& sum) const {
  const ast::Term& term = sum.terms.front();
  const bool plain =
      sum.terms.size() == 1 && term.scalings.empty() && term.factor.kind == Factor::Kind::name;
  if (!plain) return nullptr;
  const auto symbol = scope_.find(term.factor.name.text);
  if (!symbol || symbol->kind != SymbolKind::signal) return nullptr;
  return &file_.signals[symbol->index];
}

std::string Wording::named(const std::string& name) const {
  const auto symbol = scope_.find(name);
  if (symbol && symbol->kind == SymbolKind::signal) {
    const ast::Signal& s = file_.signals[symbol->index];
    const auto word = find_word(s.path.text);
    if (word && word->of_child) return child_ + "'s " + word->words;
    return word ? "the " + word->words : spaced(name);
  }
  if (symbol && symbol->kind == SymbolKind::let) {
    seen_lets_[symbol->index] = true;
    return "'" + spaced(name) + "'";
  }
  return spaced(name);
}

// A sum with signals in it, term by term.
std::string Wording::subject(const ast::Sum& sum) const {
  std::string out;
  for (size_t i = 0; i < sum.terms.size(); ++i) {
    const ast::Term& term = sum.terms[i];
    if (i > 0) out += term.negative ? " minus " : " plus ";
    ast::Sum one;
    one.terms.push_back(term);
    one.terms.front().negative = false;
    if (evaluate(one, 0)) {
      out += value(one);
      continue;
    }
    out += term.factor.kind == Factor::Kind::name ? named(term.factor.name.text)
                                                  : looked_back(term.factor);
    for (const ast::Scaling& s : term.scalings) {
      out += (s.divide ? " divided by " : " times ") + to_text(s.by);
    }
  }
  return out;
}

// "the mean of Mia's oxygen over 1 minute", "the time since Mia's oxygen was last measured"
std::string Wording::looked_back(const Factor& f) const {
  if (f.kind == Factor::Kind::age)
    return "the time since " + named(f.name.text) + " was last measured";
  static constexpr std::string_view kNames[] = {"mean", "lowest", "highest", "change",
                                                "drop", "rise",   "share"};
  const std::string word(kNames[static_cast<size_t>(f.aggregate)]);
  const std::string over = " over " + duration(f.over);
  if (f.aggregate == ast::Aggregate::share) {
    return "the share of time in which (" + condition(f.condition.front()) + ")" + over;
  }
  return "the " + word + " of " + named(f.name.text) + over;
}

std::string Wording::relation(ast::Relation r, const std::string& text) const {
  switch (r) {
    case ast::Relation::less:
      return "below " + text;
    case ast::Relation::less_equal:
      return text + " or less";
    case ast::Relation::greater:
      return "above " + text;
    case ast::Relation::greater_equal:
      return text + " or more";
  }
  return text;
}

std::string Wording::atom(const Condition& c, bool stays) const {
  const std::string is = stays ? " stays " : " is ";
  switch (c.kind) {
    case ConditionKind::compare:
      return subject(c.sums[0]) + is + relation(c.relation, value(c.sums[1]));
    case ConditionKind::between:
      return subject(c.sums[0]) + is + "between " + value(c.sums[1]) + " and " + value(c.sums[2]) +
             " (both included)";
    case ConditionKind::is_word:
      return subject(c.subject) + is + (c.negated ? "not " : "") + "'" + spaced(c.word.text) + "'";
    case ConditionKind::is_lost:
      return subject(c.subject) + is + (c.negated ? "measured" : "not measured");
    case ConditionKind::is_valid:
      return subject(c.subject) + is + (c.negated ? "not measured" : "measured");
    case ConditionKind::value: {
      const auto symbol = lone_symbol(scope_, c);
      if (symbol && symbol->kind == SymbolKind::button) {
        return "'" + spaced(file_.buttons[symbol->index].name.text) + "'" + is + "pressed";
      }
      if (symbol)
        return "'" + file_.alarms[symbol->index].title + "'" +
               (stays ? " keeps ringing" : " rings");
      const ast::Signal* s = lone_signal(c.sums.front());
      if (s == nullptr) return subject(c.sums.front()) + (stays ? " stays true" : "");
      const std::string_view path = s->path.text;
      const std::string_view role = role_part(path);
      const std::string_view name = path.substr(std::min(path.size(), role.size() + 1));
      if (name.starts_with("alarm.")) {
        return device_words(role) + (stays ? " keeps saying '" : " says '") +
               spaced(name.substr(6)) + "'";
      }
      if (name == "silenced") return "the sound of " + device_words(role) + is + "off";
      if (name == "on_mains") return device_words(role) + is + "on mains power";
      return spaced(s->name.text) + is + "true";
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
  return {};
}

// In parentheses unless it is a single test.
std::string Wording::part(const Condition& c) const {
  const std::string single = atom(c, false);
  return single.empty() ? "(" + condition(c) + ")" : single;
}

std::string Wording::condition(const Condition& c) const {
  const bool is_any = c.kind == ConditionKind::any;
  if (is_any || c.kind == ConditionKind::all) {
    std::string out;
    for (const Condition& p : c.parts) {
      if (!out.empty()) out += is_any ? " or " : " and ";
      out += part(p);
    }
    return out;
  }
  if (c.kind == ConditionKind::negation) return "not (" + condition(c.parts.front()) + ")";
  if (c.kind == ConditionKind::held) {
    if (c.span.literal && c.span.literal->ns == 0) return condition(c.parts.front());
    const std::string single = atom(c.parts.front(), true);
    const std::string inner =
        single.empty() ? "(" + condition(c.parts.front()) + ") holds" : single;
    const std::string out = inner + " for " + span(c.span);
    return c.gaps ? out + ", gaps of up to " + span(*c.gaps) + " not counting" : out;
  }
  if (c.kind == ConditionKind::within) {
    return part(c.parts.front()) + " at some time in the last " + span(c.span);
  }
  if (c.kind == ConditionKind::since) {
    return part(c.parts[0]) + " ever since " + part(c.parts[1]);
  }
  if (c.kind == ConditionKind::count) {
    return part(c.parts.front()) + " begins " + std::to_string(c.at_least) +
           (c.at_least == 1 ? " time or more within " : " times or more within ") +
           duration(c.window);
  }
  if (c.kind == ConditionKind::shortfall || c.kind == ConditionKind::excess) return area(c);
  return atom(c, false);
}

// "Mia's oxygen below 91 % adds up to 50 percent*s (forgotten after 10 seconds without)"
std::string Wording::area(const Condition& c) const {
  const bool below = c.kind == ConditionKind::shortfall;
  return subject(c.subject) + (below ? " below " : " above ") + value(c.sums[0]) + " adds up to " +
         value(c.sums[1]) + " (depth times seconds, forgotten after " +
         (c.has_forget ? span(c.span) : "10 seconds") +
         (below ? " at or above it)" : " at or below it)");
}

const ast::Signal* Wording::bounded(const Condition& c) const {
  const Condition& inner = c.kind == ConditionKind::held ? c.parts.front() : c;
  if (inner.kind != ConditionKind::compare || !evaluate(inner.sums[1], 0)) return nullptr;
  return lone_signal(inner.sums[0]);
}

std::string Wording::bound(const Condition& c) const {
  const bool timed = c.kind == ConditionKind::held;
  const Condition& inner = timed ? c.parts.front() : c;
  std::string out = relation(inner.relation, value(inner.sums[1]));
  // "93 % or more (91 % at night)" reads better than the bracket in the middle.
  if (inner.relation == ast::Relation::less_equal ||
      inner.relation == ast::Relation::greater_equal) {
    const std::string words = value(inner.sums[1]);
    const size_t bracket = words.find(" (");
    if (bracket != std::string::npos) {
      out = relation(inner.relation, words.substr(0, bracket)) + words.substr(bracket);
    }
  }
  return timed ? out + " for " + span(c.span) : out;
}

}  // namespace lamplight::rules
