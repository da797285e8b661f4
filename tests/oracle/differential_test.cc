// Two people who implement the language apart must get the same events at the same nanosecond: here
// they are the naive oracle and the engine, on random rules and random traces. And what may not
// matter (extra steps, restarts, the origin of time) must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "rules/language/compile.h"
#include "tests/oracle/census.h"
#include "tests/oracle/online.h"

namespace lamplight::oracle {
namespace {

struct Built {
  std::string text;
  rules::ast::File file;
  engine::Program program;
};

std::optional<Built> build(const std::string& text) {
  const rules::SourceText source{"random.rules", text};
  rules::CompileOptions options;
  options.catalogue = false;
  options.policy = false;
  auto result = rules::compile({&source, 1}, nullptr, options);
  if (!result.compiled) {
    ADD_FAILURE() << rules::render(result.diagnostics.front()) << text;
    return std::nullopt;
  }
  return Built{text, std::move(result.compiled->file), std::move(result.compiled->program)};
}

// Seeds of the quick run; LL_SEEDS asks for more.
uint64_t seeds() {
  const char* wanted = std::getenv("LL_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 400;
}

// One failing case, small enough to read.
std::string story_of(const Built& built, const Trace& trace) {
  std::string text = built.text + "trace:\n";
  for (const Moment& m : trace.moments) {
    text += printed({{m.t, "", ""}});
    text.pop_back();
    for (const Reading& r : m.readings) {
      text += " " + r.signal + "=" + (r.missing ? "?" : std::to_string(r.steps));
      if (r.measured_at != m.t)
        text += "@" + std::to_string((r.measured_at - m.t) / 1000000) + "ms";
    }
    for (const Act& a : m.acts) {
      constexpr const char* kWords[] = {" ack:", " stand-down:", " pause:"};
      text += kWords[static_cast<size_t>(a.kind)] + a.alarm + (a.bedside ? "" : "(remote)");
    }
    for (const Press& p : m.presses) text += (p.release ? " release:" : " press:") + p.button;
    if (m.profiles) text += " profiles:" + (m.profiles->empty() ? "-" : *m.profiles->begin());
    text += "\n";
  }
  return text + "end " + std::to_string(trace.end) + "\n";
}

bool differs(const Built& built, const Trace& trace) {
  return run_online(built.program, trace, {}) !=
         tell(built.file, trace.moments, trace.start, trace.end);
}

// Takes out whatever the difference does not need.
Trace shrunk(const Built& built, Trace trace) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (size_t i = 0; i < trace.moments.size(); ++i) {
      Trace without = trace;
      without.moments.erase(without.moments.begin() + static_cast<std::ptrdiff_t>(i));
      if (!differs(built, without)) continue;
      trace = std::move(without);
      smaller = true;
    }
    for (size_t i = 0; i < trace.moments.size(); ++i) {
      for (size_t r = 0; r < trace.moments[i].readings.size(); ++r) {
        Trace without = trace;
        auto& readings = without.moments[i].readings;
        readings.erase(readings.begin() + static_cast<std::ptrdiff_t>(r));
        if (!differs(built, without)) continue;
        trace = std::move(without);
        smaller = true;
      }
    }
  }
  return trace;
}

TEST(Differential, OracleAndEngineTellTheSameEventsAtTheSameNanosecond) {
  Census census;
  for (uint64_t seed = 1; seed <= seeds(); ++seed) {
    Random random(seed);
    const auto built = build(random_rules(random));
    ASSERT_TRUE(built);
    census.add_program(built->text);
    for (int i = 0; i < 3; ++i) {
      const Trace trace = random_trace(random, built->file);
      const auto told = run_online(built->program, trace, {});
      if (differs(*built, trace)) {
        const Trace small = shrunk(*built, trace);
        FAIL() << "seed " << seed << "\n"
               << story_of(*built, small) << "engine:\n"
               << printed(run_online(built->program, small, {})) << "oracle:\n"
               << printed(tell(built->file, small.moments, small.start, small.end));
      }
      census.add_run(trace, told);
    }
  }
  std::printf("%s", census.text().c_str());
  EXPECT_THAT(census.short_of(), ::testing::IsEmpty());
  for (int i = 0; i <= static_cast<int>(engine::EventKind::uninhibited); ++i) {
    const auto kind = static_cast<engine::EventKind>(i);
    EXPECT_GE(census.events(kind), std::min<uint64_t>(seeds() / 100, 1000))
        << engine::name_of(kind);
  }
}

TEST(Differential, ExtraStepsRestartsAndTheOriginOfTimeChangeNothing) {
  for (uint64_t seed = 1; seed <= seeds() / 2; ++seed) {
    Random random(seed * 7919);
    const auto built = build(random_rules(random));
    ASSERT_TRUE(built);
    const Trace trace = random_trace(random, built->file);
    const auto plain = printed(run_online(built->program, trace, {}));
    const auto same = [&](const Variation& v) {
      return printed(run_online(built->program, trace, v)) == plain;
    };
    ASSERT_TRUE(same({.ticks_seed = seed})) << seed << story_of(*built, trace);
    ASSERT_TRUE(same({.restore_seed = seed})) << seed << story_of(*built, trace);
    ASSERT_TRUE(same({.ticks_seed = seed, .restore_seed = seed})) << seed;
    ASSERT_TRUE(same({.shift = 86'400'000'000'123})) << seed << story_of(*built, trace);
  }
}

// 9, property three: replacing samples by invalid ones never adds a `raised` or a `cleared`.
TEST(Differential, InvalidSamplesNeverAddARaisedOrACleared) {
  const auto built = build(
      "rules 1 \"one\"\n"
      "signal a : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 3 s\n"
      "alarm low \"Low\" severity irreversible onset prompt\n"
      "  when a < 90 percent for 3 s\n  clear when a >= 92 percent for 2 s\nend\n");
  ASSERT_TRUE(built);
  for (uint64_t seed = 1; seed <= seeds(); ++seed) {
    Random random(seed);
    Trace trace = random_trace(random, built->file);
    const auto count = [](const std::vector<Told>& told, const char* event) {
      size_t n = 0;
      for (const Told& one : told) n += one.event == event ? 1 : 0;
      return n;
    };
    const auto before = run_online(built->program, trace, {});
    for (Moment& m : trace.moments) {
      for (Reading& r : m.readings) r.missing = r.missing || random.chance(20);
    }
    const auto after = run_online(built->program, trace, {});
    ASSERT_LE(count(after, "raised"), count(before, "raised")) << seed;
    ASSERT_LE(count(after, "cleared"), count(before, "cleared")) << seed;
  }
}

TEST(Differential, ALongerDelayNeverAddsARaised) {
  for (uint64_t seed = 1; seed <= seeds(); ++seed) {
    size_t before = SIZE_MAX;
    for (int delay = 0; delay < 6; ++delay) {
      const auto built = build(
          "rules 1 \"one\"\n"
          "signal a : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 3 s\n"
          "alarm low \"Low\" severity irreversible onset prompt\n"
          "  when a < 90 percent for " +
          std::to_string(delay) + " s\n  clear when a >= 92 percent for 2 s\nend\n");
      ASSERT_TRUE(built);
      Random random(seed);
      size_t raised = 0;
      for (const Told& one : run_online(built->program, random_trace(random, built->file), {})) {
        raised += one.event == "raised" ? 1 : 0;
      }
      ASSERT_LE(raised, before) << seed;
      before = raised;
    }
  }
}

}  // namespace
}  // namespace lamplight::oracle
