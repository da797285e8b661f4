// Tests of rules that notice no mistake are worth nothing: a mutant that no test kills is told,
// with its place, and one that is no mistake at all is not called one.
#include "rules/language/mutants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "rules/language/commands.h"
#include "rules/language/phrases.h"
#include "rules/model/catalogue.h"
#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

constexpr std::string_view kRules =
    "rules 1 \"t\"\n"
    "signal spo2 : percent from oximeter.spo2 step 0.1 range 0..100 every 1 s stale after 5 s\n"
    "alarm low \"Low\" severity reversible onset prompt\n"
    "  when spo2 < 90 percent for 10 s\n"
    "  clear when spo2 >= 92 percent for 5 s\n"
    "end\n"
    "lost spo2 for 20 s: severity reversible onset prompt \"gone\"\n";

constexpr std::string_view kGood =
    "tests 1 for \"t\"\n"
    "test \"low\"\n"
    "  spo2: 97 for 10 s, 89.9 for 20 s, 91.9 for 10 s, 92 for 10 s\n"
    "  expect low raised medium at 20 s, cleared at 45 s\n"
    "test \"limit\"\n"
    "  spo2: 97 for 10 s, 90 for 20 s\n"
    "  expect low never raised\n"
    "test \"gone\"\n"
    "  spo2: 97 for 10 s, probe_off for 30 s\n"
    "  expect lost spo2 raised medium at 30 s\n";

MutantsOutcome hunt(std::string_view rules, std::string_view tests, uint64_t traces = 300) {
  const std::vector<SourceText> r = {{"t.rules", std::string(rules)}};
  const std::vector<SourceText> t = {{"t.test", std::string(tests)}};
  MutantsOptions options;
  options.traces = traces;
  return run_mutants(r, t, options);
}

std::string survivors(const MutantsOutcome& outcome) {
  std::string out;
  for (const MutantOutcome& one : outcome.mutants) {
    if (one.fate == Fate::survived) out += one.mutant.where + ": " + one.mutant.change + "\n";
  }
  return out;
}

TEST(Mutants, GoodTestsKillThemAll) {
  const auto outcome = hunt(kRules, kGood);
  EXPECT_TRUE(outcome.failing.empty());
  EXPECT_EQ(survivors(outcome), "");
  EXPECT_EQ(outcome.mutants.size(), 19U);
  EXPECT_TRUE(std::all_of(outcome.mutants.begin(), outcome.mutants.end(),
                          [](const MutantOutcome& m) { return m.fate == Fate::killed; }));
}

TEST(Mutants, WhatNoTestSaysSurvives) {
  const auto outcome = hunt(kRules,
                            "tests 1 for \"t\"\n"
                            "test \"low\"\n"
                            "  spo2: 97 for 10 s, 85 for 20 s, 97 for 10 s\n"
                            "  expect low raised at 20 s\n");
  const std::string told = survivors(outcome);
  for (const char* line : {"low: `spo2 < 90 percent`: < → <=\n", "low: 90 percent → 90.1 percent\n",
                           "low: severity reversible → minor\n", "low: for 5 s → 6 s\n",
                           "low: `clear when` left out\n", "lost spo2: for 20 s → 21 s\n"}) {
    EXPECT_NE(told.find(line), std::string::npos) << line << told;
  }
  EXPECT_EQ(told.find("for 10 s"), std::string::npos) << told;
}

TEST(Mutants, OneThatChangesNothingIsEqual) {
  const std::string rules =
      "rules 1 \"t\"\n"
      "signal spo2 : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n"
      "alarm low \"Low\" severity minor onset delayed\n"
      "  when spo2 < 90.5 percent or spo2 < 50 percent\n"  // the second part adds nothing
      "end\n"
      "lost spo2 for 20 s: severity reversible onset prompt \"gone\"\n";
  const std::string tests =
      "tests 1 for \"t\"\n"
      "test \"low\"\n"
      "  spo2: 97 for 10 s, 90 for 10 s, 91 for 10 s, 40 for 5 s\n"
      "  expect low raised info at 10 s, cleared at 25 s, raised at 30 s\n"
      "test \"gone\"\n"
      "  spo2: 97 for 10 s, probe_off for 30 s\n"
      "  expect lost spo2 raised medium at 30 s\n";
  const auto outcome = hunt(rules, tests);
  ASSERT_EQ(outcome.failing.size(), 0U);
  EXPECT_EQ(survivors(outcome), "");
  const auto fate = [&](const std::string& change) {
    const auto found =
        std::find_if(outcome.mutants.begin(), outcome.mutants.end(),
                     [&](const MutantOutcome& m) { return m.mutant.change == change; });
    return found == outcome.mutants.end() ? Fate::survived : found->fate;
  };
  EXPECT_EQ(fate("90.5 percent → 90.6 percent"), Fate::equal);   // the same program
  EXPECT_EQ(fate("`spo2 < 50 percent` left out"), Fate::equal);  // the same events
  EXPECT_EQ(fate("`or` → `and`"), Fate::killed);
}

TEST(Mutants, TestsThatFailAlreadySayNothing) {
  const auto outcome = hunt(kRules,
                            "tests 1 for \"t\"\ntest \"wrong\"\n  spo2: 85 for 20 s\n"
                            "  expect nothing\n");
  ASSERT_EQ(outcome.failing.size(), 1U);
  EXPECT_EQ(outcome.failing[0], "t.test: wrong");
  EXPECT_TRUE(outcome.mutants.empty());
}

