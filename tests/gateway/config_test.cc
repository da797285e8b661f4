// A mistake in the configuration must be shown with its place and its remedy before the gateway
// watches anyone, for the person who set up the box; a right file must mean what it says.
#include "gateway/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gateway/config/drivers.h"

namespace lamplight::config {
namespace {

using std::string;
namespace fs = std::filesystem;

const fs::path kDir = fs::path(LL_SOURCE_DIR) / "tests/gateway";

string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

string shown(const Outcome& outcome) {
  string text;
  for (const auto& d : outcome.diagnostics) text += rules::render(d);
  return text;
}

// Each file of bad/ opens with lines "# expect: …": the first lines of its errors, in order.
std::vector<string> expected_lines(const string& text) {
  std::vector<string> lines;
  size_t at = 0;
  while (text.compare(at, 10, "# expect: ") == 0) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at + 10, end - at - 10));
    at = end + 1;
  }
  return lines;
}

std::vector<string> bad_files() {
  std::vector<string> names;
  for (const auto& entry : fs::directory_iterator(kDir / "bad")) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A file may be torn, or written by anybody: the answer is an error, soon.
TEST(BadConfigText, KeysOfManyPartsAreRefusedBeforeTheyAreFollowed) {
  string dotted = "a";
  for (int i = 0; i < 200'000; ++i) dotted += ".a";
  for (const string& text :
       {dotted + " = 1\n", "[" + dotted + "]\n", "[[" + dotted + "]]\n",
        "x = {" + dotted + " = 1}\n", "home = 'h'\n\"" + dotted + "\"." + dotted + " = 1\n"}) {
    const Outcome outcome = parse_config(text, "f.toml");
    EXPECT_FALSE(outcome.config);
    ASSERT_EQ(outcome.diagnostics.size(), 1U);
    EXPECT_EQ(outcome.diagnostics[0].message, "this key has too many parts");
  }
  const Outcome second =
      parse_config("home = \"h\" # a.b.c.d.e.f.g.h.i.j\n  " + dotted + "=1", "f");
  EXPECT_EQ(second.diagnostics.at(0).line, 2U);
}

TEST(BadConfigText, ATableWithoutANameIsAnErrorAndNoEndOfTheProgram) {
  for (const char* text :
       {"[:a]\n", "[[\n", "[ #a]\n", "x = [\n  [1],\n  [2]]\n[ {]\n", "[\xC3\xA4]"}) {
    const Outcome outcome = parse_config(text, "f.toml");
    ASSERT_EQ(outcome.diagnostics.size(), 1U) << text;
    EXPECT_THAT(outcome.diagnostics[0].message, testing::HasSubstr("not TOML")) << text;
  }
}

// Found by fuzzing: toml++ 3.3 runs into undefined behaviour with most of these.
TEST(BadConfigText, ACharacterThatIsNotAsciiStandsBetweenQuotesOrNowhere) {
  const std::vector<std::pair<string, std::pair<uint32_t, uint32_t>>> texts = {
      {"home = \xD1\x96\n", {1, 8}},
      {"home = \"h\"\nn\xC3\xA4me = 1\n", {2, 2}},
      {"home = \xE2\x80\x9Ch-1\xE2\x80\x9D\n", {1, 8}},
      {"x = [\n  \xC4\xBA]\n", {2, 3}},
      {"home = \"\xC3\xA4\" \xE1\x9A\x80\n", {1, 12}},
      {"x = \"\"\"a\"\"\"\"\" \xE2\x80\x80\n", {1, 15}},
  };
  for (const auto& [text, at] : texts) {
    const Outcome outcome = parse_config(text, "f.toml");
    ASSERT_EQ(outcome.diagnostics.size(), 1U) << text;
    const auto& d = outcome.diagnostics[0];
    EXPECT_THAT(d.message, testing::HasSubstr("outside double quotes")) << text;
    EXPECT_EQ(std::pair(d.line, d.column), at) << text;
  }
  const Outcome fine = parse_config(
      "\xEF\xBB\xBFy = '\xC3\xA4' # \xD1\x96\nz = \"\"\"\xC3\xA4\n\xE2\x80\x80\"\"\"\n", "f.toml");
  EXPECT_EQ(shown(fine).find("outside"), string::npos) << shown(fine);
  EXPECT_NE(shown(fine).find("unknown key `z`"), string::npos) << shown(fine);
}

// Found by fuzzing as well: to toml++ such a quote begins no text, and what follows is looked up.
TEST(BadConfigText, AQuoteWithinAWordBeginsNoText) {
  for (const char* text : {"home = 1h\"drive\xCB\x8D x\"\n", "ho\"me\xCB\x8D\" = 1\n",
                           "home = \"a\"\"\xCB\x8D\"\n", "home = 1'\xCB\x8D'\n"}) {
    const Outcome outcome = parse_config(text, "f.toml");
    ASSERT_EQ(outcome.diagnostics.size(), 1U) << text;
    EXPECT_EQ(outcome.diagnostics[0].message, "not TOML: a quote stands within a word") << text;
  }
  const Outcome fine = parse_config("a.\"b\" = ['x','y']\nc = {\"d\"=\"\"}\n", "f.toml");
  EXPECT_EQ(shown(fine).find("within a word"), string::npos) << shown(fine);
}

// Found by fuzzing: toml++ asserts on these instead of refusing them.
TEST(BadConfigText, WhatTheParserGivesUpOnIsAMistakeInALine) {
  for (const char* text : {"home = \"h\"\nrules = [}\n", "home = \"h\"\n[:x]\ny = 1\n",
                           "# one\nrules = [}", "home = \"h\"\nx = 7.\"e\xD2\x91g\"\n"}) {
    const Outcome outcome = parse_config(text, "f.toml");
    ASSERT_EQ(outcome.diagnostics.size(), 1U) << text;
    EXPECT_EQ(outcome.diagnostics[0].line, 2U) << text;
    EXPECT_THAT(outcome.diagnostics[0].message, testing::StartsWith("not TOML: ")) << text;
  }
}

TEST(BadConfigText, TheLineItGivesUpOnIsFoundInALongFile) {
  string many;
  for (int i = 0; i < 10'000; ++i) many += "# a long comment\n";
  const Outcome outcome = parse_config(many + "rules = [}\n" + many, "f.toml");
  ASSERT_EQ(outcome.diagnostics.size(), 1U);
  EXPECT_EQ(outcome.diagnostics[0].line, 10'001U);
}

TEST(BadConfigText, DotsInTextsAreNoKeys) {
  const string dots(40, '.');
  const Outcome outcome =
      parse_config("x = \"" + dots + "\\\"" + dots + "\" # " + dots + "\ny = '" + dots +
                       "'\nz = \"\"\"\n" + dots + "\"\n" + dots + "\"\"\"\n",
                   "f.toml");
  EXPECT_EQ(shown(outcome).find("too many parts"), string::npos) << shown(outcome);
  EXPECT_NE(shown(outcome).find("unknown key `z`"), string::npos) << shown(outcome);
}

TEST(BadConfigText, FiftyErrorsAreShownAndTheOthersCounted) {
  string text;
  for (int i = 0; i < 60'000; ++i) text += "k" + std::to_string(i) + " = 1\n";
  const Outcome outcome = parse_config(text, "f.toml");
  ASSERT_EQ(outcome.diagnostics.size(), 51U);
  EXPECT_EQ(outcome.diagnostics[50].message, "and 59953 more errors, from here on");
  EXPECT_LT(shown(outcome).size(), 20'000U);
}

TEST(BadConfigText, WhereThereIsNoLineNoneIsShown) {
  const Outcome outcome = parse_config("", "f.toml");
  EXPECT_EQ(shown(outcome).substr(0, shown(outcome).find("f.toml", 1)),
            "f.toml:1:1: error: `home` is missing from the file\n"
            "  fix: add `home = \"h-1\"` as first line\n");
}

class BadConfig : public testing::TestWithParam<string> {};

TEST_P(BadConfig, ShowsEveryMistakeWithPlaceCaretAndRemedy) {
  const string name = GetParam() + ".toml";
  const string text = read_all(kDir / "bad" / name);
  const auto expected = expected_lines(text);
  ASSERT_FALSE(expected.empty()) << "the file does not say what it expects";
  const Outcome outcome = parse_config(text, name);
  EXPECT_FALSE(outcome.config.has_value());
  std::vector<string> first_lines;
  for (const auto& d : outcome.diagnostics) {
    const string rendered = rules::render(d);
    std::vector<string> lines;
    for (size_t at = 0; at < rendered.size();) {
      const size_t end = rendered.find('\n', at);
      lines.push_back(rendered.substr(at, end - at));
      at = end + 1;
    }
    ASSERT_EQ(lines.size(), 4U) << rendered;
    first_lines.push_back(lines[0]);
    EXPECT_THAT(lines[2], testing::MatchesRegex("[ \t]*\\^"));
    EXPECT_THAT(lines[3], testing::MatchesRegex(" +fix: .+"));
  }
  EXPECT_EQ(first_lines, expected) << shown(outcome);
}

INSTANTIATE_TEST_SUITE_P(Files, BadConfig, testing::ValuesIn(bad_files()),
                         [](const auto& one) { return one.param; });

const char kWhole[] = R"(home = "h-7f3a"
[gateway]
state_dir = "/var/lib/lamplight"
run_dir = "run"
rules = ["rules/home.rules", "/etc/more.rules"]
plan = "plans/mia.plan"
log_level = "debug"
[store]
record_quota = "128 MiB"
telemetry_quota = "1.5 GiB"
free_floor = "0 B"
[broker]
host = "broker.example.org"
ca = "ca.pem"
cert = "home.pem"
key = "home.key"
protocol = "3.1.1"
vitals_every = "0.1 s"
[[port]]
name = "bus"
driver = "modbus"
at = "serial:/dev/serial/by-id/usb-example-if00?19200,8E1"
period = "250 ms"
timeout = "0.5 s"
[[port.device]]
id = "pump1"
role = "pump"
unit = 1
map = "lfp-1"
[[port.device]]
id = "vent1"
role = "ventilator"
unit = 2
map = "maps/own.map"
serial = "00123"
[[port]]
name = "oxi"
driver = "drivers/own-oximeter"
at = "tcp:[::1]:4001"
flavour = "sweet"
level = 3
loud = true
[[port.device]]
id = "ox1"
role = "oximeter"
)";

TEST(Config, EveryKeyArrivesAndPathsAreRelativeToTheFile) {
  const Outcome outcome = parse_config(kWhole, "/etc/lamplight/home.toml");
  ASSERT_TRUE(outcome.config.has_value()) << shown(outcome);
  const Config& c = *outcome.config;
  EXPECT_EQ(c.home, "h-7f3a");
  EXPECT_EQ(c.gateway.state_dir, "/var/lib/lamplight");
  EXPECT_EQ(c.gateway.run_dir, "/etc/lamplight/run");
  ASSERT_EQ(c.gateway.rules.size(), 2U);
  EXPECT_EQ(c.gateway.rules[0].path, "/etc/lamplight/rules/home.rules");
  EXPECT_EQ(c.gateway.rules[0].at, (Position{5, 10}));
  EXPECT_EQ(c.gateway.rules[1].path, "/etc/more.rules");
  EXPECT_EQ(c.gateway.plan->path, "/etc/lamplight/plans/mia.plan");
  EXPECT_EQ(c.gateway.log_level, LogLevel::debug);
  EXPECT_EQ(c.store.record_quota, 128LL << 20);
  EXPECT_EQ(c.store.telemetry_quota, 3LL << 29);
  EXPECT_EQ(c.store.free_floor, 0);
  ASSERT_TRUE(c.broker.has_value());
  EXPECT_EQ(c.broker->port, 8883);
  EXPECT_EQ(c.broker->protocol, MqttProtocol::v3_1_1);
  EXPECT_EQ(c.broker->key->path, "/etc/lamplight/home.key");
  EXPECT_EQ(c.broker->vitals_every, milliseconds(100));
}

TEST(Config, PortsAndDevicesKeepTheirOrderAndTheirDriversKeys) {
  const Outcome outcome = parse_config(kWhole, "/etc/lamplight/home.toml");
  ASSERT_TRUE(outcome.config.has_value()) << shown(outcome);
  const auto& ports = outcome.config->ports;
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_TRUE(ports[0].is_built_in);
  EXPECT_EQ(ports[0].period, milliseconds(250));
  EXPECT_EQ(ports[0].address.line, "19200,8E1");
  ASSERT_EQ(ports[0].options.size(), 1U);
  EXPECT_EQ(ports[0].options[0].key, "timeout");
  EXPECT_EQ(ports[0].options[0].json, "\"0.5 s\"");
  ASSERT_EQ(ports[0].devices.size(), 2U);
  EXPECT_EQ(ports[0].devices[0].map, "lfp-1") << "a name stays a name";
  EXPECT_EQ(ports[0].devices[1].map, "/etc/lamplight/maps/own.map");
  EXPECT_EQ(ports[0].devices[1].role, Role::ventilator);
  EXPECT_EQ(ports[0].devices[1].unit, 2);
  EXPECT_EQ(ports[0].devices[1].serial, "00123");
  EXPECT_FALSE(ports[1].is_built_in);
  EXPECT_EQ(ports[1].driver, "/etc/lamplight/drivers/own-oximeter");
  EXPECT_EQ(to_string(ports[1].address), "tcp:[::1]:4001");
  ASSERT_EQ(ports[1].options.size(), 3U);
  EXPECT_EQ(ports[1].options[1].json, "3");
  EXPECT_EQ(ports[1].options[2].json, "true");
}

TEST(Config, DefaultsAreThoseOfTheDesign) {
  const char text[] = R"(home = "h"
[gateway]
rules = ["a.rules"]
[broker]
host = "localhost"
insecure = true
[[port]]
name = "oxi"
driver = "masimo"
at = "serial:/dev/ttyS0?9600,8N1"
[[port.device]]
id = "ox1"
role = "oximeter"
)";
  const Outcome outcome = parse_config(text, "/x.toml");
  ASSERT_TRUE(outcome.config.has_value()) << shown(outcome);
  const Config& c = *outcome.config;
  EXPECT_EQ(c.gateway.state_dir, "/var/lib/lamplight");
  EXPECT_EQ(c.gateway.run_dir, "/run/lamplight");
  EXPECT_FALSE(c.gateway.plan.has_value());
  EXPECT_EQ(c.gateway.log_level, LogLevel::info);
  EXPECT_EQ(c.store.record_quota, 256LL << 20);
  EXPECT_EQ(c.store.telemetry_quota, 2LL << 30);
  EXPECT_EQ(c.store.free_floor, 256LL << 20);
  EXPECT_EQ(c.broker->port, 1883) << "plain TCP has its own default port";
  EXPECT_EQ(c.broker->protocol, MqttProtocol::v5);
  EXPECT_EQ(c.broker->vitals_every, seconds(1));
  EXPECT_EQ(c.ports[0].period, seconds(1));
}

// The unit 255 is how a serial server of one device is asked; 0 is what some say instead.
TEST(Config, TcpTakesTheUnitsThatMeanTheAddressItself) {
  for (const char* unit : {"0", "247", "255"}) {
    const string text = R"(home = "h"
[gateway]
rules = ["a.rules"]
[[port]]
name = "bus"
driver = "modbus"
at = "tcp:10.0.0.9:502"
[[port.device]]
id = "pump1"
role = "pump"
map = "lfp-1"
unit = )" + string(unit) +
                        "\n";
    const Outcome outcome = parse_config(text, "/x.toml");
    EXPECT_TRUE(outcome.config.has_value()) << unit << shown(outcome);
  }
}

// A map that travels with the driver but is unknown here could never be configured.
TEST(Config, KnowsTheMapsThatTravelWithTheDriver) {
  std::vector<string> files;
  for (const auto& entry :
       fs::directory_iterator(fs::path(LL_SOURCE_DIR) / "drivers/modbus/maps")) {
    files.push_back(entry.path().stem().string());
  }
  std::vector<string> known;
  for (const MapInfo& map : shipped_maps()) known.emplace_back(map.name);
  EXPECT_THAT(known, testing::UnorderedElementsAreArray(files));
}

TEST(Config, AnErrorLooksAsDocumented) {
  const Outcome outcome = parse_config("home = \"h\"\nhme = 1\n", "x.toml");
  EXPECT_THAT(shown(outcome),
              testing::HasSubstr("x.toml:2:1: error: unknown key `hme` in the file\n"
                                 "hme = 1\n"
                                 "^\n"
                                 "  fix: did you mean `home`?\n"));
}

struct Text {
  string text;
  bool good;
};

TEST(Quantities, SizesAreExact) {
  for (const Text& t : {Text{"256 MiB", true},
                        {"256MiB", true},
                        {"0 B", true},
                        {"0.5 KiB", true},
                        {"", false},
                        {"256", false},
                        {"256 MB", false},
                        {"-1 MiB", false},
                        {"0.3 B", false},
                        {"1e3 B", false},
                        {"99999999999999999999 B", false},
                        {"9999999999 TiB", false},
                        {"1 MiB ", false},
                        {"1  MiB", false},
                        {".5 MiB", false},
                        {"1. MiB", false}}) {
    EXPECT_EQ(parse_size(t.text).has_value(), t.good) << t.text;
  }
  EXPECT_EQ(*parse_size("0.5 KiB"), 512);
}

TEST(Quantities, DurationsAreExact) {
  EXPECT_EQ(*parse_duration("0.1 s"), milliseconds(100));
  EXPECT_EQ(*parse_duration("2 min"), minutes(2));
  EXPECT_EQ(*parse_duration("1 ns"), nanoseconds(1));
  for (const char* bad : {"", "1", "1 sec", "s", "1,5 s", "0.1 ns", "-1 s", "9999999999 h"}) {
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
  }
}

TEST(Quantities, AddressesAreReadAndWrittenAlike) {
  for (const char* good : {"serial:/dev/ttyUSB0?9600,8N1", "serial:/dev/x?y?115200,7E2",
                           "tcp:10.0.0.2:502", "tcp:[fe80::1]:502", "lines:/run/l", "hid:/run/h"}) {
    const auto address = parse_address(good);
    ASSERT_TRUE(address.has_value()) << good;
    EXPECT_EQ(to_string(*address), good);
  }
  for (const char* bad :
       {"", "serial:", "serial:/dev/x", "serial:?9600,8N1", "serial:/d?9601,8N1",
        "serial:/d?9600,9N1", "serial:/d?9600", "tcp:host", "tcp::502", "tcp:h:0", "tcp:h:65536",
        "tcp:::1:502", "tcp:[]:1", "lines:", "usb:1", "/dev/ttyUSB0"}) {
    EXPECT_FALSE(parse_address(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace lamplight::config
