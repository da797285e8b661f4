#include "rules/language/typer.h"

#include <array>
#include <set>
#include <utility>

#include "rules/language/cursor.h"

namespace lamplight::rules {

using ast::Condition;
using ast::ConditionKind;
using ast::Factor;

std::string name_of(const Dimension& dimension) {
  struct Row {
    std::string_view unit;
    std::string_view words;
  };
  static constexpr std::array kRows = {
      Row{"percent", "a percentage"}, Row{"s", "a time"},
      Row{"bpm", "a heart rate"},     Row{"breaths/min", "a breathing rate"},
      Row{"mL", "a volume"},          Row{"hPa", "a pressure"},
      Row{"mL/h", "a flow"},          Row{"degC", "a temperature"},
      Row{"none", "a pure number"},   Row{"percent*s", "a percentage times a time"},
  };
  for (const Row& row : kRows) {
    const auto unit = find_unit(row.unit);
    if (unit && unit->dimension == dimension) return std::string(row.words);
  }
  return "another kind of quantity";
}

Typer::Typer(const ast::File& file, Scope& scope, Reporter& reporter)
    : file_(file),
      scope_(scope),
      reporter_(reporter),
      let_values_(file.lets.size()),
      let_is_numeric_(file.lets.size()) {}

void Typer::check_file() {
  for (const ast::Limit& l : file_.limits) limit(l);
  lets();
  for (const ast::Alarm& a : file_.alarms) alarm(a);
  for (const ast::Alarm& a : file_.broken_alarms) alarm(a);
  for (const ast::Inhibit& i : file_.inhibits) inhibit(i);
  for (const ast::Lost& l : file_.losts) lost(l);
  for (const ast::Button& b : file_.buttons) button(b);
}

void Typer::button(const ast::Button& b) {
  const bool lasts = b.lasts_at_most.ns > 0 && b.lasts_at_most <= hours(24);
  const bool rests = !b.rests || *b.rests <= hours(24);
  if (lasts && rests) return;
  reporter_.report(b.name.at, "E10",
                   in_quotes(b.name.text) + (lasts ? " rests for more than 24 h"
                                                   : " must last more than 0 and at most 24 h"),
                   "write `lasts at most 3 min rests 1 min`");
}

std::string Typer::words(const Condition& c) const {
  return in_quotes(reporter_.words(c.at, c.end));
}

bool Typer::is_numeric_let(const ast::Let& let) const {
  if (let.body.kind != ConditionKind::value || let.body.parenthesised) return false;
  const ast::Sum& body = let.body.sums.front();
  const Factor& first = body.terms.front().factor;
  const bool plain = body.terms.size() == 1 && body.terms.front().scalings.empty();
  if (!plain || first.kind != Factor::Kind::name) return true;
  const auto symbol = scope_.find(first.name.text);
  if (!symbol) return false;
  if (symbol->kind == SymbolKind::limit) return true;
  if (symbol->kind == SymbolKind::let) return let_is_numeric_[symbol->index];
  return symbol->kind == SymbolKind::signal &&
         file_.signals[symbol->index].type.kind == ast::Type::Kind::quantity;
}

void Typer::lets() {
  for (size_t i = 0; i < file_.lets.size(); ++i) {
    const ast::Let& let = file_.lets[i];
    let_is_numeric_[i] = is_numeric_let(let);
    if (let_is_numeric_[i]) {
      let_values_[i] = sum(let.body.sums.front());
    } else {
      condition(let.body);
    }
  }
}

void Typer::roles(const std::vector<ast::EscalationStep>& steps) {
  for (const ast::EscalationStep& step : steps) scope_.use_role(step.role);
}

void Typer::alarm(const ast::Alarm& a) {
  if (a.when) condition(*a.when);
  if (a.clear) condition(*a.clear);
  if (a.worsens) condition(a.worsens->when);
  if (a.say) text(*a.say);
  if (a.act) text(*a.act);
  roles(a.escalate);
}

void Typer::inhibit(const ast::Inhibit& i) {
  std::set<std::pair<bool, std::string_view>> seen;
  for (const ast::AlarmRef& ref : i.alarms) {
    if (!seen.insert({ref.is_lost, ref.name.text}).second) {
      const std::string name = (ref.is_lost ? "lost " : "") + ref.name.text;
      reporter_.report(ref.name.at, "E12", in_quotes(name) + " is in this list twice",
                       "keep one of them");
    }
    static_cast<void>(scope_.use(ref.name, ref.is_lost ? SymbolKind::signal : SymbolKind::alarm));
  }
  condition(i.condition, true);
  if (i.at_most && (i.at_most->ns <= 0 || *i.at_most > hours(24))) {
    reporter_.report(i.at, "E10", "an inhibition lasts more than 0 and at most 24 h",
                     "write `at most 3 min`");
  }
}

void Typer::lost(const ast::Lost& l) {
  static_cast<void>(scope_.use(l.signal, SymbolKind::signal));
  span(l.span);
  if (l.share && (l.share->of.ns <= 0 || l.share->of > hours(24))) {
    reporter_.report(l.span.at, "E10", "a window is longer than 0 and at most 24 h",
                     "write `or 50 percent of 3 min`");
  }
  text(l.text);
  if (l.act) text(*l.act);
  roles(l.escalate);
}

void Typer::limit(const ast::Limit& l) {
  const auto unit_name = [](const ast::Quantity& q) { return q.unit ? q.unit->name : ""; };
  for (const ast::ProfileValue& v : l.at) {
    static_cast<void>(scope_.use(v.profile, SymbolKind::profile));
    if (unit_name(v.value) == unit_name(l.value)) continue;
    const std::string wanted = unit_name(l.value);
    reporter_.report(
        v.value.at, "E1",
        in_quotes(l.name.text) + " is written in " +
            (wanted.empty() ? "no unit" : in_quotes(wanted)) + ", and this value in " +
            (v.value.unit ? in_quotes(unit_name(v.value)) : "no unit"),
        "write `" + to_text(v.value.number) + (wanted.empty() ? "" : " ") + wanted + "`");
  }
  for (const ast::Name& role : l.by) scope_.use_role(role);
}

void Typer::condition(const Condition& c, bool alarms_allowed) {
  switch (c.kind) {
    case ConditionKind::any:
    case ConditionKind::all:
    case ConditionKind::negation:
    case ConditionKind::since:
      for (const Condition& part : c.parts) condition(part, alarms_allowed);
      return;
    case ConditionKind::held:
    case ConditionKind::within:
      condition(c.parts.front(), alarms_allowed);
      span(c.span);
      if (c.gaps) span(*c.gaps);
      return;
    case ConditionKind::compare:
    case ConditionKind::between:
      return comparison(c);
    case ConditionKind::value:
      return lone_name(c, alarms_allowed);
    case ConditionKind::is_word:
    case ConditionKind::is_lost:
    case ConditionKind::is_valid:
      return word_test(c);
    case ConditionKind::shortfall:
    case ConditionKind::excess:
      return area(c);
    case ConditionKind::count:
      return condition(c.parts.front());
  }
}

void Typer::equal(const Value& a, const Value& b, Position at, const std::string& text,
                  std::string_view verb) {
  if (a.dimension == b.dimension) return;
  const Value& literal = a.bare_literal ? a : b;
  const Value& other = a.bare_literal ? b : a;
  if (literal.bare_literal) {
    reporter_.report(at, "E1", text + ": " + literal.unit.name + " what?",
                     "write `" + literal.unit.name + " " + other.unit.name + "`");
    return;
  }
  reporter_.report(at, "E1",
                   text + ": " + name_of(a.dimension) + " cannot be " + std::string(verb) + " " +
                       name_of(b.dimension),
                   b.dimension.is_number() || a.unit.name.empty()
                       ? "bring both sides to the same unit"
                       : "bring both sides to " + in_quotes(a.unit.name));
}

void Typer::comparison(const Condition& c) {
  const auto left = sum(c.sums[0]);
  for (size_t i = 1; i < c.sums.size(); ++i) {
    const auto right = sum(c.sums[i]);
    if (!left || !right) continue;
    const bool literal_is_left = left->bare_literal && !right->bare_literal;
    equal(*left, *right, literal_is_left ? c.sums[0].at : c.sums[i].at, words(c), "compared with");
  }
}

const ast::Signal* Typer::signal_of(const ast::Sum& subject) {
  const ast::Term& term = subject.terms.front();
  const bool plain = subject.terms.size() == 1 && term.scalings.empty() && !term.negative &&
                     term.factor.kind == Factor::Kind::name;
  if (!plain) {
    reporter_.report(subject.at, "E1",
                     in_quotes(reporter_.words(subject.at, subject.end)) +
                         " is a number; one signal's name is expected",
                     "name a signal");
    return nullptr;
  }
  const auto symbol = scope_.use(term.factor.name, SymbolKind::signal);
  return symbol ? &file_.signals[symbol->index] : nullptr;
}

void Typer::word_test(const Condition& c) {
  const ast::Signal* signal = signal_of(c.subject);
  if (signal == nullptr || c.kind != ConditionKind::is_word || c.word.text.empty()) return;
  if (signal->type.kind == ast::Type::Kind::boolean) {
    reporter_.report(c.word.at, "E1", in_quotes(signal->name.text) + " is true or false, no state",
                     "write `" + signal->name.text + "` or `not " + signal->name.text + "`");
    return;
  }
  if (signal->type.kind == ast::Type::Kind::quantity) {
    reporter_.report(c.word.at, "E1", in_quotes(signal->name.text) + " is a number, no state",
                     "compare it with <, <=, >, >= or `between`");
    return;
  }
  std::vector<std::string_view> known;
  for (const ast::Name& word : signal->type.words) {
    if (word.text == c.word.text) return;
    known.push_back(word.text);
  }
  const std::string near = nearest_word(c.word.text, known);
  reporter_.report(c.word.at, "E12", words(c) + ": no such state",
                   near.empty() ? "use a state that " + in_quotes(signal->name.text) + " lists"
                                : "did you mean " + in_quotes(near) + "?");
}

void Typer::lone_name(const Condition& c, bool alarms_allowed) {
  const ast::Sum& body = c.sums.front();
  const ast::Term& term = body.terms.front();
  const bool plain = body.terms.size() == 1 && term.scalings.empty() && !term.negative &&
                     term.factor.kind == Factor::Kind::name;
  if (!plain) {
    static_cast<void>(sum(body));
    reporter_.report(c.at, "E1", words(c) + " is a number, not a condition",
                     "compare it: `" + reporter_.words(c.at, c.end) + " < …`");
    return;
  }
  const ast::Name& name = term.factor.name;
  const auto symbol = scope_.use(name, "a signal that is true or false");
  if (!symbol) return;
  const auto refuse = [&](const std::string& what, const std::string& fix) {
    reporter_.report(name.at, "E1", in_quotes(name.text) + " is " + what + ", not a condition",
                     fix);
  };
  switch (symbol->kind) {
    case SymbolKind::button:
      return;
    case SymbolKind::profile:
      return refuse("a profile", "give a limit a value `at` it");
    case SymbolKind::limit:
      return refuse("a limit", "compare a signal with it");
    case SymbolKind::alarm:
      if (!alarms_allowed) {
        refuse("an alarm", "an alarm stands only after `inhibit … while`; repeat its condition");
      }
      return;
    case SymbolKind::let:
      if (symbol->at.file == name.at.file && symbol->at.offset > name.at.offset) {
        reporter_.report(name.at, "E12", in_quotes(name.text) + " is used before its `let`",
                         "move the `let` up");
      } else if (let_is_numeric_[symbol->index]) {
        refuse("a number", "compare it with <, <=, >, >= or `between`");
      }
      return;
    case SymbolKind::signal:
      break;
  }
  const ast::Type::Kind kind = file_.signals[symbol->index].type.kind;
  if (kind == ast::Type::Kind::quantity) {
    refuse("a number", "compare it with <, <=, >, >= or `between`");
  } else if (kind == ast::Type::Kind::enumeration) {
    refuse("a state", "write `" + name.text + " is …`");
  }
}

void Typer::area(const Condition& c) {
  const ast::Signal* signal = signal_of(c.subject);
  const auto level = sum(c.sums[0]);
  const auto budget = sum(c.sums[1]);
  if (c.has_forget) span(c.span);
  if (signal != nullptr && signal->type.kind != ast::Type::Kind::quantity) {
    reporter_.report(c.subject.at, "E1", in_quotes(signal->name.text) + " is no number",
                     "name a numeric signal");
  } else if (signal != nullptr && level && budget) {
    const Value value{signal->type.unit.dimension, signal->type.unit, false};
    equal(value, *level, c.sums[0].at, words(c), "compared with");
    Value area = value;
    area.unit.name += "*s";
    Dimension& d = area.dimension;
    ++d.exponent[static_cast<size_t>(Base::time)];
    equal(area, *budget, c.sums[1].at, words(c), "compared with");
  }
}

void Typer::span(const ast::Span& s) {
  if (s.literal || s.limit.text.empty()) return;
  const auto symbol = scope_.use(s.limit, SymbolKind::limit);
  if (!symbol) return;
  const ast::Quantity& value = file_.limits[symbol->index].value;
  const bool is_time = value.unit && value.unit->dimension == second().dimension;
  if (is_time) return;
  reporter_.report(s.limit.at, "E1",
                   in_quotes(s.limit.text) + " is " +
                       name_of(value.unit ? value.unit->dimension : Dimension{}) +
                       ", and a time is expected",
                   "name a limit in s, min or h");
}

void Typer::text(const ast::Text& t) {
  for (const ast::Text::Hole& hole : t.holes) {
    if (hole.kind != ast::Text::Hole::Kind::sum) continue;
    // Names in holes have their own code: a wrong hole is a wrong sentence, not a wrong rule.
    bool is_good = true;
    for (const ast::Term& term : hole.sum.terms) {
      if (term.factor.kind != Factor::Kind::name) continue;
      const ast::Name& hole_name = term.factor.name;
      const auto symbol = scope_.find(hole_name.text);
      if (hole_name.text.empty() || scope_.is_broken(hole_name.text)) {
        is_good = false;
      } else if (!symbol) {
        reporter_.report(hole.at, "E13", "`{" + hole.source + "}` names nothing",
                         scope_.did_you_mean(hole_name.text));
        is_good = false;
      } else {
        const bool numeric = symbol->kind == SymbolKind::limit ||
                             (symbol->kind == SymbolKind::let && let_is_numeric_[symbol->index]) ||
                             (symbol->kind == SymbolKind::signal &&
                              file_.signals[symbol->index].type.kind == ast::Type::Kind::quantity);
        if (numeric) continue;
        reporter_.report(hole.at, "E13",
                         "`{" + hole.source + "}` is no number: " + in_quotes(hole_name.text) +
                             " is a " + std::string(name_of(symbol->kind)) +
                             (symbol->kind == SymbolKind::let ? " of a condition" : ""),
                         "name a number, or say it in words");
        is_good = false;
      }
    }
    if (is_good) static_cast<void>(sum(hole.sum));
  }
}

}  // namespace lamplight::rules
