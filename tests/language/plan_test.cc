// The plan is the only text families and nurses edit: it changes exactly what it says, within what
// the rules allow, and nothing else.
#include <gtest/gtest.h>

#include "rules/language/explain.h"
#include "tests/engine/programs.h"
#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

constexpr std::string_view kSigned = " by \"nurse A.\" on 2026-03-02 because \"x\"\n";

CompileResult with_plan(const std::string& entries,
                        const std::string& rules = "tests/language/data/plan_base.rules") {
  const std::vector<SourceText> texts = {source(rules)};
  const SourceText plan{"p.plan", "plan 3 for \"Mia\" rules 1 \"base\"\n" + entries};
  CompileOptions options;
  options.catalogue = false;
  return compile(texts, &plan, options);
}

const engine::Limit& limit(const CompileResult& r, std::string_view name) {
  for (const engine::Limit& l : r.compiled->program.limits) {
    if (l.name == name) return l;
  }
  throw std::out_of_range("limit");
}

TEST(Plan, ABaseValueLeavesProfileValuesAlone) {
  const auto r = with_plan("spo2_low = 91 percent" + std::string(kSigned));
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  EXPECT_EQ(limit(r, "spo2_low").base, 9100);
  EXPECT_EQ(limit(r, "spo2_low").at.at(0), 8800);
  EXPECT_EQ(limit(r, "hr_high").base, 18000);
}

TEST(Plan, AProfileValueLeavesTheBaseAloneAndMayBeNew) {
  const auto r = with_plan("spo2_low at night = 89.5 percent" + std::string(kSigned) +
                           "hr_high at night = 170.25 bpm\n");
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  EXPECT_EQ(limit(r, "spo2_low").base, 9000);
  EXPECT_EQ(limit(r, "spo2_low").at.at(0), 8950);
  EXPECT_EQ(limit(r, "hr_high").decimals, 2);
  EXPECT_EQ(limit(r, "hr_high").at.at(0), 17025);
  EXPECT_EQ(limit(r, "hr_high").base, 18000);
}

// A child low for five seconds waited ten more when the new plan bore one more decimal.
TEST(Plan, AFinerValueLetsEveryRunAndEveryRaisedAlarmGoOn) {
  using Story = std::vector<std::string>;
  const auto plain = with_plan("");
  const auto finer = with_plan("spo2_low = 90.55 percent" + std::string(kSigned) +
                               "spo2_low at night = 88.5 percent" + std::string(kSigned));
  ASSERT_TRUE(plain.compiled) << rendered(plain.diagnostics);
  ASSERT_TRUE(finer.compiled) << rendered(finer.diagnostics);
  EXPECT_EQ(limit(finer, "spo2_low").decimals, 2);
  for (const bool to_finer : {true, false}) {
    const engine::Program& old_program = (to_finer ? plain : finer).compiled->program;
    const engine::Program& new_program = (to_finer ? finer : plain).compiled->program;
    EXPECT_EQ(old_program.operation_hashes, new_program.operation_hashes);
    for (const int reload : {5, 12}) {
      engine::Scenario before(old_program);
      before.samples(0, reload, 850);
      std::vector<std::byte> bytes;
      before.engine().snapshot(bytes);
      engine::Scenario after(new_program);
      ASSERT_TRUE(after.engine().restore(bytes));
      after.samples(reload + 1, 14, 850);
      const Story raised = {"10 low raised"};
      EXPECT_EQ(before.story(), reload == 5 ? Story{} : raised);
      EXPECT_EQ(after.story(), reload == 5 ? raised : Story{});
      EXPECT_EQ(after.engine().view(0).occurrence, 1U);
    }
  }
}

// Two decimals more are kept exactly all the same.
TEST(Plan, AValueFinerThanTheSparedDigitIsKeptExactly) {
  const auto r = with_plan("spo2_low = 90.055 percent" + std::string(kSigned));
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  EXPECT_EQ(limit(r, "spo2_low").base, 90055);
  EXPECT_EQ(limit(r, "spo2_low").at.at(0), 88000);
}

