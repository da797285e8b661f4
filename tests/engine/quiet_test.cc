// "Be quiet a moment" must end by itself, whoever forgets it, and must quiet nothing but the sound
// of the one occurrence it names; "it cannot be judged, I know" must leave an alarm that rings.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>

#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Story = std::vector<std::string>;

// `low`: x < 90 at once, clear at >= 92 for 2 s, worsens below 80; `other`: below 85, high; x goes
// stale after 5 s; lost after 20 s, medium.
Program program_of(Rank rank, bool latch = false) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  Alarm low =
      alarm_of("low", rank, below(b, x, 90), b.hold_for(at_least(b, x, 92), span(seconds(2))));
  low.latch = latch;
  low.worsens = below(b, x, 80);
  low.worsens_to = kHigh;
  b.add_alarm(low);
  b.add_alarm(alarm_of("other", kHigh, below(b, x, 85), at_least(b, x, 86)));
  Alarm lost;
  lost.rank = kMedium;
  b.add_lost(x, span(seconds(20)), lost);
  return *b.build();
}
constexpr AlarmIndex kLow0 = 0, kOther = 1, kLost = 2;

TEST(Pause, EndsByItselfAndTheSoundIsBack) {
  Scenario run(program_of(kHigh));
  run.samples(0, 9, 88);
  EXPECT_EQ(run.act(9'500'000'000, CommandKind::pause, 1), RejectWhy::none);
  const AlarmView quiet = run.engine().view(kLow0);
  EXPECT_TRUE(quiet.paused);
  EXPECT_FALSE(quiet.audible);
  EXPECT_EQ(quiet.signal, SignalState::on);
  EXPECT_EQ(quiet.paused_until.ns, 129'500'000'000);
  EXPECT_EQ(run.events().back().until.ns, 129'500'000'000);
  run.samples(10, 135, 88);
  EXPECT_TRUE(run.engine().view(kLow0).audible);
  EXPECT_EQ(run.full_story(), (Story{"0 low raised", "0 low signal_on", "9.5 low audio_paused",
                                     "129.5 low audio_resumed"}));
}

TEST(Pause, LastsAsLongAsAskedAndNeverLongerThanItsPriorityAllows) {
  for (const auto& [rank, most] :
       {std::pair{kHigh, seconds(120)}, {kMedium, seconds(120)}, {kLow, minutes(10)}}) {
    Scenario run(program_of(rank));
    run.sample(0, 88);
    EXPECT_EQ(run.engine().longest_pause(kLow0), most);
    EXPECT_EQ(run.act(1, CommandKind::pause, 1, most + nanoseconds(1)), RejectWhy::too_long);
    EXPECT_TRUE(run.engine().view(kLow0).audible);
    EXPECT_EQ(run.act(2, CommandKind::pause, 1, seconds(30)), RejectWhy::none);
    EXPECT_EQ(run.engine().view(kLow0).paused_until.ns, 30 * kSecond + 2);
  }
  Scenario info(program_of(kInfo));
  info.sample(0, 88);
  EXPECT_EQ(info.act(1, CommandKind::pause, 1), RejectWhy::nothing_to_pause);
}

TEST(Pause, IsNotMadeLongerAndHasOneEnd) {
  Scenario run(program_of(kHigh));
  run.sample(0, 88);
  run.act(kSecond, CommandKind::pause, 1);
  for (int i = 2; i < 1000; ++i) {
    ASSERT_EQ(run.act(kSecond + i, CommandKind::pause, 1), RejectWhy::already_paused);
  }
  EXPECT_EQ(run.engine().view(kLow0).paused_until.ns, 121 * kSecond);
}

TEST(Pause, IsEndedByAPersonWhoIsNamed) {
  Scenario run(program_of(kHigh));
  run.sample(0, 88);
  EXPECT_EQ(run.act(kSecond, CommandKind::resume, 1), RejectWhy::not_paused);
  run.act(2 * kSecond, CommandKind::pause, 1);
  run.act(3 * kSecond, CommandKind::resume, 1);
  EXPECT_EQ(run.events().back().kind, EventKind::audio_resumed);
  EXPECT_TRUE(run.engine().view(kLow0).audible);
  EXPECT_EQ(run.act(4 * kSecond, CommandKind::pause, 1), RejectWhy::none);
}

// Acknowledging is another act: neither does the other's work, and both may be said.
TEST(Pause, IsNoAcknowledgement) {
  Scenario run(program_of(kHigh, true));
  run.sample(0, 88);
  run.act(kSecond, CommandKind::pause, 1);
  run.samples(2, 5, 95);
  EXPECT_EQ(run.engine().view(kLow0).condition, ConditionState::latched) << "nobody has seen it";
  run.acknowledge(6 * kSecond, 1);
  EXPECT_EQ(run.engine().view(kLow0).condition, ConditionState::idle);
  EXPECT_FALSE(run.engine().view(kLow0).paused);
}

TEST(Pause, GoesOnUnderAnAcknowledgementAndEndsBeforeIt) {
  Scenario run(program_of(kHigh));
  run.sample(0, 88);
  run.act(kSecond, CommandKind::pause, 1);
  run.acknowledge(2 * kSecond, 1);
  EXPECT_EQ(run.engine().view(kLow0).signal, SignalState::acknowledged);
  EXPECT_EQ(run.act(3 * kSecond, CommandKind::pause, 1), RejectWhy::already_paused);
  run.full_story();
  run.samples(4, 125, 88);
  EXPECT_EQ(run.full_story(), (Story{"62 low reminder", "121 low audio_resumed", "122 low reminder",
                                     "122 low ack_expired"}));
  EXPECT_TRUE(run.engine().view(kLow0).audible);
  run.acknowledge(126 * kSecond, 1);
  EXPECT_EQ(run.act(127 * kSecond, CommandKind::pause, 1), RejectWhy::nothing_to_pause);
}

TEST(Pause, WorseningEndsItAtOnce) {
  Scenario run(program_of(kMedium));
  run.sample(0, 88);
  run.act(kSecond, CommandKind::pause, 1);
  run.sample(2 * kSecond, 79);
  EXPECT_TRUE(run.engine().view(kLow0).audible);
  const Story story = run.full_story();
  EXPECT_EQ(
      Story(story.begin() + 2, story.begin() + 6),
      (Story{"1 low audio_paused", "2 low worsened", "2 low audio_resumed", "2 low signal_on"}));
}

TEST(Pause, ALatchedAlarmThatReturnsRingsThroughIt) {
  Scenario run(program_of(kHigh, true));
  run.sample(0, 88);
  run.samples(1, 4, 95);
  run.act(5 * kSecond, CommandKind::pause, 1);
  run.full_story();
  run.sample(6 * kSecond, 88);
  EXPECT_TRUE(run.engine().view(kLow0).audible);
  EXPECT_EQ(run.full_story(), (Story{"6 low raised", "6 low audio_resumed", "6 low signal_on"}));
}

TEST(Pause, OfOneOccurrenceIsSilentAboutEveryOtherAndAboutTheNext) {
  Scenario run(program_of(kHigh));
  run.sample(0, 84);
  run.act(kSecond, CommandKind::pause, 1);
  EXPECT_FALSE(run.engine().view(kLow0).audible);
  EXPECT_TRUE(run.engine().view(kOther).audible);
  run.samples(2, 5, 95);
  EXPECT_EQ(run.engine().view(kLow0).signal, SignalState::marked) << "it was never acknowledged";
  EXPECT_FALSE(run.engine().view(kLow0).paused);
  EXPECT_EQ(run.act(6 * kSecond, CommandKind::pause, 1), RejectWhy::closed);
  run.sample(7 * kSecond, 88);
  EXPECT_TRUE(run.engine().view(kLow0).audible);
}

TEST(Pause, IsForTheBedsideAloneAndForWhatIsOpen) {
  Scenario run(program_of(kHigh));
  run.sample(0, 88);
  for (const auto kind : {CommandKind::pause, CommandKind::resume, CommandKind::stand_down}) {
    EXPECT_EQ(run.act(run.engine().now().ns + 1, kind, 1, {}, Place::remote),
              RejectWhy::not_at_bedside);
    EXPECT_EQ(run.act(run.engine().now().ns + 1, kind, 99), RejectWhy::unknown_occurrence);
  }
  EXPECT_TRUE(run.engine().view(kLow0).audible);
}

TEST(Pause, OutlivesADeathWithItsEndAndEndsWhereTheGapIsUnknown) {
  for (const Gap gap : {Gap::known, Gap::unknown}) {
    Scenario run(program_of(kHigh));
    run.sample(0, 88);
    run.act(kSecond, CommandKind::pause, 1);
    std::vector<std::byte> bytes;
    run.engine().snapshot(bytes);
    Scenario again(program_of(kHigh));
    ASSERT_TRUE(again.engine().restore(bytes));
    again.step(3 * kSecond, {.gap = gap});
    EXPECT_EQ(again.engine().view(kLow0).audible, gap == Gap::unknown);
    again.step(500 * kSecond);
    const Story story = again.full_story();
    const char* back = gap == Gap::unknown ? "3 low audio_resumed" : "121 low audio_resumed";
    EXPECT_EQ(std::count(story.begin(), story.end(), back), 1);
  }
}

TEST(Pause, AfterPoisonKeepsItsEnd) {
  Scenario run(program_of(kHigh));
  run.sample(0, 88);
  run.act(kSecond, CommandKind::pause, 1);
  std::vector<std::byte> bytes;
  run.engine().snapshot(bytes);
  for (const int64_t start : {30, 900}) {
    Scenario again(program_of(kHigh), {.start = {start * kSecond}});
    ASSERT_TRUE(again.engine().restore_alarms_only(bytes));
    again.step(start * kSecond);
    EXPECT_EQ(again.engine().view(kLow0).audible, start == 900);
    again.step(1000 * kSecond);
    EXPECT_TRUE(again.engine().view(kLow0).audible);
  }
}

// The one card of an unconfirmed alarm and of what is lost under it is paused as one; what is lost
// later was not there when somebody asked for quiet.
TEST(Pause, CoversWhatWasGroupedUnderItAndNothingRaisedLater) {
  for (const bool later : {false, true}) {
    Scenario run(program_of(kHigh));
    run.sample(0, 88);
    if (later) run.act(20 * kSecond, CommandKind::pause, 1);
    run.step(26 * kSecond);
    ASSERT_EQ(run.engine().view(kLost).condition, ConditionState::raised);
    if (!later) run.act(27 * kSecond, CommandKind::pause, 1);
    EXPECT_EQ(run.engine().view(kLost).grouped, !later);
    EXPECT_EQ(run.engine().view(kLost).audible, later);
  }
}

// `low` of either reading, and a `lost` alarm of each: 1 and 2.
Program either_low() {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal("a"));
  const auto y = b.add_signal(percent_signal("b"));
  b.add_alarm(alarm_of("both", kHigh, b.either(below(b, x, 90), below(b, y, 90))));
  Alarm lost;
  lost.rank = kMedium;
  b.add_lost(x, span(seconds(20)), lost);
  b.add_lost(y, span(seconds(20)), lost);
  return *b.build();
}

// One sample of each reading; the probe of one that has none is off.
void readings(Scenario& run, int64_t s, std::optional<int32_t> x, std::optional<int32_t> y) {
  const auto one = [&](SignalIndex i, std::optional<int32_t> value) {
    return InputSample{{s * kSecond},
                       value.value_or(0),
                       i,
                       value ? Quality::ok : Quality::missing,
                       value ? Reason::none : Reason::probe_off};
  };
  const std::array samples = {one(0, x), one(1, y)};
  run.step(s * kSecond, {.samples = samples});
}

// The `lost` alarm of `a` rings beside an alarm that `b` makes true. Whoever pauses that alarm has
// not asked for quiet of the other, also when `b` goes too and both become one card.
TEST(Pause, DoesNotCoverALostAlarmThatComesUnderItLater) {
  Scenario run(either_low());
  readings(run, 0, 95, 88);
  for (int64_t s = 1; s < 25; ++s) readings(run, s, std::nullopt, 88);
  ASSERT_TRUE(run.engine().view(1).audible);
  EXPECT_EQ(run.act(25 * kSecond, CommandKind::pause, 1), RejectWhy::none);
  readings(run, 26, std::nullopt, std::nullopt);
  ASSERT_EQ(run.engine().view(0).condition, ConditionState::unconfirmed);
  EXPECT_FALSE(run.engine().view(0).audible);
  EXPECT_TRUE(run.engine().view(1).audible);
  run.act(27 * kSecond, CommandKind::resume, 1);
  EXPECT_TRUE(run.engine().view(0).audible);
  EXPECT_TRUE(run.engine().view(1).grouped) << "one sound for one cause, now that it is heard";
  run.act(28 * kSecond, CommandKind::pause, 1);
  EXPECT_FALSE(run.engine().view(1).audible) << "this pause is of the whole card";
}

// ---- stand down

TEST(StandDown, OnlyWhatCannotBeJudgedAndOnlyWhereSomethingWatchesOn) {
  Scenario run(program_of(kHigh));
  run.sample(0, 88);
  EXPECT_EQ(run.act(kSecond, CommandKind::stand_down, 1), RejectWhy::not_unconfirmed);
  run.missing(2 * kSecond, Reason::probe_off);
  EXPECT_EQ(run.act(3 * kSecond, CommandKind::stand_down, 1), RejectWhy::lost_not_open);
  run.step(22 * kSecond);
  ASSERT_EQ(run.engine().view(kLost).condition, ConditionState::raised);
  EXPECT_FALSE(run.engine().view(kLost).audible) << "grouped";
  EXPECT_EQ(run.act(23 * kSecond, CommandKind::stand_down, 1), RejectWhy::none);
  const auto events = run.events();
  const Event& closed = events[events.size() - 2];
  EXPECT_EQ(closed.kind, EventKind::closed);
  EXPECT_EQ(closed.cause, Cause::to_lost);
  EXPECT_EQ(closed.actor.id_text(), "ana");
  EXPECT_EQ(events.back().kind, EventKind::signal_off) << "no mark: somebody stood here";
  EXPECT_EQ(run.engine().view(kLow0).condition, ConditionState::idle);
  EXPECT_TRUE(run.engine().view(kLost).audible);
}

TEST(StandDown, EndsWithTheReadingsThatReturn) {
  Scenario run(program_of(kHigh));
  run.sample(0, 88);
  run.missing(kSecond, Reason::probe_off);
  run.step(21 * kSecond);
  run.act(22 * kSecond, CommandKind::stand_down, 1);
  run.story();
  run.sample(23 * kSecond, 88);
  EXPECT_EQ(run.story(), (Story{"23 low raised"}));
  EXPECT_EQ(run.engine().view(kLow0).occurrence, 3U) << "a new occurrence, after that of lost";
  EXPECT_TRUE(run.engine().view(kLow0).audible);
}

// A reading that comes in at the very instant of the act is judged after it.
TEST(StandDown, AtTheInstantOfAReadingRaisesAnew) {
  Scenario run(program_of(kHigh));
  run.sample(0, 88);
  run.missing(kSecond, Reason::probe_off);
  run.step(21 * kSecond);
  run.story();
  const Command c{
      CommandKind::stand_down, 1, kNone, make_actor("ana", "nurse", Place::bedside), 7, {}};
  const InputSample s{{22 * kSecond}, 88, 0, Quality::ok, Reason::none};
  run.step(22 * kSecond, {.samples = {&s, 1}, .commands = {&c, 1}});
  EXPECT_EQ(run.story(), (Story{"22 low closed", "22 low raised"}));
}

// `not (x >= 90 for 5 s)` is still true a moment after x is gone: found by the naive oracle, which
// saw an alarm go silent that the table raises.
TEST(StandDown, WhatIsStillTrueIsRaisedAnewAtOnce) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  b.add_alarm(alarm_of("low", kHigh, b.negate(b.hold_for(at_least(b, x, 90), span(seconds(5))))));
  Alarm lost;
  lost.rank = kMedium;
  b.add_lost(x, span(seconds(2)), lost);
  Scenario run(*b.build());
  run.sample(0, 88);
  run.missing(kSecond, Reason::probe_off);
  run.step(3 * kSecond);
  run.story();
  run.act(4 * kSecond, CommandKind::stand_down, 1);
  EXPECT_EQ(run.story(), (Story{"4 low closed", "4 low raised", "4 low unconfirmed (probe_off)"}));
  EXPECT_TRUE(run.engine().view(0).audible);
}

// `a` is back, and its `lost` alarm ends in a moment; `b` is missing, and nothing says so yet.
TEST(StandDown, ALostAlarmThatIsAboutToEndWatchesOnForNobody) {
  Scenario run(either_low());
  readings(run, 0, 88, 88);
  for (int64_t s = 1; s < 25; ++s) readings(run, s, std::nullopt, 95);
  ASSERT_EQ(run.engine().view(1).condition, ConditionState::raised);
  readings(run, 25, 95, std::nullopt);
  ASSERT_EQ(run.engine().view(0).condition, ConditionState::unconfirmed);
  EXPECT_EQ(run.act(26 * kSecond, CommandKind::stand_down, 1), RejectWhy::lost_not_open);
}

}  // namespace
}  // namespace lamplight::engine
