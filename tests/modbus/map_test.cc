// A wrong register map must be refused with its place and remedy, never half used.
#include <gtest/gtest.h>

#include "drivers/modbus/block_decoder.h"
#include "drivers/modbus/line_decoder.h"
#include "drivers/modbus/register_map.h"
#include "drivers/sdk/decode_report.h"
#include "tests/modbus/recorder.h"

namespace lamplight::modbus {
namespace {

constexpr const char* kGood = R"(map = "x"
version = 1
numbering = "one"
canary = { table = "holding", address = 13, value = 0x1234 }
[[block]]
name = "a"
table = "holding"
first = 101
count = 4
[[register]]
block = "a"
address = 102
type = "s16"
signal = "rate"
scale = "0.5"
offset = "-1"
unit = "mL/min"
missing = 0x7FFF
range = [-10, 1000]
)";

TEST(ShippedMaps, LoadAndBindToTheirRole) {
  for (const auto& [name, role] : {std::pair{"lfp-1", Role::pump}, {"lvp-1", Role::ventilator}}) {
    auto map = load_map(name);
    ASSERT_TRUE(map) << map.error();
    const auto bound = bind_to_role(*map, role);
    EXPECT_TRUE(bound) << bound.error();
    EXPECT_TRUE(map->lamplight_head);
  }
}

TEST(Map, CountsFromTheManualsNumbering) {
  const auto map = parse_map(kGood, "x.toml");
  ASSERT_TRUE(map) << map.error();
  EXPECT_EQ(map->blocks[0].first, 100);
  EXPECT_EQ(map->registers[0].address, 101);
  EXPECT_EQ(map->canary->address, 12);
}

TEST(Map, FoldsUnitScaleAndOffsetIntoOneExactStep) {
  auto map = parse_map(kGood, "x.toml");
  ASSERT_TRUE(map);
  ASSERT_TRUE(bind_to_role(*map, Role::pump));
  // raw 10 → 10 × 0.5 − 1 = 4 mL/min = 240 mL/h = 2400 tenths.
  const Scaling& s = map->registers[0].scaling;
  EXPECT_EQ(10 * s.num * s.offset_den + s.offset_num * s.den, 2400 * s.den * s.offset_den);
}

TEST(Map, UnknownMapNamesTheShippedOnes) {
  const auto map = load_map("no-such");
  ASSERT_FALSE(map);
  EXPECT_NE(map.error().find("lfp-1"), std::string::npos);
}

struct Mistake {
  const char* what;
  const char* from;
  const char* to;
  const char* message;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreRefusedWithPlaceAndRemedy) {
  std::string text = kGood;
  const auto at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(GetParam().from).size(), GetParam().to);
  const auto map = parse_map(text, "x.toml");
  ASSERT_FALSE(map) << GetParam().what;
  EXPECT_NE(map.error().find("x.toml:"), std::string::npos) << map.error();
  EXPECT_NE(map.error().find(GetParam().message), std::string::npos) << map.error();
  EXPECT_NE(map.error().find("\n  fix: "), std::string::npos) << map.error();
}

INSTANTIATE_TEST_SUITE_P(
    Map, Mistakes,
    testing::Values(
        Mistake{"syntax", "version = 1", "version = = 1", "error:"},
        Mistake{"closed too early", "version = 1", "version = 1\nrules = [}", "x.toml:"},
        Mistake{"letter in a number", "version = 1", "version = 7.\"e\xD2\x91g\"", "x.toml:"},
        Mistake{"word", "version = 1", "version = \xE2\x80\x9Cone\xE2\x80\x9D", "x.toml:"},
        Mistake{"unknown key", "version = 1", "version = 1\ncolour = 3", "unknown key 'colour'"},
        Mistake{"version", "version = 1", "version = 2", "'version' is out of range"},
        Mistake{"table", "table = \"holding\"\nfirst", "table = \"inputs\"\nfirst", "'table'"},
        Mistake{"count", "count = 4", "count = 126", "'count' is out of range"},
        Mistake{"count text", "count = 4", "count = \"4\"", "'count' is out of range"},
        Mistake{"outside", "address = 102", "address = 105", "outside block"},
        Mistake{"no block", "block = \"a\"", "block = \"b\"", "no block 'b'"},
        Mistake{"type", "\"s16\"", "\"i16\"", "'type'"},
        Mistake{"scale", "\"0.5\"", "\"half\"", "no exact decimal"},
        Mistake{"scale number", "\"0.5\"", "0.5", "no text"},
        Mistake{"range", "[-10, 1000]", "[1000, -10]", "no pair of rising"},
        Mistake{"canary", "canary = { table = \"holding\", address = 13, value = 0x1234 }", "",
                "needs a canary"},
        Mistake{"no block at all", "[[block]]", "[[blocks]]", "the map has no block"}),
    [](const testing::TestParamInfo<Mistake>& row) {
      std::string name = row.param.what;
      for (char& c : name) c = c == ' ' ? '_' : c;
      return name;
    });

