// What must hold for whoever judges a gateway by this simulator: every scenario of the library can
// be played, what befalls the child shows on all its devices as it would, and faults are what they
// say.
#include "firmware-sim/rehearsal.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "firmware-sim/as_fast.h"
#include "firmware-sim/plot.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<RehearsalDevice> kHouse = {
    {Role::oximeter, "rad8"}, {Role::ventilator, "lvp1"}, {Role::pump, "lfp1"}};

Scenario scenario(std::string_view text) {
  Scenario parsed = parse_scenario(text);
  EXPECT_THAT(parsed.mistakes, IsEmpty()) << text;
  return parsed;
}

// The house after so many seconds of a scenario, and the lowest and highest values on the way.
struct Night {
  explicit Night(std::string_view text) : rehearsal(Rehearsal::Setup{kHouse, scenario(text), 3}) {
    EXPECT_TRUE(rehearsal.check()) << text;
  }
  Night& to(int64_t second) {
    rehearsal.run(seconds(second), nullptr);
    return *this;
  }
  int32_t oximeter(std::string_view signal) {
    return rehearsal.shown(Role::oximeter, signal).value_or(-1);
  }
  int32_t ventilator(std::string_view signal) {
    return rehearsal.shown(Role::ventilator, signal).value_or(-1);
  }
  Rehearsal rehearsal;
};

TEST(Library, HasAtLeastTwentyFiveScenariosAndEachCanBePlayed) {
  const fs::path dir = fs::path(LL_SIM_DIR) / "scenarios";
  std::ifstream page(dir / "README.md");
  const std::string listed((std::istreambuf_iterator<char>(page)), {});
  int count = 0;
  for (const auto& entry : fs::directory_iterator(dir)) {
    if (entry.path().extension() != ".scenario") continue;
    ++count;
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    Scenario parsed = parse_scenario(text);
    for (const Mistake& m : parsed.mistakes) ADD_FAILURE() << describe(m, entry.path().string());
    Rehearsal rehearsal(Rehearsal::Setup{kHouse, parsed, 1});
    const Status can = rehearsal.check();
    EXPECT_TRUE(can) << entry.path() << (can ? "" : can.error());
    EXPECT_THAT(listed, HasSubstr("`" + entry.path().stem().string() + "`"));
    int looks = 0;
    rehearsal.run(rehearsal.length() + seconds(5), [&](Duration) { ++looks; });
    EXPECT_GE(looks, rehearsal.length().ms() / 1000 + 5) << entry.path();
  }
  EXPECT_GE(count, 25);
}

TEST(Library, TheSameSeedIsTheSameNight) {
  const auto bytes_of = [](uint64_t seed) {
    Rehearsal rehearsal(
        {{{Role::oximeter, "rad8"}}, scenario("+10 s patient mucus_plug on"), seed});
    std::string all;
    rehearsal.on_bytes([&](const Device&, MonoTime, const Bytes& bytes) {
      all.append(bytes.begin(), bytes.end());
    });
    rehearsal.run(seconds(120), nullptr);
    return all;
  };
  EXPECT_EQ(bytes_of(5), bytes_of(5));
  EXPECT_NE(bytes_of(5), bytes_of(6));
}

TEST(Physiology, AMucusPlugRaisesPressureTakesVolumeAndThenOxygenSlowerThanADisconnection) {
  Night plug("+10 s patient mucus_plug on");
  const int32_t pip = plug.to(10).ventilator("pip"), vte = plug.ventilator("vte");
  plug.to(40);
  EXPECT_GT(plug.ventilator("pip"), pip + 150);
  EXPECT_LT(plug.ventilator("vte"), vte / 2);
  EXPECT_GT(plug.oximeter("spo2"), 940);  // not yet
  EXPECT_LT(plug.to(130).oximeter("spo2"), 900);
  Night off("+10 s set ventilator.circuit disconnected");
  EXPECT_LT(off.to(60).oximeter("spo2"), 800);
  Night same("+10 s patient mucus_plug on");
  EXPECT_GT(same.to(60).oximeter("spo2"), 900);
}

TEST(Physiology, ClearedInTimeTheChildRecovers) {
  Night night("+10 s patient mucus_plug on\n+120 s patient mucus_plug off");
  EXPECT_LT(night.to(120).oximeter("spo2"), 920);
  EXPECT_GT(night.to(300).oximeter("spo2"), 950);
}

