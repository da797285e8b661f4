// What is written is what the engine compares: scaled once, exactly, with the same truth at every
// step of the signal; and what it cannot run is refused by name.
#include <gtest/gtest.h>

#include "rules/engine/evidence.h"
#include "rules/language/explain.h"
#include "rules/language/inhibits.h"
#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

using engine::OpKind;

// The first comparison of the alarm's `when`, as "3*0 - 1*l1 + -5 < 0" over signals and limits.
std::string linear_of(const std::string& when) {
  const CompileResult result = compile_when(when);
  if (!result.compiled) return rendered(result.diagnostics);
  const engine::Program& p = result.compiled->program;
  for (const engine::Operation& op : p.operations) {
    if (op.kind != OpKind::compare) continue;
    const engine::Linear& linear = p.linears[op.a];
    std::string out;
    for (const auto& t : linear.signals) {
      out += std::to_string(t.coefficient) + "*" + p.signals[t.index].name + " ";
    }
    for (const auto& t : linear.limits) {
      out += std::to_string(t.coefficient) + "*" + p.limits[t.index].name + " ";
    }
    return out + std::to_string(linear.constant);
  }
  return "none";
}

TEST(Compile, ABoundBetweenTwoStepsIsRoundedToTheSameTruth) {
  EXPECT_EQ(linear_of("spo2 < 90.05 percent"), "1*spo2 -901");
  EXPECT_EQ(linear_of("spo2 <= 90.05 percent"), "1*spo2 -901");
  EXPECT_EQ(linear_of("spo2 < 90 percent"), "1*spo2 -900");
  EXPECT_EQ(linear_of("spo2 <= 90 percent"), "1*spo2 -901");
  EXPECT_EQ(linear_of("spo2 > 90.05 percent"), "-1*spo2 900");
  EXPECT_EQ(linear_of("spo2 >= 90.05 percent"), "-1*spo2 900");
  EXPECT_EQ(linear_of("spo2 >= 90 percent"), "-1*spo2 899");
  EXPECT_EQ(linear_of("90 percent > spo2"), "1*spo2 -900");
}

TEST(Compile, LimitsStayLimitsAndScaleWithTheSignal) {
  // The limit counts in hundredths: a digit is spared for the plan.
  EXPECT_EQ(linear_of("spo2 < spo2_low"), "10*spo2 -1*spo2_low 0");
  EXPECT_EQ(linear_of("spo2 < spo2_low - 10 percent"), "10*spo2 -1*spo2_low 1000");
  EXPECT_EQ(linear_of("spo2 < margin"), "10*spo2 -1*spo2_low -200");
  EXPECT_EQ(linear_of("spo2 * 2 - spo2 / 2 < 100 percent"), "1*spo2 -667");
  EXPECT_EQ(linear_of("is_low"), "10*spo2 -1*spo2_low 0");
}

// Differential: the compiled form and plain fractions agree at every step around the bound.
TEST(Compile, EveryRelationHasTheTruthOfItsFractions) {
  struct Case {
    const char* relation;
    bool (*holds)(int64_t twentieths, int64_t bound);
  };
  const Case cases[] = {{"<", [](int64_t x, int64_t b) { return x < b; }},
                        {"<=", [](int64_t x, int64_t b) { return x <= b; }},
                        {">", [](int64_t x, int64_t b) { return x > b; }},
                        {">=", [](int64_t x, int64_t b) { return x >= b; }}};
  for (const Case& c : cases) {
    for (int64_t bound = 1795; bound <= 1805; ++bound) {  // in twentieths of a percent
      const std::string number = to_text(Ratio{bound, 20});
      const auto result =
          compile_when("spo2 " + std::string(c.relation) + " " + number + " percent");
      ASSERT_TRUE(result.compiled) << rendered(result.diagnostics);
      const engine::Linear& linear = result.compiled->program.linears.at(0);
      for (int64_t x = 890; x <= 910; ++x) {
        const int64_t sum = linear.signals[0].coefficient * x + linear.constant;
        EXPECT_EQ(sum < 0, c.holds(2 * x, bound)) << c.relation << number << " at " << x;
      }
    }
  }
}

