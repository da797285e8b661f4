// Cell by cell. Numbers are digits and a scale until they are whole steps: nothing is rounded.
#include "rules/replay/csv.h"

#include <algorithm>

#include "rules/model/catalogue.h"
#include "rules/model/nearest.h"

namespace lamplight::replay {
namespace {

using Wide = __int128;

struct Digits {
  int64_t value = 0;  // without the point
  int places = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

enum class Shape : uint8_t { number, too_long, not_a_number };

// [-] digits [ . digits ], at most 18 digits in all.
Shape parse_decimal(std::string_view text, Digits& out) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  out = {};
  size_t digits = 0;
  bool point = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      if (point || digits == 0 || i + 1 == text.size()) return Shape::not_a_number;
      point = true;
      continue;
    }
    if (!is_digit(text[i])) return Shape::not_a_number;
    ++digits;
    if (point) ++out.places;
    if (digits <= 18) out.value = out.value * 10 + (text[i] - '0');
  }
  if (digits == 0) return Shape::not_a_number;
  if (negative) out.value = -out.value;
  return digits <= 18 ? Shape::number : Shape::too_long;
}

Wide power_of_ten(int n) {
  Wide p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

// A state of the catalogue that these rules do not list.
bool is_other_state(const engine::Signal& signal, std::string_view cell) {
  const auto id = find_signal(signal.path);
  if (signal.kind != SignalKind::enumeration || !id) return false;
  const auto words = signal_info(*id).enumerators;
  return std::find(words.begin(), words.end(), cell) != words.end();
}

}  // namespace

Result<int64_t> parse_seconds(std::string_view text) {
  Digits d;
  if (parse_decimal(text, d) != Shape::number) {
    return failure("`" + std::string(text) + "` is no time in seconds");
  }
  if (d.places > 9) return failure("a time has at most 9 digits after the point");
  const Wide ns = Wide{d.value} * power_of_ten(9 - d.places);
  constexpr int64_t kMost = int64_t{1} << 62;  // leaves room for every deadline
  if (ns > kMost || ns < -kMost) return failure("`" + std::string(text) + "` is too far away");
  return static_cast<int64_t>(ns);
}

CsvReader::CsvReader(const engine::Program& program, std::string_view text)
    : program_(program), rest_(text) {}