TEST(Map, EveryMistakeOfAFileIsSaidAtOnce) {
  std::string text = kGood;
  text.replace(text.find("version = 1"), 11, "version = 9");
  text.replace(text.find("\"s16\""), 5, "\"q\"");
  const auto map = parse_map(text, "x.toml");
  ASSERT_FALSE(map);
  EXPECT_NE(map.error().find("'version'"), std::string::npos);
  EXPECT_NE(map.error().find("'type'"), std::string::npos);
}

// toml++ gives up on these and does not say where. One try a line of a long map kept the driver
// busy for minutes before it said anything.
TEST(Map, WhatTheParserGivesUpOnIsAMistakeInALineHoweverLongTheMapIs) {
  const auto told = [](const std::string& text) {
    const auto map = parse_map(text, "x.toml");
    return map ? std::string() : map.error().substr(0, map.error().find('\n'));
  };
  const std::string what = ":1: error: not TOML: this line cannot be read";
  EXPECT_EQ(told("version = [}"), "x.toml:1" + what);
  EXPECT_EQ(told("map = \"x\"\nversion = [}\n"), "x.toml:2" + what);
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "# from the manual\n";
  EXPECT_EQ(told(many + "version = [}\n" + many), "x.toml:10001" + what);
  // What toml++ does say where, it says itself.
  EXPECT_EQ(told(many + "version = \n").find("x.toml:10001:"), 0U) << told(many + "version = \n");
}

// toml++ follows such a key part by part on the stack: the driver died of it, at each start.
TEST(Map, KeysOfManyPartsAreRefusedBeforeTheyAreFollowed) {
  std::string dotted = "a";
  for (int i = 0; i < 200'000; ++i) dotted += ".a";
  for (const std::string& line : {dotted + " = 1\n", "[" + dotted + "]\n", "[[" + dotted + "]]\n",
                                  "x = {" + dotted + " = 1}\n"}) {
    const auto map = parse_map(kGood + line, "x.toml");
    ASSERT_FALSE(map);
    EXPECT_NE(map.error().find("this key has too many parts"), std::string::npos);
    EXPECT_LT(map.error().size(), 300U) << "a line of a megabyte is no help";
  }
}

TEST(Map, SignalsOutsideTheCatalogueAreRefused) {
  std::string text = kGood;
  text.replace(text.find("\"rate\""), 6, "\"tempo\"");
  auto map = parse_map(text, "x.toml");
  ASSERT_TRUE(map);
  const auto bound = bind_to_role(*map, Role::pump);
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().find("x.toml:14:10: error: the role pump has no signal 'tempo'\n"
                               "signal = \"tempo\"\n"
                               "         ^\n"
                               "  fix: write one of: "),
            0U)
      << bound.error();
}

