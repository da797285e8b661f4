// What the record says of a device besides its readings: losses lie where they happened, what came
// again is told again, and a link is up only while somebody hears it.
#include <gtest/gtest.h>

#include "tests/core/house.h"

namespace lamplight::core {
namespace {

Sample sample_of(const char* path, uint32_t number, MonoTime at) {
  return {.measured_at = at,
          .value = 0,
          .signal = *find_signal(path),
          .quality = Quality::ok,
          .reason = Reason::none,
          .number = number};
}

void send(House& house, const char* path, uint32_t number, Duration after = seconds(1)) {
  house.pass(after - nanoseconds(1));
  const Sample sample = sample_of(path, number, house.now - milliseconds(20));
  house.input(SamplesIn{1, {&sample, 1}}, nanoseconds(1));
}

// Gap records of `why`, as they lie in the store.
std::vector<store::RecordGap> gaps(const House& house, const std::string& why) {
  std::vector<store::RecordGap> found;
  for (const store::RecordGap& gap : house.store.gaps) {
    if (gap.why == why) found.push_back(gap);
  }
  return found;
}

std::vector<Json> notes(const House& house) {
  std::vector<Json> found;
  for (const Json& f : house.followers) {
    if (f["type"] == "event" && f["event"]["event"] == "device.note") found.push_back(f["event"]);
  }
  return found;
}

Json device_of(const House& house) {
  return Json::parse(house.core->devices_json(house.now))["devices"][0];
}

void note(House& house, const std::string& name, const std::string& text = "",
          Duration after = seconds(1)) {
  DeviceFact fact{1, FactKind::note, name, text};
  fact.happened = true;
  house.input(fact, after);
}

TEST(Loss, LiesBetweenTheLastSampleBeforeItAndTheFirstBehindIt) {
  // A nurse who looks for the missing minute must find it where it was.
  House house;
  house.boot();
  send(house, "oximeter.spo2", 0);
  const MonoTime last = house.now - milliseconds(20);
  send(house, "oximeter.spo2", 9, seconds(4));
  const MonoTime first = house.now;
  for (uint32_t i = 10; i < 24; ++i) send(house, "oximeter.spo2", i);
  const auto told = gaps(house, "overflow");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].lane, Lane::vitals);
  EXPECT_LE(*told[0].t0, last);
  EXPECT_GE(*told[0].t0, last - milliseconds(1));
  EXPECT_EQ(*told[0].t1, first);
  EXPECT_EQ(device_of(house)["samples_lost"], 8);
}

TEST(Loss, IsToldInEveryLaneThatTheDeviceFeeds) {
  // A hole in the curve is no hole in the vital signs, and where it can be either it is told of
  // both.
  for (const auto& [paths, lanes] :
       std::vector<std::pair<std::vector<const char*>, std::vector<Lane>>>{
           {{"oximeter.pleth"}, {Lane::wave}},
           {{"oximeter.spo2"}, {Lane::vitals}},
           {{"oximeter.spo2", "oximeter.pleth"}, {Lane::vitals, Lane::wave}}}) {
    House house;
    house.boot();
    uint32_t number = 0;
    for (const char* path : paths) send(house, path, number++);
    send(house, paths[0], number + 5);
    house.pass(seconds(11));
    std::vector<Lane> told;
    for (const auto& gap : gaps(house, "overflow")) told.push_back(gap.lane);
    EXPECT_EQ(told, lanes) << paths[0];
  }
}

TEST(Loss, OfADriverKilledForItsFloodIsToldAtOnce) {
  // Nothing comes behind the last dropped samples that could show the hole.
  House house;
  house.boot();
  send(house, "oximeter.spo2", 0);
  const MonoTime last = house.now - milliseconds(21);
  house.input(ChildChange{"oxi", ChildState::flooding, "too much", 5}, seconds(1));
  house.input(ChildChange{"oxi", ChildState::died, "it flooded", 0}, seconds(1));
  const auto told = gaps(house, "overflow");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_GE(*told[0].t0, last);
  EXPECT_LT(*told[0].t0, last + seconds(1));
  EXPECT_EQ(*told[0].t1, house.now);
}

