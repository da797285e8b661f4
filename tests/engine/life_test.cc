// The alarm's life row by row (alarms design, section 4): what a carer does and what time does must
// change exactly the named occurrence, and unknown must neither raise nor clear.
#include <gtest/gtest.h>

#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Story = std::vector<std::string>;

// One alarm on `x < 90` for 0 s, clear at >= 92 for 2 s; stale after 5 s.
Program one_alarm(Rank rank, bool latch = false, Duration unknown_clears = {},
                  Duration remind = {}) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  Alarm a =
      alarm_of("low", rank, below(b, x, 90), b.hold_for(at_least(b, x, 92), span(seconds(2))));
  a.latch = latch;
  a.unknown_clears = unknown_clears;
  a.remind_every = remind;
  b.add_alarm(a);
  return *b.build();
}

// Time passes in one step, with a sample of `value` each second so that nothing goes stale.
void hold(Scenario& run, int64_t from, int64_t to, int32_t value) { run.samples(from, to, value); }

TEST(AlarmLife, AcknowledgingQuietsThisOccurrenceUntilItsTimeOut) {
  Scenario run(one_alarm(kHigh));
  run.sample(0, 88);
  EXPECT_TRUE(run.engine().view(0).audible);
  hold(run, 1, 9, 88);
  run.acknowledge(9'500'000'000, 1);
  EXPECT_FALSE(run.engine().view(0).audible);
  EXPECT_EQ(run.engine().view(0).signal, SignalState::acknowledged);
  EXPECT_EQ(run.engine().view(0).ack_until.ns, 129'500'000'000);
  hold(run, 10, 135, 88);
  EXPECT_TRUE(run.engine().view(0).audible);
  EXPECT_EQ(run.full_story(),
            (Story{"0 low raised", "0 low signal_on", "9.5 low acknowledged", "69.5 low reminder",
                   "129.5 low reminder", "129.5 low ack_expired"}));
}

TEST(AlarmLife, AMediumAcknowledgementLastsTenMinutesAndALowOneUntilItEnds) {
  for (const auto& [rank, back] : {std::pair{kMedium, true}, std::pair{kLow, false}}) {
    Scenario run(one_alarm(rank));
    run.sample(0, 88);
    run.acknowledge(kSecond, 1);
    hold(run, 2, 1000, 88);
    EXPECT_EQ(run.engine().view(0).audible, back);
  }
}

TEST(AlarmLife, ARulesOwnReminderWins) {
  Scenario run(one_alarm(kHigh, false, {}, seconds(30)));
  run.sample(0, 88);
  run.acknowledge(kSecond, 1);
  run.full_story();
  hold(run, 2, 70, 88);
  EXPECT_EQ(run.full_story(), (Story{"31 low reminder", "61 low reminder"}));
}

TEST(AlarmLife, WhoAcknowledgedIsInTheEvent) {
  Scenario run(one_alarm(kHigh));
  run.sample(0, 88);
  run.acknowledge(kSecond, 1);
  const Event e = run.events().back();
  EXPECT_EQ(e.actor.id_text(), "ana");
  EXPECT_EQ(e.actor.role_text(), "nurse");
  EXPECT_EQ(e.actor.place, Place::bedside);
  EXPECT_EQ(e.tag, 7U);
  EXPECT_EQ(e.occurrence, 1U);
  EXPECT_EQ(e.until.ns, 121 * kSecond);
}

TEST(AlarmLife, ARemoteAcknowledgeIsOnlySeen) {
  Scenario run(one_alarm(kHigh));
  run.sample(0, 88);
  run.acknowledge(kSecond, 1, Place::remote);
  EXPECT_TRUE(run.engine().view(0).audible);
  EXPECT_EQ(run.engine().view(0).seen, 1U);
  EXPECT_EQ(run.full_story(), (Story{"0 low raised", "0 low signal_on", "1 low seen"}));
}

TEST(AlarmLife, ActsOnUnknownOrClosedOccurrencesAreRejectedWithAReason) {
  Scenario run(one_alarm(kLow));
  run.sample(0, 88);
  run.acknowledge(kSecond, 2);
  EXPECT_EQ(run.events().back().why, RejectWhy::unknown_occurrence);
  run.acknowledge(kSecond + 1, 0);
  EXPECT_EQ(run.events().back().why, RejectWhy::unknown_occurrence);
  run.samples(2, 4, 95);
  ASSERT_EQ(run.engine().view(0).condition, ConditionState::idle);
  run.acknowledge(5 * kSecond, 1);
  EXPECT_EQ(run.events().back().why, RejectWhy::closed);
  run.acknowledge(6 * kSecond, 1, Place::remote);
  EXPECT_EQ(run.events().back().why, RejectWhy::closed);
  EXPECT_EQ(run.engine().counters().commands_rejected, 4U);
}

TEST(AlarmLife, AcknowledgingTwiceChangesNothing) {
  Scenario run(one_alarm(kHigh));
  run.sample(0, 88);
  run.acknowledge(kSecond, 1);
  run.acknowledge(2 * kSecond, 1);
  EXPECT_EQ(run.events().back().why, RejectWhy::nothing_to_acknowledge);
  EXPECT_EQ(run.engine().view(0).ack_until.ns, 121 * kSecond);
}

TEST(AlarmLife, AHighAlarmThatClearsUnseenLeavesAMarkThatThenIsAcknowledged) {
  Scenario run(one_alarm(kHigh));
  run.sample(0, 88);
  run.samples(1, 3, 95);
  EXPECT_EQ(run.full_story(),
            (Story{"0 low raised", "0 low signal_on", "3 low cleared", "3 low marked"}));
  EXPECT_EQ(run.engine().view(0).signal, SignalState::marked);
  EXPECT_EQ(run.engine().view(0).occurrence, 1U);
  EXPECT_EQ(run.engine().view(0).raised_at.ns, 0) << "whoever finds it asks when it was";
  run.acknowledge(4 * kSecond, 1, Place::remote);
  EXPECT_EQ(run.events().back().why, RejectWhy::closed);
  run.acknowledge(5 * kSecond, 1);
  EXPECT_EQ(run.events().back().kind, EventKind::acknowledged);
  EXPECT_EQ(run.engine().view(0).signal, SignalState::off);
  EXPECT_EQ(run.engine().view(0).raised_at, kNever);
}

TEST(AlarmLife, ANewOccurrenceBearsTheMarkedOneBeforeIt) {
  Scenario run(one_alarm(kHigh));
  run.sample(0, 88);
  run.samples(1, 3, 95);
  run.events();
  run.sample(4 * kSecond, 88);
  const auto events = run.events();
  EXPECT_EQ(events.front().occurrence, 2U);
  EXPECT_EQ(events.front().previous, 1U);
  EXPECT_TRUE(run.engine().view(0).audible);
}

TEST(AlarmLife, AnAcknowledgedOrLowAlarmLeavesNoMark) {
  Scenario high(one_alarm(kHigh));
  high.sample(0, 88);
  high.acknowledge(kSecond, 1);
  high.samples(2, 4, 95);
  EXPECT_EQ(high.full_story().back(), "4 low signal_off");
  Scenario low(one_alarm(kLow));
  low.sample(0, 88);
  low.samples(1, 3, 95);
  EXPECT_EQ(low.full_story().back(), "3 low signal_off");
}

TEST(AlarmLife, InfoIsShownAndRecordedNeverSounded) {
  Scenario run(one_alarm(kInfo));
  run.sample(0, 88);
  EXPECT_EQ(run.full_story(), (Story{"0 low raised"}));
  EXPECT_FALSE(run.engine().view(0).audible);
  run.acknowledge(kSecond, 1);
  EXPECT_EQ(run.events().back().why, RejectWhy::nothing_to_acknowledge);
}

TEST(AlarmLife, ALatchedAlarmRingsOnUntilSomebodyComes) {
  Scenario run(one_alarm(kHigh, true));
  run.sample(0, 88);
  run.samples(1, 4, 95);
  EXPECT_EQ(run.engine().view(0).condition, ConditionState::latched);
  EXPECT_TRUE(run.engine().view(0).audible);
  run.acknowledge(5 * kSecond, 1, Place::remote);
  EXPECT_EQ(run.engine().view(0).condition, ConditionState::latched);
  run.acknowledge(6 * kSecond, 1);
  EXPECT_EQ(run.full_story(), (Story{"0 low raised", "0 low signal_on", "3 low latched",
                                     "5 low seen", "6 low reset", "6 low signal_off"}));
}

TEST(AlarmLife, ALatchedAlarmThatReturnsIsTheSameOccurrenceAgain) {
  Scenario run(one_alarm(kHigh, true));
  run.sample(0, 88);
  run.samples(1, 4, 95);
  run.sample(5 * kSecond, 88);
  EXPECT_EQ(run.engine().view(0).occurrence, 1U);
  EXPECT_EQ(run.engine().view(0).again, 1U);
  EXPECT_EQ(run.full_story(), (Story{"0 low raised", "0 low signal_on", "3 low latched",
                                     "5 low raised", "5 low signal_on"}));
}

TEST(AlarmLife, AnAcknowledgedLatchClearsEvenAfterTheAcknowledgementExpired) {
  Scenario run(one_alarm(kHigh, true));
  run.sample(0, 88);
  run.acknowledge(kSecond, 1);
  run.samples(2, 130, 88);
  run.samples(131, 133, 95);
  EXPECT_EQ(run.engine().view(0).condition, ConditionState::idle);
}

TEST(AlarmLife, UnknownNeverRaisesNeverClearsAndIsToldOnce) {
  Scenario run(one_alarm(kHigh));
  run.missing(0, Reason::probe_off);
  EXPECT_EQ(run.story(), Story{});
  run.sample(kSecond, 88);
  run.missing(2 * kSecond, Reason::probe_off);
  run.missing(3 * kSecond, Reason::searching);
  run.step(1000 * kSecond);
  EXPECT_EQ(run.story(), (Story{"1 low raised", "2 low unconfirmed (probe_off)"}));
  run.sample(1001 * kSecond, 88);
  EXPECT_EQ(run.story(), (Story{"1001 low confirmed"}));
}

TEST(AlarmLife, AValueInTheDeadBandThatGoesMissingIsUnconfirmed) {
  Scenario run(one_alarm(kHigh));
  run.sample(0, 88);
  run.samples(1, 8, 91);
  run.missing(9 * kSecond, Reason::probe_off);
  EXPECT_EQ(run.story(), (Story{"0 low raised", "9 low unconfirmed (probe_off)"}));
}

TEST(AlarmLife, ConfirmedComesBeforeClearedInOneInstant) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  b.add_alarm(alarm_of("low", kHigh, below(b, x, 90), at_least(b, x, 92)));
  Scenario run(*b.build());
  run.sample(0, 88);
  run.missing(kSecond, Reason::probe_off);
  run.sample(2 * kSecond, 95);
  EXPECT_EQ(run.story(), (Story{"0 low raised", "1 low unconfirmed (probe_off)", "2 low confirmed",
                                "2 low cleared"}));
}

TEST(AlarmLife, UnknownClearsALowAlarmOnlyAfterItsTime) {
  Scenario run(one_alarm(kLow, false, minutes(30)));
  run.sample(0, 88);
  run.step(5000 * kSecond);
  EXPECT_EQ(run.story(), (Story{"0 low raised", "5 low unconfirmed (stale)", "1805 low cleared"}));
  EXPECT_EQ(run.events()[3].cause, Cause::unknown);
}

TEST(AlarmLife, ReturnsBeforeClearAreCountedAsFlaps) {
  Scenario run(one_alarm(kLow));
  for (const auto& [t, v] :
       {std::pair{0, 88}, {1, 95}, {2, 88}, {3, 95}, {4, 88}, {5, 95}, {6, 95}, {7, 95}}) {
    run.sample(t * kSecond, v);
  }
  const auto events = run.events();
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[2].kind, EventKind::cleared);
  EXPECT_EQ(events[2].flaps, 2U);
}

