// The plan: one child's limits. An error costs one entry.
#include <array>
#include <utility>

#include "rules/language/cursor.h"
#include "rules/language/parse.h"
#include "rules/model/limits.h"

namespace lamplight::rules {
namespace {

bool date_exists(std::string_view text) {
  const auto digits = [&](size_t from, size_t count) {
    int out = 0;
    for (size_t i = from; i < from + count; ++i) out = out * 10 + (text[i] - '0');
    return out;
  };
  const int year = digits(0, 4);
  const int month = digits(5, 2);
  const int day = digits(8, 2);
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
#ifdef LL_PLANTED_BUG  // proves that the fuzz target reaches the dates of notes
  if (month > 12) __builtin_trap();
#endif
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

class PlanParser {
 public:
  PlanParser(const SourceText& source, uint16_t file_index, ParsedPlan& out)
      : c_(source, file_index, out.diagnostics), plan_(out.plan) {}

  void run() {
    c_.expect_word("plan");
    plan_.version = c_.expect_integer("the plan's number");
    c_.expect_word("for");
    plan_.child_at = c_.here();
    plan_.child = c_.expect_string("the child's name", limits::kPersonCharsMax);
    c_.expect_word("rules");
    plan_.rules_at = c_.here();
    plan_.rules_version = c_.expect_integer("the version of the rules");
    plan_.rules_title = c_.expect_string("the name of the rules", limits::kTitleCharsMax);
    plan_.is_header_broken = c_.panicking();
    if (c_.panicking()) next_entry();
    while (!c_.at_end() && !c_.exhausted()) {
      entry();
      if (c_.panicking()) next_entry();
    }
  }

 private:
  // Entries begin with any name: go to the next word that begins a line.
  void next_entry() {
    static constexpr std::array<std::string_view, 2> kSwitches = {"off", "without"};
    c_.recover_at_line(kSwitches);
  }

  void entry() {
    const bool is_off = c_.accept_word("off");
    if (is_off || c_.accept_word("without")) {
      ast::PlanSwitch one;
      one.name = c_.expect_name(is_off ? "an alarm's name" : "a device's role");
      const bool is_named = !c_.panicking();
      one.note = note();
      if (is_named) (is_off ? plan_.off : plan_.without).push_back(std::move(one));
      return;
    }
    static constexpr std::string_view kEntry = "a limit, a profile, `off` or `without`";
    const Token first = c_.peek();
    if (first.kind != TokenKind::word && first.kind != TokenKind::unit) {
      return c_.fail_at_start(first, std::string(kEntry), "begin with the name of what you change");
    }
    ast::PlanSet set;
    set.name = c_.expect_name(kEntry);
    if (c_.accept_word("at")) set.profile = c_.expect_name("a profile");
    c_.expect_symbol("=");
    if (c_.peek().kind == TokenKind::time) {
      set.hours = c_.expect_time_range();
    } else {
      set.value = c_.expect_quantity("a value");
    }
    // What is set is checked whether its note can be read or not.
    const bool is_set = !c_.panicking();
    if (c_.is_word("by")) set.note = note();
    if (is_set) plan_.sets.push_back(std::move(set));
  }

  ast::Note note() {
    ast::Note out;
    out.at = c_.here();
    c_.expect_word("by");
    out.by = c_.expect_string("who says so", limits::kPersonCharsMax);
    c_.expect_word("on");
    const Token date = c_.expect_token(TokenKind::date, "a date", "write it as 2026-03-02");
    if (!c_.panicking() && !date_exists(date.text)) {
      c_.report(date.at, "E0", "`" + std::string(date.text) + "` is no day of the calendar",
                "write a date that exists");
    }
    out.on = std::string(date.text);
    c_.expect_word("because");
    out.because = c_.expect_string("a reason", limits::kReasonCharsMax);
    out.is_broken = c_.panicking();
    return out;
  }

  Cursor c_;
  ast::Plan& plan_;
};

}  // namespace

ParsedPlan parse_plan(const SourceText& source, uint16_t file_index) {
  ParsedPlan out;
  PlanParser(source, file_index, out).run();
  return out;
}

}  // namespace lamplight::rules
