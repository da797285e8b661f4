// "spo2_low=84..94/0.5" as exact numbers: the axis of a sweep.
#include <algorithm>

#include "rules/model/json_writer.h"
#include "rules/replay/csv.h"
#include "rules/replay/whatif/sweep.h"

namespace lamplight::replay {
namespace {

constexpr int64_t kNano = 1'000'000'000;

struct Number {
  int64_t nano = 0;  // billionths of the unit
  std::string unit;
};

[[nodiscard]] Result<Number> parse_number(std::string_view text) {
  size_t end = 0;
  while (end < text.size() &&
         (text[end] == '-' || text[end] == '.' || (text[end] >= '0' && text[end] <= '9'))) {
    ++end;
  }
  const auto nano = parse_seconds(text.substr(0, end));
  if (!nano) return failure("`" + std::string(text) + "` is no number");
  std::string_view unit = text.substr(end);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  return Number{*nano, std::string(unit)};
}

// Nanoseconds in one of a unit of time; 0: it is none.
int64_t ns_of_unit(std::string_view unit) {
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return kNano;
  if (unit == "min") return 60 * kNano;
  if (unit == "h") return 3600 * kNano;
  return 0;
}

// What an axis counts in: steps of a limit, or nanoseconds.
struct Scale {
  std::string unit;
  __int128 num = 1;  // one step = num / den of `unit`; of time: one nanosecond
  __int128 den = kNano;
  bool is_time = true;
  int64_t grain = 1;  // steps in one unit of the limit's last printed digit

  // Steps, or nothing when it is no whole number of them.
  std::optional<int64_t> steps(const Number& number) const {
    __int128 above = number.nano;
    __int128 below = kNano;
    if (is_time) {
      const std::string& given = number.unit.empty() ? unit : number.unit;
      above *= ns_of_unit(given);
    } else {
      above *= den;
      below *= num;
    }
    if (above % below != 0) return std::nullopt;
    return static_cast<int64_t>(above / below);
  }
  std::string label(int64_t value) const {
    std::string out;
    if (is_time) {
      append_decimal(out, value, 9);
      return out + " s";
    }
    __int128 nano = __int128{value} * num * kNano / den;
    append_decimal(out, static_cast<int64_t>(nano), 9);
    return unit.empty() ? out : out + " " + unit;
  }
};

[[nodiscard]] Result<int64_t> read_value(const Scale& scale, std::string_view text) {
  const auto number = parse_number(text);
  if (!number) return failure(number.error());
  const bool fits = number->unit.empty() || number->unit == scale.unit ||
                    (scale.is_time && ns_of_unit(number->unit) != 0);
  if (!fits) return failure("`" + std::string(text) + "`: this is counted in " + scale.unit);
  const auto steps = scale.steps(*number);
  if (!steps || *steps % scale.grain != 0) {
    return failure("`" + std::string(text) + "` is finer than " + scale.label(scale.grain) +
                   ", the step of this limit");
  }
  return *steps;
}

// The finest of 1, 2, 5 times a power of ten steps that makes at most 21 values.
int64_t default_stride(int64_t length) {
  for (int64_t power = 1;; power *= 10) {
    for (const int64_t stride : {power, 2 * power, 5 * power}) {
      if (length / stride <= 20) return stride;
    }
  }
}

[[nodiscard]] Result<std::vector<int64_t>> values_of(const Scale& scale, std::string_view text) {
  std::vector<int64_t> values;
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    for (size_t at = 0; at <= text.size();) {
      const size_t comma = std::min(text.find(',', at), text.size());
      const auto value = read_value(scale, text.substr(at, comma - at));
      if (!value) return failure(value.error());
      values.push_back(*value);
      at = comma + 1;
    }
    return values;
  }
  const size_t slash = text.find('/');
  const auto first = read_value(scale, text.substr(0, dots));
  if (!first) return failure(first.error());
  const size_t length = slash == std::string_view::npos ? slash : slash - dots - 2;
  const auto last = read_value(scale, text.substr(dots + 2, length));
  if (!last) return failure(last.error());
  if (*last < *first) return failure("the range ends before it begins");
  int64_t stride = default_stride((*last - *first) / scale.grain) * scale.grain;
  if (slash != std::string_view::npos) {
    const auto given = read_value(scale, text.substr(slash + 1));
    if (!given) return failure(given.error());
    stride = *given;
    if (stride <= 0) return failure("a step is more than 0");
  }
  if ((*last - *first) / stride >= static_cast<int64_t>(kSweepValuesMax)) {
    return failure("more than " + std::to_string(kSweepValuesMax) +
                   " values: write a wider step behind /");
  }
  for (int64_t v = *first; v <= *last; v += stride) values.push_back(v);
  return values;
}

// A limit is counted finer than it is written: nobody sweeps hundredths of a percent.
int64_t grain_of(const engine::Limit& limit) {
  __int128 unit = limit.step.num;
  for (int i = 0; i < limit.decimals; ++i) unit *= 10;
  const bool is_whole = unit > 0 && limit.step.den % unit == 0;
  return is_whole ? static_cast<int64_t>(limit.step.den / unit) : 1;
}

}  // namespace

Result<Axis> parse_axis(const engine::Program& program, const std::string& text) {
  const auto refuse = [&](const std::string& why) {
    return failure("--sweep " + text + ": " + why);
  };
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return refuse("write NAME=FROM..TO or NAME=FROM..TO/STEP, such as spo2_low=84..94/0.5");
  }
  Axis axis;
  axis.name = text.substr(0, equals);
  Scale scale{"s", 1, kNano, true, 1};
  std::string limits;
  for (size_t i = 0; i < program.limits.size(); ++i) {
    limits += (i > 0 ? ", " : "") + program.limits[i].name;
    if (program.limits[i].name == axis.name) axis.limit = static_cast<engine::LimitIndex>(i);
  }
  if (axis.limit != engine::kNone) {
    const engine::Limit& limit = program.limits[axis.limit];
    scale.unit = limit.unit;
    scale.is_time = ns_of_unit(limit.unit) != 0;
    if (!scale.is_time) {
      scale.num = limit.step.num;
      scale.den = limit.step.den;
      scale.grain = grain_of(limit);
    }
  } else if (axis.name != "delay") {
    return refuse("the rules have no limit `" + axis.name + "`; write delay or one of: " + limits);
  }
  auto values = values_of(scale, std::string_view(text).substr(equals + 1));
  if (!values) return refuse(values.error());
  if (values->size() > kSweepValuesMax) return refuse("too many values");
  axis.values = std::move(*values);
  for (const int64_t v : axis.values) axis.labels.push_back(scale.label(v));
  const int64_t low = axis.limit == engine::kNone ? 0 : program.limits[axis.limit].allowed_min;
  const int64_t high =
      axis.limit == engine::kNone ? hours(24).ns : program.limits[axis.limit].allowed_max;
  for (const int64_t v : axis.values) {
    if (v >= low && v <= high) continue;
    return refuse(scale.label(v) + " is outside what the rules allow: " + scale.label(low) +
                  " to " + scale.label(high));
  }
  return axis;
}

}  // namespace lamplight::replay
