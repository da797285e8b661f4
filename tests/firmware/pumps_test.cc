// What must hold for whoever tests a driver against these: the pumps answer as the notes say,
// refuse and record what would command them, and tell the truth about what they sent.
#include <gmock/gmock.h>

#include "firmware-sim/device_asena.h"
#include "firmware-sim/device_base_a.h"
#include "firmware-sim/device_cms50_hid.h"
#include "firmware-sim/device_pb840_wave.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

void tell(Bench& bench, std::string_view text) {
  bench.device->receive(bench.now, 1, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

TEST(Asena, MessagesAreThoseOfTheNotes) {
  EXPECT_EQ(asena_message("INF"), "!INF|4961\r");
  EXPECT_EQ(asena_message("INST_SERIALNO"), "!INST_SERIALNO|457D\r");
  EXPECT_EQ(asena_message("REMOTE_CTRL^DISABLED"), "!REMOTE_CTRL^DISABLED|EF95\r");
}

TEST(Asena, AnswersWhatReadsAndRecordsWhatCommands) {
  Bench bench("asena", Role::pump);
  bench.run_to(seconds(1));
  tell(bench, "!INF|4961\r");
  ASSERT_EQ(bench.sent.size(), 1U);
  EXPECT_THAT(bench.sent[0].text(), StartsWith("!INF^800600123^NO_ALARM^INFUSE^10.00^ml/h^"));
  EXPECT_EQ(std::ranges::count(bench.sent[0].text(), '^'), 13);
  tell(bench, "!INF|4962\r");         // a wrong checksum
  tell(bench, "!INF_STOP|CD57\r");    // a command
  tell(bench, "!IN\x1B!INF|4961\r");  // taken back, asked again
  EXPECT_EQ(bench.sent.size(), 2U);
  EXPECT_THAT(bench.truth.take_kept(), HasSubstr(R"("what":"command","text":"INF_STOP")"));
  ASSERT_TRUE(bench.say("condition pump patient_tube_blocked on"));
  tell(bench, "!INF|4961\r");
  EXPECT_THAT(bench.sent.back().text(), HasSubstr("^OCCLUSION^HOLD^"));
}

TEST(BaseA, MessagesAreThoseOfTheNotes) {
  EXPECT_EQ(base_a_frame("DC"),
            "\x02"
            "DC78\x03");
  EXPECT_EQ(base_a_frame("1LE;dr"),
            "\x02"
            "1LE;dr2C\x03");
}

TEST(BaseA, NeedsASessionAndKeepsItOnlyWhileItIsAnswered) {
  Bench bench("base-a", Role::pump);
  bench.run_to(seconds(1));
  tell(bench, base_a_frame("LE;dr"));
  EXPECT_EQ(bench.sent.back().text(), "\x06" + base_a_frame("I;1E"));
  tell(bench, base_a_frame("DC"));
  EXPECT_EQ(bench.sent.back().text(), "\x06" + base_a_frame("C"));
  tell(bench, base_a_frame("LE;dr"));
  EXPECT_EQ(bench.sent.back().text(), "\x06" + base_a_frame("C;d0064;r00000000"));
  tell(bench, base_a_frame("PR;100"));  // sets a rate: refused and recorded
  EXPECT_EQ(bench.sent.back().text(), "\x06" + base_a_frame("I;20"));
  EXPECT_THAT(bench.truth.take_kept(), HasSubstr(R"("what":"command","text":"PR;100")"));
  tell(bench,
       "\x02"
       "DC79\x03");  // a wrong checksum
  EXPECT_EQ(bench.sent.back().text(),
            "\x15"
            "2");
  bench.run_to(seconds(6));
  EXPECT_EQ(bench.sent.back().text(), "\x05");
  tell(bench, "\x14");
  bench.run_to(seconds(8));
  tell(bench, base_a_frame("LE;d"));
  EXPECT_EQ(bench.sent.back().text(), "\x06" + base_a_frame("C;d0064"));
  bench.run_to(seconds(13));  // asked again at 11 s, and nobody answers
  tell(bench, base_a_frame("LE;d"));
  EXPECT_EQ(bench.sent.back().text(), "\x06" + base_a_frame("I;1E"));
}

TEST(Pb840Wave, ABreathIsSentWhenItIsOverAndAddsUp) {
  // 0.1 mL are a sum of 30 in 0.01 L/min over samples of 20 ms.
  const std::string text = wave_text({200, 50, 1600, 1560, 167}, 3);
  EXPECT_THAT(text, StartsWith("BS, S:3,\n"));
  EXPECT_EQ(text.substr(text.size() - 4), "\nBE\n");
  int64_t in = 0, out = 0;
  int lines = 0;
  for (size_t at = text.find('\n') + 1; at < text.size() - 3; at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find(',', at) - at);
    std::string digits = line;
    std::erase(digits, '.');
    const int flow = std::stoi(digits);
    (flow > 0 ? in : out) += flow;
    ++lines;
  }
  EXPECT_EQ(lines, 167);
  EXPECT_EQ(in, 1600 * 30);
  EXPECT_EQ(out, -1560 * 30);
  Bench bench("pb840-wave", Role::ventilator);
  bench.run_to(seconds(2));
  EXPECT_THAT(bench.sent, IsEmpty());
  ASSERT_TRUE(bench.say("set rate 4"));
  bench.run_to(seconds(20));
  const std::string longest = bench.sent.back().text();
  EXPECT_EQ(std::ranges::count(longest, '\n'), 402);
  EXPECT_THAT(bench.sent.back().facts, testing::Not(HasSubstr("rate")));
}

TEST(Cms50Hid, CommandsAreThoseOfTheNotes) {
  EXPECT_EQ(cms50_hid_command({0xF0}), hex("F0 70"));
  EXPECT_EQ(cms50_hid_command({0x9B, 0x01}), hex("9B 01 1C"));
  EXPECT_EQ(cms50_hid_command({0xEB, 0x7F}), hex("EB 7F 6A"));
  EXPECT_EQ(cms50_hid_command({0xF2, 0, 0, 2, 2, 0, 11}), hex("F2 00 00 02 02 00 0B 01"));
}

TEST(Cms50Hid, SendsReportsOnlyWhileItIsAskedTo) {
  Bench bench("cms50-hid", Role::oximeter);
  bench.run_to(seconds(1));
  EXPECT_THAT(bench.sent, IsEmpty());
  tell(bench, std::string_view("\x9B\x00\x1B", 3));
  tell(bench, "\x9B\x01\x1C");
  bench.run_to(seconds(3));
  EXPECT_GE(bench.sent.size(), 39U);
  for (const SentFrame& each : bench.sent) EXPECT_EQ(each.bytes.size(), 64U);
  const size_t values = static_cast<size_t>(std::ranges::count_if(
      bench.sent, [](const SentFrame& each) { return each.facts.find("spo2") < 99; }));
  EXPECT_EQ(values, 2U);
  bench.run_to(seconds(12));
  bench.sent.clear();
  bench.run_to(seconds(20));
  EXPECT_THAT(bench.sent, IsEmpty());
}

}  // namespace
}  // namespace lamplight::sim