// Of every role the map fits the ventilator's best: the others' catalogues are no help to its
// author.
TEST(Map, ASlipInANameIsToldAsItIsWrittenForTheRoleThatFitsBest) {
  auto map = load_map("lvp-1");
  ASSERT_TRUE(map);
  std::string text = map->text;
  for (const auto& [from, to] : {std::pair{"\"pip\"", "\"pipp\""},
                                 {"\"apnoea\"", "\"apnea\""},
                                 {"\"standby\"", "\"standbye\""}}) {
    ASSERT_NE(text.find(from), std::string::npos) << from;
    text.replace(text.find(from), std::string_view(from).size(), to);
  }
  map = parse_map(text, "own.toml");
  ASSERT_TRUE(map) << map.error();
  const auto decoder = LineDecoder::make(*map);
  ASSERT_FALSE(decoder);
  for (const char* told : {"error: the role ventilator has no signal 'pipp'", "did you mean 'pip'?",
                           "has no condition 'apnea'", "did you mean 'apnoea'?",
                           "'standbye' is no state", "did you mean 'standby'?"}) {
    EXPECT_NE(decoder.error().find(told), std::string::npos) << told << "\nin\n" << decoder.error();
  }
  EXPECT_EQ(decoder.error().find("pump"), std::string::npos) << decoder.error();
}

TEST(Map, AMistakeIsShownWithItsLineAndACaretUnderIt) {
  std::string text = kGood;
  text.replace(text.find("\"s16\""), 5, "\"i16\"");
  const auto map = parse_map(text, "x.toml");
  ASSERT_FALSE(map);
  EXPECT_EQ(map.error(),
            "x.toml:13:8: error: 'type' is none of the words it may be\n"
            "type = \"i16\"\n"
            "       ^\n"
            "  fix: write one of: u16 s16 u32 s32 float32 bit\n");
}

TEST(Map, ADirectoryIsNoMap) {
  const auto map = load_map("/tmp");
  ASSERT_FALSE(map);
  EXPECT_NE(map.error().find("Is a directory"), std::string::npos) << map.error();
}

constexpr const char* kText = R"(map = "t"
version = 1
numbering = "zero"
block = [{ name = "a", table = "holding", first = 0, count = 6, pad = 1 }]
register = [
  { block = "a", address = 0, type = "float32", signal = "rate", unit = "mL/h", range = [0, 1000] },
  { block = "a", address = 2, type = "char[4]", identity = "serial" },
  { block = "a", address = 4, type = "char[3]", order = "BADC", identity = "model" },
]
)";

struct TextMap : testing::Test {
  TextMap() {
    auto parsed = parse_map(kText, "t.toml");
    EXPECT_TRUE(parsed) << parsed.error();
    map = *parsed;
    EXPECT_TRUE(bind_to_role(map, Role::pump));
    decoder = std::make_unique<BlockDecoder>(map, Role::pump);
  }
  void decode(uint32_t rate, uint16_t serial = 0x4142) {
    const uint16_t words[] = {static_cast<uint16_t>(rate >> 16),
                              static_cast<uint16_t>(rate),
                              serial,
                              0x3132,
                              0x5958,
                              0x005A};
    decoder->decode(0, words, {}, sink);
  }
  RegisterMap map;
  Recorder sink;
  std::unique_ptr<BlockDecoder> decoder;
};

TEST_F(TextMap, FloatOutsideItsRangeIsMissing) {
  decode(0x447A0000);  // 1000.0
  EXPECT_EQ(sink.value("pump.rate"), 10000);
  for (const uint32_t outside : {0x447A0001U, 0xBDCCCCCDU, 0x7F800000U, 0x7FC00000U}) {
    decode(outside);  // 1000.00006, -0.1, infinity, NaN
    EXPECT_EQ(sink.reason("pump.rate"), Reason::out_of_range) << outside;
  }
  EXPECT_EQ(decoder->out_of_range(), 4U);
}

TEST_F(TextMap, IdentityRowsAreToldOnceUntilTheyChangeOrTheLinkIsUpAgain) {
  decode(0);
  decode(0);
  EXPECT_EQ(sink.facts, (std::vector<std::string>{"serial:AB12", "model:XYZ"}));
  decode(0, 0x4143);
  EXPECT_EQ(sink.facts.back(), "serial:AC12");
  EXPECT_EQ(sink.facts.size(), 3U);
  decoder->link_is_up();
  decode(0, 0x4143);
  EXPECT_EQ(sink.facts.size(), 5U);
}

