// Two devices of one child share a bus: a dead one must never keep us from hearing the live one,
// and its death must be told whatever way the line has of being silent.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/modbus/fake_bus.h"

namespace lamplight::modbus {
namespace {

struct Line {
  explicit Line(bool tcp = false, Duration period = seconds(1)) {
    scene.tcp = tcp;
    scene.roles = {{1, Role::pump}, {2, Role::ventilator}};
    sdk::Configure configure;
    configure.port.at = tcp ? "tcp:fake:502" : "serial:/dev/fake?19200,8E1";
    configure.port.period = period;
    configure.devices = {{"pump1", Role::pump, 1, "lfp-1", ""},
                         {"vent1", Role::ventilator, 2, "lvp-1", ""}};
    auto made = ModbusDriver::make(configure, std::make_unique<FakeBus>(scene));
    EXPECT_TRUE(made) << made.error();
    driver = std::move(*made);
  }
  void run(Duration length) {
    const MonoTime end = scene.now + length;
    for (int works = 0; scene.now < end; ++works) {
      ASSERT_LT(works, 1'000'000) << "the driver spins";
      const MonoTime next = driver->work(scene.now, told);
      scene.now = std::max(scene.now, next);
    }
  }
  BusScene scene;
  Told told;
  std::unique_ptr<sdk::PolledDriver> driver;
};

TEST(ModbusDriver, BothUnitsOfABusAreAskedEveryPeriod) {
  Line line;
  line.run(seconds(60));
  EXPECT_NEAR(static_cast<double>(line.scene.asked_since(1, {})), 62, 2);
  EXPECT_NEAR(static_cast<double>(line.scene.asked_since(2, {})), 62, 2);
  EXPECT_EQ(line.told.links[0], "+");
  EXPECT_EQ(line.told.links[1], "+");
}

// A probe that falls due shortly before the neighbour has no room: it waits, the neighbour does
// not.
TEST(ModbusDriver, DeadUnitNeverStopsItsNeighbourWhateverTheirPhase) {
  for (int phase = 0; phase < 1000; phase += 7) {
    Line line;
    line.scene.silent[2] = true;
    line.scene.silence_takes = milliseconds(phase);
    line.run(seconds(30));
    EXPECT_EQ(line.told.links[1], "-") << phase;
    const MonoTime from = line.scene.now;
    line.run(seconds(120));
    EXPECT_GE(line.scene.asked_since(1, from), 119U) << phase;
    EXPECT_GE(line.scene.asked_since(2, from), 2U) << phase << ": still probed";
    EXPECT_EQ(line.told.links[0], "+") << phase;
  }
}

TEST(ModbusDriver, DeadUnitIsFoundAgainAlsoBesideANeighbourPolledTooFastForAProbe) {
  Line line(false, milliseconds(50));
  line.scene.slow[2] = milliseconds(150);  // more than the neighbour ever leaves
  line.scene.silent[2] = true;
  line.run(seconds(30));
  const MonoTime from = line.scene.now;
  line.run(seconds(60));
  EXPECT_GE(line.scene.asked_since(1, from), 1140U) << "19 of 20 cycles";
  line.scene.silent[2] = false;
  line.run(seconds(70));
  EXPECT_EQ(line.told.links[1], "-+");
  EXPECT_EQ(line.told.links[0], "+");
}

// 300 ms is within what a device may take, and more than a short probe waits.
TEST(ModbusDriver, SlowUnitIsFoundAgainWhenNoOtherLives) {
  Line line;
  line.scene.silent = {{1, true}, {2, true}};
  line.run(seconds(30));
  EXPECT_EQ(line.told.links[0], "-");
  line.scene.silent.clear();
  line.scene.slow = {{1, milliseconds(300)}, {2, milliseconds(300)}};
  line.run(seconds(70));
  EXPECT_EQ(line.told.links[0], "-+");
}

TEST(ModbusDriver, SlowUnitIsFoundAgainBesideALiveNeighbour) {
  for (int period : {100, 1000}) {
    Line line(false, milliseconds(period));
    line.scene.silent[2] = true;
    line.run(seconds(30));
    line.scene.silent[2] = false;
    line.scene.slow[2] = milliseconds(300);
    line.run(seconds(200));
    EXPECT_EQ(line.told.links[1], "-+") << period;
    EXPECT_EQ(line.told.links[0], "+") << period;
  }
}

TEST(ModbusDriver, ProbesOfADeadUnitAreShortButForOneInThree) {
  Line line;
  line.scene.silent[2] = true;
  line.run(seconds(600));
  int probes = 0;
  int full = 0;
  for (const Asked& one : line.scene.asked) {
    if (!one.request.is_probe) continue;
    ++probes;
    full += one.timeout > milliseconds(200) ? 1 : 0;
  }
  EXPECT_GE(probes, 10);
  EXPECT_EQ(full, probes / 3);
  EXPECT_GE(line.scene.asked_since(1, {}), 590U);
}

// A replugged adapter: the device behind it may be asked at once.
TEST(ModbusDriver, ReopenedPortEndsTheQuarantine) {
  Line line;
  line.scene.silent = {{1, true}, {2, true}};
  line.run(seconds(60));
  line.scene.resets = true;
  line.run(seconds(60));
  line.scene.resets = false;
  line.scene.silent.clear();
  line.run(seconds(15));  // the longest back-off is 12 s
  EXPECT_EQ(line.told.links[0].back(), '+');
  EXPECT_EQ(line.told.links[1].back(), '+');
}

// A pump that refuses its register map is told to the core as the wrong device, once, and neither
// called up nor asked every second; the ventilator beside it is watched as before.
TEST(ModbusDriver, RefusedMapIsTheWrongDeviceAndDisturbsNobody) {
  Line line;
  line.scene.exceptions[1] = 2;
  line.run(seconds(60));
  EXPECT_EQ(line.told.links[0], "+-");
  EXPECT_EQ(line.told.links[1], "+");
  const std::string refused =
      "0 refused map: the device refuses block 'live' (exception 2): the register map is wrong for "
      "it";
  EXPECT_EQ(std::count(line.told.facts.begin(), line.told.facts.end(), refused), 4)
      << "at first, and at the probes after 5, 15 and 35 s; the feed tells the core once";
  EXPECT_EQ(line.scene.asked_since(1, {}), 8U) << "identity and block each time";
  EXPECT_GE(line.scene.asked_since(2, {}), 60U);
}

// For the family of a device behind a serial server: the server accepts, the device is dead.
TEST(ModbusDriver, TcpDeviceThatAcceptsButStaysSilentIsLost) {
  Line line(true);
  line.run(seconds(10));
  line.scene.silent = {{1, true}, {2, true}};
  line.run(seconds(20));
  EXPECT_EQ(line.told.links[0], "+-");
  EXPECT_EQ(line.told.links[1], "+-");
  line.scene.silent.clear();
  line.run(seconds(70));
  EXPECT_EQ(line.told.links[0], "+-+");
  EXPECT_EQ(line.told.links[1], "+-+");
}

TEST(ModbusDriver, LostPortIsLostForEveryUnitAndFoundAgain) {
  Line line(true);
  line.run(seconds(10));
  line.scene.resets = true;
  line.scene.accepts = false;
  line.run(seconds(30));
  EXPECT_EQ(line.told.links[0], "+-");
  EXPECT_EQ(line.told.links[1], "+-");
  line.scene.resets = false;
  line.scene.accepts = true;
  line.run(seconds(30));
  EXPECT_EQ(line.told.links[0], "+-+");
  EXPECT_EQ(line.told.links[1], "+-+");
}

TEST(ModbusDriver, ConnectionThatIsAcceptedAndBrokenForEverIsToldOnceAndTriedLessOften) {
  Line line(true);
  line.run(seconds(5));
  line.scene.resets = true;
  const int before = line.scene.opened;
  line.run(seconds(120));
  EXPECT_EQ(line.told.links[0], "+-");
  EXPECT_EQ(line.told.logs.size(), 1U);
  EXPECT_LT(line.scene.opened - before, 30);
}

}  // namespace
}  // namespace lamplight::modbus
