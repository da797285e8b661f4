#include "drivers/pirds/event.h"

#include <array>
#include <charconv>

namespace lamplight::pirds {
namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  bool take(char c) {
    skip_blanks();
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // "text" without escapes, which no event has.
  std::optional<std::string_view> quoted() {
    if (!take('"')) return std::nullopt;
    const size_t end = text_.find_first_of("\"\\");
    if (end == std::string_view::npos || text_[end] != '"') return std::nullopt;
    const std::string_view word = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return word;
  }
  std::optional<int64_t> number() {
    skip_blanks();
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc{}) return std::nullopt;
    text_.remove_prefix(static_cast<size_t>(end - text_.data()));
    return value;
  }
  bool is_at_end() {
    skip_blanks();
    return text_.empty();
  }

 private:
  void skip_blanks() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\t')) text_.remove_prefix(1);
  }
  std::string_view text_;
};

struct Found {
  bool event = false, type = false, loc = false, val = false;
};

// One `"key": value`; false: it is none, or not of its kind.
bool take_member(Cursor& at, Event& event, Found& found) {
  const auto key = at.quoted();
  if (!key || !at.take(':')) return false;
  const bool is_letter = *key == "event" || *key == "type" || *key == "loc";
  if (is_letter) {
    const auto word = at.quoted();
    if (!word || word->size() != 1) return false;
    if (*key == "event") event.event = (*word)[0], found.event = true;
    if (*key == "type") event.type = (*word)[0], found.type = true;
    if (*key == "loc") event.loc = (*word)[0], found.loc = true;
    return true;
  }
  const auto number = at.number();
  if (!number) return false;
  if (*key == "val") event.val = *number, found.val = true;
  return *key == "val" || *key == "num" || *key == "ms";
}

}  // namespace

std::optional<Event> parse_event(std::string_view line) {
  constexpr int kMembersMax = 8;
  Cursor at(line);
  if (!at.take('{')) return std::nullopt;
  Event event;
  Found found;
  for (int i = 0; i < kMembersMax; ++i) {
    if (!take_member(at, event, found)) return std::nullopt;
    if (at.take(',')) continue;
    const bool is_whole = at.take('}') && at.is_at_end();
    const bool has_all = found.event && found.type && found.loc && found.val;
    return is_whole && has_all ? std::optional(event) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace lamplight::pirds