TEST(Map, KeysThatARowWouldNotHeedAreRefused) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"identity = \"serial\"", "identity = \"colour\""},
      {"identity = \"serial\"", "identity = \"serial\", range = [0, 1]"},
      {"identity = \"serial\"", "identity = \"serial\", order = \"CDAB\""},
      {"char[4]", "char[x]"},
      {"unit = \"mL/h\"", "unit = \"mL/h\", bit = 3"},
      {"unit = \"mL/h\"", "unit = \"mL/h\", identity = \"serial\""},
      {"\"float32\", signal = \"rate\", unit = \"mL/h\"",
       "\"bit\", bit = 1, signal = \"on_mains\""},
  };
  for (const auto& [from, to] : mistakes) {
    std::string text = kText;
    text.replace(text.find(from), std::string(from).size(), to);
    const auto map = parse_map(text, "t.toml");
    ASSERT_FALSE(map) << to;
    EXPECT_NE(map.error().find("t.toml:"), std::string::npos) << map.error();
    EXPECT_NE(map.error().find("\n  fix: "), std::string::npos) << map.error();
  }
}

// The worked example of the profile, section 5.3, as the family's pump would answer it.
TEST(Decode, WorkedExampleOfTheProfile) {
  auto decoder = LineDecoder::make("lfp-1");
  ASSERT_TRUE(decoder) << decoder.error();
  const std::string line =
      "1 4 100 43 : 4C01 0007 0000 1388 0000 0000 0000"
      " 0002 012C 0000 0008 0000 0008 0000 0215 0000 FFFF 0000 0001 01C2 01BE 0000 04E2 0000 07D0"
      " 0000 02EE FFFF FFFF 0000 04E2 0000 0000 0190 8000 0050 0028 0004 0001 0001 0005 0001"
      " 0007\n";
  std::string out;
  sdk::DecodeReport report(out);
  const auto* bytes = reinterpret_cast<const uint8_t*>(line.data());
  (*decoder)->feed({bytes, line.size()}, MonoTime{}, report);
  (*decoder)->end(report);
  report.totals((*decoder)->counters());
  for (const char* expected :
       {R"({"frame":1,"signal":"rate_set","value":45,"unit":"mL/h","quality":"ok"})",
        R"({"frame":1,"signal":"rate","value":44.6,"unit":"mL/h","quality":"ok"})",
        R"({"frame":1,"signal":"delivered","value":125,"unit":"mL","quality":"ok"})",
        R"({"frame":1,"signal":"pressure_down","value":40,"unit":"kPa","quality":"ok"})",
        R"({"frame":1,"signal":"pressure_up","value":null,"quality":"missing","reason":"stale"})",
        R"({"frame":1,"fact":"state","name":"feeding"})",
        R"({"frame":1,"fact":"alarm","name":"low_battery","present":true})",
        R"({"frames_good":1,"frames_bad":0,"bytes_skipped":0})"}) {
    EXPECT_NE(out.find(expected), std::string::npos) << expected << "\nin\n" << out;
  }
}

std::string line_of(const LiveBlock& block) {
  std::string line = "1 4 100 43 :";
  for (size_t i = 0; i < 43; ++i) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    line += ' ';
    for (const int shift : {12, 8, 4, 0}) line += kHex[(block.words[i] >> shift) & 15];
  }
  return line + "\n";
}

TEST(Decode, NoteThatEndedIsWithdrawn) {
  auto decoder = LineDecoder::make("lfp-1");
  ASSERT_TRUE(decoder);
  Recorder sink;
  LiveBlock block(Role::pump);
  for (const uint16_t flags : {1, 1, 0}) {
    block.words[17] = flags;
    const std::string line = line_of(block);
    const auto* bytes = reinterpret_cast<const uint8_t*>(line.data());
    (*decoder)->feed({bytes, line.size()}, MonoTime{}, sink);
  }
  EXPECT_EQ(sink.frames, 3);
  EXPECT_EQ(sink.count_facts("demo:on"), 1U);
  EXPECT_EQ(sink.count_facts("demo:off"), 1U);
  EXPECT_FALSE(sink.has_fact("frozen")) << "a line has no instant";
}

