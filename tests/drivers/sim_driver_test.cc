// What must hold, for whoever trusts either: each driver and the device simulated from the same
// specification, which share no line of code, agree over a real line. Values arrive, a condition
// arrives, silence and a lost device are told, and it is found again.
#include <gmock/gmock.h>

#include "tests/drivers/driver_process.h"
#include "tests/drivers/sim_process.h"

namespace lamplight {
namespace {

using test::Driver;
using test::Simulator;

struct Pair {
  const char* kind;  // of the simulator
  const char* driver;
  Role role;
  const char* set;  // a word, what it makes the device measure
  const char* signal;
  int32_t value;
  const char* condition;
};

class AgainstSimulator : public testing::TestWithParam<Pair> {};

TEST_P(AgainstSimulator, ValuesConditionsSilenceAndLossArrive) {
  const Pair& pair = GetParam();
  Simulator sim(pair.kind);
  Driver driver(pair.driver);
  driver.configure(pair.driver, sim.at(), "", pair.role);
  driver.welcome();
  ASSERT_TRUE(driver.hear(R"("fact":"link","name":"up")"));
  sim.say(pair.set);
  EXPECT_TRUE(driver.hear_sample(pair.signal, Quality::ok, pair.value, Reason::none));
  const std::string role(name_of(pair.role));
  if (pair.condition != nullptr) {
    sim.say(std::string(R"({"condition":")") + pair.condition + R"(","present":true})");
    const std::string path = role + ".alarm." + pair.condition;
    EXPECT_TRUE(driver.hear_sample(path, Quality::ok, 1, Reason::none));
  }
  sim.say(R"({"fault":"silence"})");
  EXPECT_TRUE(driver.hear(R"("fact":"link","name":"down")"));
  sim.say(R"({"fault":"none"})");
  EXPECT_TRUE(driver.hear(R"("fact":"link","name":"up")"));
}

const Pair kPairs[] = {
    {"n595", "nellcor", Role::oximeter, R"({"set":{"spo2":84}})", "oximeter.spo2", 840,
     "probe_off"},
    {"cms50-v7", "cms50", Role::oximeter, R"({"set":{"pulse":201}})", "oximeter.pulse", 2010,
     "probe_off"},
    {"pb840", "pb840", Role::ventilator, R"({"set":{"pip":31.5}})", "ventilator.pip", 315,
     "circuit_disconnected"},
    {"v200", "pb840", Role::ventilator, R"({"set":{"p_mean":11.5}})", "ventilator.p_mean", 115,
     "check_circuit"},
    {"evita", "medibus", Role::ventilator, R"({"set":{"vte":137}})", "ventilator.vte", 1370,
     "circuit_disconnected"},
};
INSTANTIATE_TEST_SUITE_P(Kinds, AgainstSimulator, testing::ValuesIn(kPairs), [](const auto& each) {
  std::string name = each.param.kind;  // letters and digits only
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace lamplight