TEST(Compile, UnitsOfOneDimensionCompareExactly) {
  const auto result = compile_text(
      "rules 1 \"t\"\n"
      "signal p : cmH2O from ventilator.pip step 0.1 range 0..100 every 1 s stale after 5 s\n"
      "signal q : kPa from pump.pressure_down step 0.1 range 0..100 every 1 s stale after 5 s\n"
      "alarm a \"A\" severity minor onset delayed when p > q end\n",
      false, false);
  ASSERT_TRUE(result.compiled) << rendered(result.diagnostics);
  const engine::Linear& linear = result.compiled->program.linears.at(0);
  // 0.1 cmH2O is 0.0980665 hPa and 0.1 kPa is 1 hPa: 196133 to 2000000.
  EXPECT_EQ(linear.signals[0].coefficient * -2'000'000, linear.signals[1].coefficient * 196'133);
}

TEST(Compile, EveryConstructOfTheSliceCompiles) {
  for (const char* when :
       {"spo2 < 90 percent", "spo2 between 80 percent and spo2_low", "feed is hold",
        "feed is not feeding for 5 min", "off_finger", "not off_finger for 5 s", "spo2 is lost",
        "hr is not lost", "spo2 is valid for delay", "spo2 is not valid",
        "is_low for delay ignoring gaps up to 2 s", "is_low within last 30 s",
        "is_low since off_finger", "(is_low and hr > 100 bpm for 3 s) or (off_finger for 5 s)",
        "spo2 + spo2_low - margin * 2 < 3 percent"}) {
    const auto result = compile_when(when);
    EXPECT_TRUE(result.compiled.has_value()) << when << "\n" << rendered(result.diagnostics);
  }
}

TEST(Compile, EveryClauseReachesTheProgram) {
  const std::string text =
      std::string("rules 1 \"t\"\nroles nurse, mum\n") +
      std::string(kHead.substr(kHead.find('\n') + 1)) +
      "alarm a \"Low {{\" severity reversible onset delayed\n"
      "  when is_low for 10 s\n"
      "  clear when spo2 >= margin for 5 s\n"
      "  worsens when spo2 < 80 percent to severity irreversible onset prompt\n"
      "  never inhibited\n"
      "  latch until acknowledged\n"
      "  unknown clears after 30 min\n"
      "  say \"{child}: {spo2} below {spo2_low} for {held}, {spo2 - margin}\"\n"
      "  do \"Look\"\n"
      "  because \"order 12\"\n"
      "  escalate mum now, nurse after 60 s\n"
      "  remind every 90 s\n"
      "  notify at most 6 per 1 h\n"
      "end\n";
  const auto result = compile_text(text, false, false);
  ASSERT_TRUE(result.compiled) << rendered(result.diagnostics);
  const engine::Program& p = result.compiled->program;
  const engine::Alarm& a = p.alarms.at(*p.find_alarm("a"));
  EXPECT_EQ(a.rank, (Rank{Severity::reversible, Onset::delayed}));
  EXPECT_EQ(a.worsens_to, (Rank{Severity::irreversible, Onset::prompt}));
  EXPECT_NE(a.worsens, engine::kNone);
  EXPECT_TRUE(a.latch);
  EXPECT_TRUE(a.never_inhibited);
  EXPECT_EQ(a.unknown_clears, minutes(30));
  EXPECT_EQ(a.remind_every, seconds(90));
  EXPECT_EQ(a.notify_at_most, 6U);
  EXPECT_EQ(a.notify_per, hours(1));
  EXPECT_EQ(a.because, "order 12");
  ASSERT_EQ(a.escalate.size(), 2U);
  EXPECT_EQ(a.escalate[1].role, "nurse");
  EXPECT_EQ(a.escalate[1].after, seconds(60));
  EXPECT_EQ(engine::template_text(p, a.say),
            "{child}: {spo2} below {spo2_low} for {held}, {spo2 - margin}");
  EXPECT_EQ(p.roles, (std::vector<std::string>{"nurse", "mum"}));
  // In file order: the lost alarms of the head stand before it.
  EXPECT_EQ(p.alarms[0].id, "lost.spo2");
  EXPECT_EQ(p.alarms[3].id, "a");
}

TEST(Compile, AtomsArePrintedWithTheLimitsInForce) {
  const auto result = compile_when("spo2 < spo2_low - 2.5 percent and spo2 >= 10 percent");
  ASSERT_TRUE(result.compiled);
  const engine::Program& p = result.compiled->program;
  std::vector<std::string> texts;
  for (size_t i = 0; i < p.operations.size(); ++i) {
    if (p.operations[i].kind != OpKind::compare) continue;
    texts.push_back(engine::atom_text(p, static_cast<engine::OpIndex>(i), 0));
    texts.push_back(engine::atom_text(p, static_cast<engine::OpIndex>(i), 1));
  }
  EXPECT_EQ(texts, (std::vector<std::string>{"spo2 < 87.5 percent", "spo2 < 85.5 percent",
                                             "spo2 >= 10 percent", "spo2 >= 10 percent"}));
}

TEST(Compile, TheTortureRulesAndTheSliceOfTheWorkedExampleCompile) {
  for (const char* path :
       {"tests/language/data/torture.rules", "tests/language/data/plan_base.rules",
        "tests/language/data/home-vent-slice.rules"}) {
    const std::vector<SourceText> rules = {source(path)};
    const auto result = compile(rules, nullptr);
    EXPECT_TRUE(result.compiled.has_value()) << rendered(result.diagnostics);
  }
}

TEST(Compile, TheWholeWorkedExampleCompiles) {
  const std::vector<SourceText> rules = {source("tests/language/data/home-vent.rules")};
  const auto result = compile(rules, nullptr);
  EXPECT_TRUE(result.compiled) << rendered(result.diagnostics);
  for (const Diagnostic& d : result.diagnostics) {
    EXPECT_TRUE(d.code == "W13" || d.code == "W4") << render(d);
  }
}

TEST(Compile, TheBudgetOfAnAreaReadsNoSignal) {
  const auto result = compile_text(
      "rules 1 \"t\"\n"
      "signal x : none from a.b every 1 s stale after 5 s\n"
      "signal y : s from a.c step 0.1 every 1 s stale after 5 s\n"
      "alarm a \"A\" severity minor onset delayed when shortfall of x below 9 >= y end\n",
      false, false);
  EXPECT_EQ(codes(result.diagnostics), "E1");
}

TEST(Compile, SeveralTextsMakeOneProgram) {
  const std::string head = "rules 1 \"t\"\n";
  std::vector<SourceText> rules = {
      {"a", head + "signal spo2 : percent from oximeter.spo2 every 1 s stale after 5 s\n"},
      {"b", head + "lost spo2 for 20 s: severity minor onset delayed \"x\"\n"}};
  EXPECT_TRUE(compile(rules, nullptr).compiled);
  rules[1].text = "rules 2 \"t\"\nlost spo2 for 20 s: severity minor onset delayed \"x\"\n";
  const auto result = compile(rules, nullptr);
  ASSERT_EQ(codes(result.diagnostics).substr(0, 3), "E12");
  rules[1].text = head + "alarm a \"A\" severity minor onset delayed when nothing end\n";
  const auto wrong = compile(rules, nullptr);
  ASSERT_FALSE(wrong.diagnostics.empty());
  EXPECT_EQ(wrong.diagnostics.back().file, "b");
}

TEST(Compile, MicroCasesCompileWithoutTheJudgementsOnly) {
  const std::string text =
      "rules 1 \"micro\"\n"
      "signal x : percent from oximeter.spo2 step 1 range 0..300 every 1 s stale after 10 s\n"
      "alarm a \"Low\" severity irreversible onset immediate\n  never inhibited\n"
      "  when x < 90 percent for 0 s\n  clear when x >= 90 percent for 0 s\nend\n"
      "lost x for 2 s: severity reversible onset prompt \"gone\"\n";
  EXPECT_EQ(codes(compile_text(text).diagnostics), "E4");
  EXPECT_TRUE(compile_text(text, false, false).compiled);
}

TEST(Compile, TheCatalogueIsAskedOnlyWhereDevicesAreBound) {
  const std::string odd =
      "rules 1 \"t\"\n"
      "signal x : mL from elsewhere.volume step 5 range 0..300 every 1 s stale after 5 s\n"
      "alarm a \"A\" severity minor onset delayed\n"
      "  when x < 90 mL for 10 s\n  clear when x >= 95 mL for 5 s\nend\n"
      "lost x for 20 s: severity minor onset delayed \"x\"\n";
  EXPECT_EQ(codes(compile_text(odd, false).diagnostics), "");
  EXPECT_EQ(codes(compile_text(odd, true).diagnostics), "E12");
}

TEST(Compile, AFinerStepMultipliesExactlyAndACoarserOneCannotBeBound) {
  const auto multiplier = [](const std::string& step) {
    const auto result =
        compile_text("rules 1 \"t\"\nsignal x : percent from oximeter.spo2 step " + step +
                         " range 0..100 every 1 s stale after 5 s\n"
                         "alarm a \"A\" severity minor onset delayed when x < 90 percent end\n",
                     false, false);
    return result.compiled ? result.compiled->program.signals.at(0).multiplier : -1;
  };
  EXPECT_EQ(multiplier("0.1"), 1);
  EXPECT_EQ(multiplier("0.05"), 2);
  EXPECT_EQ(multiplier("0.001"), 100);
  EXPECT_EQ(multiplier("0.03"), 0);
  EXPECT_EQ(multiplier("1"), 0);
}

TEST(Compile, ALimitNamedThroughLetsKeepsItsUnit) {
  const auto result = compile_text(
      "rules 1 \"t\"\n"
      "signal pip : cmH2O from ventilator.pip step 0.1 range 0..100 every 1 s stale after 5 s\n"
      "limit pip_high = 30 cmH2O allowed 20..40\n"
      "let high = pip_high\nlet higher = high\n"
      "alarm a \"A\" severity irreversible onset prompt\n"
      "  when pip > higher for 10 s\n  clear when pip <= high for 5 s\nend\n",
      false, false);
  ASSERT_TRUE(result.compiled) << rendered(result.diagnostics);
  const std::string told = explain(*result.compiled);
  EXPECT_NE(told.find("stays above 30 cmH2O for 10 seconds"), std::string::npos) << told;
  EXPECT_NE(told.find("30 cmH2O or less for 5 seconds"), std::string::npos) << told;
  size_t limits = 0;
  for (const engine::Text& text : result.compiled->program.texts) {
    for (const engine::Piece& piece : text.pieces) {
      if (piece.kind != engine::Piece::Kind::quantity) continue;
      ++limits;
      EXPECT_EQ(piece.quantity.unit, "cmH2O") << piece.literal;
    }
  }
  EXPECT_GE(limits, 2U);
}

// "Stops by itself at 100 bpm": of an alarm for oxygen, that was read as nonsense or as oxygen.
TEST(Compile, AnAlarmThatStopsByAnotherSignalSaysWhich) {
  const auto told = [](const std::string& clear) {
    const auto result = compile_when("spo2 < 90 percent for 10 s", "  clear when " + clear + "\n");
    return result.compiled ? explain(*result.compiled) : rendered(result.diagnostics);
  };
  const std::string other = told("hr > 100 bpm for 5 s");
  EXPECT_NE(other.find("Stops by itself when the child's pulse stays above 100 bpm for 5 seconds."),
            std::string::npos)
      << other;
  const std::string same = told("spo2 >= 92 percent for 5 s");
  EXPECT_NE(same.find("Stops by itself at 92 % or more for 5 seconds."), std::string::npos) << same;
}

TEST(Compile, LetsThatDoubleCostNothing) {
  std::string text =
      "rules 1 \"t\"\n"
      "signal x : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n"
      "let l0 = 0\n";
  for (int i = 1; i < 200; ++i) {
    const std::string one = "l" + std::to_string(i - 1);
    text += "let l" + std::to_string(i) + " = " + one + " + " + one + "\n";
  }
  const auto result = compile_text(text +
                                       "alarm a \"A\" severity irreversible onset prompt\n"
                                       "  when x < 90 percent and l199 < 1\nend\n",
                                   false, false);
  ASSERT_TRUE(result.compiled) << rendered(result.diagnostics);
  EXPECT_FALSE(explain(*result.compiled).empty());
}

TEST(Compile, AnInhibitionComesAfterAllThatInhibitWhatItReads) {
  std::string text = "rules 1 \"t\"\n";
  for (const char* name : {"a", "b", "c", "d"}) {
    text += "alarm " + std::string(name) + " \"A\" severity minor onset delayed when x end\n";
  }
  const SourceText source{"t.rules", text +
                                         "inhibit c while b\n"                 // 0: after 1 and 3
                                         "inhibit b while a\n"                 // 1
                                         "inhibit lost x while c and d\n"      // 2: after 0
                                         "inhibit b, d while x at most 1 h\n"  // 3
                                         "inhibit a while e\n"};               // 4: before 1
  const ParsedRules parsed = parse_rules(source);
  ASSERT_FALSE(has_errors(parsed.diagnostics)) << rendered(parsed.diagnostics);
  Reporter reporter({&source});
  const Scope scope(parsed.file, reporter);
  EXPECT_EQ(inhibit_order(parsed.file, scope), (std::vector<size_t>{3, 4, 1, 0, 2}));
}

}  // namespace
}  // namespace lamplight::rules::testing
