// Whoever reviews a change of rules should see the change and nothing else: rules have one
// canonical form, and putting a file into it changes neither what it does nor what people wrote
// beside it.
#include "rules/language/format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "rules/language/lexer.h"
#include "tests/language/texts.h"
#include "tests/oracle/generator.h"

namespace lamplight::rules::testing {
namespace {

namespace fs = std::filesystem;

std::string formatted(const std::string& text) {
  const Formatted out = format_rules({"t.rules", text});
  EXPECT_TRUE(out.text) << rendered(out.diagnostics) << text;
  return out.text.value_or("");
}

std::optional<engine::Program> program_of(const std::string& text) {
  auto result = compile_text(text, false, false);
  if (!result.compiled) return std::nullopt;
  return std::move(result.compiled->program);
}

// Evidence shows conditions as they were written; only their spaces may change.
uint64_t meaning(engine::Program program) {
  constexpr size_t kShown = 30;  // longer words are cut, with or without the spaces
  const auto squeeze = [](std::string& text) {
    std::erase(text, ' ');
    if (text.size() > kShown) text.resize(kShown);
  };
  for (engine::Text& text : program.texts) {
    for (engine::Piece& piece : text.pieces) squeeze(piece.literal);
  }
  for (engine::Inhibit& i : program.inhibits) squeeze(i.by);
  return program.hash();
}

std::vector<std::string> comments(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    bool quoted = false;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '"') quoted = !quoted;
      if (line[i] != '#' || quoted) continue;
      out.push_back(line.substr(i, line.find_last_not_of(" \t\r") + 1 - i));
      break;
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

// The same words with other spaces, line ends and comments between them.
std::string scrambled(const std::string& text, oracle::Random& random) {
  std::string out;
  Lexer lexer(text, {}, text.size());
  int number = 0;
  for (Token t = lexer.next(); t.kind != TokenKind::end; t = lexer.next()) {
    switch (random.below(8)) {
      case 0:
        out += "\n";
        break;
      case 1:
        out += " # comment " + std::to_string(++number) + "\n\n\n";
        break;
      case 2:
        out += "\n\t# own line " + std::to_string(++number) + "\n";
        break;
      default:
        out += std::string(1 + random.below(3), ' ');
    }
    out += t.text;
  }
  return out + (random.chance(50) ? "\n" : "");
}

void expect_kept(const std::string& text, const std::string& name) {
  const std::string once = formatted(text);
  EXPECT_EQ(formatted(once), once) << name;
  EXPECT_EQ(comments(once), comments(text)) << name;
  const auto before = program_of(text);
  const auto after = program_of(once);
  ASSERT_EQ(before.has_value(), after.has_value()) << name << "\n" << once;
  if (!before) return;
  EXPECT_EQ(meaning(*before), meaning(*after)) << name << "\n" << once;
}

TEST(Format, HasOneForm) {
  EXPECT_EQ(
      formatted("#head\nrules   1 \"t\"   # name\n\n\n\nroles a,b\n"
                "signal x:percent from oximeter.spo2 range -5 .. 100 every 1s stale after 5 s\n"
                "lost x for 20 s:severity minor onset prompt \"gone\"\n"
                "# low\nalarm low \"Low\"severity minor onset prompt #rank\n"
                "do \"Look\" # here\n  # why\n clear when x>=-2 percent+ 1percent\n"
                "when(x<-1 percent and # both\n x is not lost)for 5 s end let y=x\n#tail\n\n"),
      "#head\n"
      "rules 1 \"t\"  # name\n"
      "\n"
      "roles a, b\n"
      "signal x : percent from oximeter.spo2 range -5..100 every 1 s stale after 5 s\n"
      "lost x for 20 s: severity minor onset prompt \"gone\"\n"
      "\n"
      "# low\n"
      "alarm low \"Low\"\n"
      "  severity minor onset prompt  #rank\n"
      "  # both\n"
      "  when (x < -1 percent and x is not lost) for 5 s\n"
      "  # why\n"
      "  clear when x >= -2 percent + 1 percent\n"
      "  do \"Look\"  # here\n"
      "end\n"
      "\n"
      "let y = x\n"
      "#tail\n");
}

TEST(Format, LongLinesAreBrokenWhereAReaderWouldBreakThem) {
  const std::string out = formatted(
      "rules 1 \"t\"\nalarm a \"A\" severity minor onset prompt\n  when first_condition and "
      "second_condition and (third_condition or fourth_condition) and x between 3 percent and 5 "
      "percent and fifth_condition\nend\n");
  EXPECT_NE(out.find("  when first_condition and second_condition and (third_condition or "
                     "fourth_condition)\n"
                     "    and x between 3 percent and 5 percent and fifth_condition\n"),
            std::string::npos)
      << out;
}

TEST(Format, WhatHasErrorsStaysAsItIs) {
  const Formatted out = format_rules({"t.rules", "rules 1 \"t\"\nalarm a\n"});
  EXPECT_FALSE(out.text);
  EXPECT_FALSE(out.diagnostics.empty());
}

TEST(Format, EveryRulesFileOfTheTreeKeepsItsMeaningAndItsComments) {
  size_t count = 0;
  for (const char* part : {"rules", "packaging", "tests"}) {
    for (const auto& entry :
         fs::recursive_directory_iterator(std::string(LL_SOURCE_DIR) + "/" + part)) {
      if (entry.path().extension() != ".rules") continue;
      const std::string text = read_file(entry.path().string());
      if (has_errors(parse_rules({"t.rules", text}).diagnostics)) continue;
      expect_kept(text, entry.path().string());
      ++count;
    }
  }
  EXPECT_GT(count, 60U);
}

TEST(Format, RandomProgramsKeepTheirMeaningHoweverTheyAreWritten) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    oracle::Random random(seed);
    const std::string text = oracle::random_rules(random);
    const std::string other = scrambled(text, random);
    expect_kept(other, "seed " + std::to_string(seed) + "\n" + other);
    const auto before = program_of(text);
    const auto after = program_of(formatted(other));
    ASSERT_TRUE(before && after) << seed << other;
    EXPECT_EQ(meaning(*before), meaning(*after)) << seed << other;
  }
}

}  // namespace
}  // namespace lamplight::rules::testing
