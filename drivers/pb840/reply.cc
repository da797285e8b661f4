#include "drivers/pb840/reply.h"

#include <algorithm>
#include <charconv>

#include "drivers/sdk/decimal.h"

namespace lamplight::pb840 {
namespace {

constexpr char kStx = '\x02';
constexpr char kEtx = '\x03';

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(' ');
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(' ') - from + 1);
}

// "706," or "169 ," from the front of `rest`.
std::optional<size_t> take_count(std::string_view& rest) {
  const size_t comma = rest.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view digits = trimmed(rest.substr(0, comma));
  rest.remove_prefix(comma + 1);
  size_t count = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  const bool is_whole = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
  return is_whole ? std::optional(count) : std::nullopt;
}

std::optional<Report> take_report(std::string_view& rest) {
  constexpr size_t kLength = 6;
  const std::string_view name = rest.substr(0, kLength);
  rest.remove_prefix(std::min(kLength, rest.size()));
  if (name == "MISCA,") return Report::misca;
  if (name == "MISCF,") return Report::miscf;
  return std::nullopt;
}

// Every column ends with a comma, the last one too. False: not exactly `count` of them.
bool split(std::string_view body, size_t count, Reply& reply) {
  if (!std::ranges::all_of(body, is_printable)) return false;
  if (static_cast<size_t>(std::ranges::count(body, ',')) != count) return false;
  for (size_t i = 0; i < count; ++i) {
    const size_t comma = body.find(',');
    reply.columns[i] = trimmed(body.substr(0, comma));
    body.remove_prefix(comma + 1);
  }
  return body.empty();
}

bool is_plausible(const Field& field, std::string_view column) {
  if (is_blank(column)) return true;
  switch (field.kind) {
    case FieldKind::measured:
      return number_of(field, column).has_value();
    case FieldKind::other:
      return sdk::parse_decimal(column, 0).has_value();
    case FieldKind::setting:
      return column == "OFF" || sdk::parse_decimal(column, 0).has_value();
    case FieldKind::identity:
    case FieldKind::word:
    case FieldKind::alarm:
    case FieldKind::silenced:
    case FieldKind::alert:
      return true;  // unknown words are told, not dropped
  }
  return false;
}

}  // namespace

bool is_blank(std::string_view column) {
  return column.find_first_not_of('-') == std::string_view::npos;
}

std::optional<int32_t> number_of(const Field& field, std::string_view column) {
  const auto number = sdk::parse_decimal(column, field.decimals);
  const bool can_be = number && *number >= field.min && *number <= field.max;
  return can_be ? number : std::nullopt;
}

std::optional<Reply> parse_reply(std::string_view text) {
  std::string_view rest = text;
  const auto report = take_report(rest);
  if (!report) return std::nullopt;
  const auto bytes = take_count(rest);
  const auto fields = take_count(rest);
  const size_t expected = *report == Report::misca ? kMiscaFields : kMiscfFields;
  // Another number of columns would be another layout: its numbers are not ours to guess.
  if (!bytes || fields != expected || rest.size() < 2) return std::nullopt;
  if (rest.front() != kStx || rest.back() != kEtx) return std::nullopt;
  const std::string_view body = rest.substr(1, rest.size() - 2);
  if (body.size() != *bytes) return std::nullopt;
  Reply reply{.report = *report, .columns = {}};
  if (!split(body, expected, reply)) return std::nullopt;
  const auto fits = [&](const Field& field) { return is_plausible(field, reply.at(field.number)); };
  if (!std::ranges::all_of(fields_of(*report), fits)) return std::nullopt;
  return reply;
}

}  // namespace lamplight::pb840
