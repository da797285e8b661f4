// What must hold: a line of a Nellcor oximeter says all it says, each status code included, and
// digits beside a sensor that is off never reach a parent's screen.
#include <gmock/gmock.h>

#include "drivers/nellcor/asker.h"
#include "drivers/nellcor/decoder.h"
#include "tests/drivers/abuse.h"

namespace lamplight {
namespace {

using sdk::Reading;
using test::Decoded;
using testing::ElementsAre;
using testing::IsEmpty;

std::unique_ptr<sdk::Decoder> make() { return std::make_unique<nellcor::Decoder>(); }
Decoded decode(std::string_view text) { return test::decoded(make, text); }

std::string line(std::string_view rest) {
  return "12-NOV-98 14:00:05  " + std::string(rest) + "\r\n";
}

// As the manual prints it.
constexpr std::string_view kHeading =
    "NPB-295 VERSION 2.0.0.0 CRC: XXXX SpO2 Limit: 70-100% PR Limit: 60-160BPM\r\n"
    "          ADULT 0SAT-S SPO2 RESP MODE: NORMAL\r\n"
    "TIME             %SPO2   BPM   PA   Status\r\n";

TEST(Nellcor, TheManualsExampleIsRead) {
  const Decoded d = decode(std::string(kHeading) + line("100  120   50"));
  EXPECT_EQ(d.counters.frames_good, 1U);
  EXPECT_EQ(d.counters.frames_bad, 0U);
  EXPECT_EQ(d.sink.last("spo2"), Reading::ok(1000));
  EXPECT_EQ(d.sink.last("pulse"), Reading::ok(1200));
  EXPECT_EQ(d.sink.last("silenced"), Reading::ok(0));
  EXPECT_THAT(d.sink.present(), IsEmpty());
  EXPECT_EQ(d.sink.last_text("identity model"), "NPB-295");
  EXPECT_EQ(d.sink.last_text("identity firmware"), "2.0.0.0");
  EXPECT_EQ(d.sink.last_text("note spo2_limits"), "70-100%+");
  EXPECT_EQ(d.sink.last_text("note pulse_limits"), "60-160BPM+");
}

TEST(KnownMistakes, NellcorReportsEveryStatusCode) {
  for (const char* codes : {"SO LB AS PH", "LB SO PH AS", "PH  AS  SO LB ", "AS PH LB SO"}) {
    const Decoded d = decode(line("---   ---  ---   " + std::string(codes)));
    EXPECT_THAT(d.sink.present(), ElementsAre("low_battery", "probe_off", "pulse_high")) << codes;
    EXPECT_EQ(d.sink.last("silenced"), Reading::ok(1)) << codes;
    EXPECT_EQ(d.sink.last("spo2"), Reading::missing(Reason::probe_off)) << codes;
  }
}

TEST(Nellcor, EachCodeSaysItsOwn) {
  struct Row {
    const char* code;
    std::vector<std::string> conditions;
    Reading spo2;
  };
  const auto missing = [](Reason reason) { return Reading::missing(reason); };
  const std::vector<Row> rows = {
      {"SD", {"probe_disconnected"}, missing(Reason::probe_off)},
      {"SO", {"probe_off"}, missing(Reason::probe_off)},
      {"LM", {"interference", "non_pulsatile"}, missing(Reason::artefact)},
      {"LP", {"non_pulsatile"}, missing(Reason::searching)},
      {"PS", {"searching"}, missing(Reason::searching)},
      {"MO", {"interference"}, Reading::low(970)},
      {"SL", {"spo2_low"}, Reading::ok(970)},
      {"SH", {"spo2_high"}, Reading::ok(970)},
      {"PL", {"pulse_low"}, Reading::ok(970)},
      {"PH", {"pulse_high"}, Reading::ok(970)},
      {"LB", {"low_battery"}, Reading::ok(970)},
      {"AS", {}, Reading::ok(970)},
      {"AO", {}, Reading::ok(970)},
      {"QQ", {"other"}, Reading::low(970)},
  };
  for (const Row& row : rows) {
    const Decoded d = decode(line("97  120   50 " + std::string(row.code)));
    EXPECT_EQ(d.sink.present(), row.conditions) << row.code;
    EXPECT_EQ(d.sink.last("spo2"), row.spo2) << row.code;
    const bool is_quiet = row.code[0] == 'A';
    EXPECT_EQ(d.sink.last("silenced"), Reading::ok(is_quiet ? 1 : 0)) << row.code;
  }
  EXPECT_EQ(decode(line("97 120 50 QQ")).sink.last_text("note unknown_status"), "QQ+");
  EXPECT_EQ(decode(line("97 120 50 AO")).sink.last_text("note alarms_off"), "+");
}

TEST(Nellcor, TheStrongestReasonWins) {
  EXPECT_EQ(decode(line("97 120 50 PS LM SO")).sink.last("spo2"),
            Reading::missing(Reason::probe_off));
  EXPECT_EQ(decode(line("97 120 50 PS LM")).sink.last("spo2"), Reading::missing(Reason::artefact));
}

TEST(Nellcor, ASilencedAlarmIsStillPresent) {
  const Decoded d = decode(line("82*  120   50  SL AS"));
  EXPECT_THAT(d.sink.present(), ElementsAre("spo2_low"));
  EXPECT_EQ(d.sink.last("spo2"), Reading::ok(820));
}

TEST(Nellcor, AMarkWithoutItsCodeIsAnAlarmAllTheSame) {
  const Decoded d = decode(line("82*  120   50"));
  EXPECT_THAT(d.sink.present(), ElementsAre("other"));
  EXPECT_EQ(d.sink.last_text("note limit_violated"), "+");
  EXPECT_THAT(decode(line("97  190*  50 PH")).sink.present(), ElementsAre("pulse_high"));
}

TEST(Nellcor, DashesAndZeroAreMissing) {
  EXPECT_EQ(decode(line("---  ---  ---")).sink.last("spo2"), Reading::missing(Reason::searching));
  EXPECT_EQ(decode(line("---  ---  --- MO")).sink.last("pulse"),
            Reading::missing(Reason::artefact));
  EXPECT_EQ(decode(line("0  0  0")).sink.last("spo2"), Reading::missing(Reason::out_of_range));
  const Decoded half = decode(line("97 --- 50"));
  EXPECT_EQ(half.sink.last("spo2"), Reading::ok(970));
  EXPECT_EQ(half.sink.last("pulse"), Reading::missing(Reason::searching));
}

TEST(Nellcor, WhatBreaksTheGrammarIsCountedAndGivesNothing) {
  const std::string good = line("97 120 50");
  for (const std::string& bad :
       {line("101 120 50"),
        line("97 301 50"),
        line("97 120 255"),
        line("97 120"),
        line("97"),
        line("127 511 50"),
        line("9A 120 50"),
        line("-97 120 50"),
        line("97.5 120 50"),
        line("97** 120 50"),
        line("0097 120 50"),
        line("97 120 50 S"),
        line("97 120 50 SOX"),
        line("97 120 50 so"),
        line("97 120 50 S1"),
        line("97 120 50\x80"),
        line("97 12-0 50"),
        std::string("32-NOV-98 14:00:05 97 120 50\r\n"),
        std::string("12-NOX-98 14:00:05 97 120 50\r\n"),
        std::string("12-OKT-98 14:00:05 97 120 50\r\n"),
        std::string("12-NOV-98 24:00:05 97 120 50\r\n"),
        std::string("12-NOV-98 14:60:05 97 120 50\r\n"),
        std::string("12-NOV-98 14:00:60 97 120 50\r\n"),
        std::string("12-NOV-98 14:00:0597 120 50\r\n"),
        std::string("what is this\r\n"),
        std::string(161, ' ') + "\r\n",
        line("97 120 50 AA BB CC DD EE FF GG HH II JJ KK LL MM NN OO PP QQ")}) {
    const Decoded d = decode(good + bad + good);
    EXPECT_EQ(d.counters, (sdk::Counters{2, 1, bad.size() - 2})) << bad;
  }
}

TEST(Nellcor, APartialFirstLineIsNoError) {
  const std::string good = line("97 120 50");
  for (size_t cut = 1; cut < good.size() - 2; ++cut) {
    const Decoded d = decode(good.substr(cut) + good);
    EXPECT_EQ(d.counters.frames_good, 1U) << cut;
    EXPECT_EQ(d.counters.frames_bad, 0U) << cut;
  }
}

TEST(Nellcor, BrokenBytesGiveNothingWrong) {
  const std::string text = std::string(kHeading) + line("97*  120   50   SL MO");
  test::expect_same_in_pieces(make, text + "junk\r\n" + text + "12-NOV");
  const std::string one = line("97*  120   50   SL MO");
  test::expect_no_frame_cut_short(make, one, one.size() - 1, 1);
  test::expect_flips_harmless(make, one);
  test::expect_flips_harmless(make, line("---  ---  ---   SO"));
  test::expect_noise_harmless(make, 8);
}

TEST(Nellcor, NoFlippedBitMakesANumberOfDashes) {
  const std::string good = line("---  ---  ---");
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    for (const Reading& r : decode(flipped).sink.readings("spo2")) EXPECT_TRUE(r.is_missing());
    for (const Reading& r : decode(flipped).sink.readings("pulse")) EXPECT_TRUE(r.is_missing());
  }
}

// -------------------------------------------------------------- the printed clock stands still

class NellcorClock : public testing::Test {
 protected:
  // A line that arrived `ms` after the beginning and prints this second.
  void hear(int64_t ms, int second, const std::string& rest = "97  120   50  SL AS") {
    const std::string text = "12-NOV-98 14:00:" + std::to_string(second) + "  " + rest + "\r\n";
    decoder_.feed(test::bytes_of(text), MonoTime{milliseconds(ms).ns}, sink_);
  }
  nellcor::Decoder decoder_;
  test::Recorder sink_;
};

TEST_F(NellcorClock, TheSameSecondForMoreThanFiveIsStale) {
  for (int64_t ms = 0; ms <= 5000; ms += 1000) hear(ms, 45);
  EXPECT_THAT(sink_.readings("spo2"), testing::Each(Reading::ok(970)));
  EXPECT_THAT(sink_.readings("alarm.data_frozen"), testing::Each(Reading::ok(0)));
  hear(5001, 45, "60  140   50");
  for (const char* signal :
       {"spo2", "pulse", "silenced", "alarm.spo2_low", "alarm.probe_off", "alarm.other"}) {
    EXPECT_EQ(sink_.last(signal), Reading::missing(Reason::stale)) << signal;
  }
  EXPECT_THAT(sink_.present(), ElementsAre("data_frozen"));
  EXPECT_EQ(sink_.last_text("note frozen"), "the device's snapshot has stopped moving+");
  hear(7000, 47);
  EXPECT_EQ(sink_.last("spo2"), Reading::ok(970));
  EXPECT_TRUE(sink_.is_present("spo2_low"));
  EXPECT_EQ(sink_.last("alarm.data_frozen"), Reading::ok(0));
  EXPECT_EQ(sink_.last_text("note frozen"), "-");
}

// A sleeping child shows one saturation for minutes: that is no fault of the oximeter.
TEST_F(NellcorClock, ValuesThatStandStillWhileTheClockRunsAreReadings) {
  for (int64_t s = 0; s < 600; s += 2) hear(s * 1000, static_cast<int>(10 + s % 50));
  EXPECT_THAT(sink_.readings("spo2"), testing::Each(Reading::ok(970)));
}

TEST_F(NellcorClock, AClockThatIsSetBackHasMovedAndAFileHasNoTime) {
  for (int64_t ms = 0; ms <= 60'000; ms += 4000) hear(ms, ms / 4000 % 2 == 0 ? 45 : 12);
  EXPECT_THAT(sink_.readings("spo2"), testing::Each(Reading::ok(970)));
  decoder_.end(sink_);
  for (int i = 0; i < 100; ++i) hear(60'000, 45);
  EXPECT_THAT(sink_.readings("spo2"), testing::Each(Reading::ok(970)));
}

TEST(NellcorAsker, OnlyXonCanLeaveAndOnlyAfterSilence) {
  nellcor::Asker asker;
  EXPECT_THAT(asker.requests(), ElementsAre("\x11"));
  asker.opened(MonoTime{0});
  asker.heard(MonoTime{seconds(2).ns}, {.has_good = true});
  EXPECT_FALSE(asker.turn(MonoTime{seconds(5).ns}).request);
  EXPECT_TRUE(asker.turn(MonoTime{seconds(6).ns}).request);
  EXPECT_FALSE(asker.turn(MonoTime{seconds(7).ns}).request);
  EXPECT_EQ(asker.turn(MonoTime{seconds(7).ns}).next, MonoTime{seconds(10).ns});
}

}  // namespace
}  // namespace lamplight
