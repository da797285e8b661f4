#include "rules/language/linear.h"

namespace lamplight::rules {
namespace {

constexpr Int128 kCoefficientMax = Int128{1} << 62;

Int128 gcd(Int128 a, Int128 b) {
  if (a < 0) a = -a;
  if (b < 0) b = -b;  // a negative divisor would turn the comparison round
  while (b != 0) {
    const Int128 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

bool add_into(std::map<uint16_t, Ratio>& into, const std::map<uint16_t, Ratio>& from) {
  for (const auto& [index, ratio] : from) {
    const auto sum = add(into.contains(index) ? into[index] : Ratio{0, 1}, ratio);
    if (!sum) return false;
    into[index] = *sum;
    if (sum->num == 0) into.erase(index);
  }
  return true;
}

bool scale_all(std::map<uint16_t, Ratio>& all, Ratio by) {
  for (auto& [index, ratio] : all) {
    const auto product = multiply(ratio, by);
    if (!product) return false;
    ratio = *product;
  }
  return true;
}

// The least common multiple of all denominators over the greatest common divisor of numerators.
std::optional<Ratio> common_factor(const LinearForm& form) {
  Int128 multiple = 1;
  Int128 divisor = 0;
  bool fits = true;
  const auto take = [&](Ratio r) {
    const Int128 step = r.den / gcd(multiple, r.den);
    if (__builtin_mul_overflow(multiple, step, &multiple)) fits = false;
    divisor = gcd(divisor, r.num);
  };
  for (const auto& [index, ratio] : form.signals) take(ratio);
  for (const auto& [index, ratio] : form.limits) take(ratio);
  for (const auto& [index, ratio] : form.numbers) take(ratio);
  take(form.constant);
  if (!fits) return std::nullopt;
  return make_ratio(multiple, divisor == 0 ? 1 : divisor);
}

std::optional<int64_t> coefficient(Ratio r, Ratio factor) {
  const auto product = multiply(r, factor);
  if (!product || product->den != 1) return std::nullopt;
  if (product->num >= kCoefficientMax || product->num <= -kCoefficientMax) return std::nullopt;
  return static_cast<int64_t>(product->num);
}

}  // namespace

bool accumulate(LinearForm& into, const LinearForm& from) {
  const auto constant = add(into.constant, from.constant);
  if (!constant) return false;
  into.constant = *constant;
  return add_into(into.signals, from.signals) && add_into(into.limits, from.limits) &&
         add_into(into.numbers, from.numbers);
}

bool scale(LinearForm& form, Ratio by) {
  const auto constant = multiply(form.constant, by);
  if (!constant || !scale_all(form.signals, by) || !scale_all(form.limits, by)) return false;
  if (!scale_all(form.numbers, by)) return false;
  form.constant = *constant;
  std::erase_if(form.signals, [](const auto& term) { return term.second.num == 0; });
  std::erase_if(form.limits, [](const auto& term) { return term.second.num == 0; });
  std::erase_if(form.numbers, [](const auto& term) { return term.second.num == 0; });
  return true;
}

std::optional<ScaledForm> to_integers(const LinearForm& form) {
  const auto factor = common_factor(form);
  if (!factor) return std::nullopt;
  ScaledForm out;
  out.factor = *factor;
  const auto all = [&](const std::map<uint16_t, Ratio>& from, std::vector<engine::Term>& to) {
    for (const auto& [index, ratio] : from) {
      const auto c = coefficient(ratio, *factor);
      if (!c) return false;
      to.push_back({index, *c});
    }
    return true;
  };
  if (!all(form.signals, out.linear.signals) || !all(form.limits, out.linear.limits) ||
      !all(form.numbers, out.linear.numbers)) {
    return std::nullopt;
  }
  const auto c = coefficient(form.constant, *factor);
  if (!c) return std::nullopt;
  out.linear.constant = *c;
  return out;
}

std::optional<engine::Ratio> to_engine(Ratio r) {
  if (r.num > INT64_MAX || r.num < -INT64_MAX || r.den > INT64_MAX) return std::nullopt;
  return engine::Ratio{static_cast<int64_t>(r.num), static_cast<int64_t>(r.den)};
}

}  // namespace lamplight::rules