// ---- worsens

Program worsening(Rank from, Rank to) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  Alarm a =
      alarm_of("low", from, below(b, x, 90), b.hold_for(at_least(b, x, 92), span(seconds(2))));
  a.worsens = below(b, x, 80);
  a.worsens_to = to;
  b.add_alarm(a);
  return *b.build();
}

TEST(AlarmLife, WorseningEndsAnAcknowledgementAndIsNeverTakenBack) {
  Scenario run(worsening(kMedium, kHigh));
  run.sample(0, 88);
  run.acknowledge(kSecond, 1);
  run.sample(2 * kSecond, 75);
  EXPECT_TRUE(run.engine().view(0).audible);
  EXPECT_EQ(run.engine().view(0).priority, Priority::high);
  run.sample(3 * kSecond, 88);
  run.sample(4 * kSecond, 75);
  EXPECT_EQ(run.engine().view(0).priority, Priority::high);
  EXPECT_EQ(run.full_story(), (Story{"0 low raised", "0 low signal_on", "1 low acknowledged",
                                     "2 low worsened", "2 low signal_on"}));
}

TEST(AlarmLife, WorseningNeverLowersAndMakesAnInfoAlarmSound) {
  Scenario down(worsening(kHigh, kLow));
  down.sample(0, 75);
  EXPECT_EQ(down.engine().view(0).priority, Priority::high);
  Scenario up(worsening(kInfo, kHigh));
  up.sample(0, 88);
  EXPECT_FALSE(up.engine().view(0).audible);
  up.sample(kSecond, 75);
  EXPECT_TRUE(up.engine().view(0).audible);
}

