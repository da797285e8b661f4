// What-if over months is decided by columns, live by the engine: a nurse who lowers a limit because
// of what columns said must get exactly those alarms. So on random rules and random traces the two,
// and the naive oracle, must tell the same events at the same nanosecond.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "rules/language/compile.h"
#include "rules/model/json_writer.h"
#include "rules/replay/evaluate.h"
#include "tests/engine/programs.h"
#include "tests/oracle/census.h"
#include "tests/oracle/online.h"

namespace lamplight::replay {
namespace {

using oracle::Moment;
using oracle::Random;
using oracle::Told;
using oracle::Trace;

uint64_t seeds() {
  const char* wanted = std::getenv("LL_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 100;
}

std::optional<rules::Compiled> compile(const std::string& text) {
  const rules::SourceText source{"random.rules", text};
  rules::CompileOptions options;
  options.catalogue = false;
  options.policy = false;
  auto result = rules::compile({&source, 1}, nullptr, options);
  if (!result.compiled) {
    ADD_FAILURE() << rules::render(result.diagnostics.front()) << text;
    return std::nullopt;
  }
  return std::move(*result.compiled);
}

// A recording knows measurement times only, one sample of a signal an instant, and no acts of
// people.
Trace as_recorded(Trace trace) {
  for (Moment& m : trace.moments) {
    m.acts.clear();
    m.presses.clear();
    for (oracle::Reading& r : m.readings) r.measured_at = m.t;
    std::vector<oracle::Reading> last;
    for (auto r = m.readings.rbegin(); r != m.readings.rend(); ++r) {
      const bool is_newer = std::none_of(
          last.begin(), last.end(), [&](const auto& other) { return other.signal == r->signal; });
      if (is_newer) last.push_back(*r);
    }
    m.readings = std::move(last);
  }
  return trace;
}

Recording recording_of(const engine::Program& program, const Trace& trace) {
  Recording r;
  r.start = trace.start;
  r.end = trace.end;
  r.profiles = {{trace.start, 0}};
  std::vector<ColumnBuilder> builders(program.signals.size());
  for (const Moment& m : trace.moments) {
    for (const oracle::Reading& s : m.readings) {
      const auto worth = s.missing ? static_cast<uint8_t>(Reason::probe_off) : kWorthOk;
      builders[*program.find_signal(s.signal)].append(m.t, static_cast<int32_t>(s.steps), worth);
    }
    if (!m.profiles) continue;
    engine::ProfileSet set = 0;
    for (size_t i = 0; i < program.profiles.size(); ++i) {
      if (m.profiles->contains(program.profiles[i].name)) set |= 1U << i;
    }
    if (r.profiles.back().t == m.t) r.profiles.pop_back();
    r.profiles.push_back({m.t, set});
  }
  for (size_t i = 0; i < builders.size(); ++i) {
    const engine::Signal& signal = program.signals[i];
    r.converted.push_back(std::make_unique<Column>(builders[i].take()));
    r.readings.push_back({r.converted.back().get(), signal.min, signal.max, signal.stale.ns});
  }
  return r;
}

std::string printed(const engine::Program& program, const Outcome& outcome) {
  std::string text;
  for (const Happening& e : outcome.events) {
    append_decimal(text, e.t, 9);
    text += " " + program.alarms[e.alarm].id + " " + std::string(engine::name_of(e.kind)) + " " +
            std::string(name_of(e.priority)) + (e.inhibited ? " inhibited\n" : "\n");
  }
  return text;
}

// In the oracle's order: leases last within an instant, by the alarm's name.
std::vector<Told> told_of(const engine::Program& program, const Outcome& outcome) {
  std::vector<Told> told;
  for (const Happening& e : outcome.events) {
    told.push_back({e.t, program.alarms[e.alarm].id, std::string(engine::name_of(e.kind))});
  }
  const auto is_lease = [](const Told& one) {
    return one.event == "inhibited" || one.event == "uninhibited";
  };
  std::stable_sort(told.begin(), told.end(), [&](const Told& a, const Told& b) {
    if (a.t != b.t) return a.t < b.t;
    if (is_lease(a) != is_lease(b)) return is_lease(b);
    return is_lease(a) && a.alarm < b.alarm;
  });
  return told;
}

TEST(Columns, TellWhatTheEngineAndTheOracleTell) {
  oracle::Census census;
  uint64_t columns = 0;
  uint64_t by_engine = 0;
  uint64_t runs = 0;
  for (uint64_t seed = 1; seed <= seeds(); ++seed) {
    Random random(seed * 31);
    const std::string text = oracle::random_rules(random);
    const auto built = compile(text);
    ASSERT_TRUE(built);
    const engine::Program& program = built->program;
    census.add_program(text);
    for (int i = 0; i < 3; ++i) {
      const Trace trace = as_recorded(oracle::random_trace(random, built->file));
      const Recording recording = recording_of(program, trace);
      AtomCache cache;
      const Evaluated fast = evaluate(program, recording, cache);
      const Evaluated slow = evaluate(program, recording, cache, {.by = BackEnd::online});
      ASSERT_EQ(slow.choice.by, BackEnd::online);
      ASSERT_EQ(printed(program, fast.outcome), printed(program, slow.outcome)) << "seed " << seed;
      // Not only what is told: every verdict under it, at its instant.
      for (size_t a = 0; a < program.alarms.size(); ++a) {
        ASSERT_TRUE(fast.outcome.alarms[a] == slow.outcome.alarms[a])
            << "seed " << seed << " " << program.alarms[a].id;
      }
      const std::vector<Told> told = told_of(program, fast.outcome);
      ASSERT_EQ(oracle::printed(told),
                oracle::printed(oracle::tell(built->file, trace.moments, trace.start, trace.end)))
          << "seed " << seed;
      ++runs;
      columns += fast.choice.by == BackEnd::columns ? 1 : 0;
      by_engine += fast.choice.conditions.size();
      census.add_run(trace, told);
    }
  }
  std::printf("%sby columns %llu of %llu runs, %llu conditions by the engine\n",
              census.text().c_str(), static_cast<unsigned long long>(columns),
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(by_engine));
  for (const auto kind :
       {engine::EventKind::raised, engine::EventKind::unconfirmed, engine::EventKind::confirmed,
        engine::EventKind::worsened, engine::EventKind::cleared, engine::EventKind::latched,
        engine::EventKind::inhibited, engine::EventKind::uninhibited}) {
    EXPECT_GT(census.events(kind), 0U) << "never compared";
  }
  EXPECT_GT(columns, runs * 9 / 10) << "columns must be what is compared";
}

// Long columns: many blocks of 1024, of which most are skipped, gaps at their borders included.
TEST(Columns, TellTheSameOverManyBlocks) {
  const auto built = compile(
      "rules 1 \"long\"\n"
      "signal a : percent from oximeter.spo2 step 0.1 range 50..100 every 1 s stale after 5 s\n"
      "profile night = 21:00..07:00\n"
      "limit low = 90 percent allowed 0..100 at night 88 percent\n"
      "alarm dip \"Dip\" severity irreversible onset prompt\n"
      "  when a < low for 10 s\n  clear when a >= low + 2 percent for 5 s\nend\n"
      "alarm high \"High\" severity minor onset prompt\n  when a >= 99.5 percent for 1 s\nend\n"
      "lost a for 20 s: severity reversible onset prompt \"gone\"\n");
  ASSERT_TRUE(built);
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Random random(seed);
    Recording r;
    ColumnBuilder builder;
    int64_t t = 1'000'000'000'000;
    int32_t value = 960;
    r.start = t;
    for (int i = 0; i < 20'000; ++i) {
      uint8_t worth = kWorthOk;
      if (seed % 3 == 0 && random.chance(1)) worth = static_cast<uint8_t>(Reason::artefact);
      if (random.chance(2)) value = static_cast<int32_t>(850 + random.below(150));
      if (seed % 4 == 0 && random.below(3000) == 0) value = 1200;  // out of range
      if (seed == 5 && i == 11'000) value = 70'000;                // a column of 32 bits
      builder.append(t, value, worth);
      t += seed % 2 == 0 ? 1'000'000'000
                         : 900'000'000 + static_cast<int64_t>(random.below(200'000'000));
      if (random.below(2500) == 0) t += static_cast<int64_t>(random.below(60)) * 500'000'000;
    }
    r.end = t + 30'000'000'000;
    r.profiles = {{r.start, 0}};
    for (int64_t at = r.start + 3'600'000'000'123; at < r.end; at += 7'200'000'000'000) {
      r.profiles.push_back({at, static_cast<engine::ProfileSet>(r.profiles.size() % 2)});
    }
    r.converted.push_back(std::make_unique<Column>(builder.take()));
    const engine::Signal& signal = built->program.signals[0];
    r.readings = {{r.converted[0].get(), signal.min, signal.max, signal.stale.ns}};
    AtomCache cache;
    const Evaluated fast = evaluate(built->program, r, cache);
    const Evaluated slow = evaluate(built->program, r, cache, {.by = BackEnd::online});
    ASSERT_EQ(printed(built->program, fast.outcome), printed(built->program, slow.outcome)) << seed;
    ASSERT_GT(fast.outcome.events.size(), 100U);
    ASSERT_EQ(fast.choice.by, BackEnd::columns);
    ASSERT_EQ(fast.choice.conditions.size(), 0U) << "a plain comparison needs no engine";
    for (size_t a = 0; a < 3; ++a) {
      ASSERT_TRUE(fast.outcome.alarms[a] == slow.outcome.alarms[a]) << seed;
    }
  }
}

// The language has no window over what other alarms do; the form of programs has.
TEST(Columns, SayWhatTheyCannotEvaluateAndTheEngineIsUsed) {
  engine::ProgramBuilder b;
  const auto a = b.add_signal(engine::percent_signal("spo2"));
  const auto low = b.add_alarm(engine::alarm_of("low", engine::kHigh, engine::below(b, a, 90)));
  const auto dips = b.add_alarm(engine::alarm_of("dips", engine::kMedium, engine::below(b, a, 95)));
  const auto share = b.share(b.alarm_raised(low), seconds(60), 0);
  engine::Inhibit inhibit;
  inhibit.alarms = {dips};
  b.add_inhibit(b.compare_number({{}, {}, 100, {{share, -1}}}, true, {}), seconds(30), inhibit);
  const auto built = b.build();
  ASSERT_TRUE(built) << built.error();
  EXPECT_NE(beyond_columns(*built), "");
  Recording r;
  ColumnBuilder builder;
  for (int i = 0; i < 100; ++i)
    builder.append(i * 1'000'000'000LL, i % 40 < 20 ? 97 : 85, kWorthOk);
  r.end = 99'000'000'000;
  r.profiles = {{0, 0}};
  r.converted.push_back(std::make_unique<Column>(builder.take()));
  r.readings = {{r.converted[0].get(), 0, 100, 5'000'000'000}};
  AtomCache cache;
  const Evaluated done = evaluate(*built, r, cache);
  EXPECT_EQ(done.choice.by, BackEnd::online);
  EXPECT_EQ(done.choice.why, beyond_columns(*built));
  EXPECT_GT(done.outcome.events.size(), 2U);
}

TEST(Column, GivesBackWhatItWasGivenHoweverIrregular) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    ColumnBuilder builder;
    struct Sample {
      int64_t t;
      int32_t value;
      uint8_t worth;
    };
    std::vector<Sample> given;
    int64_t t = static_cast<int64_t>(random.below(1000));
    for (int i = 0; i < 5000; ++i) {
      if (seed % 3 == 0) t += static_cast<int64_t>(random.below(3'000'000'000'000));
      if (seed % 3 == 1) t += 1'000'000'000 + static_cast<int64_t>(random.below(1000));
      if (seed % 3 == 2) t += 1'000'000'000;
      Sample s{t, static_cast<int32_t>(random.below(seed % 2 == 0 ? 100 : 100'000)), kWorthOk};
      if (random.chance(3)) s = {t, 0, static_cast<uint8_t>(1 + random.below(10))};
      if (random.chance(2)) s.worth = has_value(s.worth) ? kWorthLow : s.worth;
      builder.append(s.t, s.value, s.worth);
      if (!given.empty() && given.back().t == t) given.pop_back();
      given.push_back(s);
    }
    const Column column = builder.take();
    ASSERT_EQ(column.size(), given.size());
    for (size_t i = 0; i < given.size(); ++i) {
      ASSERT_EQ(column.time(i), given[i].t);
      ASSERT_EQ(column.value(i), given[i].value);
      ASSERT_EQ(column.worth(i), given[i].worth);
      ASSERT_EQ(column.first_after(given[i].t), i + 1);
      ASSERT_EQ(column.first_after(given[i].t - 1), i);
    }
  }
}

TEST(Scan, FindsTheValuesForWhichASumIsNegative) {
  for (int64_t c = -7; c <= 7; ++c) {
    for (int64_t bound = -50; bound <= 50; ++bound) {
      const Interval in = below_zero(c, bound);
      for (int32_t v = -60; v <= 60; ++v) {
        ASSERT_EQ(v >= in.first && v <= in.last, c * v + bound < 0) << c << " " << bound;
      }
    }
  }
  EXPECT_EQ(below_zero(1, int64_t{1} << 40), (Interval{1, 0}));
  EXPECT_EQ(below_zero(-1, -(int64_t{1} << 40)).first, INT32_MIN);
}

}  // namespace
}  // namespace lamplight::replay