TEST(Loss, OfAFloodThatEndsInSilenceIsTold) {
  // The same without a death: a device that says nothing any more shows no hole either.
  House house;
  house.boot();
  send(house, "oximeter.spo2", 0);
  house.input(ChildChange{"oxi", ChildState::flooding, "too much", 5}, seconds(1));
  house.input(ChildChange{"oxi", ChildState::flood_over, "", 5}, seconds(2));
  house.pass(seconds(11));
  EXPECT_EQ(gaps(house, "overflow").size(), 1U);
  send(house, "oximeter.spo2", 1);
  house.pass(seconds(11));
  EXPECT_EQ(gaps(house, "overflow").size(), 1U);
}

TEST(Loss, ThatWaitsToBeToldSurvivesADeath) {
  // Ten seconds of patience must not lose the loss.
  House house;
  house.boot();
  send(house, "oximeter.spo2", 0);
  send(house, "oximeter.spo2", 5);
  house.crash();
  house.boot();
  EXPECT_EQ(gaps(house, "overflow").size(), 1U);
  house.pass(seconds(20));
  EXPECT_EQ(gaps(house, "overflow").size(), 1U);
}

TEST(Note, OfAnInstantIsJournaledEachTimeAndNeverPresent) {
  // The second alarm that fell between two polls is as true as the first.
  House house;
  house.boot();
  note(house, "alarm_between_polls", "first");
  house.pass(seconds(30));
  note(house, "alarm_between_polls", "second");
  const auto told = notes(house);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0]["text"], "first");
  EXPECT_EQ(told[1]["text"], "second");
  EXPECT_EQ(told[1]["count"], 1);
  EXPECT_FALSE(told[1].contains("present"));
  EXPECT_EQ(device_of(house)["notes"].size(), 0U);
}

TEST(Note, OfAnInstantThatComesOftenIsCounted) {
  // A device that stutters must not fill the record, and no stutter may be forgotten.
  House house;
  house.boot();
  for (int i = 0; i < 200; ++i) note(house, "stale_reply", std::to_string(i), milliseconds(100));
  house.pass(seconds(11));
  int64_t count = 0;
  for (const Json& told : notes(house)) count += told["count"].get<int64_t>();
  EXPECT_EQ(count, 200);
  EXPECT_LE(notes(house).size(), 4U);
  EXPECT_EQ(notes(house).back()["text"], "199");
}

TEST(Identity, ThatChangesWithoutEndIsCounted) {
  // A device that tells another serial number in every line must not fill the record either.
  House house;
  house.boot();
  for (int i = 0; i < 200; ++i) {
    house.input(DeviceFact{1, FactKind::identity, "serial", std::to_string(i)}, milliseconds(100));
  }
  house.pass(seconds(11));
  int64_t count = static_cast<int64_t>(house.count("device.identity"));
  EXPECT_GE(count, 1);
  for (const Json& told : notes(house)) count += told["count"].get<int64_t>();
  EXPECT_EQ(count, 200);
  EXPECT_LE(house.count("device.identity") + notes(house).size(), 6U);
  EXPECT_EQ(notes(house).back()["text"], "199");
}

TEST(Note, OfAnInstantIsCountedAcrossADeathAndUnderAnyName) {
  // Names are outside input: without end they are one.
  House house;
  house.boot();
  for (int i = 0; i < 40; ++i) {
    DeviceFact fact{1, FactKind::note, "n" + std::to_string(i), "t"};
    fact.happened = true;
    house.input(fact, milliseconds(10));
  }
  house.crash();
  house.boot();
  house.pass(seconds(11));
  int64_t count = 0;
  for (const Json& body : house.store.bodies(Lane::system)) {
    if (body["event"] == "device.note") count += body["count"].get<int64_t>();
  }
  EXPECT_EQ(count, 40);
}

TEST(Note, ThatLastsStaysUntilWithdrawnOrItsDriverBeginsAnew) {
  // "No reading is real" must not stand there for ever because its driver died.
  House house;
  house.boot();
  house.input(DeviceFact{1, FactKind::note, "demo", ""});
  house.input(DeviceFact{1, FactKind::note, "demo", ""});
  EXPECT_EQ(notes(house).size(), 1U);
  EXPECT_EQ(device_of(house)["notes"], Json::array({"demo"}));
  house.input(ChildChange{"oxi", ChildState::died, "signal 9", 0});
  house.input(ChildChange{"oxi", ChildState::started, "", 0});
  EXPECT_EQ(device_of(house)["notes"].size(), 0U);
  ASSERT_EQ(notes(house).size(), 2U);
  EXPECT_EQ(notes(house)[1]["present"], false);
}

