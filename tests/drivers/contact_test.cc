// What must hold, for a family whose ventilator has nothing but this contact: it calls when the
// bedside device calls, a cut or bridged cable is not silence, and nothing is said before it is
// known.
#include <gmock/gmock.h>

#include <map>

#include "drivers/contact/driver.h"
#include "rules/model/catalogue.h"
#include "tests/drivers/pty.h"

namespace lamplight {
namespace {

using contact::State;
using contact::Watch;
using contact::Wiring;
using sdk::Reading;

// A loop with a watch on it; time moves as the watch asks for it.
struct Loop {
  explicit Loop(const Wiring& wiring) : watch(wiring) { watch.opened(now); }
  void run(Duration span) {
    for (const MonoTime end = now + span; now < end;) {
      now = watch.step(now, is_bridged || (is_closed && watch.drives()));
    }
  }
  Watch watch;
  MonoTime now{};
  bool is_closed = true;
  bool is_bridged = false;  // by a foreign voltage
};

TEST(ContactWatch, NothingIsSaidBeforeTheFirstStableReading) {
  Loop loop(Wiring{});
  EXPECT_EQ(loop.watch.state(), std::nullopt);
  loop.run(milliseconds(200));
  EXPECT_EQ(loop.watch.state(), std::nullopt);
  loop.run(milliseconds(400));
  EXPECT_EQ(loop.watch.state(), State::quiet);
}

TEST(ContactWatch, ANormallyClosedContactCallsWhenItOpensOrTheCableIsCut) {
  Loop loop(Wiring{});
  loop.run(seconds(1));
  loop.is_closed = false;
  loop.run(milliseconds(200));
  EXPECT_EQ(loop.watch.state(), State::quiet);
  loop.run(milliseconds(300));
  EXPECT_EQ(loop.watch.state(), State::alarming);
}

TEST(ContactWatch, ANormallyOpenContactCallsWhenItClosesAndSaysThatItsCableIsNotSeen) {
  Loop loop({.is_normally_closed = false});
  loop.is_closed = false;
  loop.run(seconds(1));
  EXPECT_EQ(loop.watch.state(), State::quiet);
  EXPECT_TRUE(loop.watch.cannot_be_supervised());
  EXPECT_FALSE(Watch(Wiring{}).cannot_be_supervised());
  loop.is_closed = true;
  loop.run(seconds(1));
  EXPECT_EQ(loop.watch.state(), State::alarming);
}

TEST(ContactWatch, AGlitchIsNoAlarmAndABouncingEndIsNoEnd) {
  Loop loop(Wiring{});
  loop.run(seconds(1));
  loop.is_closed = false;
  loop.run(milliseconds(100));
  loop.is_closed = true;
  loop.run(seconds(1));
  EXPECT_EQ(loop.watch.state(), State::quiet);
  loop.is_closed = false;
  loop.run(seconds(1));
  for (int i = 0; i < 10; ++i) {
    loop.is_closed = !loop.is_closed;
    loop.run(milliseconds(900));
    EXPECT_EQ(loop.watch.state(), State::alarming) << i;
  }
  loop.is_closed = true;
  loop.run(milliseconds(2500));
  EXPECT_EQ(loop.watch.state(), State::quiet);
}

TEST(ContactWatch, ALoopThatDoesNotFollowTheDriveIsUnsupervisedUntilItDoes) {
  Loop loop(Wiring{});
  loop.is_bridged = true;
  loop.run(seconds(9));
  EXPECT_EQ(loop.watch.state(), State::quiet);
  loop.run(seconds(2));
  EXPECT_EQ(loop.watch.state(), State::unsupervised);
  EXPECT_TRUE(loop.watch.has_cable_fault());
  loop.is_bridged = false;
  loop.run(seconds(11));
  EXPECT_EQ(loop.watch.state(), State::quiet);
}

// Found in review: one failed test of the cable, then a device that calls, was "unsupervised" for
// as long as it called, as an open loop is tested no more.
TEST(ContactWatch, AnOpenLoopCallsWhateverTheLastTestOfItsCableSaid) {
  Loop loop(Wiring{});
  loop.is_bridged = true;
  loop.run(seconds(11));
  ASSERT_EQ(loop.watch.state(), State::unsupervised);
  loop.is_bridged = false;
  loop.is_closed = false;
  loop.run(seconds(1));
  EXPECT_EQ(loop.watch.state(), State::alarming);
  EXPECT_TRUE(loop.watch.has_cable_fault());
}

TEST(ContactWatch, TestingTheCableIsNeverAnAlarmAndLastsFiftyMilliseconds) {
  Loop loop(Wiring{});
  int tests = 0;
  for (const MonoTime end = loop.now + seconds(60); loop.now < end;) {
    const bool drove = loop.watch.drives();
    const MonoTime before = loop.now;
    loop.now = loop.watch.step(loop.now, loop.watch.drives());
    if (drove && !loop.watch.drives()) {
      ++tests;
      EXPECT_EQ(loop.now - before, milliseconds(50));
    }
    EXPECT_NE(loop.watch.state(), State::alarming);
    EXPECT_NE(loop.watch.state(), State::unsupervised);
  }
  EXPECT_EQ(tests, 5);
  Loop quiet({.is_supervised = false});
  quiet.is_bridged = true;
  quiet.run(seconds(60));
  EXPECT_EQ(quiet.watch.state(), State::quiet);
}

TEST(ContactWatch, AnUntriedContactIsDueForATry) {
  Loop loop({.test_due = hours(1)});
  loop.run(minutes(59));
  EXPECT_FALSE(loop.watch.is_test_due(loop.now));
  loop.run(minutes(2));
  EXPECT_TRUE(loop.watch.is_test_due(loop.now));
  loop.is_closed = false;
  loop.run(seconds(1));
  EXPECT_FALSE(loop.watch.is_test_due(loop.now));
}

// ------------------------------------------------------------------------------------- the driver

struct FakeLines : sdk::ModemLines {
  struct State {
    uint8_t inputs = 0;
    uint8_t outputs = 0;
    bool is_gone = false;
  };
  explicit FakeLines(State& s) : state(s) {}
  Result<uint8_t> get() override {
    if (state.is_gone) return failure("gone");
    return state.inputs;
  }
  Status set(uint8_t outputs) override {
    state.outputs = outputs;
    return {};
  }
  State& state;
};

struct FakeSink : sdk::BusSink {
  void sample(size_t, SignalId signal, Reading reading, MonoTime) override {
    last.insert_or_assign(std::string(signal_info(signal).name), reading);
  }
  void fact(size_t, const sdk::Fact& fact) override {
    facts[std::string(fact.name)] = fact.present.value_or(false);
  }
  void link_up(size_t) override { is_up = true; }
  void link_down(size_t, std::string_view) override { is_up = false; }
  void counters(size_t, const sdk::Counters&) override {}
  void log(std::string_view, std::string_view) override {}
  std::map<std::string, Reading> last;
  std::map<std::string, bool> facts;
  bool is_up = false;
};

TEST(ContactDriver, ReadsItsInputDrivesItsOutputAndSurvivesItsAdapter) {
  FakeLines::State lines;
  FakeSink sink;
  contact::Setup setup;
  setup.wiring.is_supervised = false;
  setup.input = sdk::kLineDcd;
  setup.drive = sdk::kLineDtr;
  contact::Driver driver(setup, [&]() -> Result<std::unique_ptr<sdk::ModemLines>> {
    if (lines.is_gone) return failure("no such file");
    return std::make_unique<FakeLines>(lines);
  });
  MonoTime now{};
  const auto run = [&](Duration span) {
    for (const MonoTime end = now + span; now < end;) now = driver.work(now, sink);
  };
  lines.inputs = sdk::kLineDcd;
  run(seconds(1));
  EXPECT_EQ(lines.outputs, sdk::kLineDtr);
  EXPECT_TRUE(sink.is_up);
  EXPECT_EQ(sink.last.at("state"), Reading::ok(0));
  EXPECT_TRUE(sink.facts.at("silenced_alarms_are_not_visible"));
  EXPECT_TRUE(sink.facts.at("cable_cannot_be_supervised"));
  lines.inputs = sdk::kLineCts | sdk::kLineDsr | sdk::kLineRi;  // other lines are not ours
  run(seconds(1));
  EXPECT_EQ(sink.last.at("state"), Reading::ok(1));
  EXPECT_EQ(sink.last.at("alarm.device_calling"), Reading::ok(1));
  EXPECT_EQ(sink.last.at("alarm.cable_fault"), Reading::ok(0));
  lines.is_gone = true;
  run(seconds(5));
  EXPECT_FALSE(sink.is_up);
  lines.is_gone = false;
  run(seconds(12));
  EXPECT_TRUE(sink.is_up);
}

TEST(ContactDriver, OfAnUnsupervisedLoopNothingIsClaimed) {
  FakeLines::State lines{.inputs = sdk::kLineCts};
  FakeSink sink;
  contact::Driver driver(contact::Setup{}, [&]() -> Result<std::unique_ptr<sdk::ModemLines>> {
    return std::make_unique<FakeLines>(lines);
  });
  for (MonoTime now{}; now < MonoTime{seconds(12).ns};) now = driver.work(now, sink);
  EXPECT_EQ(sink.last.at("state"), Reading::ok(2));
  EXPECT_EQ(sink.last.at("alarm.cable_fault"), Reading::ok(1));
  EXPECT_EQ(sink.last.at("alarm.device_calling"), Reading::missing(Reason::device_fault));
}

TEST(ContactDriver, WrongOptionsAreRefusedWithWhatIsAllowed) {
  const auto error = [](const char* option, const char* value) {
    sdk::Configure configure;
    configure.options[option] = value;
    const auto setup = contact::parse_setup(configure);
    return setup ? std::string() : setup.error();
  };
  EXPECT_NE(error("input", "rts"), "");
  EXPECT_NE(error("drive", "cts"), "");
  EXPECT_NE(error("contact", "open"), "");
  EXPECT_NE(error("supervised", "yes"), "");
  EXPECT_NE(error("debounce", "11 s"), "");
  EXPECT_NE(error("test_due", "1 min"), "");
  EXPECT_EQ(error("input", "ri"), "");
  EXPECT_EQ(error("contact", "normally_open"), "");
}

TEST(ModemLines, APseudoTerminalSaysThatItHasNone) {
  const test::Pty pty;
  const auto lines = sdk::open_modem_lines("serial:" + pty.path() + "?9600,8N1");
  ASSERT_FALSE(lines);
  EXPECT_NE(lines.error().find("has no modem lines"), std::string::npos) << lines.error();
  EXPECT_FALSE(sdk::open_modem_lines("lines:/nowhere/at/all"));
  EXPECT_FALSE(sdk::open_modem_lines("tcp:1.2.3.4:5"));
}

}  // namespace
}  // namespace lamplight