TEST(Plan, MovesProfiles) {
  const auto r = with_plan("night = 20:30..06:15\n");
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  EXPECT_EQ(r.compiled->program.profiles.at(0).start_minute, 20 * 60 + 30);
  EXPECT_EQ(r.compiled->program.profiles.at(0).end_minute, 6 * 60 + 15);
}

TEST(Plan, OffTakesThatAlarmAway) {
  const auto r = with_plan("off fast" + std::string(kSigned));
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  EXPECT_FALSE(r.compiled->program.find_alarm("fast"));
  EXPECT_TRUE(r.compiled->program.find_alarm("low"));
  EXPECT_TRUE(r.compiled->program.find_alarm("lost.hr"));
}

TEST(Plan, WithoutTakesTheDeviceItsAlarmsAndItsLostLinesAway) {
  const std::vector<SourceText> rules = {source("tests/language/data/home-vent-slice.rules")};
  const SourceText plan{
      "p", "plan 3 for \"Mia\" rules 1 \"home-vent\"\nwithout ventilator" + std::string(kSigned)};
  const auto r = compile(rules, &plan);
  ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
  const engine::Program& p = r.compiled->program;
  EXPECT_FALSE(p.find_signal("vent_peak"));
  EXPECT_FALSE(p.find_alarm("lost.vent_peak"));
  EXPECT_FALSE(p.find_alarm("aspiration"));
  EXPECT_TRUE(p.find_alarm("oxygen_low"));
  EXPECT_TRUE(p.find_signal("feed"));
  for (const Diagnostic& d : r.diagnostics) {
    EXPECT_EQ(d.message.find("ventilator."), std::string::npos) << d.message;
  }
}

// A ventilator whose own alarm suctioning may hold back, as a disconnect that oxygen confirms rings
// through it, and one more that says the same without a right to stay.
CompileResult with_floor(const std::string& plan_entries) {
  const std::vector<SourceText> rules = {
      {"r",
       "rules 1 \"base\"\n"
       "signal spo2 : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n"
       "signal gap : bool from ventilator.alarm.circuit_disconnected every 1 s stale after 5 s\n"
       "signal peak : cmH2O from ventilator.pip step 1 range 0..99 every 1 s stale after 5 s\n"
       "button suctioning : lasts at most 3 min\n"
       "inhibit open_circuit, no_pressure while suctioning\n"
       "inhibit no_pressure_long while confirmed at most 3 min\n"
       "alarm open_circuit \"Open\" severity irreversible onset immediate\n  when gap\nend\n"
       "alarm confirmed \"Open, and oxygen falls\" severity irreversible onset immediate\n"
       "  when (gap and spo2 < 90 percent) for 5 s\n"
       "  clear when spo2 >= 92 percent for 5 s\n  never inhibited\nend\n"
       "alarm no_pressure \"No pressure\" severity irreversible onset immediate\n"
       "  when peak < 2 cmH2O for 5 s\n  clear when peak >= 6 cmH2O for 5 s\nend\n"
       "alarm no_pressure_long \"Still none\" severity irreversible onset immediate\n"
       "  when peak < 3 cmH2O for 20 s\n  clear when peak >= 6 cmH2O for 5 s\nend\n"
       "alarm no_pressure_yet \"None\" severity irreversible onset immediate\n"
       "  when peak < 4 cmH2O for 45 s\n  clear when peak >= 6 cmH2O for 5 s\nend\n"
       "lost spo2 for 20 s: severity reversible onset prompt \"a\"\n"
       "lost gap for 20 s: severity reversible onset prompt \"b\"\n"
       "lost peak for 20 s: severity reversible onset prompt \"c\"\n"}};
  const SourceText plan{"p.plan", "plan 1 for \"Mia\" rules 1 \"base\"\n" + plan_entries};
  CompileOptions options;
  options.catalogue = false;
  return compile(rules, &plan, options);
}

