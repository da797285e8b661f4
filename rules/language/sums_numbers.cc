// Windows and ages as terms of a sum.
#include "rules/engine/state.h"
#include "rules/language/sums.h"

namespace lamplight::rules {
namespace {

using ast::Aggregate;
using engine::OpKind;

// What a window needs where it does not say it, and the most that it can have at every instant: it
// holds 63 to 64 of 64 panes.
constexpr Decimal kNeedsDefault{70, 0};
constexpr int64_t kNeedsMost = 98;

OpKind kind_of(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::mean:
      return OpKind::mean;
    case Aggregate::min:
      return OpKind::minimum;
    case Aggregate::max:
      return OpKind::maximum;
    case Aggregate::change:
      return OpKind::change;
    case Aggregate::drop:
      return OpKind::drop;
    case Aggregate::rise:
      return OpKind::rise;
    case Aggregate::share:
      return OpKind::share;
  }
  return OpKind::mean;
}

// The least known time, in µs, rounded up.
std::optional<int64_t> least_us(Duration length, Decimal needs) {
  const auto us = multiply(to_ratio(needs), make_ratio(length.ns, 100'000).value_or(Ratio{}));
  return us ? std::optional(static_cast<int64_t>(ceil_of(*us))) : std::nullopt;
}

LinearForm number_form(engine::OpIndex op, Ratio unit) {
  LinearForm out;
  out.numbers[op] = unit;
  return out;
}

}  // namespace

std::optional<LinearForm> Sums::share(engine::OpIndex inner, Duration over,
                                      std::optional<Decimal> needs) {
  const auto least = least_us(over, needs.value_or(kNeedsDefault));
  if (!least) return std::nullopt;
  // Base unit percent: 1/1000 of the time is 0.1.
  return number_form(builder_.share(inner, over, *least), {100, engine::kShareScale});
}

std::optional<LinearForm> Sums::age(const ast::Factor& f) {
  const auto symbol = scope_.find(f.name.text);
  const uint16_t index = indices_.signals[symbol->index];
  if (index == engine::kNone) return std::nullopt;
  return number_form(builder_.age(index), {1, 1'000'000'000});
}

std::optional<LinearForm> Sums::aggregate(const ast::Factor& f) {
  if (f.over.ns <= 0 || f.over > hours(24)) {
    reporter_.report(f.at, "E10", "a window is longer than 0 and at most 24 h",
                     "write `over 60 s`");
    return LinearForm{};
  }
  if (f.needs && rules::compare(to_ratio(*f.needs), Ratio::of(kNeedsMost)) > 0) {
    reporter_.report(f.at, "E10",
                     "a window may need at most 98 percent: it holds 63 to 64 of its 64 parts",
                     "write `needs 98 percent valid` or less");
    return LinearForm{};
  }
  if (f.aggregate == Aggregate::share) {
    return share(condition_(f.condition.front()), f.over, f.needs);
  }
  const auto symbol = scope_.find(f.name.text);
  const uint16_t index = indices_.signals[symbol->index];
  const auto least = least_us(f.over, f.needs.value_or(kNeedsDefault));
  if (index == engine::kNone || !least) return std::nullopt;
  const engine::OpIndex op = builder_.window(kind_of(f.aggregate), index, f.over, *least);
  return number_form(op, signals_.at(index).step);
}

// E10 of what cannot be solved exactly: two fractions, or a fraction beside an age.
bool Sums::is_solvable(const engine::Linear& linear, Position at) {
  int fractions = 0;
  int ages = 0;
  for (const engine::Term& t : linear.numbers) {
    const OpKind kind = builder_.kind_of(t.index);
    fractions += kind == OpKind::mean || kind == OpKind::share ? 1 : 0;
    ages += kind == OpKind::age ? 1 : 0;
  }
  if (fractions < 2 && (fractions == 0 || ages == 0)) return true;
  reporter_.report(at, "E10",
                   "a comparison holds at most one `mean` or `share`, and no `age` of "
                   "a signal beside it",
                   "compare each with a limit, and join them with `and`");
  return false;
}

engine::OpIndex Sums::lost_share(engine::OpIndex lost, const ast::Lost& from) {
  const auto wanted = share(lost, from.share->of, std::nullopt);
  auto difference = wanted;
  LinearForm percent;
  percent.constant = to_ratio(from.share->percent);
  if (!difference || !scale(*difference, {-1, 1}) || !accumulate(*difference, percent)) {
    overflow(from.at);
    return builder_.constant(engine::Truth::unknown);
  }
  const auto scaled = to_integers(*difference);
  if (!scaled) {
    overflow(from.at);
    return builder_.constant(engine::Truth::unknown);
  }
  engine::Show show;
  const auto step = divide({-1, 1}, scaled->factor);
  show.step = to_engine(step.value_or(Ratio{1, 1})).value_or(engine::Ratio{});
  show.unit = "percent";
  show.decimals = 1;
  show.text = builder_.add_literal("share of time (" + from.signal.text + " is lost) over " +
                                   to_text(Ratio{from.share->of.ns, 1'000'000'000}) +
                                   " s >= " + to_text(from.share->percent) + " percent");
  return builder_.compare_number(scaled->linear, true, std::move(show));
}

}  // namespace lamplight::rules
