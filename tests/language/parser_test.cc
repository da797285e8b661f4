// The whole grammar of version 1 goes into the tree, whether the engine runs it yet or not, so that
// nothing a nurse copies from the reference is a syntax error.
#include <gtest/gtest.h>

#include "rules/language/test_ast.h"
#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

using ast::ConditionKind;

ParsedRules parsed_when(const std::string& when) {
  return parse_rules({"t", "rules 1 \"t\"\nalarm a \"A\" severity minor onset delayed\n  when " +
                               when + "\nend\n"});
}

ast::Condition condition(const std::string& when) {
  const ParsedRules parsed = parsed_when(when);
  EXPECT_EQ(rendered(parsed.diagnostics), "");
  return parsed.file.alarms.empty() ? ast::Condition{} : *parsed.file.alarms[0].when;
}

TEST(Parser, TheWorkedExampleIsAllThere) {
  const auto parsed = parse_rules(source("tests/language/data/home-vent.rules"));
  EXPECT_EQ(rendered(parsed.diagnostics), "");
  const ast::File& f = parsed.file;
  EXPECT_EQ(f.title, "home-vent");
  EXPECT_EQ(f.version, 1);
  EXPECT_EQ(f.roles.size(), 3U);
  EXPECT_EQ(f.signals.size(), 6U);
  EXPECT_EQ(f.buttons.size(), 1U);
  EXPECT_EQ(f.profiles.size(), 1U);
  EXPECT_EQ(f.limits.size(), 5U);
  EXPECT_EQ(f.lets.size(), 1U);
  EXPECT_EQ(f.alarms.size(), 7U);
  EXPECT_EQ(f.inhibits.size(), 2U);
  EXPECT_EQ(f.losts.size(), 5U);
  EXPECT_EQ(f.signals[3].type.words.size(), 12U);
  EXPECT_EQ(f.limits[2].value.unit->name, "percent*s");
  EXPECT_EQ(f.buttons[0].rests, minutes(1));
  EXPECT_TRUE(f.losts[0].share.has_value());
  EXPECT_EQ(f.alarms[0].escalate.size(), 3U);
  EXPECT_EQ(f.alarms[0].say->holes.size(), 4U);
  EXPECT_EQ(f.alarms[1].notify->at_most, 6);
  EXPECT_EQ(f.order.size(), 28U);
}

TEST(Parser, TheWorkedPlanAndTestsAreAllThere) {
  const auto plan = parse_plan(source("tests/language/data/home-vent.plan"));
  EXPECT_EQ(rendered(plan.diagnostics), "");
  EXPECT_EQ(plan.plan.child, "Mia");
  EXPECT_EQ(plan.plan.sets.size(), 3U);
  EXPECT_EQ(plan.plan.sets[1].profile->text, "night");
  EXPECT_EQ(plan.plan.sets[2].hours->from.minutes, 20 * 60 + 30);
  EXPECT_EQ(plan.plan.off.size(), 1U);
  const auto tests = parse_tests(source("tests/language/data/home-vent.test"));
  EXPECT_EQ(codes(tests.diagnostics), "");
  EXPECT_EQ(tests.file.cases.size(), 6U);
}

TEST(Parser, ForBindsTighterThanNotThanAndThanOr) {
  const auto c = condition("a or not b for 5 s and c for 10 s");
  ASSERT_EQ(c.kind, ConditionKind::any);
  ASSERT_EQ(c.parts[1].kind, ConditionKind::all);
  const auto& negation = c.parts[1].parts[0];
  ASSERT_EQ(negation.kind, ConditionKind::negation);
  EXPECT_EQ(negation.parts[0].kind, ConditionKind::held);
  EXPECT_EQ(c.parts[1].parts[1].kind, ConditionKind::held);
}

TEST(Parser, BetweenTakesTheFirstAndForItself) {
  const auto c = condition("x between 1 and 2 and y");
  ASSERT_EQ(c.kind, ConditionKind::all);
  EXPECT_EQ(c.parts[0].kind, ConditionKind::between);
  EXPECT_EQ(c.parts[0].sums.size(), 3U);
}

