// The link to the care team, as the home and the record know it.
#include <gtest/gtest.h>

#include "tests/core/house.h"

namespace lamplight::core {
namespace {

TEST(Uplink, LostFor35SecondsIsATechnicalAlarmAtHome) {
  // Who relies on the nurse being told must hear that she is not.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(97, 12);  // long enough to count as a connection
  house.lose(Conn::live);
  EXPECT_EQ(house.count("system.uplink_lost"), 1U);
  for (int i = 0; i < 33; ++i) house.spo2(97);
  EXPECT_EQ(house.count("alarm.raised"), 0U);
  for (int i = 0; i < 4; ++i) house.spo2(97);
  EXPECT_EQ(house.event("alarm.raised")["rule"], "uplink_lost");
  house.connect(Conn::live);
  EXPECT_EQ(house.count("system.uplink_restored"), 1U);
  house.spo2_for(97, 17);  // 10 s until it holds, 5 s of every technical alarm
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "uplink_lost");
}

TEST(Uplink, ThatIsAcceptedAndDroppedAgainIsLost) {
  // A broker that kicks us for an hour: each try looked like the end of the outage, so nobody at
  // home was ever told.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(97, 12);
  const auto try_once = [&] {
    house.spo2_for(97, 8);
    house.connect(Conn::live);
    house.spo2_for(97, 2);
    house.lose(Conn::live);
  };
  house.lose(Conn::live);
  for (int i = 0; i < 3; ++i) try_once();
  EXPECT_FALSE(house.is_open("uplink_lost"));
  for (int i = 0; i < 4; ++i) {
    try_once();
    EXPECT_TRUE(house.is_open("uplink_lost"));
  }
  house.connect(Conn::live);
  house.spo2_for(97, 9);
  EXPECT_TRUE(house.is_open("uplink_lost"));
  house.spo2_for(97, 8);
  EXPECT_FALSE(house.is_open("uplink_lost"));
  size_t raised = 0;
  for (const Json& body : house.store.bodies(Lane::alarm)) {
    raised += body["event"] == "alarm.raised" && body["rule"] == "uplink_lost" ? 1U : 0U;
  }
  EXPECT_EQ(raised, 1U) << "one outage is one alarm";
}

TEST(Uplink, ThatIsBackInTimeIsNoAlarmUnlessItIsTakenAgain) {
  // Nobody is woken for a line that works again, and nobody waits twice for one that does not.
  House house;
  house.boot();
  house.connect_both();
  house.spo2_for(97, 12);
  house.lose(Conn::live);
  house.spo2_for(97, 33);
  house.connect(Conn::live);
  house.spo2_for(97, 20);
  EXPECT_FALSE(house.is_open("uplink_lost"));
  house.lose(Conn::live);
  house.spo2_for(97, 33);
  house.connect(Conn::live);
  house.spo2_for(97, 5);
  EXPECT_FALSE(house.is_open("uplink_lost"));
  house.lose(Conn::live);
  EXPECT_TRUE(house.is_open("uplink_lost"));
}

TEST(Uplink, ThatNeverCameUpIsInTheRecordWithItsReason) {
  // Who looks for the cause in the morning must find more than silence.
  House house;
  house.boot();
  for (int i = 0; i < 3; ++i) house.input(LinkChange{Conn::live, LinkState::refused, 1, "kicked"});
  EXPECT_EQ(house.count("system.uplink_lost"), 1U);
  EXPECT_EQ(house.event("system.uplink_lost")["text"], "kicked");
  house.connect(Conn::live);
  EXPECT_EQ(house.count("system.uplink_restored"), 1U);
}

TEST(Uplink, WhoseProcessKeepsDyingIsAnAlarmUntilItStays) {
  // More than five deaths in a minute: nobody outside is told, and nothing will mend itself.
  House house;
  house.boot();
  for (int i = 0; i < 6; ++i) {
    house.input(ChildChange{"uplink", ChildState::started, ""}, seconds(1));
    house.input(ChildChange{"uplink", ChildState::died, "signal 11"}, seconds(1));
  }
  EXPECT_EQ(house.count("alarm.raised"), 0U);
  house.input(ChildChange{"uplink", ChildState::failing, "signal 11"});
  EXPECT_EQ(house.event("alarm.raised")["rule"], "uplink_failing");
  house.input(ChildChange{"uplink", ChildState::steady, ""});
  for (int i = 0; i < 7; ++i) house.spo2(97);
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "uplink_failing");
}

TEST(Uplink, ACertificateThatCannotBeJudgedByTheClockIsClockUnset) {
  // The family must not hunt a certificate when the battery of the clock is flat.
  House house;
  house.boot();
  const auto refused = [&](const char* why) {
    house.input(LinkChange{Conn::live, LinkState::refused, 1, why});
  };
  refused("clock_unset");
  refused("clock_unset");
  EXPECT_EQ(house.count("system.clock_unset"), 1U);
  for (int i = 0; i < 12; ++i) house.spo2(97);
  EXPECT_EQ(house.event("alarm.raised")["rule"], "clock_unset");
  refused("kicked");
  EXPECT_EQ(house.count("system.clock_unset"), 1U);
  house.connect(Conn::live);
  EXPECT_EQ(house.count("system.clock_unset"), 2U);
  for (int i = 0; i < 7; ++i) house.spo2(97);
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "clock_unset");
}

}  // namespace
}  // namespace lamplight::core