TEST(Physiology, AspirationIsCoughFirstAndOxygenLater) {
  Night night("+10 s patient aspiration on");
  const int32_t rate = night.to(9).ventilator("rate");
  night.to(20);
  EXPECT_GT(night.ventilator("rate"), rate + 100);
  EXPECT_GT(night.oximeter("spo2"), 940);
  EXPECT_LT(night.to(140).oximeter("spo2"), 930);
  EXPECT_EQ(night.rehearsal.shown(Role::pump, "state"), 2);  // the pump feeds on
}

TEST(Physiology, ASeizureRacesTheHeartAndSpoilsTheNumberBesideIt) {
  Night night("+10 s patient seizure on\n+60 s patient seizure off");
  const int32_t pulse = night.to(9).oximeter("pulse");
  night.to(30);
  EXPECT_GT(night.oximeter("pulse"), pulse + 400);
  EXPECT_THAT(night.rehearsal.conditions(Role::oximeter), Contains("interference"));
  night.to(90);
  EXPECT_THAT(night.rehearsal.conditions(Role::oximeter), Not(Contains("interference")));
}

TEST(Physiology, ADisplacedProbeShowsAWellChildDoubtfully) {
  Rehearsal rehearsal(
      {{{Role::oximeter, "rad8"}}, scenario("+10 s patient probe_displaced on"), 3});
  std::string last;
  rehearsal.on_bytes([&](const Device&, MonoTime, const Bytes& bytes) {
    last.assign(bytes.begin(), bytes.end());
  });
  rehearsal.run(seconds(40), nullptr);
  EXPECT_THAT(last, HasSubstr("PI=00.30"));
  EXPECT_THAT(rehearsal.conditions(Role::oximeter), Contains("perfusion_low"));
  EXPECT_GT(rehearsal.patient().spo2(), 950);
  const int shown = std::stoi(last.substr(last.find("SPO2=") + 5, 3));
  EXPECT_LT(shown, 93);
}

TEST(Physiology, ASprintIsWellForMinutesAndTiresThen) {
  Night night("+10 s set ventilator.circuit disconnected\npatient sprint on");
  EXPECT_GT(night.to(180).oximeter("spo2"), 940);
  EXPECT_LT(night.to(700).oximeter("spo2"), 900);
}

TEST(Physiology, APowerCutIsSaidByEveryDeviceThatKnows) {
  Night night("+10 s patient power_cut on\n+60 s patient power_cut off");
  night.to(20);
  EXPECT_THAT(night.rehearsal.conditions(Role::ventilator), Contains("mains_lost"));
  EXPECT_THAT(night.rehearsal.conditions(Role::pump), Contains("mains_lost"));
  night.to(70);
  EXPECT_THAT(night.rehearsal.conditions(Role::pump), Not(Contains("mains_lost")));
}

TEST(Physiology, ApnoeaLeavesTheMachinesBreathsAndCalls) {
  Night night("+10 s patient apnoea on");
  night.to(20);
  EXPECT_THAT(night.rehearsal.conditions(Role::ventilator), Contains("apnoea"));
  EXPECT_EQ(night.ventilator("state"), 3);
  EXPECT_GT(night.to(120).oximeter("spo2"), 940);
}

TEST(WireFaults, DropLosesEverySecondFrameAndDuplicateSendsEachTwice) {
  Bench bench("rad8", Role::oximeter);
  ASSERT_TRUE(bench.say("fault oximeter drop"));
  bench.run_to(seconds(20));
  EXPECT_NEAR(static_cast<double>(bench.sent.size()), 10, 1);
  ASSERT_TRUE(bench.say("fault oximeter duplicate"));
  bench.sent.clear();
  bench.run_to(seconds(30));
  EXPECT_NEAR(static_cast<double>(bench.sent.size()), 20, 2);
  EXPECT_EQ(bench.sent[0].bytes, bench.sent[1].bytes);
}

TEST(WireFaults, AFlipChangesOneBitAndIsOnlyOfferedWhereASumTells) {
  Bench df2("nonin-df2", Role::oximeter);
  ASSERT_TRUE(df2.say("fault oximeter flip"));
  df2.run_to(seconds(1));
  ASSERT_GT(df2.sent.size(), 50U);
  for (const SentFrame& each : df2.sent) {
    EXPECT_FALSE(each.is_intact);
    int sum = 0;
    for (size_t i = 0; i < 4; ++i) sum += each.bytes[i];
    EXPECT_TRUE(sum % 256 != each.bytes[4] || each.bytes[0] != 1 || each.bytes[1] < 0x80);
  }
  Bench rad8("rad8", Role::oximeter);
  EXPECT_FALSE(rad8.say("fault oximeter flip"));
}

