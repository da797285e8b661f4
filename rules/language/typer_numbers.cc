// What a sum is: dimensions and units of names, windows and ages (E1, E12).
#include "rules/language/typer.h"

namespace lamplight::rules {
namespace {

using ast::Factor;

// Of temperatures: a reading, not a difference of two.
bool is_absolute(const Factor& f) {
  if (f.kind == Factor::Kind::name) return true;
  return f.kind == Factor::Kind::aggregate &&
         (f.aggregate == ast::Aggregate::mean || f.aggregate == ast::Aggregate::min ||
          f.aggregate == ast::Aggregate::max);
}

}  // namespace

std::optional<Typer::Value> Typer::sum(const ast::Sum& s) {
  std::optional<Value> out;
  bool broken = false;
  int absolute_temperatures = 0;
  for (const ast::Term& term : s.terms) {
    const auto value = factor(term.factor);
    if (!value) {
      broken = true;
      continue;
    }
    const bool is_affine = value->unit.is_affine() && is_absolute(term.factor);
    if (is_affine) absolute_temperatures += term.negative ? -1 : 1;
    if (is_affine && (!term.scalings.empty() || absolute_temperatures > 1)) {
      reporter_.report(term.factor.at, "E1", "of temperatures only differences add",
                       "write `a - b`, or compare them one by one");
    }
    if (!out) {
      out = value;
      continue;
    }
    equal(*out, *value, term.factor.at, in_quotes(reporter_.words(s.at, s.end)), "added to");
    if (out->bare_literal) out = value;
  }
  if (out && s.terms.size() > 1 && out->bare_literal) out->unit.name = reporter_.words(s.at, s.end);
  return broken ? std::nullopt : out;
}

std::optional<Typer::Value> Typer::factor(const Factor& f) {
  switch (f.kind) {
    case Factor::Kind::quantity: {
      Value out;
      if (f.quantity.unit) {
        out.unit = *f.quantity.unit;
        out.dimension = out.unit.dimension;
      } else {
        out.unit.name = to_text(f.quantity.number);  // for "90 what?"
        out.bare_literal = true;
      }
      return out;
    }
    case Factor::Kind::name:
      return name(f.name);
    case Factor::Kind::aggregate:
      return aggregate(f);
    case Factor::Kind::age:
      if (!scope_.use(f.name, SymbolKind::signal)) return std::nullopt;
      return Value{second().dimension, second(), false};
  }
  return std::nullopt;
}

std::optional<Typer::Value> Typer::name(const ast::Name& name) {
  const auto symbol = scope_.use(name, "a signal, a limit or a `let`");
  if (!symbol) return std::nullopt;
  const auto refuse = [&](const std::string& what, const std::string& fix) {
    reporter_.report(name.at, "E1", in_quotes(name.text) + " is " + what + ", not a number", fix);
    return std::nullopt;
  };
  switch (symbol->kind) {
    case SymbolKind::signal: {
      const ast::Type& type = file_.signals[symbol->index].type;
      if (type.kind == ast::Type::Kind::boolean) {
        return refuse("true or false", "write it alone, as a condition");
      }
      if (type.kind == ast::Type::Kind::enumeration) {
        return refuse("a state", "write `" + name.text + " is …`");
      }
      return Value{type.unit.dimension, type.unit, false};
    }
    case SymbolKind::limit: {
      const ast::Quantity& value = file_.limits[symbol->index].value;
      if (!value.unit) return Value{};
      return Value{value.unit->dimension, *value.unit, false};
    }
    case SymbolKind::let:
      if (symbol->at.file == name.at.file && symbol->at.offset > name.at.offset) {
        reporter_.report(name.at, "E12", in_quotes(name.text) + " is used before its `let`",
                         "move the `let` up");
        return std::nullopt;
      }
      if (!let_is_numeric_[symbol->index]) {
        return refuse("a condition", "name a number");
      }
      return let_values_[symbol->index];
    case SymbolKind::button:
      return refuse("a button", "name a number");
    case SymbolKind::profile:
      return refuse("a profile", "name a number");
    case SymbolKind::alarm:
      return refuse("an alarm", "name a number");
  }
  return std::nullopt;
}

std::optional<Typer::Value> Typer::aggregate(const Factor& f) {
  if (!f.condition.empty()) condition(f.condition.front());
  if (f.aggregate == ast::Aggregate::share) {
    const Unit percent = find_unit("percent").value_or(Unit{});
    return Value{percent.dimension, percent, false};
  }
  const auto symbol = scope_.use(f.name, SymbolKind::signal);
  if (!symbol) return std::nullopt;
  const ast::Type& type = file_.signals[symbol->index].type;
  if (type.kind != ast::Type::Kind::quantity) {
    reporter_.report(f.name.at, "E1", in_quotes(f.name.text) + " is no number",
                     "name a numeric signal, or write `share of time ( … ) over …`");
    return std::nullopt;
  }
  return Value{type.unit.dimension, type.unit, false};
}

}  // namespace lamplight::rules