// ---- two alarms, grouping

TEST(AlarmLife, AnActOnOneOccurrenceChangesNothingOfAnother) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  b.add_alarm(alarm_of("low", kHigh, below(b, x, 90)));
  b.add_alarm(alarm_of("lower", kHigh, below(b, x, 85)));
  Scenario run(*b.build());
  run.sample(0, 80);
  const AlarmView before = run.engine().view(1);
  run.acknowledge(kSecond, 1);
  const AlarmView after = run.engine().view(1);
  EXPECT_EQ(after.signal, before.signal);
  EXPECT_EQ(after.ack_until, before.ack_until);
  EXPECT_TRUE(after.audible);
  EXPECT_FALSE(run.engine().view(0).audible);
}

TEST(AlarmLife, LostIsGroupedUnderAnUnconfirmedOccurrenceUntilThatIsAcknowledged) {
  Scenario run(torture_program());
  run.samples(0, 20, 88);
  run.step(100 * kSecond);
  ASSERT_EQ(run.engine().view(0).condition, ConditionState::unconfirmed);
  ASSERT_EQ(run.engine().view(1).condition, ConditionState::raised);
  EXPECT_TRUE(run.engine().view(1).grouped);
  EXPECT_FALSE(run.engine().view(1).audible);
  run.acknowledge(101 * kSecond, 1);
  EXPECT_FALSE(run.engine().view(1).grouped);
  EXPECT_TRUE(run.engine().view(1).audible);
}

TEST(AlarmLife, FormingIsARunThatHasNotReachedItsDelay) {
  Scenario run(torture_program());
  run.samples(0, 5, 88);
  EXPECT_TRUE(run.engine().view(0).forming);
  run.samples(6, 10, 88);
  EXPECT_FALSE(run.engine().view(0).forming);
}

}  // namespace
}  // namespace lamplight::engine
