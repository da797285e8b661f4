// What the bedside reads from the socket: the newest readings and the open alarms.
#include <gtest/gtest.h>

#include "tests/core/house.h"

namespace lamplight::core {
namespace {

TEST(Readings, ThatCameTooLongAgoAreStaleAndBearNoValue) {
  // A ventilator that fell silent must not read "ok" until somebody looks at the age.
  House house;
  house.boot();
  house.spo2(97);
  house.pass(seconds(4));
  const auto reading = [&] {
    return Json::parse(house.core->vitals_json(house.now))["vitals"].at(0);
  };
  EXPECT_EQ(reading()["quality"], "ok");
  house.pass(seconds(2));
  EXPECT_EQ(reading()["quality"], "missing");
  EXPECT_EQ(reading()["reason"], "stale");
  EXPECT_TRUE(reading()["value"].is_null());
}

TEST(OpenAlarms, NameTheChildAtHomeOnly) {
  // What stands on the bedside's screen must be whole, and her name stays in the box.
  engine::Program program = test_program();
  program.child = "Maximiliana von Hohenstein";
  program.alarms.front().instruction = program.alarms.front().say;
  House house(std::move(program));
  house.boot();
  house.spo2_for(97, 3);
  house.spo2_for(88.5, 11);
  const auto words = [&](bool at_home) {
    return Json::parse(house.core->alarms_json(house.now, at_home))["alarms"].at(0)["do"];
  };
  EXPECT_EQ(words(true), "Oxygen of Maximiliana von Hohenstein is low.");
  EXPECT_EQ(words(false), "Oxygen of the child is low.");
}

TEST(OpenAlarms, ThatAreOverStillSayWhenTheyWereRaised) {
  House house;
  house.boot();
  house.spo2_for(88, 12);
  const int64_t raised = house.event("alarm.raised")["condition_at"].get<int64_t>() / 1'000'000;
  house.spo2_for(97, 20);
  ASSERT_EQ(house.event("alarm.cleared")["rule"], "oxygen_low");
  house.crash();
  house.boot();
  const Json alarm = Json::parse(house.core->alarms_json(house.now, true))["alarms"].at(0);
  EXPECT_EQ(alarm["condition"], "idle");
  EXPECT_EQ(alarm["raised_ms"], raised);
}

}  // namespace
}  // namespace lamplight::core
