// The built-in technical alarms: a silent device must ring by the engine's own timer, whatever the
// rules say about its signals, and what the core reports must live the same life as any alarm.
#include <gtest/gtest.h>

#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Story = std::vector<std::string>;

Program quiet_program() {
  ProgramBuilder b;
  b.add_signal(percent_signal());
  return *b.build();
}

EngineConfig with_devices() {
  return {.start = {0}, .devices = {Role::ventilator, Role::oximeter, Role::pump}};
}

TEST(DeviceSilent, RingsAtTheTimeOfItsRoleAndClearsFiveSecondsAfterItIsBack) {
  Scenario run(quiet_program(), with_devices());
  run.step(0);
  run.step(65 * kSecond);
  EXPECT_EQ(run.full_story(),
            (Story{"15 device_silent.ventilator raised", "15 device_silent.ventilator signal_on",
                   "30 device_silent.oximeter raised", "30 device_silent.oximeter signal_on",
                   "60 device_silent.pump raised", "60 device_silent.pump signal_on"}));
  EXPECT_EQ(run.engine().view(0).priority, Priority::high);
  EXPECT_EQ(run.engine().view(1).priority, Priority::medium);
  const DeviceFrame frame{0};
  run.step(70 * kSecond, {.frames = {&frame, 1}});
  run.step(75 * kSecond);
  EXPECT_EQ(run.full_story(),
            (Story{"75 device_silent.ventilator cleared", "75 device_silent.ventilator marked"}));
  run.step(85 * kSecond);  // silent again since 70
  EXPECT_EQ(run.full_story(),
            (Story{"85 device_silent.ventilator raised", "85 device_silent.ventilator signal_on"}));
}

TEST(DeviceSilent, ASampleIsAFrameUnlessItSaysTheLinkIsLost) {
  Scenario run(quiet_program(), with_devices());
  run.sample(0, 97);
  run.missing(20 * kSecond, Reason::link_lost);
  run.step(31 * kSecond);
  EXPECT_EQ(run.full_story().back(), "30 device_silent.oximeter signal_on");
  Scenario off(quiet_program(), with_devices());
  off.sample(0, 97);
  off.missing(20 * kSecond, Reason::probe_off);
  off.step(49 * kSecond);
  EXPECT_EQ(off.full_story().back(), "15 device_silent.ventilator signal_on");
}

TEST(Technical, WhatTheCoreReportsIsRaisedAndCleared) {
  Scenario run(quiet_program(), {.start = {0}, .devices = {Role::pump}});
  const TechnicalChange on{Technical::driver_failing, 0, true};
  const TechnicalChange off{Technical::driver_failing, 0, false};
  run.step(0, {.technical = {&on, 1}});
  run.step(10 * kSecond, {.technical = {&off, 1}});
  run.step(16 * kSecond);
  EXPECT_EQ(run.full_story(),
            (Story{"0 driver_failing.pump raised", "0 driver_failing.pump signal_on",
                   "15 driver_failing.pump cleared", "15 driver_failing.pump marked"}));
}

TEST(Technical, MonitorRestartedStaysUntilAPersonHasLooked) {
  Scenario run(quiet_program());
  const TechnicalChange pulse[2] = {{Technical::monitor_restarted, 0, true},
                                    {Technical::monitor_restarted, 0, false}};
  run.step(0, {.technical = {pulse, 1}});
  run.step(1, {.technical = {pulse + 1, 1}});
  run.step(60 * kSecond);
  EXPECT_EQ(run.full_story().back(), "5.000000001 monitor_restarted latched");
  run.acknowledge(61 * kSecond, 1);
  EXPECT_EQ(run.full_story(),
            (Story{"61 monitor_restarted reset", "61 monitor_restarted signal_off"}));
}

TEST(Technical, TimeNotSetExistsOnlyInProgramsWithProfiles) {
  Scenario without(quiet_program(), {.start = {0}, .time_is_set = false});
  without.step(0);
  EXPECT_EQ(without.full_story(), Story{});
  Scenario with(torture_program(), {.start = {0}, .time_is_set = false});
  with.step(0);
  EXPECT_EQ(with.full_story(), (Story{"0 time_not_set raised", "0 time_not_set signal_on"}));
}

TEST(Technical, EveryAlarmHasATitleAndSaysWhatToDo) {
  Engine engine(torture_program(), with_devices());
  EXPECT_EQ(engine.program_alarm_count(), 2U);
  EXPECT_EQ(engine.alarm_count(), 2U + 4 * 3 + 10);
  for (size_t i = engine.program_alarm_count(); i < engine.alarm_count(); ++i) {
    const Alarm& alarm = engine.alarm(static_cast<AlarmIndex>(i));
    EXPECT_EQ(alarm.klass, AlarmClass::technical);
    EXPECT_NE(alarm.title, kNone);
    EXPECT_NE(alarm.instruction, kNone);
    EXPECT_TRUE(technical_of(alarm.id.substr(0, alarm.id.find('.'))).has_value()) << alarm.id;
  }
}

TEST(Technical, LostIsGroupedUnderItsDevicesSilence) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  Alarm lost;
  lost.rank = kMedium;
  b.add_lost(x, span(seconds(20)), lost);
  Scenario run(*b.build(), {.start = {0}, .devices = {Role::oximeter}});
  run.step(0);
  run.step(25 * kSecond);
  EXPECT_TRUE(run.engine().view(0).audible);
  run.step(31 * kSecond);
  EXPECT_FALSE(run.engine().view(0).audible);
  EXPECT_TRUE(run.engine().view(0).grouped);
  EXPECT_TRUE(run.engine().view(1).audible);
}

}  // namespace
}  // namespace lamplight::engine
