// The program as the core and a vendor meet it: started with a connection on fd 3 it reads a port,
// loses it, finds it again, and leaves when the core is gone; by hand it decodes and describes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "drivers/sdk/wire/black_box.h"
#include "tests/drivers/driver_process.h"
#include "tests/drivers/pty.h"

namespace lamplight {
namespace {

using test::Driver;
using test::Pty;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kLine =
    "02/22/16 22:47:45 SN=0000000001 SPO2=098% BPM=097 PI=03.60% ALARM=0000 EXC=000800\r\n";

std::string at(const Pty& pty) { return "serial:" + pty.path() + "?9600,8N1"; }

TEST(DriverRun, ReadsItsPortAndLeavesWithTheCore) {
  const Pty pty;
  Driver driver("masimo");
  driver.configure("masimo", at(pty));
  ASSERT_TRUE(driver.hear(R"({"type":"hello","role":"driver","name":"masimo","wire":[1,0]})"));
  driver.welcome();
  ASSERT_TRUE(driver.hear("heartbeat"));
  pty.say(kLine);
  EXPECT_TRUE(driver.hear(R"("fact":"identity","name":"serial","text":"0000000001")"));
  EXPECT_TRUE(driver.hear(R"("fact":"link","name":"up")"));
  EXPECT_TRUE(driver.hear_spo2(Quality::ok, 980, Reason::none));
  driver.leave();
  EXPECT_EQ(driver.exit_code(), 0);
}

TEST(DriverRun, EveryByteIsInTheBlackBoxAlsoThoseThatMeanNothing) {
  Pty pty;
  const std::string path = testing::TempDir() + "box_" + std::to_string(::getpid()) + ".ring";
  ::unlink(path.c_str());
  Driver driver("masimo");
  driver.say(R"({"type":"configure","port":{"name":"oxi","driver":"masimo","at":")" + at(pty) +
             R"(","black_box":")" + path +
             R"(","black_box_bytes":65536},"devices":[{"id":"ox1","role":"oximeter"}]})");
  driver.welcome();
  ASSERT_TRUE(driver.hear("heartbeat"));
  const std::string all = std::string("\x80\x01 junk\r\n") + std::string(kLine.substr(0, 30)) +
                          std::string(kLine.substr(30));
  pty.say(all);
  ASSERT_TRUE(driver.hear_spo2(Quality::ok, 980, Reason::none));
  pty.unplug();
  ASSERT_TRUE(driver.hear(R"("name":"down")"));
  const auto recording = wire::read_black_box(path);  // while the driver lives
  ASSERT_TRUE(recording.has_value());
  EXPECT_THAT(recording->label, HasSubstr(R"("driver":"masimo")"));
  std::string heard;
  bool is_opened = false, is_lost = false;
  MonoTime before{0};
  for (const wire::BoxRecord& each : recording->records) {
    EXPECT_LE(before, each.at);
    before = each.at;
    if (each.kind == wire::BoxKind::read) heard.append(each.bytes.begin(), each.bytes.end());
    is_opened = is_opened || each.kind == wire::BoxKind::opened;
    is_lost = is_lost || each.kind == wire::BoxKind::lost;
  }
  EXPECT_EQ(heard, all);
  EXPECT_TRUE(is_opened);
  EXPECT_TRUE(is_lost);
  ::unlink(path.c_str());
}

TEST(DriverRun, AnUnpluggedPortIsToldAndLookedForAgain) {
  Pty pty;
  Driver driver("masimo");
  driver.configure("masimo", at(pty));
  driver.welcome();
  ASSERT_TRUE(driver.hear("heartbeat"));
  pty.say(kLine);
  ASSERT_TRUE(driver.hear_spo2(Quality::ok, 980, Reason::none));
  pty.unplug();
  EXPECT_TRUE(driver.hear(R"("name":"down")"));
  EXPECT_TRUE(driver.hear_spo2(Quality::missing, 0, Reason::link_lost));
  EXPECT_TRUE(driver.hear("No such file"));  // the retry
}

