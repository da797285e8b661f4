// A program is made once and trusted for months: equal parts are shared, comparisons keep their
// truth when scaled, and whatever section 5 bounds is refused with a sentence.
#include "rules/engine/builder.h"

#include <gtest/gtest.h>

#include <set>

#include "rules/engine/binding.h"
#include "rules/engine/profile.h"
#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

std::string error_of(ProgramBuilder& b) {
  const auto program = b.build();
  return program ? "" : program.error();
}

TEST(Builder, EqualOperationsAreOne) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  EXPECT_EQ(below(b, x, 90), below(b, x, 90));
  EXPECT_NE(below(b, x, 90), below(b, x, 91));
  const auto a = b.hold_for(below(b, x, 90), span(seconds(10)));
  EXPECT_EQ(b.hold_for(below(b, x, 90), span(seconds(10))), a);
  EXPECT_NE(b.hold_for(below(b, x, 90), span(seconds(11))), a);
  EXPECT_NE(b.within_last(below(b, x, 90), span(seconds(10))), a);
  EXPECT_NE(b.hold_for(below(b, x, 90), span(seconds(10)), span(seconds(2))), a);
  EXPECT_EQ(b.is_lost(x, {}), b.is_lost(x, {}));
}

TEST(Builder, ConstantsFold) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  const auto yes = b.constant(Truth::yes);
  const auto no = b.constant(Truth::no);
  const auto u = b.constant(Truth::unknown);
  const auto low = below(b, x, 90);
  EXPECT_EQ(b.both(low, yes), low);
  EXPECT_EQ(b.both(yes, low), low);
  EXPECT_EQ(b.both(low, no), no);
  EXPECT_EQ(b.both(no, low), no);
  EXPECT_EQ(b.either(low, no), low);
  EXPECT_EQ(b.either(yes, low), yes);
  EXPECT_EQ(b.both(low, low), low);
  EXPECT_EQ(b.negate(b.negate(low)), low);
  EXPECT_EQ(b.negate(yes), no);
  EXPECT_EQ(b.negate(u), u);
  EXPECT_EQ(b.hold_for(low, span({})), low);
  EXPECT_EQ(b.hold_for(no, span(seconds(5))), no);
  EXPECT_EQ(b.hold_for(u, span(seconds(5))), u);
  EXPECT_NE(b.hold_for(yes, span(seconds(5))), yes);  // unknown before the start
  EXPECT_EQ(b.within_last(yes, span(seconds(5))), yes);
  EXPECT_EQ(b.compare({{}, {}, -1}, {}), yes);
  EXPECT_EQ(b.compare({{{x, 1}, {x, -1}}, {}, 0}, {}), no);
  EXPECT_EQ(error_of(b), "");
}

// x < 90.05 percent at step 0.1 is x < 901; x <= 90.05 percent is x <= 900 (language, section 3).
TEST(Builder, ABoundBetweenTwoStepsKeepsItsTruth) {
  for (const int64_t constant : {-1801, -1800, -1799, -1, 0, 1, 1799, 1800, 1801}) {
    ProgramBuilder b;
    const auto x = b.add_signal(percent_signal());
    b.compare({{{x, 2}}, {}, constant}, {});
    const Program p = *b.build();
    const Linear& l = p.linears[0];
    ASSERT_EQ(l.signals[0].coefficient, 1);
    for (int64_t v = -1000; v <= 1000; ++v) {
      ASSERT_EQ(v + l.constant < 0, 2 * v + constant < 0) << v << " " << constant;
    }
  }
}

TEST(Builder, NowPartReplacesEveryForAndNothingElse) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  const auto low = below(b, x, 90);
  const auto high = at_least(b, x, 95);
  const auto timed = b.hold_for(low, span(seconds(10)));
  EXPECT_EQ(b.now_part(timed), low);
  EXPECT_EQ(b.now_part(b.both(timed, high)), b.both(low, high));
  EXPECT_EQ(b.now_part(b.negate(b.either(timed, high))), b.negate(b.either(low, high)));
  EXPECT_EQ(b.now_part(b.within_last(timed, span(seconds(3)))),
            b.within_last(low, span(seconds(3))));
  EXPECT_EQ(b.now_part(b.since(timed, high)), b.since(low, high));
  EXPECT_EQ(b.now_part(b.hold_for(timed, span(seconds(3)))), low);
}