std::string errors_of(const CompileResult& result) {
  std::string out;
  for (const Diagnostic& d : result.diagnostics) {
    if (d.code[0] == 'E') out += render(d);
  }
  return out;
}

TEST(Plan, MayNotTakeAwayTheLastThatRingsThroughAnInhibition) {
  EXPECT_EQ(errors_of(with_floor("")), "");
  const auto removed = with_floor("without oximeter" + std::string(kSigned));
  EXPECT_FALSE(removed.compiled);
  EXPECT_EQ(errors_of(removed),
            "p.plan:2:9: E9: nothing high would ring for `gap` while suctioning: this takes out "
            "`confirmed`\n"
            "without oximeter by \"nurse A.\" on 2026-03-02 because \"x\"\n"
            "        ^\n"
            "  fix: leave it in, or have the rules keep another high alarm of it `never "
            "inhibited`\n");
  const auto off = with_floor("off no_pressure_yet" + std::string(kSigned));
  EXPECT_EQ(errors_of(off).substr(0, 66),
            "p.plan:2:5: E9: nothing high would ring for `peak` while suctionin");
}

TEST(Plan, MayTakeAwayWhatLeavesAnotherThatRings) {
  for (const std::string entry : {"off no_pressure", "off no_pressure_long", "off open_circuit"}) {
    EXPECT_EQ(errors_of(with_floor(entry + std::string(kSigned))), "") << entry;
  }
  // Without ventilator there is nothing left to hold back.
  EXPECT_EQ(errors_of(with_floor("without ventilator" + std::string(kSigned))), "");
}

// A family was told that suction would keep an alarm quiet, which the plan had long made ring.
TEST(Plan, AnInhibitionThatItDropsIsInNoProgramAndNoSentence) {
  const std::vector<SourceText> rules = {
      {"r",
       "rules 1 \"base\"\n"
       "signal spo2 : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n"
       "signal hr : bpm from oximeter.pulse step 1 range 20..300 every 1 s stale after 5 s\n"
       "signal rate : mL/h from pump.rate step 0.1 range 0..600 every 1 s stale after 5 s\n"
       "alarm low \"Low\" severity irreversible onset immediate\n  never inhibited\n"
       "  when spo2 < 90 percent for 10 s\n  clear when spo2 >= 92 percent for 5 s\nend\n"
       "alarm fast \"Fast\" severity reversible onset prompt\n"
       "  when hr > 180 bpm for 10 s\n  clear when hr <= 170 bpm for 5 s\nend\n"
       "alarm slow \"Slow\" severity reversible onset prompt\n"
       "  when hr < 60 bpm for 10 s\n  clear when hr >= 70 bpm for 5 s\nend\n"
       "inhibit slow while fast\n"
       "inhibit slow while fast and low at most 3 min\n"
       "inhibit slow while low or fast at most 2 min\n"
       "inhibit slow while rate > 5 mL/h at most 3 min\n"
       "lost spo2 for 20 s: severity reversible onset prompt \"a\"\n"
       "lost hr for 20 s: severity reversible onset prompt \"b\"\n"
       "lost rate for 20 s: severity reversible onset prompt \"c\"\n"}};
  const auto with = [&](const std::string& entry) {
    const SourceText plan{"p.plan", "plan 1 for \"Mia\" rules 1 \"base\"\n" + entry};
    CompileOptions options;
    options.catalogue = false;
    return compile(rules, &plan, options);
  };
  struct Case {
    std::string entry;
    size_t inhibits;
    bool fast, both, either, rate;  // is told to hold back
  };
  for (const Case& c : {Case{"", 4, true, true, true, true},
                        Case{"off fast" + std::string(kSigned), 2, false, false, true, true},
                        Case{"without pump" + std::string(kSigned), 3, true, true, true, false}}) {
    const auto r = with(c.entry);
    ASSERT_TRUE(r.compiled) << rendered(r.diagnostics);
    EXPECT_EQ(r.compiled->program.inhibits.size(), c.inhibits) << c.entry;
    const std::string told = explain(*r.compiled);
    const auto tells = [&](const char* words) { return told.find(words) != std::string::npos; };
    EXPECT_EQ(tells("Not rung while 'Fast' rings."), c.fast) << told;
    EXPECT_EQ(tells("Not rung while 'Fast' rings and 'Low' rings"), c.both) << told;
    EXPECT_EQ(tells("Not rung while 'Low' rings or 'Fast' rings"), c.either) << told;
    EXPECT_EQ(tells("Not rung while the feed rate is above 5 mL/h"), c.rate) << told;
  }
}