std::string_view CsvReader::take_line() {
  ++line_;
  const size_t end = rest_.find('\n');
  std::string_view line = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

void CsvReader::fail(size_t column, std::string what) {
  errors_.push_back({line_, column, std::move(what)});
}

// A recording may have more than the rules read, but under names that exist: a name that was
// mistyped would be a night without that reading.
void CsvReader::note_unread(std::string_view name, size_t column) {
  if (lamplight::find_signal(name)) return;
  std::vector<std::string_view> known;
  for (const engine::Signal& signal : program_.signals) known.push_back(signal.path);
  const std::string_view meant = nearest(name, known);
  notes_.push_back({line_, column,
                    "the column `" + std::string(name) + "` is read by no rule" +
                        (meant.empty() ? "" : "; did you mean `" + std::string(meant) + "`?")});
}

bool CsvReader::bind(std::string_view name, size_t column) {
  const auto signal = program_.find_signal(name);
  if (!signal) {
    const bool is_path = name.find('.') != std::string_view::npos;
    if (is_path) {
      note_unread(name, column);
    } else {
      fail(column, "the rules have no signal `" + std::string(name) + "`");
    }
    columns_.push_back(engine::kNone);
    return is_path;
  }
  if (std::find(columns_.begin(), columns_.end(), *signal) != columns_.end()) {
    fail(column, "`" + std::string(name) + "` has a column already");
    return false;
  }
  columns_.push_back(*signal);
  return true;
}

bool CsvReader::read_header() {
  // Spreadsheets write a byte order mark and CRLF.
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  const std::string_view line = take_line();
  size_t at = line.find(',');
  if (line.substr(0, at) != "t") {
    fail(1, "the header begins with `t`");
    return false;
  }
  bool good = true;
  while (at != std::string_view::npos) {
    const size_t start = at + 1;
    at = line.find(',', start);
    const std::string_view name =
        line.substr(start, at == std::string_view::npos ? at : at - start);
    good = bind(name, start + 1) && good;
  }
  return good;
}

bool CsvReader::read_row() {
  const std::string_view line = take_line();
  samples_.clear();
  size_t at = line.find(',');
  const auto t = parse_seconds(line.substr(0, at));
  if (!t) {
    fail(1, t.error());
    return false;
  }
  if (previous_t_ && *t <= *previous_t_) {
    fail(1, "time does not rise here");
    return false;
  }
  previous_t_ = *t;
  t_ = *t;
  bool good = true;
  size_t column = 0;
  while (at != std::string_view::npos) {
    const size_t start = at + 1;
    at = line.find(',', start);
    const std::string_view cell =
        line.substr(start, at == std::string_view::npos ? at : at - start);
    if (column == columns_.size()) {
      fail(start + 1, "more cells than the header has columns");
      return false;
    }
    const uint16_t signal = columns_[column++];
    if (signal != engine::kNone && !cell.empty()) good = read_cell(cell, start + 1, signal) && good;
  }
  if (column < columns_.size()) {
    fail(line.size() + 1, "a column is missing: " + std::to_string(column + 1) + " of " +
                              std::to_string(columns_.size() + 1));
    return false;
  }
  return good;
}

bool CsvReader::read_cell(std::string_view cell, size_t column, engine::SignalIndex index) {
  const engine::Signal& signal = program_.signals[index];
  engine::InputSample sample{{t_}, 0, index, Quality::ok, Reason::none};
  const auto word = std::find(signal.enumerators.begin(), signal.enumerators.end(), cell);
  const bool is_bool = signal.kind == SignalKind::boolean;
  if (word != signal.enumerators.end()) {
    sample.value = static_cast<int32_t>(word - signal.enumerators.begin());
  } else if (is_bool && (cell == "true" || cell == "false")) {
    sample.value = cell == "true" ? 1 : 0;
  } else if (const auto reason = feedable_reason(cell)) {
    sample.quality = Quality::missing;
    sample.reason = *reason;
  } else if (is_other_state(signal, cell)) {
    // A state that the declaration does not list is unknown (language, section 3).
    sample.quality = Quality::missing;
    sample.reason = Reason::out_of_range;
  } else if (signal.kind != SignalKind::numeric) {
    fail(column, "`" + std::string(cell) + "` is no state of `" + signal.name + "` and no reason");
    return false;
  } else if (!read_number(cell, column, signal, sample)) {
    return false;
  }
  samples_.push_back(sample);
  return true;
}

bool CsvReader::read_number(std::string_view cell, size_t column, const engine::Signal& signal,
                            engine::InputSample& sample) {
  Digits d;
  const Shape shape = parse_decimal(cell, d);
  if (shape != Shape::number) {
    const char* why =
        shape == Shape::too_long ? "` has too many digits" : "` is no number and no reason";
    fail(column, "`" + std::string(cell) + why);
    return false;
  }
  while (d.places > 0 && d.value % 10 == 0) {
    d.value /= 10;
    --d.places;
  }
  // value / step = digits · den / (10^places · num); places ≤ 18 and den < 2^63 stay below 2^127.
  const Wide above = Wide{d.value} * signal.step.den;
  const Wide below = power_of_ten(d.places) * signal.step.num;
  if (above % below != 0) {
    fail(column, "`" + std::string(cell) + "` is no multiple of the step of `" + signal.name + "`");
    return false;
  }
  const Wide steps = above / below;
  if (steps > INT32_MAX || steps < INT32_MIN) {
    sample.quality = Quality::missing;
    sample.reason = Reason::out_of_range;
  } else {
    sample.value = static_cast<int32_t>(steps);
  }
  return true;
}

}  // namespace lamplight::replay
