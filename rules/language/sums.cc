#include "rules/language/sums.h"

#include <algorithm>
#include <numeric>

namespace lamplight::rules {
namespace {

using ast::Factor;

constexpr int kDecimalsMax = 9;
constexpr int kAgePlaces = 3;  // milliseconds are enough for people

Unit percent() { return find_unit("percent").value_or(Unit{}); }

// Over integers  g·s + c < 0  is  s + floor(c/g) < 0, g the divisor of the coefficients.
int64_t divide_out(engine::Linear& linear) {
  int64_t divisor = 0;
  for (const engine::Term& t : linear.signals) divisor = std::gcd(divisor, t.coefficient);
  for (const engine::Term& t : linear.limits) divisor = std::gcd(divisor, t.coefficient);
  if (divisor <= 1) return 1;
  for (engine::Term& t : linear.signals) t.coefficient /= divisor;
  for (engine::Term& t : linear.limits) t.coefficient /= divisor;
  linear.constant = static_cast<int64_t>(floor_of({linear.constant, divisor}));
  return divisor;
}

engine::Piece literal(std::string words) {
  return {engine::Piece::Kind::literal, std::move(words), {}};
}

std::string_view sign_of(ast::Relation relation) {
  switch (relation) {
    case ast::Relation::less:
      return " < ";
    case ast::Relation::less_equal:
      return " <= ";
    case ast::Relation::greater:
      return " > ";
    case ast::Relation::greater_equal:
      return " >= ";
  }
  return " ? ";
}

}  // namespace

Sums::Sums(const ast::File& file, const Scope& scope, Reporter& reporter,
           engine::ProgramBuilder& builder, const Indices& indices)
    : file_(file), scope_(scope), reporter_(reporter), builder_(builder), indices_(indices) {}

void Sums::overflow(Position at) {
  reporter_.report(at, "E10", "a number here may exceed 2^62", "write fewer digits");
}

bool Sums::stays_small(const engine::Linear& linear) const {
  constexpr Int128 kMost = Int128{1} << 62;
  Int128 reach = linear.constant < 0 ? -Int128{linear.constant} : Int128{linear.constant};
  const auto widen = [&](const engine::Term& t, const std::map<uint16_t, Known>& known) {
    const Known& k = known.at(t.index);
    Int128 furthest = 0;
    for (const int64_t end : {k.low, k.high}) {
      const Int128 product = Int128{t.coefficient} * end;
      furthest = std::max(furthest, product < 0 ? -product : product);
    }
    reach += furthest;
  };
  for (const engine::Term& t : linear.numbers) {
    const engine::NumberRange range = builder_.range_of(t.index);
    const Int128 low = Int128{t.coefficient} * range.low;
    const Int128 high = Int128{t.coefficient} * range.high;
    reach += std::max(low < 0 ? -low : low, high < 0 ? -high : high);
  }
  for (const engine::Term& t : linear.signals) widen(t, signals_);
  for (const engine::Term& t : linear.limits) widen(t, limits_);
  return reach < kMost;
}

std::optional<LinearForm> Sums::named(const ast::Name& name) {
  const auto symbol = scope_.find(name.text);
  if (!symbol) return std::nullopt;
  LinearForm out;
  if (symbol->kind == SymbolKind::signal) {
    const uint16_t index = indices_.signals[symbol->index];
    if (index == engine::kNone) return std::nullopt;
    out.signals[index] = signals_[index].step;
    return out;
  }
  if (symbol->kind == SymbolKind::limit) {
    const uint16_t index = indices_.limits[symbol->index];
    out.limits[index] = limits_[index].step;
    return out;
  }
  const auto known = lets_.find(symbol->index);
  if (known != lets_.end()) return known->second;
  const auto made = form(file_.lets[symbol->index].body.sums.front());
  lets_[symbol->index] = made;
  return made;
}

std::optional<LinearForm> Sums::term(const ast::Term& t) {
  LinearForm out;
  if (t.factor.kind == Factor::Kind::quantity) {
    const Ratio unit_scale = t.factor.quantity.unit ? t.factor.quantity.unit->scale : Ratio{1, 1};
    const auto value = multiply(to_ratio(t.factor.quantity.number), unit_scale);
    if (!value) return std::nullopt;
    out.constant = *value;
  } else {
    const bool is_name = t.factor.kind == Factor::Kind::name;
    const auto found = is_name                              ? named(t.factor.name)
                       : t.factor.kind == Factor::Kind::age ? age(t.factor)
                                                            : aggregate(t.factor);
    if (!found) return std::nullopt;
    out = *found;
  }
  for (const ast::Scaling& s : t.scalings) {
    const Ratio by = to_ratio(s.by);
    const auto factor = s.divide ? divide({1, 1}, by) : by;
    if (!factor || !scale(out, *factor)) return std::nullopt;
  }
  if (t.negative && !scale(out, {-1, 1})) return std::nullopt;
  return out;
}

std::optional<LinearForm> Sums::form(const ast::Sum& sum) {
  LinearForm out;
  for (const ast::Term& t : sum.terms) {
    const auto one = term(t);
    if (!one || !accumulate(out, *one)) return std::nullopt;
  }
  return out;
}

// Once each, so that a chain of lets that double costs nothing.
const Sums::Style& Sums::style_of_let(size_t let) {
  const auto known = let_styles_.find(let);
  if (known != let_styles_.end()) return known->second;
  Style style;
  find_style(file_.lets[let].body.sums.front(), style.unit, style.decimals, style.has_unit);
  return let_styles_.emplace(let, std::move(style)).first->second;
}

void Sums::find_style(const ast::Sum& sum, Unit& unit, int& decimals, bool& has_unit) {
  const auto take = [&](const Unit& found, int places) {
    if (!has_unit) unit = found;
    has_unit = true;
    decimals = std::max(decimals, std::min(places, kDecimalsMax));
  };
  for (const ast::Term& t : sum.terms) {
    const Factor& f = t.factor;
    if (f.kind == Factor::Kind::quantity) {
      if (f.quantity.unit) take(*f.quantity.unit, f.quantity.number.places);
      if (!f.quantity.unit) decimals = std::max(decimals, f.quantity.number.places);
      continue;
    }
    if (f.kind == Factor::Kind::age) {
      take(second(), kAgePlaces);
      continue;
    }
    if (f.kind == Factor::Kind::aggregate && f.aggregate == ast::Aggregate::share) {
      take(percent(), 1);
      continue;
    }
    const auto symbol = scope_.find(f.name.text);
    if (!symbol) continue;
    if (symbol->kind == SymbolKind::signal) {
      const auto known = signals_.find(indices_.signals[symbol->index]);
      if (known != signals_.end()) take(known->second.unit, known->second.decimals);
    } else if (symbol->kind == SymbolKind::limit) {
      const auto known = limits_.find(indices_.limits[symbol->index]);
      if (known != limits_.end()) take(known->second.unit, known->second.decimals);
    } else if (symbol->kind == SymbolKind::let) {
      const Style& let = style_of_let(symbol->index);
      if (let.has_unit) take(let.unit, let.decimals);
      if (!let.has_unit) decimals = std::max(decimals, let.decimals);
    }
  }
}

std::optional<engine::Quantity> Sums::quantity_of(const LinearForm& f, const ast::Sum& sum) {
  engine::Quantity out;
  Unit unit;
  bool has_unit = false;
  find_style(sum, unit, out.decimals, has_unit);
  const auto scaled = to_integers(f);
  if (!scaled) return std::nullopt;
  const auto per_unit = multiply(scaled->factor, unit.scale);
  if (!per_unit) return std::nullopt;
  const auto step = divide({1, 1}, *per_unit);
  const auto engine_step = step ? to_engine(*step) : std::nullopt;
  if (!engine_step) return std::nullopt;
  if (!stays_small(scaled->linear)) return std::nullopt;
  out.value = scaled->linear;
  out.step = *engine_step;
  out.unit = unit.name == "none" ? "" : unit.name;
  return out;
}

std::optional<engine::Quantity> Sums::quantity(const ast::Sum& sum) {
  const auto f = form(sum);
  return f ? quantity_of(*f, sum) : std::nullopt;
}

// A side without signals is one number: limits are printed with the value they have.
void Sums::words(const ast::Sum& sum, engine::Text& out) {
  const auto f = form(sum);
  if (f && f->signals.empty() && f->numbers.empty()) {
    auto q = quantity_of(*f, sum);
    if (q) {
      out.pieces.push_back({engine::Piece::Kind::quantity, reporter_.words(sum.at, sum.end), *q});
      return;
    }
  }
  out.pieces.push_back(literal(reporter_.words(sum.at, sum.end)));
}

engine::OpIndex Sums::compare(const ast::Sum& left, ast::Relation relation, const ast::Sum& right,
                              Position at) {
  const auto refuse = [&] {
    overflow(at);
    return builder_.constant(engine::Truth::unknown);
  };
  auto difference = form(left);
  auto subtrahend = form(right);
  if (!difference || !subtrahend) return refuse();
  if (!scale(*subtrahend, {-1, 1}) || !accumulate(*difference, *subtrahend)) return refuse();
  // a > b is -(a - b) < 0; a <= b is (a - b) - 1 < 0 over integers.
  const bool turned =
      relation == ast::Relation::greater || relation == ast::Relation::greater_equal;
  const bool with_equal =
      relation == ast::Relation::less_equal || relation == ast::Relation::greater_equal;
  if (turned && !scale(*difference, {-1, 1})) return refuse();
  const auto scaled = to_integers(*difference);
  if (!scaled) return refuse();
  engine::Linear linear = scaled->linear;
  // Numbers of a window are fractions: nothing may be rounded there.
  const bool is_whole = linear.numbers.empty();
  if (!is_whole && !is_solvable(linear, at)) return builder_.constant(engine::Truth::unknown);
  if (with_equal && is_whole) linear.constant -= 1;
  const int64_t divisor = is_whole ? divide_out(linear) : 1;
  if (!stays_small(linear)) return refuse();

  engine::Show show;
  Unit unit;
  bool has_unit = false;
  find_style(left, unit, show.decimals, has_unit);
  if (!has_unit) find_style(right, unit, show.decimals, has_unit);
  engine::Text text;
  words(left, text);
  text.pieces.push_back(literal(std::string(sign_of(relation))));
  words(right, text);
  show.text = builder_.add_text(std::move(text));
  if (!linear.signals.empty() || !is_whole) {
    const auto per_unit = multiply(scaled->factor, unit.scale);
    const auto step = per_unit ? divide({turned ? -divisor : divisor, 1}, *per_unit) : std::nullopt;
    const auto engine_step = step ? to_engine(*step) : std::nullopt;
    if (!engine_step) return refuse();
    show.step = *engine_step;
    show.unit = unit.name.empty() ? "none" : unit.name;
  }
  if (!is_whole) return builder_.compare_number(std::move(linear), with_equal, std::move(show));
  return builder_.compare(std::move(linear), std::move(show));
}

}  // namespace lamplight::rules
