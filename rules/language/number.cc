// Ratios over 128-bit integers. Operands are kept below 2^120 in lowest terms, products are
// checked by the compiler's overflow builtins, so every result is exact or absent.
#include "rules/language/number.h"

#include <algorithm>

#include "rules/model/assert.h"

namespace lamplight::rules {
namespace {

constexpr Int128 kMagnitudeMax = Int128{1} << 120;

Int128 magnitude(Int128 v) { return v < 0 ? -v : v; }

Int128 gcd(Int128 a, Int128 b) {
  while (b != 0) {
    const Int128 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

std::optional<Int128> product(Int128 a, Int128 b) {
  Int128 out = 0;
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

Int128 power_of_ten(int exponent) {
  Int128 out = 1;
  for (int i = 0; i < exponent; ++i) out *= 10;
  return out;
}

std::string digits_of(Int128 value) {
  if (value == 0) return "0";
  std::string out;
  for (; value != 0; value /= 10) out += static_cast<char>('0' + static_cast<int>(value % 10));
  std::reverse(out.begin(), out.end());
  return out;
}

std::string decimal_text(Int128 digits, int places) {
  const std::string sign = digits < 0 ? "-" : "";
  std::string text = digits_of(magnitude(digits));
  const auto wanted = static_cast<size_t>(places);
  if (wanted == 0) return sign + text;
  if (text.size() <= wanted) text.insert(0, wanted + 1 - text.size(), '0');
  std::string fraction = text.substr(text.size() - wanted);
  text.resize(text.size() - wanted);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return sign + text + (fraction.empty() ? "" : "." + fraction);
}

}  // namespace

std::optional<Ratio> make_ratio(Int128 num, Int128 den) {
  if (den == 0) return std::nullopt;
  if (den < 0) {
    num = -num;
    den = -den;
  }
  const Int128 common = gcd(magnitude(num), den);
  const Ratio out{num / common, den / common};
  if (magnitude(out.num) > kMagnitudeMax || out.den > kMagnitudeMax) return std::nullopt;
  return out;
}

std::optional<Ratio> add(Ratio a, Ratio b) {
  const auto left = product(a.num, b.den);
  const auto right = product(b.num, a.den);
  const auto den = product(a.den, b.den);
  if (!left || !right || !den) return std::nullopt;
  Int128 sum = 0;
  if (__builtin_add_overflow(*left, *right, &sum)) return std::nullopt;
  return make_ratio(sum, *den);
}

std::optional<Ratio> subtract(Ratio a, Ratio b) { return add(a, Ratio{-b.num, b.den}); }

std::optional<Ratio> multiply(Ratio a, Ratio b) {
  const Int128 first = std::max<Int128>(gcd(magnitude(a.num), b.den), 1);
  const Int128 second = std::max<Int128>(gcd(magnitude(b.num), a.den), 1);
  const auto num = product(a.num / first, b.num / second);
  const auto den = product(a.den / second, b.den / first);
  if (!num || !den) return std::nullopt;
  return make_ratio(*num, *den);
}

std::optional<Ratio> divide(Ratio a, Ratio b) {
  if (b.num == 0) return std::nullopt;
  return multiply(a, b.num < 0 ? Ratio{-b.den, -b.num} : Ratio{b.den, b.num});
}

int compare(Ratio a, Ratio b) {
  // Whole parts first, then the remainders by Euclid: no product, so nothing can overflow.
  bool flipped = false;
  for (;;) {
    const Int128 whole_a = floor_of(a);
    const Int128 whole_b = floor_of(b);
    if (whole_a != whole_b) return (whole_a < whole_b) != flipped ? -1 : 1;
    const Int128 rest_a = a.num - whole_a * a.den;
    const Int128 rest_b = b.num - whole_b * b.den;
    if (rest_a == 0 || rest_b == 0) {
      if (rest_a == rest_b) return 0;
      return (rest_a == 0) != flipped ? -1 : 1;
    }
    a = Ratio{a.den, rest_a};
    b = Ratio{b.den, rest_b};
    flipped = !flipped;
  }
}

Ratio to_ratio(Decimal d) {
  const auto out = make_ratio(d.digits, power_of_ten(d.places));
  LL_ASSERT(out.has_value());
  return *out;
}

Int128 floor_of(Ratio r) {
  const Int128 whole = r.num / r.den;
  return r.num % r.den < 0 ? whole - 1 : whole;
}

Int128 ceil_of(Ratio r) { return -floor_of(Ratio{-r.num, r.den}); }

Int128 round_of(Ratio r) {
  const Int128 up = (magnitude(r.num) / r.den) + (magnitude(r.num) % r.den >= (r.den + 1) / 2);
  return r.num < 0 ? -up : up;
}

std::optional<int64_t> whole(Ratio r) {
  if (r.den != 1 || r.num > INT64_MAX || r.num < INT64_MIN) return std::nullopt;
  return static_cast<int64_t>(r.num);
}

std::string to_text(Decimal d) { return decimal_text(d.digits, d.places); }

std::string to_text(Ratio r, int places_max) {
  for (int places = 0; places < places_max; ++places) {
    if (power_of_ten(places) % r.den == 0) {
      return decimal_text(r.num * (power_of_ten(places) / r.den), places);
    }
  }
  const auto scaled = multiply(r, Ratio{power_of_ten(places_max), 1});
  if (!scaled) return decimal_text(round_of(r), 0);
  return decimal_text(round_of(*scaled), places_max);
}

}  // namespace lamplight::rules
