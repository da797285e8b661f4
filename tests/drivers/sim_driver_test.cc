// What must hold, for whoever trusts either: each driver and the device simulated from the same
// specification, which share no line of code, agree over a real line. Values arrive, a condition
// arrives, silence and a lost device are told, and it is found again.
#include <gmock/gmock.h>

#include <fstream>

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

// A contact has no numbers and no frames, so it has a test of its own.
TEST(ContactAgainstSimulator, CallsIsSilencedIsSupervisedAndIsLost) {
  const std::string path = testing::TempDir() + "lines_of_contact_" + std::to_string(::getpid());
  Simulator sim("contact", ("lines:" + path).c_str());
  Driver driver("contact");
  driver.configure("contact", sim.at(), "", Role::contact);
  driver.welcome();
  const auto hear_state = [&](int32_t state) {
    return driver.hear_sample("contact.state", Quality::ok, state, Reason::none);
  };
  EXPECT_TRUE(driver.hear("silenced_alarms_are_not_visible"));
  ASSERT_TRUE(hear_state(0));
  sim.say(R"({"condition":"device_calling","present":true})");
  EXPECT_TRUE(hear_state(1));
  // What silencing does to it: the contact is quiet, the condition is not over.
  sim.say(R"({"silenced":true})");
  EXPECT_TRUE(hear_state(0));
  // A foreign voltage is found by the next test of the cable.
  sim.say(R"({"condition":"cable_fault","present":true})");
  EXPECT_TRUE(hear_state(2));
  sim.say(R"({"link":"unplug"})");
  EXPECT_TRUE(driver.hear_sample("contact.state", Quality::missing, 0, Reason::link_lost));
  sim.say(R"({"condition":"cable_fault","present":false})");
  sim.say(R"({"link":"plug"})");
  EXPECT_TRUE(hear_state(0));
}

// The lines go on, the second they name does not.
TEST(Rad8AgainstSimulator, AFrozenOneIsStaleUntilItMoves) {
  Simulator sim("rad8");
  Driver driver("masimo");
  driver.configure("masimo", sim.at());
  driver.welcome();
  sim.say(R"({"set":{"spo2":93}})");
  ASSERT_TRUE(driver.hear_spo2(Quality::ok, 930, Reason::none));
  sim.say(R"({"fault":"frozen"})");
  EXPECT_TRUE(driver.hear(R"("name":"frozen","text":"the device's snapshot has stopped moving")"));
  EXPECT_TRUE(driver.hear_spo2(Quality::missing, 0, Reason::stale));
  EXPECT_TRUE(driver.hear_sample("oximeter.alarm.data_frozen", Quality::ok, 1, Reason::none));
  sim.say(R"({"fault":"none"})");
  EXPECT_TRUE(driver.hear_spo2(Quality::ok, 930, Reason::none));
}

TEST(N595AgainstSimulator, AFrozenOneIsStaleUntilItMoves) {
  Simulator sim("n595");
  Driver driver("nellcor");
  driver.configure("nellcor", sim.at());
  driver.welcome();
  ASSERT_TRUE(driver.hear(R"("fact":"link","name":"up")"));
  sim.say(R"({"fault":"frozen"})");
  EXPECT_TRUE(driver.hear_sample("oximeter.alarm.data_frozen", Quality::ok, 1, Reason::none));
  EXPECT_TRUE(driver.hear_spo2(Quality::missing, 0, Reason::stale));
  sim.say(R"({"fault":"none"})");
  EXPECT_TRUE(driver.hear_sample("oximeter.alarm.data_frozen", Quality::ok, 0, Reason::none));
}

// Its silence lasts too long to wait for here; its cable does not.
TEST(WaveAgainstSimulator, BreathsArriveAndALostPortIsTold) {
  Simulator sim("pb840-wave");
  Driver driver("pb840-wave");
  driver.configure("pb840-wave", sim.at(), "", Role::ventilator);
  driver.welcome();
  sim.say(R"({"set":{"rate":40}})");
  sim.say(R"({"set":{"vti":137.3}})");
  EXPECT_TRUE(driver.hear_sample("ventilator.vti", Quality::ok, 1373, Reason::none));
  EXPECT_TRUE(driver.hear_sample("ventilator.rate", Quality::ok, 400, Reason::none));
  // The breath of before, said for ever.
  sim.say(R"({"fault":"frozen"})");
  EXPECT_TRUE(driver.hear_sample("ventilator.vti", Quality::missing, 0, Reason::stale));
  sim.say(R"({"fault":"none"})");
  EXPECT_TRUE(driver.hear_sample("ventilator.vti", Quality::ok, 1373, Reason::none));
  sim.say(R"({"link":"unplug"})");
  EXPECT_TRUE(driver.hear_sample("ventilator.vti", Quality::missing, 0, Reason::link_lost));
  sim.say(R"({"link":"plug"})");
}

// A HID device is no serial port: reports travel as datagrams.
TEST(HidAgainstSimulator, ReportsArriveAndALostDeviceIsTold) {
  const std::string path = testing::TempDir() + "hid_" + std::to_string(::getpid());
  Simulator sim("cms50-hid", ("hid:" + path).c_str());
  Driver driver("cms50");
  driver.say(R"({"type":"configure","port":{"name":"oxi","driver":"cms50","at":")" + sim.at() +
             R"("},"devices":[{"id":"ox1","role":"oximeter"}],"options":{"format":"hid"}})");
  driver.welcome();
  ASSERT_TRUE(driver.hear(R"("fact":"identity","name":"model","text":"50E")"));
  sim.say(R"({"set":{"pulse":201}})");
  EXPECT_TRUE(driver.hear_sample("oximeter.pulse", Quality::ok, 2010, Reason::none));
  sim.say(R"({"condition":"probe_off","present":true})");
  EXPECT_TRUE(driver.hear_sample("oximeter.spo2", Quality::missing, 0, Reason::probe_off));
  sim.say(R"({"link":"unplug"})");
  EXPECT_TRUE(driver.hear_sample("oximeter.spo2", Quality::missing, 0, Reason::link_lost));
  sim.say(R"({"condition":"probe_off","present":false})");
  sim.say(R"({"link":"plug"})");
  EXPECT_TRUE(driver.hear_sample("oximeter.pulse", Quality::ok, 2010, Reason::none));
}

