// The grammar of `.test` files. An error costs one line, or one test if it is in its first line.
#include <algorithm>
#include <array>
#include <utility>

#include "rules/language/cursor.h"
#include "rules/language/test_ast.h"
#include "rules/model/limits.h"

namespace lamplight::rules {
namespace {

constexpr std::array<std::string_view, 4> kLines = {"test", "at", "expect", "run"};

class TestsParser {
 public:
  TestsParser(const SourceText& source, ParsedTests& out)
      : c_(source, 0, out.diagnostics), file_(out.file) {}

  void run() {
    c_.expect_word("tests");
    file_.version = c_.expect_integer("the number of these tests");
    c_.expect_word("for");
    file_.title_at = c_.here();
    file_.title = c_.expect_string("the name of the rules", limits::kTitleCharsMax);
    recover();
    while (!c_.at_end() && !c_.exhausted()) {
      c_.expect_word("test");
      test();
      recover();
      while (!c_.at_end() && !c_.is_word("test") && !c_.exhausted()) {
        line(file_.cases.back());
        recover();
      }
    }
  }

 private:
  void recover() {
    if (c_.panicking()) c_.recover_at_line(kLines);
  }

  void test() {
    file_.cases.emplace_back();
    ast::Case& one = file_.cases.back();
    one.at = c_.here();
    one.name = c_.expect_string("the test's name", limits::kTitleCharsMax);
    if (c_.accept_word("with")) {
      do {
        one.sets.push_back(set());
      } while (c_.accept_symbol(","));
    }
    // The one place where a second word decides: a start time, or an act of the first line.
    if (!c_.accept_word("at")) return;
    if (c_.peek().kind == TokenKind::time) {
      one.clock = c_.expect_time();
    } else {
      act(one);
    }
  }

  ast::PlanSet set() {
    ast::PlanSet out;
    out.name = c_.expect_name("a limit");
    if (c_.accept_word("at")) out.profile = c_.expect_name("a profile");
    c_.expect_symbol("=");
    out.value = c_.expect_quantity("a value");
    return out;
  }

  void line(ast::Case& one) {
    if (c_.accept_word("at")) return act(one);
    if (c_.accept_word("run")) {
      c_.expect_word("on");
      c_.expect_word("for");
      one.run_on = one.run_on + c_.expect_duration("a duration");
      return;
    }
    const Position at = c_.here();
    if (c_.accept_word("expect")) return expect(one, at);
    ast::Trace trace;
    trace.signal = c_.expect_name("a signal, `at`, `expect` or `run on for`");
    c_.expect_symbol(":");
    do {
      trace.segments.push_back(segment());
    } while (c_.accept_symbol(",") && !c_.panicking());
    if (!c_.panicking()) one.traces.push_back(std::move(trace));
  }

  ast::Level level() {
    ast::Level out;
    out.at = c_.here();
    if (c_.peek().kind == TokenKind::number || c_.is_symbol("-")) {
      out.number = c_.expect_signed_decimal("a value");
    } else {
      out.word = c_.expect_name("a value, a state or a reason");
    }
    return out;
  }

  ast::Segment segment() {
    ast::Segment out;
    out.at = c_.here();
    if (c_.accept_word("nothing")) {
      out.kind = ast::Segment::Kind::nothing;
    } else if (c_.accept_word("ramp")) {
      out.kind = ast::Segment::Kind::ramp;
      out.from = level();
      c_.expect_word("to");
      out.to = level();
    } else {
      out.from = level();
    }
    c_.expect_word("for");
    out.length = c_.expect_duration("a duration");
    for (;;) {
      if (c_.accept_word("every")) {
        const Position at = c_.here();
        out.every = c_.expect_duration("a duration");
        if (out.every->ns <= 0) c_.fail(at, "E0", "samples every 0 s", "write a cadence above 0");
      } else if (c_.accept_word("jitter")) {
        out.jitter_percent = percent(50);
      } else if (c_.accept_word("drop")) {
        out.drop_percent = percent(100);
      } else if (c_.accept_word("seed")) {
        out.seed = c_.expect_integer("a seed");
      } else {
        return out;
      }
    }
  }