// A LeadFluid BT100S keeps its volume in two registers whose order a third one tells; a driver that
// writes and reads them one way whatever that register says is wrong by a factor of 65536.
constexpr const char* kLeadFluid = R"(map = "leadfluid-bt100s"
version = 1
numbering = "zero"
canary = { table = "holding", address = 3000, value = 1 }
[[block]]
name = "live"
table = "holding"
first = 3100
count = 9
[[state]]
block = "live"
address = 3102
values = { 0 = "standby", 1 = "feeding" }
[[register]]
block = "live"
address = 3105
type = "u32"
order_register = { address = 3108, 0 = "ABCD", 1 = "CDAB" }
signal = "total"
scale = "0.1"
unit = "mL"
)";

TEST(KnownMistakes, WordOrderRegisterIsObeyed) {
  auto map = parse_map(kLeadFluid, "x.toml");
  ASSERT_TRUE(map) << map.error();
  ASSERT_TRUE(bind_to_role(*map, Role::pump));
  const auto said = [&](const std::vector<uint16_t>& registers) {
    std::string out;
    sdk::DecodeReport report(out);
    report.frame(MonoTime{});
    BlockDecoder(*map, Role::pump).decode(0, registers, {}, report);
    return out;
  };
  // 123456 tenths, high word first and low word first; run = 1.
  EXPECT_NE(said({1000, 0, 1, 0, 0, 0x0001, 0xE240, 0, 0}).find("\"value\":12345.6,"),
            std::string::npos);
  EXPECT_NE(said({1000, 0, 1, 0, 0, 0xE240, 0x0001, 0, 1}).find("\"value\":12345.6,"),
            std::string::npos);
  // An order that nobody described is no licence to choose one.
  EXPECT_NE(said({1000, 0, 1, 0, 0, 0xE240, 0x0001, 0, 7})
                .find(R"("value":null,"quality":"missing","reason":"device_fault")"),
            std::string::npos);
}

TEST(Map, AnOrderRegisterThatCannotWorkIsRefused) {
  const std::string good = kLeadFluid;
  const auto error_with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const auto map = parse_map(text, "x.toml");
    return map ? std::string() : map.error();
  };
  EXPECT_EQ(error_with("3108", "3108"), "");
  EXPECT_NE(error_with("address = 3108", "address = 3109").find("outside the block"),
            std::string::npos);
  EXPECT_NE(error_with("\"CDAB\"", "\"CDBA\"").find("names no word order"), std::string::npos);
  EXPECT_NE(error_with("\"u32\"", "\"u16\"").find("is for u32"), std::string::npos);
  const std::string choice = "{ address = 3108, 0 = \"ABCD\", 1 = \"CDAB\" }";
  EXPECT_NE(error_with(choice, "3108").find("'order_register' is no table"), std::string::npos);
  EXPECT_NE(error_with(choice, "{ address = 3108 }").find("names no word order"),
            std::string::npos);
  EXPECT_NE(error_with(choice, "{ 0 = \"ABCD\" }").find("'address' is missing"), std::string::npos);
  // A text has no number whose words could be swapped.
  const std::string number = "signal = \"total\"\nscale = \"0.1\"\nunit = \"mL\"\n";
  std::string text = good;
  text.replace(text.find(number), number.size(), "identity = \"serial\"\n");
  text.replace(text.find("\"u32\""), 5, "\"char[4]\"");
  const auto map = parse_map(text, "x.toml");
  ASSERT_FALSE(map);
  EXPECT_NE(map.error().find("unknown key 'order_register'"), std::string::npos) << map.error();
}

TEST(Decode, BadLinesAreCountedNeverGuessed) {
  auto decoder = LineDecoder::make("lfp-1");
  ASSERT_TRUE(decoder);
  std::string out;
  sdk::DecodeReport report(out);
  const std::string lines = "1 4 100 43 : 4C01\n\nhello\n1 9 100 1 : 0000\n1 4 100 1 : 00G0\n" +
                            std::string(5000, 'A') + "\n1 4 100 43 : 4C0";
  const auto* bytes = reinterpret_cast<const uint8_t*>(lines.data());
  for (size_t i = 0; i < lines.size(); ++i) (*decoder)->feed({bytes + i, 1}, MonoTime{}, report);
  (*decoder)->end(report);
  EXPECT_EQ((*decoder)->counters().frames_good, 0U);
  EXPECT_EQ((*decoder)->counters().frames_bad, 6U);
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace lamplight::modbus