TEST(Mutants, TheCommandTellsSurvivorsWithTheirPlaceAndCounts) {
  RulesInput input;
  input.rules = {{"t.rules", std::string(kRules)}};
  input.tests = {{"t.test", std::string(kGood)}};
  input.traces = 100;
  std::string out;
  std::string err;
  std::string last;
  const auto progress = [&](const std::string& line) { last = line; };
  EXPECT_EQ(rules_mutants(input, progress, out, err), 0) << out;
  EXPECT_EQ(out, "");
  EXPECT_NE(err.find(" survived\n"), std::string::npos);
  EXPECT_EQ(last.substr(0, 7), "mutant ");
  std::string& tests = input.tests[0].text;
  tests.resize(tests.find("test \"limit\""));
  err.clear();
  EXPECT_EQ(rules_mutants(input, progress, out, err), 1);
  EXPECT_NE(out.find("SURVIVED low: `spo2 < 90 percent`: < → <= (no test fails) at t.rules:4:13\n"),
            std::string::npos)
      << out;
}

// The shipped library; all of it in the full gate, a few everywhere.
TEST(Mutants, TheTestsOfTheShippedLibraryKillThem) {
  namespace fs = std::filesystem;
  std::vector<SourceText> rules;
  std::vector<SourceText> tests;
  for (const auto& entry : fs::directory_iterator(std::string(LL_SOURCE_DIR) + "/rules/library")) {
    const std::string name = "rules/library/" + entry.path().filename().string();
    if (entry.path().extension() == ".rules") rules.push_back(source(name));
    if (entry.path().extension() == ".test") tests.push_back(source(name));
  }
  const auto by_name = [](const SourceText& a, const SourceText& b) { return a.name < b.name; };
  std::sort(rules.begin(), rules.end(), by_name);
  std::sort(tests.begin(), tests.end(), by_name);
  MutantsOptions options;
  const bool all = std::getenv("LL_FULL") != nullptr;
  if (!all) {
    options.traces = 30;
    options.first = 7;
    options.stride = 61;
  }
  const MutantsOutcome outcome = run_mutants(rules, tests, options);
  ASSERT_EQ(codes(outcome.diagnostics), "");
  ASSERT_EQ(outcome.failing.size(), 0U);
  EXPECT_EQ(survivors(outcome), "");
  const auto equal = static_cast<size_t>(
      std::count_if(outcome.mutants.begin(), outcome.mutants.end(),
                    [](const MutantOutcome& m) { return m.fate == Fate::equal; }));
  std::printf("%zu mutants, %zu equal\n", outcome.mutants.size(), equal);
  EXPECT_GE(outcome.mutants.size(), all ? 500U : 8U);
  if (all) {
    EXPECT_LE(equal * 20, outcome.mutants.size());
  }
}

// ---- the sentences of `explain`

std::string slots(std::string_view text) {
  std::string out;
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] == '{' && text[i + 2] == '}') out += text[i + 1];
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Phrases, EverySentenceIsThereInBothLanguagesWithTheSameSlots) {
  for (size_t i = 0; i < kPhraseCount; ++i) {
    const PhraseEntry& english = phrases(Language::english)[i];
    const PhraseEntry& spanish = phrases(Language::spanish)[i];
    EXPECT_EQ(static_cast<size_t>(english.phrase), i) << english.text;
    EXPECT_EQ(static_cast<size_t>(spanish.phrase), i) << spanish.text;
    EXPECT_FALSE(english.text.empty()) << i;
    EXPECT_FALSE(spanish.text.empty()) << english.text;
    EXPECT_EQ(slots(english.text), slots(spanish.text)) << english.text;
  }
}

TEST(Phrases, EveryReadingOfTheCatalogueHasWordsInBothLanguages) {
  for (const SignalInfo& info : catalogue()) {
    const bool is_said_otherwise =
        info.kind == SignalKind::boolean || info.kind == SignalKind::waveform;
    if (is_said_otherwise) continue;
    const std::string path = std::string(name_of(info.role)) + "." + std::string(info.name);
    for (const Language language : kLanguages) {
      EXPECT_TRUE(words_for(language, path)) << path << " " << name_of(language);
    }
    EXPECT_EQ(words_for(Language::english, path)->of_child,
              words_for(Language::spanish, path)->of_child);
  }
}

TEST(Phrases, ExplainSpeaksSpanish) {
  RulesInput input;
  input.rules = {source("tests/language/data/home-vent-slice.rules")};
  input.plan = source("tests/language/data/home-vent.plan");
  input.language = "es";
  std::string out;
  std::string err;
  ASSERT_EQ(rules_explain(input, out, err), 0) << err;
  EXPECT_NE(out.find("Oxygen low (prioridad alta): suena cuando el oxígeno de Mia sigue por debajo "
                     "de 91 % (89 % en «night») durante 10 segundos"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find("Si no se puede medir el oxígeno durante 20 segundos, suena otra alarma."),
            std::string::npos);
  for (const char* english : {" rings ", " when ", " stays ", "Stops", "seconds", " below "}) {
    EXPECT_EQ(out.find(english), std::string::npos) << english << "\n" << out;
  }
  input.language = "de";
  EXPECT_EQ(rules_explain(input, out, err), 2);
}

}  // namespace
}  // namespace lamplight::rules::testing