  Decimal percent(int64_t most) {
    const Position at = c_.here();
    const Decimal out = c_.expect_decimal("a share");
    if (c_.peek().text != "percent") c_.fail_here("`percent`", "write `10 percent`");
    c_.take();
    if (compare(to_ratio(out), Ratio::of(most)) > 0) {
      c_.fail(at, "E0", "at most " + std::to_string(most) + " percent here", "write less");
    }
    return out;
  }

  ast::AlarmRef ref() {
    ast::AlarmRef out;
    out.is_lost = c_.accept_word("lost");
    out.name = c_.expect_name(out.is_lost ? "a signal's name" : "an alarm's name");
    return out;
  }

  void act(ast::Case& one) {
    ast::Act out;
    out.at = c_.here();
    out.when = c_.expect_duration("a time since the start");
    if (c_.is_word("press") || c_.is_word("release")) {
      out.kind = c_.take().text == "press" ? ast::Act::Kind::press : ast::Act::Kind::release;
      out.button = c_.expect_name("a button's name");
    } else if (c_.accept_word("acknowledge")) {
      out.alarm = ref();
    } else if (c_.accept_word("restart")) {
      out.kind = ast::Act::Kind::restart;
      c_.expect_word("for");
      out.duration = c_.expect_duration("a duration");
    } else if (c_.accept_word("set")) {
      out.kind = ast::Act::Kind::set;
      out.set = set();
    } else if (c_.accept_word("clock")) {
      out.kind = ast::Act::Kind::clock;
      const bool back = c_.accept_symbol("-");
      if (!back) c_.expect_symbol("+");
      out.duration = c_.expect_duration("a duration") * (back ? -1 : 1);
    } else {
      c_.fail_here("an act", "write press, release, acknowledge, restart for, set or clock");
    }
    if (!c_.panicking()) one.acts.push_back(std::move(out));
  }

  ast::ExpectedEvent event() {
    ast::ExpectedEvent out;
    out.never = c_.accept_word("never");
    const Token word = c_.peek();
    const auto kind = engine::event_kind_of(word.text);
    if (word.kind != TokenKind::word || !kind || !engine::is_condition_event(*kind)) {
      c_.fail_here("an event",
                   "write raised, unconfirmed, confirmed, worsened, cleared, latched, reset, "
                   "inhibited, uninhibited or closed");
      return out;
    }
    c_.take();
    out.kind = *kind;
    // A word that begins a line is the next trace: a signal may be called `high`.
    if (c_.peek().kind == TokenKind::word && !c_.peek().begins_line) {
      out.priority = priority_of(c_.peek().text);
      if (out.priority) c_.take();
    }
    // An `at` that begins a line is the next act.
    if (c_.is_word("at") && !c_.peek().begins_line) {
      c_.take();
      out.when = c_.expect_duration("a time since the start");
    }
    return out;
  }

  void expect(ast::Case& one, Position at) {
    ast::Expect out;
    out.at = at;
    if (c_.accept_word("nothing")) {
      out.nothing = true;
    } else {
      out.alarm = ref();
      if (c_.accept_word("count")) {
        out.count = c_.expect_integer("a count");
      } else {
        do {
          out.events.push_back(event());
        } while (c_.accept_symbol(",") && !c_.panicking());
      }
    }
    out.end = c_.last_end();
    if (!c_.panicking()) one.expects.push_back(std::move(out));
  }

  Cursor c_;
  ast::TestFile& file_;
};

}  // namespace

ParsedTests parse_tests(const SourceText& source) {
  ParsedTests out;
  TestsParser(source, out).run();
  return out;
}

}  // namespace lamplight::rules
