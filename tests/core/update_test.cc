// After an update, or an edit of the configuration: what was kept by the one before is read by
// another, and what cannot be read is said.
#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/core/state.h"
#include "tests/core/house.h"

namespace lamplight::core {
namespace {

std::set<uint64_t> occurrences(const House& house) {
  std::set<uint64_t> given;
  for (const auto& [seq, row] : house.store.rows[static_cast<size_t>(Lane::alarm)]) {
    if (row.occurrence) given.insert(*row.occurrence);
  }
  return given;
}

void stop(House& house) {
  house.input(Shutdown{"an update"});
  house.settle();
  house.crash();
}

// As if another version had written it: the state of the core, or the engine's within it.
void age_core(House& house) { house.store.snapshot->state[0] ^= std::byte{0x40}; }
void age_engine(House& house) {
  Result<Snapshot> snapshot = decode_snapshot(house.store.snapshot->state);
  ASSERT_TRUE(snapshot) << snapshot.error();
  snapshot->engine[0] ^= std::byte{0x40};  // its magic
  house.store.snapshot->state.clear();
  encode_snapshot(snapshot->state, snapshot->engine, house.store.snapshot->state);
}

// An alarm is open, the process ends, and its state is of another version.
void expect_said_and_numbered_on(void (*age)(House&), bool clean, const std::string& next_boot) {
  House house;
  house.boot();
  house.connect_both();
  house.pulse(160);
  house.pulse(100);
  house.spo2_for(85, 12);
  ASSERT_TRUE(house.is_open("oxygen_low"));
  house.settle();
  const std::set<uint64_t> before = occurrences(house);
  ASSERT_GE(before.size(), 2U);
  if (clean) {
    stop(house);
  } else {
    house.crash();
  }
  if (!next_boot.empty()) house.power_cut(next_boot);
  age(house);
  house.followers.clear();
  house.boot();
  EXPECT_EQ(house.event("system.boot")["kind"], "poison");
  EXPECT_EQ(house.count("system.monitor_restarted"), 1U);
  EXPECT_TRUE(house.is_open("monitor_restarted"));
  EXPECT_TRUE(std::ranges::any_of(house.log, [](const std::string& line) {
    return line.find("could not be read") != line.npos;
  }));
  house.pulse(160);
  house.spo2_for(85, 12);
  EXPECT_TRUE(house.is_open("oxygen_low"));
  for (const Json& f : house.followers) {
    if (f["type"] != "event" || f["event"]["event"] != "alarm.raised") continue;
    EXPECT_FALSE(before.contains(f["event"]["occurrence"].get<uint64_t>())) << f["event"].dump();
  }
}

TEST(Update, AStateOfAnotherFormatIsSaidAndNoNumberIsGivenTwice) {
  // An acknowledgement of the old alarm 1 would have been taken for the new one, and who had an
  // open alarm on his screen read an ordinary start.
  for (void (*age)(House&) : {age_core, age_engine}) {
    for (const bool clean : {true, false}) {
      for (const char* next_boot : {"", "boot-b"}) {
        SCOPED_TRACE(std::string(age == age_core ? "core" : "engine") +
                     (clean ? ", clean" : ", crash") + ", next boot: " + next_boot);
        expect_said_and_numbered_on(age, clean, next_boot);
      }
    }
  }
}

TEST(Update, ADeathAfterItGivesNoNumberTwiceEither) {
  // The old state is still on the disk, and the ring holds what came since.
  House house;
  house.boot();
  house.pulse(160);
  stop(house);
  age_engine(house);
  house.auto_commit = false;
  house.boot();
  house.connect_both();
  house.spo2_for(85, 12);
  std::set<uint64_t> given = occurrences(house);
  for (const Sent& s : house.sent) {
    if (s.payload.contains("occurrence")) given.insert(s.payload["occurrence"].get<uint64_t>());
  }
  house.crash();
  house.auto_commit = true;
  house.boot();
  house.followers.clear();
  house.pulse(100);
  house.pulse(160);
  const Json raised = house.event("alarm.raised");
  ASSERT_FALSE(raised.is_null());
  EXPECT_FALSE(given.contains(raised["occurrence"].get<uint64_t>()));
}

TEST(Update, ThatChangesNoFormatIsAnOrdinaryStart) {
  // Nobody is called to the bed because support installed a new version.
  House house;
  house.boot();
  house.spo2_for(85, 12);
  house.settle();
  stop(house);
  house.boot();
  EXPECT_EQ(house.event("system.boot")["kind"], "clean");
  EXPECT_EQ(house.count("system.monitor_restarted"), 0U);
  EXPECT_TRUE(house.is_open("oxygen_low"));
}

Json device_of(const House& house, const std::string& id) {
  const Json document = Json::parse(house.core->devices_json(house.now));
  for (const Json& device : document["devices"]) {
    if (device["device"] == id) return device;
  }
  return {};
}

TEST(Configuration, InAnotherOrderLeavesEachDeviceWhatIsKnownOfIt) {
  // The serial number of the oximeter under the name of the pump sends support to the wrong one.
  for (const std::string end : {"clean", "crash", "power"}) {
    SCOPED_TRACE(end);
    House house;
    house.boot();
    DeviceFact counters{1, FactKind::counters, "", ""};
    counters.frames_good = 4711;
    house.input(counters);
    house.input(DeviceFact{1, FactKind::identity, "serial", "77"});
    house.input(DeviceFact{1, FactKind::link_down, "", "unplugged"});
    house.settle();
    if (end == "clean") stop(house);
    if (end == "crash") house.crash();
    if (end == "power") house.power_cut("boot-b");
    house.setup.devices = {{1, "pump1", Role::pump, "bus"},
                           {2, "ox1", Role::oximeter, "oxi"},
                           {3, "vent1", Role::ventilator, "vent"}};
    house.boot();
    const Json oximeter = device_of(house, "ox1");
    EXPECT_EQ(oximeter["identity"]["serial"], "77");
    EXPECT_EQ(oximeter["frames_good"], 4711);
    EXPECT_EQ(oximeter["last_error"], "unplugged");
    for (const char* other : {"pump1", "vent1"}) {
      EXPECT_EQ(device_of(house, other)["identity"], Json::object()) << other;
      EXPECT_EQ(device_of(house, other)["frames_good"], 0) << other;
      EXPECT_EQ(device_of(house, other)["last_error"], "") << other;
    }
  }
}

TEST(Configuration, InAnotherOrderMakesNoInputOfTheRingAnotherDevices) {
  // What the ring holds was said of the oximeter when it was number 1.
  House house;
  house.boot();
  house.settle();
  house.auto_commit = false;
  house.input(DeviceFact{1, FactKind::identity, "serial", "77"});
  house.crash();
  house.auto_commit = true;
  house.setup.devices = {{1, "pump1", Role::pump, "bus"}, {2, "ox1", Role::oximeter, "oxi"}};
  house.boot();
  EXPECT_EQ(device_of(house, "pump1")["identity"], Json::object());
  EXPECT_EQ(house.event("system.boot")["kind"], "crash");
}

TEST(Restart, DamagedSnapshotIsMetLikePoison) {
  // Bytes from a dying card must not stop monitoring.
  House house;
  house.boot();
  house.spo2_for(85, 12);
  house.store.snapshot->state.resize(9);
  house.crash();
  house.boot();
  EXPECT_EQ(house.event("system.boot")["kind"], "poison");
  for (int i = 0; i < 12; ++i) house.spo2(85);
  EXPECT_EQ(house.event("alarm.raised")["rule"], "oxygen_low");
}

}  // namespace
}  // namespace lamplight::core
