// The same characters are the same tokens for everybody who writes or reads rules.
#include "rules/language/lexer.h"

#include <gtest/gtest.h>

namespace lamplight::rules {
namespace {

std::string tokens(std::string_view text) {
  Lexer lexer(text, {}, text.size());
  std::string out;
  for (Token t = lexer.next(); t.kind != TokenKind::end; t = lexer.next()) {
    static constexpr std::string_view kMarks = "ewunTDPs=!";
    out += out.empty() ? "" : " ";
    out += kMarks[static_cast<size_t>(t.kind)];
    out += ":";
    out += t.text;
  }
  return out;
}

TEST(Lexer, APointNotFollowedByADigitIsNoPartOfANumber) {
  EXPECT_EQ(tokens("0..100"), "n:0 =:.. n:100");
  EXPECT_EQ(tokens("0.5..1.25"), "n:0.5 =:.. n:1.25");
  EXPECT_EQ(tokens("7."), "n:7 !:.");
}

TEST(Lexer, MinIsMinutesDirectlyAfterANumberAndTheAggregateElsewhere) {
  EXPECT_EQ(tokens("5 min"), "n:5 u:min");
  EXPECT_EQ(tokens("min of x over 5 min"), "w:min w:of w:x w:over n:5 u:min");
  EXPECT_EQ(tokens("breaths/min mL/min"), "u:breaths/min u:mL/min");
}

TEST(Lexer, UnitsJoinWithoutSpaces) {
  EXPECT_EQ(tokens("50 percent*s"), "n:50 u:percent*s");
  EXPECT_EQ(tokens("50 percent * 2"), "n:50 u:percent =:* n:2");
  EXPECT_EQ(tokens("50 percent*2"), "n:50 u:percent =:* n:2");
  EXPECT_EQ(tokens("x/2"), "w:x =:/ n:2");
}

TEST(Lexer, TimesDatesAndPaths) {
  EXPECT_EQ(tokens("21:00..07:00"), "T:21:00 =:.. T:07:00");
  EXPECT_EQ(tokens("2026-03-02"), "D:2026-03-02");
  EXPECT_EQ(tokens("oximeter.spo2 ventilator.alarm.apnoea"),
            "P:oximeter.spo2 P:ventilator.alarm.apnoea");
  EXPECT_EQ(tokens("spo2: 97 for"), "w:spo2 =:: n:97 w:for");
  EXPECT_EQ(tokens("20 s: severity"), "n:20 u:s =:: w:severity");
}

TEST(Lexer, SignsAreLongestFirst) {
  EXPECT_EQ(tokens("a<=b>=c<d>e"), "w:a =:<= w:b =:>= w:c =:< w:d =:> w:e");
}

TEST(Lexer, CommentsRunToTheEndOfTheLineButNotInsideTexts) {
  EXPECT_EQ(tokens("a # b \"c\nd \"e # f\""), "w:a w:d s:\"e # f\"");
}

TEST(Lexer, TextsEndOnTheirLine) {
  EXPECT_EQ(tokens("\"open\nx"), "!:\"open w:x");
  EXPECT_EQ(tokens("\"a\x01 b\""), "!:\"a\x01 w:b !:\"");
}

TEST(Lexer, PlacesCountCharactersAndKnowWhatBeginsALine) {
  const std::string_view text = "\"\xC3\xA4\" x\n  y z";
  Lexer lexer(text, {}, text.size());
  lexer.next();
  const Token x = lexer.next();
  EXPECT_EQ(x.at.column, 5U);
  EXPECT_EQ(x.at.offset, 5U);
  const Token y = lexer.next();
  EXPECT_EQ(y.at.line, 2U);
  EXPECT_EQ(y.at.column, 3U);
  EXPECT_TRUE(y.begins_line);
  EXPECT_FALSE(lexer.next().begins_line);
}

TEST(Lexer, ReservedWordsAreThoseOfTheGrammarAndTheUnits) {
  for (const char* word : {"rules", "worsens", "above", "percent", "h", "held", "min", "kPa"}) {
    EXPECT_TRUE(is_reserved(word)) << word;
  }
  for (const char* word : {"spo2", "hold", "raised", "expect", "quiet", "Rules"}) {
    EXPECT_FALSE(is_reserved(word)) << word;
  }
}

}  // namespace
}  // namespace lamplight::rules