TEST(WireFaults, StuckReadingsStandStillWhileTheDeviceLives) {
  Bench bench("lvp1", Role::ventilator);
  bench.run_to(seconds(10));
  ASSERT_TRUE(bench.say("fault ventilator stuck"));
  bench.run_to(seconds(11));
  const auto before = bench.registers(100, 51);
  ASSERT_TRUE(bench.say("set pip 41"));
  bench.run_to(seconds(20));
  const auto after = bench.registers(100, 51);
  EXPECT_EQ(after[24], before[24]);  // pip
  EXPECT_NE(after[1], before[1]);    // heartbeat
  ASSERT_TRUE(bench.say("fault ventilator none"));
  bench.run_to(seconds(21));
  EXPECT_EQ(bench.registers(100, 51)[24], 410);
}

TEST(WireFaults, CountersWrapThroughZeroOnce) {
  Bench bench("lfp1", Role::pump);
  bench.run_to(seconds(10));
  ASSERT_TRUE(bench.say("fault pump counter_wrap"));
  bench.run_to(seconds(11));
  const auto uptime = [&] {
    const auto r = bench.registers(100, 43);
    return static_cast<uint32_t>(r[2]) << 16 | static_cast<uint32_t>(r[3]);
  };
  EXPECT_GT(uptime(), 0xFFFFFF00U);
  bench.run_to(seconds(15));
  EXPECT_LT(uptime(), 100U);
  EXPECT_LT(bench.registers(100, 43)[1], 100);
}

TEST(WireFaults, AnotherBaudRateLeavesNothingToBelieve) {
  for (const char* kind : {"rad8", "nonin-df2", "cms50", "n595"}) {
    Bench bench(kind, Role::oximeter);
    ASSERT_TRUE(bench.say("fault oximeter wrong_baud")) << kind;
    bench.run_to(seconds(4));
    ASSERT_FALSE(bench.sent.empty()) << kind;
    for (const SentFrame& each : bench.sent) {
      EXPECT_FALSE(each.is_intact) << kind;
      for (const uint8_t byte : each.bytes) EXPECT_GE(byte, 0x80) << kind;
    }
  }
}

TEST(Plot, IsOnePictureWithTheCurvesTheConditionsAndTheEvents) {
  const Scenario story = scenario("+10 s condition pump patient_tube_blocked on  # a < b & c\n");
  Rehearsal rehearsal(Rehearsal::Setup{kHouse, story, 1});
  const std::string svg = plot_svg(rehearsal, story, seconds(40), "blocked & called");
  EXPECT_THAT(svg, testing::StartsWith("<svg xmlns="));
  EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
  EXPECT_THAT(svg, HasSubstr("blocked &amp; called"));
  EXPECT_THAT(svg, HasSubstr(">pump patient_tube_blocked</text>"));
  EXPECT_THAT(svg, HasSubstr("+10 s   condition pump patient_tube_blocked on"));
  size_t curves = 0;
  for (size_t at = 0; (at = svg.find("<polyline", at)) != std::string::npos; ++at) ++curves;
  EXPECT_GE(curves, 6U);
  EXPECT_THAT(svg, Not(HasSubstr("-2147483648")));
}

TEST(AsFast, WritesWhatADecoderReads) {
  const std::string path = testing::TempDir() + "as_fast_" + std::to_string(::getpid());
  const auto written = [&](const RehearsalDevice& device, int64_t length) {
    Rehearsal rehearsal(Rehearsal::Setup{{device}, {}, 1});
    EXPECT_TRUE(write_as_fast(rehearsal, seconds(length), path));
    std::ifstream file(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), {});
  };
  const std::string lines = written({Role::oximeter, "rad8"}, 60);
  EXPECT_GE(std::ranges::count(lines, '\n'), 60);
  EXPECT_THAT(lines, HasSubstr("SPO2="));
  const std::string registers = written({Role::pump, "lfp1"}, 10);
  EXPECT_THAT(registers, testing::StartsWith("1 4 100 43 : 4C01"));
  EXPECT_THAT(written({Role::ventilator, "pb840"}, 5), HasSubstr("MISCF,1225,169 ,"));
  EXPECT_THAT(written({Role::ventilator, "pb840-wave"}, 10), HasSubstr("BS, S:2,"));
  EXPECT_THAT(written({Role::pump, "base-a"}, 8), HasSubstr("C;a00;e00;m1;d0064;r"));
  EXPECT_GE(written({Role::oximeter, "cms50-v7"}, 20).size(), 9U * 60 * 18);
  Rehearsal rehearsal(Rehearsal::Setup{{{Role::oximeter, "rad8"}}, {}, 1});
  EXPECT_FALSE(write_as_fast(rehearsal, seconds(1), "/nowhere/at/all"));
  fs::remove(path);
}

}  // namespace
}  // namespace lamplight::sim
