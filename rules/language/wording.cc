#include "rules/language/wording.h"

#include <algorithm>

#include "rules/language/cursor.h"
#include "rules/language/inhibits.h"

namespace lamplight::rules {
namespace {

using ast::Condition;
using ast::ConditionKind;
using ast::Factor;

std::string spaced(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

}  // namespace

Wording::Wording(const ast::File& file, const Scope& scope, const Settings& settings,
                 std::string child, Language language)
    : file_(file),
      scope_(scope),
      settings_(settings),
      child_(std::move(child)),
      language_(language),
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

std::string Wording::fill(Phrase phrase, std::initializer_list<std::string_view> slots) const {
  return say(language_, phrase, slots);
}

std::string Wording::quantity_name(const ast::Signal& signal) const {
  const auto word = words_for(language_, signal.path.text);
  return word ? std::string(word->words) : spaced(signal.name.text);
}

std::string Wording::device(std::string_view role) const {
  if (role == "oximeter") return fill(Phrase::device_oximeter, {});
  if (role == "ventilator") return fill(Phrase::device_ventilator, {});
  if (role == "pump") return fill(Phrase::device_pump, {});
  if (role == "contact") return fill(Phrase::device_contact, {});
  return std::string(role);
}

std::string Wording::duration(Duration d) const {
  const auto counted = [&](const std::string& n, Phrase one, Phrase many) {
    return fill(n == "1" ? one : many, {n});
  };
  if (d.ns != 0 && d.ns % lamplight::hours(1).ns == 0) {
    return counted(std::to_string(d.ns / lamplight::hours(1).ns), Phrase::hour, Phrase::hours);
  }
  if (d.ns != 0 && d.ns % lamplight::minutes(1).ns == 0) {
    return counted(std::to_string(d.ns / lamplight::minutes(1).ns), Phrase::minute,
                   Phrase::minutes);
  }
  return counted(to_text(Ratio{d.ns, 1'000'000'000}), Phrase::second, Phrase::seconds);
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
    others += (others.empty() ? "" : ", ") +
              fill(Phrase::at_profile, {number(*other, unit), spaced(file_.profiles[p].name.text)});
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
    out += " (" +
           fill(Phrase::at_profile, {words(*values.at[p]), spaced(file_.profiles[p].name.text)}) +
           ")";
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
    const auto word = words_for(language_, s.path.text);
    if (!word) return spaced(name);
    if (!word->of_child) return std::string(word->words);
    return child_.empty() ? fill(Phrase::own_unnamed, {word->words})
                          : fill(Phrase::own_named, {child_, word->words});
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
    ast::Sum one;
    one.terms.push_back(term);
    one.terms.front().negative = false;
    std::string words;
    if (evaluate(one, 0)) {
      words = value(one);
    } else {
      words = term.factor.kind == Factor::Kind::name ? named(term.factor.name.text)
                                                     : looked_back(term.factor);
      for (const ast::Scaling& s : term.scalings) {
        words = fill(s.divide ? Phrase::divided_by : Phrase::times, {words, to_text(s.by)});
      }
    }
    out = i == 0 ? words : fill(term.negative ? Phrase::minus : Phrase::plus, {out, words});
  }
  return out;
}

// "the mean of Mia's oxygen over 1 minute", "the time since Mia's oxygen was last measured"
std::string Wording::looked_back(const Factor& f) const {
  if (f.kind == Factor::Kind::age) return fill(Phrase::age_of, {named(f.name.text)});
  static constexpr Phrase kPhrases[] = {Phrase::mean_of,   Phrase::minimum_of, Phrase::maximum_of,
                                        Phrase::change_of, Phrase::drop_of,    Phrase::rise_of,
                                        Phrase::share_of};
  const std::string of =
      f.aggregate == ast::Aggregate::share ? condition(f.condition.front()) : named(f.name.text);
  return fill(kPhrases[static_cast<size_t>(f.aggregate)], {of, duration(f.over)});
}

std::string Wording::relation(ast::Relation r, const std::string& text) const {
  switch (r) {
    case ast::Relation::less:
      return fill(Phrase::below, {text});
    case ast::Relation::less_equal:
      return fill(Phrase::at_most, {text});
    case ast::Relation::greater:
      return fill(Phrase::above, {text});
    case ast::Relation::greater_equal:
      return fill(Phrase::at_least, {text});
  }
  return text;
}

std::string Wording::atom(const Condition& c, bool stays) const {
  const auto either = [&](Phrase is, Phrase stay, std::initializer_list<std::string_view> slots) {
    return fill(stays ? stay : is, slots);
  };
  switch (c.kind) {
    case ConditionKind::compare:
      return either(Phrase::is, Phrase::stays,
                    {subject(c.sums[0]), relation(c.relation, value(c.sums[1]))});
    case ConditionKind::between:
      return either(Phrase::is_between, Phrase::stays_between,
                    {subject(c.sums[0]), value(c.sums[1]), value(c.sums[2])});
    case ConditionKind::is_word: {
      const std::string of = subject(c.subject);
      const std::string word = spaced(c.word.text);
      return c.negated ? either(Phrase::is_not_word, Phrase::stays_not_word, {of, word})
                       : either(Phrase::is_word, Phrase::stays_word, {of, word});
    }
    case ConditionKind::is_lost:
    case ConditionKind::is_valid: {
      const std::string of = subject(c.subject);
      const bool is_there = (c.kind == ConditionKind::is_valid) != c.negated;
      return is_there ? either(Phrase::is_measured, Phrase::stays_measured, {of})
                      : either(Phrase::is_not_measured, Phrase::stays_not_measured, {of});
    }
    case ConditionKind::value:
      return lone_name(c, stays);
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

// A button, an alarm, what a device says, a name.
std::string Wording::lone_name(const Condition& c, bool stays) const {
  const auto either = [&](Phrase is, Phrase stay, std::initializer_list<std::string_view> slots) {
    return fill(stays ? stay : is, slots);
  };
  const auto symbol = lone_symbol(scope_, c);
  if (symbol && symbol->kind == SymbolKind::button) {
    return either(Phrase::is_pressed, Phrase::stays_pressed,
                  {spaced(file_.buttons[symbol->index].name.text)});
  }
  if (symbol) {
    return either(Phrase::alarm_rings, Phrase::alarm_keeps_ringing,
                  {file_.alarms[symbol->index].title});
  }
  const ast::Signal* s = lone_signal(c.sums.front());
  if (s == nullptr) return either(Phrase::is_true, Phrase::stays_true, {subject(c.sums.front())});
  const std::string_view path = s->path.text;
  const std::string_view role = role_part(path);
  const std::string_view name = path.substr(std::min(path.size(), role.size() + 1));
  if (name.starts_with("alarm.")) {
    return either(Phrase::device_says, Phrase::device_keeps_saying,
                  {device(role), spaced(name.substr(6))});
  }
  if (name == "silenced") {
    return either(Phrase::sound_is_off, Phrase::sound_stays_off, {device(role)});
  }
  if (name == "on_mains") return either(Phrase::on_mains, Phrase::stays_on_mains, {device(role)});
  return either(Phrase::is_true, Phrase::stays_true, {spaced(s->name.text)});
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
      const std::string words = part(p);
      out = out.empty() ? words : fill(is_any ? Phrase::or_else : Phrase::and_also, {out, words});
    }
    return out;
  }
  if (c.kind == ConditionKind::negation) {
    return fill(Phrase::negated, {condition(c.parts.front())});
  }
  if (c.kind == ConditionKind::held) {
    if (c.span.literal && c.span.literal->ns == 0) return condition(c.parts.front());
    const std::string single = atom(c.parts.front(), true);
    const std::string inner =
        single.empty() ? fill(Phrase::holds, {condition(c.parts.front())}) : single;
    const std::string out = fill(Phrase::for_span, {inner, span(c.span)});
    return c.gaps ? fill(Phrase::gaps_not_counting, {out, span(*c.gaps)}) : out;
  }
  if (c.kind == ConditionKind::within) {
    return fill(Phrase::within_last, {part(c.parts.front()), span(c.span)});
  }
  if (c.kind == ConditionKind::since) {
    return fill(Phrase::ever_since, {part(c.parts[0]), part(c.parts[1])});
  }
  if (c.kind == ConditionKind::count) {
    return fill(c.at_least == 1 ? Phrase::begins_once : Phrase::begins_often,
                {part(c.parts.front()), std::to_string(c.at_least), duration(c.window)});
  }
  if (c.kind == ConditionKind::shortfall || c.kind == ConditionKind::excess) return area(c);
  return atom(c, false);
}

// "Mia's oxygen below 91 % adds up to 50 percent*s (forgotten after 10 seconds without)"
std::string Wording::area(const Condition& c) const {
  return fill(c.kind == ConditionKind::shortfall ? Phrase::shortfall : Phrase::excess,
              {subject(c.subject), value(c.sums[0]), value(c.sums[1]),
               c.has_forget ? span(c.span) : duration(lamplight::seconds(10))});
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
  return timed ? fill(Phrase::bound_for, {out, span(c.span)}) : out;
}

}  // namespace lamplight::rules