TEST(DriverRun, ASilentLineIsALostLinkAndIsFoundAgain) {
  const Pty pty;
  Driver driver("masimo");
  driver.configure("masimo", at(pty));
  driver.welcome();
  EXPECT_TRUE(driver.hear(R"("name":"down","text":"the port is open)"));
  EXPECT_TRUE(driver.hear_spo2(Quality::missing, 0, Reason::link_lost));
  pty.say("\r\n");
  pty.say(kLine);
  EXPECT_TRUE(driver.hear(R"("name":"up")"));
  EXPECT_TRUE(driver.hear_spo2(Quality::ok, 980, Reason::none));
}

TEST(DriverRun, APortInUseIsToldWithItsOwner) {
  const Pty pty;
  Driver first("masimo");
  first.configure("masimo", at(pty));
  first.welcome();
  ASSERT_TRUE(first.hear("heartbeat"));
  pty.say(kLine);
  ASSERT_TRUE(first.hear_spo2(Quality::ok, 980, Reason::none));
  Driver second("masimo");
  second.configure("masimo", at(pty));
  second.welcome();
  EXPECT_TRUE(second.hear("in use by lamplight-drive"));  // the kernel keeps 15 characters
}

TEST(DriverRun, AnotherSerialNumberThanTheEnrolledOneIsRefused) {
  const Pty pty;
  Driver driver("masimo");
  driver.configure("masimo", at(pty), R"(,"serial":"0000000002")");
  driver.welcome();
  ASSERT_TRUE(driver.hear("heartbeat"));
  pty.say(kLine);
  EXPECT_TRUE(driver.hear(R"("fact":"refused","name":"serial")"));
}

TEST(DriverRun, WhatCannotWorkIsSaidAndEndsIt) {
  struct Row {
    const char* named;
    const char* driver;
    const char* at;
    const char* says;
  };
  for (const Row& row : {Row{"masimo", "nonin", "tcp:127.0.0.1:1", "started for"},
                         Row{"masimo", "masimo", "lines:/x", "serial:PATH"},
                         Row{"cow", "cow", "tcp:127.0.0.1:1", "no protocol"}}) {
    Driver driver(row.named);
    driver.configure(row.driver, row.at);
    driver.welcome();
    EXPECT_TRUE(driver.hear(row.says)) << row.says;
    EXPECT_EQ(driver.exit_code(), 1) << row.says;
  }
}

TEST(DriverRun, BeingRefusedEndsIt) {
  Driver driver("masimo");
  driver.configure("masimo", "tcp:127.0.0.1:1");
  driver.say(R"({"type":"refused","reason":"another major version"})");
  EXPECT_EQ(driver.exit_code(), 1);
}

TEST(DriverRun, ACoreThatIsGoneBeforeItSpokeEndsIt) {
  Driver driver("masimo");
  driver.leave();
  EXPECT_EQ(driver.exit_code(), 0);
}

// ------------------------------------------------------------------------------------- by hand

struct Ran {
  int exit_code = -1;
  std::string out;
};

Ran run(const std::string& command) {
  Ran ran;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::array<char, 4096> buffer{};
  while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    ran.out.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}
const std::string kDriver = LL_DRIVER;

// A register map of a vendor's, with a canary.
std::string map_file() {
  const std::string path = testing::TempDir() + "ll-driver-test-map.toml";
  std::ofstream(path) << R"(map = "own"
version = 1
numbering = "zero"
canary = { table = "holding", address = 12, value = 0x1234 }
block = [{ name = "a", table = "input", first = 0, count = 4 }]
register = [{ block = "a", address = 0, type = "u16", signal = "pip", unit = "cmH2O" }]
)";
  return path;
}

TEST(DriverDecode, EmptyInputGivesTheTotals) {
  for (const char* protocol :
       {"masimo", "nonin-df2", "nonin-df7", "nonin-df8", "nonin-df13", "nonin-ascii"}) {
    const Ran ran = run(kDriver + " decode " + protocol + " - </dev/null");
    EXPECT_EQ(ran.exit_code, 0) << protocol;
    EXPECT_EQ(ran.out, "{\"frames_good\":0,\"frames_bad\":0,\"bytes_skipped\":0}\n") << protocol;
  }
}

// A question may be asked while the driver runs, and by anybody.
TEST(DriverCheck, AnswersAndMakesNoBlackBox) {
  const std::string path = testing::TempDir() + "checked_" + std::to_string(::getpid()) + ".ring";
  ::unlink(path.c_str());
  const auto check = [&](const std::string& map) {
    return run(
        R"(printf '%s' '{"type":"configure","port":{"name":"p","driver":"modbus",)"
        R"("at":"tcp:127.0.0.1:502","black_box":")" +
        path +
        R"(","black_box_bytes":65536},"devices":[{"id":"p1","role":"pump","unit":1,"map":")" + map +
        R"("}]}' | )" + kDriver + " check");
  };
  const Ran good = check("lfp-1");
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(good.out, "");
  const Ran bad = check("/nowhere.toml");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.out, HasSubstr("/nowhere.toml"));
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(DriverDecode, ReadsHexFromStandardInput) {
  const Ran ran =
      run("printf '80 48 62 00\\n8048 6200' | " + kDriver + " decode nonin-df8 --hex -");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(
      ran.out,
      "{\"frame\":2,\"signal\":\"spo2\",\"value\":98,\"unit\":\"percent\",\"quality\":\"ok\"}\n"
      "{\"frame\":2,\"signal\":\"pulse\",\"value\":72,\"unit\":\"bpm\",\"quality\":\"ok\"}\n"
      "{\"frames_good\":2,\"frames_bad\":0,\"bytes_skipped\":0}\n");
}