// Found in review: the set PEEP went from 5 to 8, and the record did not know.
TEST(Note, ThatSaysSomethingElseIsToldAgainAndItsEndIsKeptOfMany) {
  House house;
  house.boot();
  house.input(DeviceFact{1, FactKind::note, "set_peep", "5"});
  house.input(DeviceFact{1, FactKind::note, "set_peep", "8"});
  ASSERT_EQ(notes(house).size(), 2U);
  EXPECT_EQ(notes(house)[1]["text"], "8");
  for (int i = 0; i < 40; ++i) {
    house.input(DeviceFact{1, FactKind::note, "n" + std::to_string(i), "on"}, seconds(11));
  }
  DeviceFact over{1, FactKind::note, "n39", "on"};
  over.present = false;
  house.input(over);
  EXPECT_EQ(notes(house).back()["name"], "n39");
  EXPECT_EQ(notes(house).back()["present"], false);
  EXPECT_EQ(device_of(house)["notes"].size(), 40U);
}

TEST(DeviceTopic, SaysThatTheLinkIsDownWhenItsDriverIsDead) {
  // Who looks at the device's page must not read "up" of a device that nobody hears.
  House house;
  house.boot();
  house.connect_both();
  house.input(DeviceFact{1, FactKind::link_up, "up", "the device is heard"});
  house.settle();
  ASSERT_EQ(house.sent_on("device/ox1").back().payload["link"], "up");
  house.input(ChildChange{"oxi", ChildState::died, "it ended by signal 9", 0});
  house.settle();
  const Json said = house.sent_on("device/ox1").back().payload;
  EXPECT_EQ(said["link"], "down");
  EXPECT_EQ(said["last_error"], "it ended by signal 9");
  EXPECT_EQ(house.event("device.link")["link"], "down");
  house.input(ChildChange{"oxi", ChildState::died, "its heartbeat was missed", 0}, seconds(2));
  house.settle();
  EXPECT_EQ(house.sent_on("device/ox1").back().payload["last_error"], "its heartbeat was missed");
}

TEST(DeviceTopic, KnowsNothingOfTheLinkUntilTheNewDriverSpeaks) {
  // "Up since tomorrow" of a device that was unplugged while we were away.
  for (const bool power : {false, true}) {
    House house;
    house.boot();
    house.input(DeviceFact{1, FactKind::link_up, "", "opened"});
    house.settle();
    ASSERT_EQ(device_of(house)["link"], "up");
    if (power) {
      house.power_cut("boot-b");
    } else {
      house.crash();
    }
    house.boot();
    EXPECT_EQ(device_of(house)["link"], "unknown");
    EXPECT_EQ(device_of(house)["link_why"], "");
    EXPECT_EQ(device_of(house)["since_ms"], house.now.ns / 1'000'000);
    const size_t told = house.count("device.link");
    house.input(DeviceFact{1, FactKind::link_up, "", "opened"});
    EXPECT_EQ(device_of(house)["link"], "up");
    EXPECT_EQ(house.count("device.link"), told + 1);
  }
}

TEST(Device, AnotherOneThanTheEnrolledIsAnAlarmUntilTheRightOneIsHeard) {
  // Readings of another child would look like ours.
  House house;
  house.boot();
  house.input(DeviceFact{1, FactKind::link_up, "", ""});
  house.input(DeviceFact{1, FactKind::link_down, "", "another device"});
  house.input(DeviceFact{1, FactKind::refused, "serial", "77 is connected, 12 is enrolled"});
  EXPECT_EQ(house.event("alarm.raised")["rule"], "wrong_device.oximeter");
  EXPECT_EQ(house.event("device.refused")["text"], "77 is connected, 12 is enrolled");
  house.input(DeviceFact{1, FactKind::link_up, "", ""});
  house.pass(seconds(7));
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "wrong_device.oximeter");
}

TEST(Device, TheRightOneEndsTheAlarmEvenIfItsLinkWasNeverSaidToBeDown) {
  // Its driver died with us while the link was up, and the next one met another device first.
  House house;
  house.boot();
  house.input(DeviceFact{1, FactKind::link_up, "", ""});
  house.input(DeviceFact{1, FactKind::refused, "serial", "77 is connected, 12 is enrolled"});
  house.input(DeviceFact{1, FactKind::link_up, "", ""});
  house.pass(seconds(7));
  EXPECT_EQ(house.event("alarm.cleared")["rule"], "wrong_device.oximeter");
}

}  // namespace
}  // namespace lamplight::core