TEST(Parser, EveryFormOfATestHasItsKind) {
  EXPECT_EQ(condition("(a) since b").kind, ConditionKind::since);
  EXPECT_EQ(condition("a within last d").kind, ConditionKind::within);
  EXPECT_EQ(condition("a for 3 s ignoring gaps up to 2 s").gaps->literal, seconds(2));
  EXPECT_EQ(condition("x is not hold").negated, true);
  EXPECT_EQ(condition("x is lost").kind, ConditionKind::is_lost);
  EXPECT_EQ(condition("x is not valid").kind, ConditionKind::is_valid);
  EXPECT_EQ(condition("shortfall of x below 3 forget after 5 s >= 9").kind,
            ConditionKind::shortfall);
  EXPECT_EQ(condition("excess of x above y + 1 >= 9").kind, ConditionKind::excess);
  EXPECT_EQ(condition("count of (a or b) starting within 60 s >= 3").at_least, 3);
  const auto share = condition("share of time (a) over 60 s needs 80 percent valid >= 50 percent");
  EXPECT_EQ(share.sums[0].terms[0].factor.aggregate, ast::Aggregate::share);
  EXPECT_EQ(condition("age of x > 5 s").sums[0].terms[0].factor.kind, ast::Factor::Kind::age);
  for (const char* aggregate : {"mean", "min", "max", "change", "drop", "rise"}) {
    EXPECT_EQ(condition(std::string(aggregate) + " of x over 5 min > 3").kind,
              ConditionKind::compare)
        << aggregate;
  }
}

TEST(Parser, ArithmeticKeepsSignsAndScalings) {
  const auto c = condition("x * 2 / 3 - -5 percent + y < 1");
  const auto& terms = c.sums[0].terms;
  ASSERT_EQ(terms.size(), 3U);
  EXPECT_EQ(terms[0].scalings.size(), 2U);
  EXPECT_TRUE(terms[0].scalings[1].divide);
  EXPECT_TRUE(terms[1].negative);
  EXPECT_EQ(terms[1].factor.quantity.number.digits, -5);
  EXPECT_FALSE(terms[2].negative);
}

TEST(Parser, ThereAreNoParenthesesInArithmeticAndNoEqualsBetweenNumbers) {
  EXPECT_EQ(codes(parsed_when("x < (y + 1)").diagnostics), "E0");
  EXPECT_EQ(codes(parsed_when("x = 3").diagnostics), "E0");
  EXPECT_EQ(codes(parsed_when("not not x").diagnostics), "E0");
}

TEST(Parser, HolesAreChildHeldReasonOrASum) {
  const auto parsed = parse_rules({"t",
                                   "rules 1 \"t\"\nlost x for 5 s: severity minor onset delayed "
                                   "\"{child} {{x} {held}{reason}: {x - 2 percent}\"\n"});
  ASSERT_EQ(rendered(parsed.diagnostics), "");
  const ast::Text& text = parsed.file.losts[0].text;
  ASSERT_EQ(text.holes.size(), 4U);
  EXPECT_EQ(text.literals[1], " {x} ");
  EXPECT_EQ(text.holes[2].kind, ast::Text::Hole::Kind::reason);
  EXPECT_EQ(text.holes[3].source, "x - 2 percent");
  EXPECT_EQ(text.holes[3].sum.terms.size(), 2U);
}

TEST(Parser, ProfilesHaveDays) {
  const auto parsed = parse_rules({"t", "rules 1 \"t\"\nprofile w = 22:00..06:00 on sat, sun\n"});
  EXPECT_EQ(rendered(parsed.diagnostics), "");
  EXPECT_EQ(parsed.file.profiles[0].days, 0x60);
}

TEST(Parser, AnErrorCostsOneClauseAndItsNameStaysKnown) {
  const auto parsed = parse_rules({"t",
                                   "rules 1 \"t\"\n"
                                   "alarm a \"A\" severity minor onset delayed\n"
                                   "  when x <\n"
                                   "  clear when\n"
                                   "  say 5\n"
                                   "end\n"
                                   "alarm b \"B\" severity minor onset delayed\n"
                                   "  when x < 3\n"
                                   "end\n"});
  EXPECT_EQ(codes(parsed.diagnostics), "E0 E0 E0");
  ASSERT_EQ(parsed.file.alarms.size(), 1U);
  EXPECT_EQ(parsed.file.alarms[0].name.text, "b");
  EXPECT_EQ(parsed.file.broken, std::vector<std::string>{"a"});
}

TEST(Parser, OneMistakeInADeclarationRaisesNoSecondMessageAboutItsName) {
  const auto result = compile_text(
      "rules 1 \"t\"\n"
      "signal spo2 : percent fom oximeter.spo2 every 1 s stale after 5 s\n"
      "alarm a \"A\" severity irreversible onset prompt\n"
      "  when spo2 < 90 percent for 10 s\n  clear when spo2 >= 92 percent for 5 s\nend\n"
      "lost spo2 for 20 s: severity minor onset delayed \"x\"\n");
  EXPECT_EQ(codes(result.diagnostics), "E0");
}

TEST(Parser, AtMostTwentyErrors) {
  std::string text = "rules 1 \"t\"\n";
  for (int i = 0; i < 100; ++i) text += "limit = 3\n";
  EXPECT_EQ(parse_rules({"t", text}).diagnostics.size(), 20U);
}

}  // namespace
}  // namespace lamplight::rules::testing