TEST(DriverDecode, BadFramesBesideGoodOnesAreNoFailure) {
  const Ran ran = run("printf '1 4 0 4 : 0001 0002 0003 0004\\nx\\n' | " + kDriver +
                      " decode modbus --map " + map_file() + " -");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, EndsWith("{\"frames_good\":1,\"frames_bad\":1,\"bytes_skipped\":2}\n"));
}

// A vendor with a raw capture saw counters and an exit code of 0, and no word of what is expected.
TEST(DriverDecode, WhereNoFrameIsGoodItSaysWhatItReads) {
  const Ran ran = run("printf 'x\\nnonsense=\\n' | " + kDriver + " decode masimo - 2>/dev/null");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_EQ(ran.out, "{\"frames_good\":0,\"frames_bad\":1,\"bytes_skipped\":10}\n");
  const Ran raw = run("printf '\\001\\004\\002\\000\\001\\n' | " + kDriver +
                      " decode modbus --map lvp-1 - 2>&1 >/dev/null");
  EXPECT_THAT(raw.out, HasSubstr("no frame was good; its input is text, one reply a line: "
                                 "`UNIT FUNCTION ADDRESS COUNT : HEX`"));
}

TEST(DriverDecode, TheCanaryIsAGoodFrameWhileItHoldsItsValue) {
  const std::string decode = kDriver + " decode modbus --map " + map_file() + " -";
  EXPECT_THAT(run("printf '1 3 12 1 : 1234\\n' | " + decode).out,
              HasSubstr("\"frames_good\":1,\"frames_bad\":0"));
  EXPECT_THAT(run("printf '1 3 12 1 : 1235\\n' | " + decode + " 2>/dev/null").out,
              HasSubstr("\"frames_good\":0,\"frames_bad\":1"));
}

TEST(DriverDecode, UsageAndUnreadableInputAreTwoWithNothingOnStandardOutput) {
  for (const char* arguments :
       {"decode", "decode masimo", "decode baxter -", "decode masimo /nowhere", "decode masimo /",
        "decode masimo --hex /dev/null --rate 0", "decode masimo --what -", "", "fly", "run"}) {
    const Ran ran = run(kDriver + " " + arguments + " 2>/dev/null </dev/null 3<&-");
    EXPECT_EQ(ran.exit_code, 2) << arguments;
    EXPECT_EQ(ran.out, "") << arguments;
  }
  EXPECT_EQ(run("printf 'A' | " + kDriver + " decode masimo --hex - 2>/dev/null").exit_code, 2);
  EXPECT_EQ(run("printf 'xy' | " + kDriver + " decode masimo --hex - 2>/dev/null").exit_code, 2);
}

TEST(DriverDecode, ARateThatNoFormatReadsIsRefusedAndNotIgnored) {
  // A vendor who gives one must not believe that it changed anything.
  for (const char* protocol : {"masimo", "nonin-df2", "cms50"}) {
    const Ran ran = run(kDriver + " decode " + protocol + " --rate 75 - 2>&1 </dev/null");
    EXPECT_EQ(ran.exit_code, 2) << protocol;
    EXPECT_EQ(ran.out, std::string(protocol) +
                           ": --rate is for waveforms whose bytes do not say it: leave it out\n");
  }
}

TEST(DriverDecode, ARateIsTakenWhereTheBytesDoNotSayIt) {
  EXPECT_EQ(run(kDriver + " decode pb840-wave --rate 75 - </dev/null").exit_code, 0);
  EXPECT_EQ(run(kDriver + " decode pb840-wave --rate 5 - 2>/dev/null </dev/null").exit_code, 2);
}

TEST(DriverDecode, AnUnknownProtocolIsAnsweredWithTheKnownOnes) {
  const Ran ran = run(kDriver + " decode baxter - 2>&1 </dev/null");
  EXPECT_THAT(ran.out, HasSubstr("unknown protocol"));
  EXPECT_THAT(ran.out, HasSubstr("nonin-df2, nonin-df7, nonin-df8, nonin-df13"));
}

TEST(DriverDescribe, IsOneJsonObject) {
  const Ran all = run(kDriver + " describe");
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_THAT(all.out, StartsWith(R"({"wire":[1,0],"protocols":["masimo")"));
  EXPECT_THAT(all.out, EndsWith("]}\n"));
  const Ran one = run(kDriver + " describe nonin");
  EXPECT_THAT(one.out, HasSubstr(R"("protocols":["nonin"])"));
  EXPECT_EQ(run(kDriver + " describe cow 2>/dev/null").exit_code, 2);
}

TEST(DriverHelp, IsEverywhere) {
  for (const char* command : {"", " describe", " run", " decode"}) {
    const Ran ran = run(kDriver + command + " --help");
    EXPECT_EQ(ran.exit_code, 0) << command;
    EXPECT_THAT(ran.out, HasSubstr("Usage")) << command;
  }
}

}  // namespace
}  // namespace lamplight
