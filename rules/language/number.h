// Exact numbers of the rules language: a decimal fraction as it was written, and ratios of 128-bit
// integers for everything computed from it at compile time. Nothing here rounds and nothing here
// is floating point; an operation that would not fit is reported, never wrapped.
#pragma once

#include <cstdint>
#include <numeric>
#include <optional>
#include <string>

namespace lamplight::rules {

// digits * 10^-places, as written: 90.05 is {9005, 2}. At most 18 digits.
struct Decimal {
  int64_t digits = 0;
  int places = 0;
  bool operator==(const Decimal&) const = default;
};

using Int128 = __int128;

// A fraction in lowest terms, denominator > 0.
struct Ratio {
  Int128 num = 0;
  Int128 den = 1;
  bool operator==(const Ratio&) const = default;

  static constexpr Ratio of(int64_t n) { return {n, 1}; }
};

// Nothing if the result, in lowest terms, does not fit 2^120.
std::optional<Ratio> make_ratio(Int128 num, Int128 den);
std::optional<Ratio> add(Ratio a, Ratio b);
std::optional<Ratio> subtract(Ratio a, Ratio b);
std::optional<Ratio> multiply(Ratio a, Ratio b);
std::optional<Ratio> divide(Ratio a, Ratio b);  // nothing also for b = 0
// -1, 0, 1. Both must be products of at most 2^120 (make_ratio's promise keeps them so).
int compare(Ratio a, Ratio b);
Ratio to_ratio(Decimal d);

Int128 floor_of(Ratio r);
Int128 ceil_of(Ratio r);
// Half away from zero, as values are shown to people.
Int128 round_of(Ratio r);
// The value as int64, only if it is a whole number that fits.
std::optional<int64_t> whole(Ratio r);

// "90.05"; a ratio that is no decimal fraction is rounded to `places_max` digits.
std::string to_text(Decimal d);
std::string to_text(Ratio r, int places_max = 9);

}  // namespace lamplight::rules
