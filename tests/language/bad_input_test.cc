// Whatever bytes come as a rules, plan or test text, the answer is a diagnostic within bounded time
// and memory, never a crash: the file may have been torn, or written by anybody.
#include <gtest/gtest.h>

#include "rules/language/format.h"
#include "rules/language/test_ast.h"
#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

std::string repeated(std::string_view part, size_t times) {
  std::string out;
  out.reserve(part.size() * times);
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

// All three parsers take it; returns the first code of each.
std::string first_codes(const std::string& text) {
  const SourceText source{"x", text};
  const auto first = [](const std::vector<Diagnostic>& all) {
    EXPECT_LE(all.size(), static_cast<size_t>(kErrorsMax));
    return all.empty() ? std::string("-") : all.front().code;
  };
  return first(parse_rules(source).diagnostics) + " " + first(parse_plan(source).diagnostics) +
         " " + first(parse_tests(source).diagnostics);
}

TEST(BadInput, ATenMegabyteFileIsRefusedAtOnce) {
  const std::string text = "rules 1 \"t\"\n" + repeated("# a comment\n", 10 * 1024 * 1024 / 12);
  const auto result = compile_text(text);
  ASSERT_EQ(codes(result.diagnostics), "E0");
  EXPECT_NE(result.diagnostics[0].message.find("1 MiB"), std::string::npos);
}

TEST(BadInput, AFullMebibyteOfDeclarationsIsBounded) {
  std::string text = "rules 1 \"t\"\n";
  for (int i = 0; text.size() < 1'000'000; ++i) {
    text += "limit l" + std::to_string(i) + " = 1 percent allowed 0..9\n";
  }
  const auto result = compile_text(text);
  EXPECT_FALSE(result.compiled);
  EXPECT_EQ(codes(result.diagnostics), "E10");
}

TEST(BadInput, AnInhibitListThatFillsTheFileIsRefusedAtOnce) {
  const std::string signal =
      "rules 1 \"t\"\n"
      "signal spo2 : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n";
  const std::string alarm = "alarm a \"A\" severity irreversible onset immediate\n";
  // A condition that is long itself was read once for each name of the list.
  const std::string when = "when " + repeated("spo2 < 90 percent or ", 200) + "spo2 < 80 percent";
  const std::string list = "inhibit " + repeated("a, ", 250'000) + "a while spo2 > 95 percent";
  const auto result = compile_text(signal + alarm + when + "\nend\n" + list + " at most 3 min\n");
  ASSERT_EQ(codes(result.diagnostics), "E10");
  EXPECT_EQ(result.diagnostics[0].message, "250001 alarms in one `inhibit`, 128 allowed");
}

TEST(BadInput, AMegabyteLineIsCutAroundTheCaret) {
  const std::string text = "rules 1 \"t\"\nlet a = " + repeated("b and ", 160'000) + "b\n";
  ASSERT_LT(text.size(), kSourceBytesMax);
  const auto result = compile_text(text);
  ASSERT_TRUE(has_errors(result.diagnostics));
  for (const Diagnostic& d : result.diagnostics) EXPECT_LT(render(d).size(), 1000U);
}

TEST(BadInput, AMegabyteNameOrNumberOrStringIsAnswered) {
  const size_t size = 900'000;
  const std::string name = "rules 1 \"t\"\nlimit " + repeated("a", size) + " = 1 percent\n";
  EXPECT_FALSE(compile_text(name).compiled);
  const std::string number = "rules " + repeated("9", size) + " \"t\"\n";
  EXPECT_EQ(codes(compile_text(number).diagnostics).substr(0, 3), "E10");
  const std::string string = "rules 1 \"" + repeated("{x", size / 2) + "\"\n";
  EXPECT_EQ(codes(parse_rules({"x", string}).diagnostics), "E10");
}

TEST(BadInput, NulAndOtherEncodingsAreNamed) {
  EXPECT_EQ(first_codes(std::string("rules 1 \"t\"\n\0x", 14)), "E0 E0 E0");
  const auto nul = parse_rules({"x", std::string("rules 1 \"t\"\n\0x", 14)});
  EXPECT_NE(nul.diagnostics[0].message.find("NUL"), std::string::npos);
  EXPECT_EQ(nul.diagnostics[0].line, 2U);
  const auto utf16 = parse_rules({"x", std::string("\xFF\xFEr\0u\0", 6)});
  EXPECT_NE(utf16.diagnostics[0].message.find("UTF-16"), std::string::npos);
  EXPECT_EQ(first_codes("\xFE\xFF"), "E0 E0 E0");
}

TEST(BadInput, MalformedUtf8IsFoundWhereItStands) {
  for (const char* bytes : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                            "\xF0\x80\x80\x80", "\xFF", "\xE2\x82", "\xC3"}) {
    const auto parsed =
        parse_rules({"x", "rules 1 \"t\"\n# \xC3\xA4 " + std::string(bytes) + "\n"});
    ASSERT_FALSE(parsed.diagnostics.empty());
    EXPECT_EQ(parsed.diagnostics[0].message, "a byte here is not UTF-8");
    EXPECT_EQ(parsed.diagnostics[0].line, 2U);
    EXPECT_EQ(parsed.diagnostics[0].column, 5U);
    // What is shown is well-formed again, whatever was in the file.
    const std::string shown = "rules 1 \"" + parsed.diagnostics[0].source_line + "\"";
    EXPECT_EQ(codes(parse_rules({"x", shown}).diagnostics), "");
  }
}

TEST(BadInput, AByteOrderMarkOfUtf8IsNothing) {
  EXPECT_EQ(codes(parse_rules({"x", "\xEF\xBB\xBFrules 1 \"t\"\n"}).diagnostics), "");
}

TEST(BadInput, CarriageReturnsAreWhiteSpace) {
  EXPECT_EQ(codes(parse_rules({"x", "rules 1 \"t\"\r\nroles nurse\r\n"}).diagnostics), "");
}

TEST(BadInput, NestingIsBoundedNotTheStack) {
  for (const size_t depth : {size_t{64}, size_t{65}, size_t{100'000}}) {
    const auto parsed =
        compile_when(repeated("(", depth) + "spo2 < 90 percent" + repeated(")", depth));
    EXPECT_EQ(codes(parsed.diagnostics), depth > 64 ? "E10" : "") << depth;
  }
  const std::string shares = repeated("share of time (", 20'000);
  EXPECT_EQ(codes(compile_when(shares).diagnostics).substr(0, 3), "E10");
}

TEST(BadInput, ExpressionsAreBounded) {
  EXPECT_TRUE(compile_when("spo2" + repeated(" + 1 percent", 31) + " < 90 percent").compiled);
  EXPECT_EQ(
      codes(compile_when("spo2" + repeated(" + 1 percent", 32) + " < 90 percent").diagnostics),
      "E10");
  EXPECT_EQ(codes(compile_when("off_finger" + repeated(" or off_finger", 256)).diagnostics), "E10");
  EXPECT_TRUE(compile_when("off_finger" + repeated(" or off_finger", 255)).compiled);
}

TEST(BadInput, AMegabyteOfConditionsOrStatesIsBounded) {
  std::string text(kHead);
  while (text.size() < 1'000'000) {
    text += "let x" + std::to_string(text.size()) + " = (is_low for 1 s) or (is_low for 2 s)\n";
  }
  EXPECT_EQ(codes(compile_text(text).diagnostics).substr(0, 3), "E10");
  const std::string states = "rules 1 \"t\"\nsignal state : {a" + repeated(", b", 300'000) + "}";
  EXPECT_EQ(codes(compile_text(states).diagnostics), "E10");
}

// let b = a and a, 200 times: 2^200 conditions if anybody expanded them.
TEST(BadInput, LetsThatDoubleCostNothing) {
  std::string text(kHead);
  text += "let l0 = spo2 < 90 percent or hr > 100 bpm\n";
  for (int i = 1; i < 200; ++i) {
    const std::string before = "l" + std::to_string(i - 1);
    text += "let l" + std::to_string(i) + " = (" + before + " and not " + before + ") or (" +
            before + " for 1 s)\n";
  }
  text += "let n0 = spo2 + spo2\n";
  for (int i = 1; i < 200; ++i) {
    const std::string before = "n" + std::to_string(i - 1);
    text += "let n" + std::to_string(i) + " = " + before + " - " + before + " + " + before + "\n";
  }
  text +=
      "alarm a \"A\" severity irreversible onset prompt\n"
      "  when l199 and n199 < 90 percent\nend\n";
  const auto result = compile_text(text);
  // More than 1024 operations or not: it is answered.
  EXPECT_EQ(result.compiled.has_value(), !has_errors(result.diagnostics));
}

TEST(BadInput, NumbersThatDoNotFitAreRefused) {
  EXPECT_EQ(first_codes("rules 99999999999999999999 \"t\""), "E10 E0 E0");
  EXPECT_EQ(codes(compile_when("spo2 < 0.0000000000000000001 percent").diagnostics), "E10");
  EXPECT_EQ(codes(compile_when("spo2 < 90 percent for 0.0000000001 s").diagnostics), "E10");
  EXPECT_EQ(codes(compile_when("spo2 < 90 percent for 99999999999 h").diagnostics), "E10");
  EXPECT_EQ(
      codes(compile_when("spo2 * 999999999999999999 * 999999999999999999 * 999999999999999999 < "
                         "spo2_low + 1 percent")
                .diagnostics),
      "E10");
  EXPECT_EQ(codes(compile_text("rules 1 \"t\"\nsignal x : s from ventilator.since_breath step "
                               "0.000000001 range 0..100000 every 1 s stale after 5 s\n"
                               "alarm a \"A\" severity minor onset delayed when x > 5 s end\n",
                               false, false)
                      .diagnostics),
            "E10");
}

TEST(BadInput, EveryPrefixOfTheWorkedExampleIsAnswered) {
  const std::string text = source("tests/language/data/home-vent.rules").text;
  for (size_t length = 0; length < text.size(); length += 3) {
    const auto result = compile_text(text.substr(0, length));
    EXPECT_FALSE(result.compiled && has_errors(result.diagnostics));
  }
}

// What cannot be read is not formatted, and what can be is, however deep it is nested.
TEST(BadInput, TheFormatterIsBoundedToo) {
  for (const std::string& text :
       {"rules 1 \"t\"\n" + repeated("# a comment\n", 10 * 1024 * 1024 / 12),
        std::string("rules 1 \"t\"\n\0x", 14), std::string("\xFF\xFEr\0u\0", 6),
        "rules 1 \"t\"\nlet a = " + repeated("(", 65) + "b" + repeated(")", 65) + "\n"}) {
    const Formatted out = format_rules({"x", text});
    EXPECT_FALSE(out.text);
    EXPECT_TRUE(has_errors(out.diagnostics));
  }
  const std::string deep = "rules 1 \"t\"\nlet a = " + repeated("(", 64) + "b" + repeated(")", 64) +
                           "\n" + repeated("# " + repeated("x", 999) + "\n", 900);
  const Formatted out = format_rules({"x", deep});
  ASSERT_TRUE(out.text);
  EXPECT_EQ(*out.text, deep);
}

TEST(BadInput, NoTextsAndTooManyTextsAreAnswered) {
  EXPECT_EQ(codes(compile({}, nullptr).diagnostics), "E0");
  const std::vector<SourceText> many(65, SourceText{"x", "rules 1 \"t\"\n"});
  EXPECT_EQ(codes(compile(many, nullptr).diagnostics), "E0");
}

}  // namespace
}  // namespace lamplight::rules::testing