// Two plugs in each other's socket: what comes is another device's, at the same path.
TEST(SwappedPlugs, EachPathCarriesTheOtherDevice) {
  const std::string dir = testing::TempDir() + "swap_" + std::to_string(::getpid());
  const std::string scenario = dir + ".scenario", oximeter = dir + "_ox", ventilator = dir + "_v";
  std::ofstream(scenario) << "+0.1 s swap oximeter ventilator\n";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(126);
    const std::string ox = "oximeter=" + oximeter, vent = "ventilator=" + ventilator;
    ::execl(LL_SIM, LL_SIM, "run", "--device", "oximeter=rad8@pty", "--device",
            "ventilator=pb840@pty", "--link", ox.c_str(), "--link", vent.c_str(), "--scenario",
            scenario.c_str(), "--seconds", "20", nullptr);
    ::_exit(127);
  }
  std::string heard;
  for (int tries = 0; tries < 200 && heard.find("SPO2=") == std::string::npos; ++tries) {
    const int fd = ::open(ventilator.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) ::poll(nullptr, 0, 20);
    char buffer[512];
    while (fd >= 0 && test::wait_for(fd, POLLIN, 1200)) {
      const ssize_t got = ::read(fd, buffer, sizeof buffer);
      if (got <= 0) break;
      heard.append(buffer, static_cast<size_t>(got));
      if (heard.find("SPO2=") != std::string::npos) break;
    }
    if (fd >= 0) ::close(fd);
  }
  EXPECT_NE(heard.find("SPO2="), std::string::npos);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
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
    {"asena", "alaris", Role::pump, R"({"set":{"rate_set":12.5}})", "pump.rate_set", 125,
     "patient_tube_blocked"},
    {"base-a", "base-a", Role::pump, R"({"set":{"rate_set":12.5}})", "pump.rate_set", 125,
     "system_error"},
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
