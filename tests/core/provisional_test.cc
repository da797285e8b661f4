// A core may have to begin before its record opens. Whatever becomes of it, the record tells in the
// end what was before.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/house.h"

namespace lamplight::core {
namespace {

// Found by the simulation, seed 28: the next life heard the beginning of a core that had known
// nothing, and took its word for the first start of all: numbers of alarms went on from 2^40, and
// the record did not say that nobody had watched.
TEST(Restart, ADeathBeforeTheRecordHasOpenedIsToldByWhoKnowsIt) {
  for (const bool power : {false, true}) {
    SCOPED_TRACE(power);
    House house;
    house.boot();
    house.spo2_for(85, 12);
    house.settle();
    const uint64_t reserved = house.store.newest(Lane::alarm) + 1000;
    if (power) {
      house.power_cut("boot-b");
    } else {
      house.crash();
    }
    Core provisional(house.setup, house.program);
    provisional.restore({}, Restore::resume, true);
    const MonoTime at = house.now + seconds(2);
    auto booted = std::get<Booted>(
        provisional.boot_input(at, {{house.wall.unix_ns + at.ns, house.wall.clock}, 0}));
    booted.kind = BootKind::provisional;
    booted.first_occurrence = uint64_t{1} << 40U;
    house.ring.emplace_back(at, std::vector<std::byte>{});
    encode_input(booted, house.ring.back().second);
    house.now = at + seconds(1);
    house.boot();
    house.settle();
    const std::vector<std::string> told = house.store.names(Lane::system);
    EXPECT_EQ(std::count(told.begin(), told.end(), "system.not_watching"), 2);
    house.pulse(160);
    const Json raised = house.event("alarm.raised");
    EXPECT_LT(raised["occurrence"], uint64_t{1} << 40U);
    EXPECT_EQ(raised["seq"] > reserved, power);
  }
}

}  // namespace
}  // namespace lamplight::core