TEST(Plan, TheChildsNameIsInTheProgramButNotInItsHash) {
  const std::vector<SourceText> rules = {source("tests/language/data/plan_base.rules")};
  const SourceText one{"p", "plan 3 for \"Mia\" rules 1 \"base\"\n"};
  const SourceText other{"p", "plan 3 for \"Tom\" rules 1 \"base\"\n"};
  const auto a = compile(rules, &one);
  const auto b = compile(rules, &other);
  EXPECT_EQ(a.compiled->program.child, "Mia");
  EXPECT_EQ(b.compiled->program.child, "Tom");
  EXPECT_EQ(a.compiled->program.hash(), b.compiled->program.hash());
}

TEST(Plan, AnEmptyPlanIsTheRulesThemselves) {
  const auto r = with_plan("");
  const std::vector<SourceText> rules = {source("tests/language/data/plan_base.rules")};
  const auto plain = compile(rules, nullptr);
  ASSERT_TRUE(r.compiled);
  EXPECT_EQ(r.compiled->program.limits, plain.compiled->program.limits);
  EXPECT_EQ(r.compiled->program.operations, plain.compiled->program.operations);
}

// A plan may move a profile into another one that sets the same limit.
TEST(Plan, MayNotMakeTwoProfilesSetOneLimitAtOnce) {
  const std::vector<SourceText> rules = {
      {"r",
       "rules 1 \"t\"\n"
       "signal x : percent from oximeter.spo2 every 1 s stale after 5 s\n"
       "profile night = 21:00..07:00\n"
       "profile noon = 12:00..14:00 on sun\n"
       "limit low = 90 percent allowed 80..95 at night 88 percent at noon 89 percent\n"
       "alarm a \"A\" severity irreversible onset prompt\n"
       "  when x < low for 10 s\n  clear when x >= low + 2 percent for 5 s\nend\n"
       "lost x for 20 s: severity minor onset delayed \"x\"\n"}};
  const auto with = [&](const std::string& entry) {
    const SourceText plan{"p", "plan 1 for \"Mia\" rules 1 \"t\"\n" + entry};
    CompileOptions options;
    options.catalogue = false;
    return codes(compile(rules, &plan, options).diagnostics);
  };
  EXPECT_EQ(with(""), "");
  EXPECT_EQ(with("night = 14:00..07:00\n"), "");
  EXPECT_EQ(with("night = 13:59..07:00\n"), "E3");
  EXPECT_EQ(with("night = 21:00..12:00\n"), "");
  EXPECT_EQ(with("night = 21:00..12:01\n"), "E3");
}

TEST(Plan, AllItsErrorsComeInOneGo) {
  const auto r = with_plan(
      "spo2_low = 78 percent by \"nurse\" on 2026-03-02 because \"x\"\n"
      "nothing = 3\n"
      "off low by \"nurse\" on 2026-03-02 because \"x\"\n"
      "hr_high = 500 bpm\n");
  EXPECT_EQ(codes(r.diagnostics), "E5 E12 E5 E5");
}

}  // namespace
}  // namespace lamplight::rules::testing