struct Refused {
  const char* name;
  void (*make)(ProgramBuilder&);
  const char* sentence;
};

class BuilderRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(BuilderRefuses, WithASentence) {
  ProgramBuilder b;
  b.add_signal(percent_signal());
  GetParam().make(b);
  EXPECT_NE(error_of(b).find(GetParam().sentence), std::string::npos) << error_of(b);
}

Limit limit_of(int64_t low, int64_t high) {
  Limit l;
  l.name = "l";
  l.base = low;
  l.allowed_min = low;
  l.allowed_max = high;
  return l;
}

INSTANTIATE_TEST_SUITE_P(
    One, BuilderRefuses,
    ::testing::Values(
        Refused{"TwoSignals", [](ProgramBuilder& b) { b.add_signal(percent_signal()); }, "twice"},
        Refused{"Waveform",
                [](ProgramBuilder& b) {
                  auto s = percent_signal("w");
                  s.kind = SignalKind::waveform;
                  b.add_signal(s);
                },
                "waveform"},
        Refused{"EmptyRange",
                [](ProgramBuilder& b) {
                  auto s = percent_signal("w");
                  s.min = 400;
                  b.add_signal(s);
                },
                "range is empty"},
        Refused{"WideRange",
                [](ProgramBuilder& b) {
                  auto s = percent_signal("w");
                  s.max = (1 << 30) + 1;
                  b.add_signal(s);
                },
                "2^30"},
        Refused{"NeverStale", [](ProgramBuilder& b) { b.add_signal(percent_signal("w", {})); },
                "stale after"},
        Refused{"StaleTooLate",
                [](ProgramBuilder& b) { b.add_signal(percent_signal("w", hours(25))); },
                "stale after"},
        Refused{"LongFor", [](ProgramBuilder& b) { b.hold_for(below(b, 0, 9), span(hours(25))); },
                "24 h"},
        Refused{"LongForByLimit",
                [](ProgramBuilder& b) {
                  const auto l = b.add_limit(limit_of(0, hours(25).ns));
                  b.hold_for(below(b, 0, 9), {.literal = {}, .limit = l});
                },
                "24 h"},
        Refused{"UnknownSpanLimit",
                [](ProgramBuilder& b) { b.hold_for(below(b, 0, 9), {.literal = {}, .limit = 7}); },
                "unknown limit"},
        Refused{"UnknownProfile",
                [](ProgramBuilder& b) {
                  auto l = limit_of(0, 1);
                  l.at = {1};
                  b.add_limit(l);
                },
                "profile"},
        Refused{"Overflow",
                [](ProgramBuilder& b) {
                  const auto l = b.add_limit(limit_of(0, int64_t{1} << 61));
                  b.compare({{{0, 1}}, {{l, -2}}, 0}, {});
                },
                "2^62"},
        Refused{"UnknownSignal", [](ProgramBuilder& b) { b.compare({{{9, 1}}, {}, 0}, {}); },
                "unknown signal"},
        Refused{"UnknownLimit", [](ProgramBuilder& b) { b.compare({{{0, 1}}, {{9, 1}}, 0}, {}); },
                "unknown limit"},
        Refused{"NumberIsState", [](ProgramBuilder& b) { b.is_value(0, 1, {}); }, "is a number"},
        Refused{"UnknownTested", [](ProgramBuilder& b) { b.is_lost(9, {}); }, "unknown signal"},
        Refused{"BoolCompared",
                [](ProgramBuilder& b) {
                  auto s = percent_signal("flag");
                  s.kind = SignalKind::boolean;
                  b.compare({{{b.add_signal(s), 1}}, {}, 0}, {});
                },
                "not a number"},
        Refused{"NoOperand", [](ProgramBuilder& b) { b.negate(99); }, "does not exist"},
        Refused{"NoOperands", [](ProgramBuilder& b) { b.both(99, 98); }, "does not exist"},
        Refused{"NoTimed", [](ProgramBuilder& b) { b.within_last(99, {}); }, "does not exist"},
        Refused{"NoSince", [](ProgramBuilder& b) { b.since(99, 98); }, "does not exist"},
        Refused{"NoButton", [](ProgramBuilder& b) { b.pressed(0); }, "unknown button"},
        Refused{"NoAlarm", [](ProgramBuilder& b) { b.alarm_raised(0); }, "unknown alarm"},
        Refused{"TwoAlarms",
                [](ProgramBuilder& b) {
                  b.add_alarm(alarm_of("a", kLow, below(b, 0, 9)));
                  b.add_alarm(alarm_of("a", kLow, below(b, 0, 9)));
                },
                "twice"},
        Refused{"NoWhen", [](ProgramBuilder& b) { b.add_alarm(alarm_of("a", kLow, 99)); },
                "does not exist"},
        Refused{"NoClear",
                [](ProgramBuilder& b) { b.add_alarm(alarm_of("a", kLow, below(b, 0, 9), 99)); },
                "does not exist"},
        Refused{"NoWorsens",
                [](ProgramBuilder& b) {
                  auto a = alarm_of("a", kLow, below(b, 0, 9));
                  a.worsens = 99;
                  b.add_alarm(a);
                },
                "does not exist"},
        Refused{"LostOfNothing", [](ProgramBuilder& b) { b.add_lost(9, {}, {}); },
                "unknown signal"},
        Refused{"ManySignals",
                [](ProgramBuilder& b) {
                  for (int i = 0; i < 128; ++i)
                    b.add_signal(percent_signal("s" + std::to_string(i)));
                },
                "128 signals"},
        Refused{"ManyAlarms",
                [](ProgramBuilder& b) {
                  for (int i = 0; i < 129; ++i) {
                    b.add_alarm(alarm_of(std::to_string(i), kLow, below(b, 0, 9)));
                  }
                },
                "128 alarms"},
        Refused{"ManyOperations",
                [](ProgramBuilder& b) {
                  for (int i = 0; i < 1025; ++i) below(b, 0, i);
                },
                "1024 operations"},
        Refused{"ManyInstructions",
                [](ProgramBuilder& b) {
                  for (int i = 0; i < 513; ++i) below(b, 0, i);
                },
                "512 allowed"},
        Refused{"ManyProfiles",
                [](ProgramBuilder& b) {
                  for (int i = 0; i < 33; ++i) b.add_profile({});
                },
                "32 profiles"},
        Refused{"TheCallersOwn", [](ProgramBuilder& b) { b.fail("because"); }, "because"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Builder, AtTheBoundIsAllowed) {
  ProgramBuilder b;
  for (int i = 0; i < 128; ++i) b.add_signal(percent_signal("s" + std::to_string(i)));
  for (int i = 0; i < 512; ++i) below(b, 0, i);
  for (int i = 0; i < 512; ++i) below(b, 1, i);
  EXPECT_EQ(error_of(b), "");
}

TEST(Program, ItsHashSeesWhatDecidesAndNotTheChildsName) {
  const auto made = [](int64_t limit, const char* child, const char* title) {
    ProgramBuilder b;
    b.child = child;
    const auto x = b.add_signal(percent_signal());
    auto a = alarm_of("low", kHigh, below(b, x, limit));
    a.title = b.add_literal(title);
    b.add_alarm(a);
    return b.build()->hash();
  };
  EXPECT_EQ(made(90, "Mia", "Low"), made(90, "Tom", "Low"));
  EXPECT_NE(made(90, "Mia", "Low"), made(91, "Mia", "Low"));
  EXPECT_NE(made(90, "Mia", "Low"), made(90, "Mia", "Very low"));
}

TEST(Program, EveryKindOfOperationHasAName) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(OpKind::button); ++i) {
    names.insert(name_of(static_cast<OpKind>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(OpKind::button) + 1);
}

// ---- profiles

TEST(Profiles, RunOverMidnightAndBelongToTheDayTheyStartOn) {
  Program p;
  p.profiles.push_back({"night", 21 * 60, 7 * 60, 0b0000001});  // starts on mondays
  p.profiles.push_back({"noon", 12 * 60, 13 * 60, 0x7F});
  const auto at = [&](int day, int minute) { return active_profiles(p, {day, minute * 60}); };
  EXPECT_EQ(at(0, 21 * 60), 1U);
  EXPECT_EQ(at(0, 21 * 60 - 1), 0U);
  EXPECT_EQ(at(1, 7 * 60 - 1), 1U);
  EXPECT_EQ(at(1, 7 * 60), 0U);
  EXPECT_EQ(at(0, 3 * 60), 0U);
  EXPECT_EQ(at(1, 22 * 60), 0U);
  EXPECT_EQ(at(3, 12 * 60), 2U);
  EXPECT_EQ(at(3, 13 * 60), 0U);
  EXPECT_EQ(seconds_to_switch(p, {0, 12 * 3600}), 3600);
  EXPECT_EQ(seconds_to_switch(p, {0, 22 * 3600}), 9 * 3600);
  EXPECT_EQ(seconds_to_switch(Program{}, {0, 5}), 86'400);
}

TEST(Profiles, TheFirstActiveOneThatSetsALimitDecides) {
  Limit l;
  l.base = 1;
  l.at = {std::nullopt, 2, 3};
  EXPECT_EQ(limit_value(l, 0), 1);
  EXPECT_EQ(limit_value(l, 0b001), 1);
  EXPECT_EQ(limit_value(l, 0b110), 2);
  EXPECT_EQ(limit_value(l, 0b101), 3);
}

// ---- binding

Program bound_program(int32_t multiplier) {
  ProgramBuilder b;
  auto s = percent_signal();
  s.step = {1, 100};
  s.max = 10'000;
  s.multiplier = multiplier;
  b.add_signal(s);
  Signal state;
  state.name = "feed";
  state.path = "pump.state";
  state.role = Role::pump;
  state.kind = SignalKind::enumeration;
  state.enumerators = {"hold", "feeding"};
  state.max = 1;
  state.stale = seconds(30);
  b.add_signal(state);
  return *b.build();
}

TEST(Binding, MultipliesExactlyAndRenumbersStates) {
  const auto binding = Binding::make(bound_program(10));
  ASSERT_TRUE(binding) << binding.error();
  const auto spo2 = *find_signal("oximeter.spo2");
  const auto state = *find_signal("pump.state");
  const auto sent = [&](SignalId id, int32_t value, Quality q = Quality::ok) {
    return *binding->translate({{5}, value, id, q, Reason::none, 0});
  };
  EXPECT_EQ(sent(spo2, 885).value, 8850);
  EXPECT_EQ(sent(spo2, 885).measured_at.ns, 5);
  EXPECT_EQ(sent(spo2, INT32_MAX).reason, Reason::out_of_range);
  EXPECT_EQ(sent(spo2, 885, Quality::low).quality, Quality::low);
  EXPECT_EQ(sent(spo2, 0, Quality::missing).quality, Quality::missing);
  EXPECT_EQ(sent(state, 2).value, 1);                      // feeding
  EXPECT_EQ(sent(state, 3).value, 0);                      // hold
  EXPECT_EQ(sent(state, 0).reason, Reason::out_of_range);  // self_test: not listed
  EXPECT_EQ(sent(state, 99).reason, Reason::out_of_range);
  EXPECT_EQ(sent(state, -1).reason, Reason::out_of_range);
  EXPECT_EQ(binding->signal(state), SignalIndex{1});
  EXPECT_FALSE(
      binding->translate({{5}, 1, *find_signal("pump.rate"), Quality::ok, Reason::none, 0}));
  EXPECT_FALSE(binding->signal(60'000));
}

TEST(Binding, RefusesWhatCannotBeBound) {
  EXPECT_FALSE(Binding::make(bound_program(0)));  // coarser than the catalogue
  Program twice = bound_program(10);
  twice.signals.push_back(twice.signals[0]);
  EXPECT_FALSE(Binding::make(twice));
  Program unknown = bound_program(10);
  unknown.signals[0].path = "oximeter.nothing";
  EXPECT_FALSE(Binding::make(unknown));
  Program type = bound_program(10);
  type.signals[0].kind = SignalKind::boolean;
  EXPECT_FALSE(Binding::make(type));
}

}  // namespace
}  // namespace lamplight::engine
