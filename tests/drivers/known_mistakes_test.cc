// Defects seen in published decoders of these oximeters, each under the name that the reference
// gives it: what harmed others must not harm the child who trusts this gateway. Frames are built
// here from the manuals. (Those of the other devices stand beside their decoders.)
#include <gmock/gmock.h>

#include <map>

#include "drivers/masimo/decoder.h"
#include "drivers/nonin/df13_decoder.h"
#include "drivers/nonin/wave_decoder.h"
#include "drivers/pirds/decoder.h"
#include "tests/drivers/recorder.h"

namespace lamplight {
namespace {

using sdk::Reading;
using test::Decoded;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kTime = "02/22/16 22:47:45 ";

Decoded masimo_says(std::string_view lines) {
  Decoded d;
  test::decode_into([] { return std::make_unique<masimo::Decoder>(); }, test::bytes_of(lines), 4096,
                    d);
  return d;
}
std::string masimo_line(std::string_view fields) {
  return std::string(kTime) + std::string(fields) + "\r\n";
}

// Three equal DF2 packets of 25 frames; `status` without bit 7 and SYNC, `slow` by place from 1.
Decoded nonin_says(const std::map<int, int>& slow, const std::map<int, int>& status = {}) {
  std::string bytes;
  for (int i = 0; i < 75; ++i) {
    const int place = i % 25 + 1;
    const auto at = [&](const std::map<int, int>& from) {
      const auto found = from.find(place);
      return found == from.end() ? 0 : found->second;
    };
    const int marks = 0x80 | at(status) | (place == 1 ? 1 : 0);
    const int value = at(slow);
    for (const int byte : {0x01, marks, 100, value, 0x01 + marks + 100 + value}) {
      bytes += static_cast<char>(byte & 0xFF);
    }
  }
  Decoded d;
  test::decode_into([] { return std::make_unique<nonin::WaveDecoder>(nonin::WaveFormat::df2); },
                    test::bytes_of(bytes), 4096, d);
  EXPECT_EQ(d.counters.frames_bad, 0U);
  return d;
}

// A DF13 frame measured 2012-03-09 16:14:32, in BCD.
Decoded spot_check_says(int status_lsb) {
  std::string data = "\x20\x12\x03\x09\x16\x14\x32";
  for (const int byte : {0, 2, status_lsb, 0, 75, 0, 97}) data += static_cast<char>(byte);
  int sum = 0;
  for (const char c : data) sum += static_cast<uint8_t>(c);
  const std::string frame =
      std::string("\x00\x02\x00\x0D\x00\x0E", 6) + data + static_cast<char>(sum & 0xFF) + '\x03';
  Decoded d;
  test::decode_into([] { return std::make_unique<nonin::Df13Decoder>(); }, test::bytes_of(frame),
                    4096, d);
  EXPECT_EQ(d.counters.frames_good, 1U);
  return d;
}

TEST(KnownMistakes, NoninHeartRateAbove127UsesSevenBitPacking) {
  for (const int pulse : {127, 128, 150, 255, 256, 300}) {
    const Decoded d = nonin_says({{1, pulse >> 7}, {2, pulse & 0x7F}, {3, 97}});
    EXPECT_EQ(d.sink.last("pulse"), Reading::ok(pulse * 10)) << pulse;
  }
}

TEST(KnownMistakes, NoninHeldDisplayValueIsNotAReadingWhenFingerIsOut) {
  // The finger is out: recording values are missing at once, the display still holds 96 and 74.
  std::map<int, int> status;
  for (int place = 1; place <= 25; ++place) status[place] = 0x08;
  const Decoded d = nonin_says(
      {{1, 3}, {2, 127}, {3, 127}, {9, 96}, {17, 96}, {20, 0}, {21, 74}, {22, 0}, {23, 74}},
      status);
  EXPECT_THAT(d.sink.readings("spo2"), Each(Reading::missing(Reason::probe_off)));
  EXPECT_THAT(d.sink.readings("pulse"), Each(Reading::missing(Reason::probe_off)));
  EXPECT_FALSE(d.sink.readings("spo2").empty());
}

TEST(KnownMistakes, NoninPerfusionIsLatchedOverThePacket) {
  // Red marks on twelve frames in the middle, none on the last.
  std::map<int, int> status;
  for (int place = 5; place < 17; ++place) status[place] = 0x04;
  EXPECT_TRUE(nonin_says({{1, 0}, {2, 74}, {3, 96}}, status).sink.is_present("perfusion_low"));
  EXPECT_FALSE(nonin_says({{1, 0}, {2, 74}, {3, 96}}).sink.is_present("perfusion_low"));
}

TEST(KnownMistakes, NoninReservedBitsDoNotChangeHeartRate) {
  for (const int reserved : {0x04, 0x08, 0x10, 0x20, 0x40, 0x7C}) {
    const Decoded d = nonin_says({{1, 1 | reserved}, {2, 22}, {3, 96}, {8, reserved & 0x1E}});
    EXPECT_EQ(d.sink.last("pulse"), Reading::ok(1500)) << reserved;
    EXPECT_FALSE(d.sink.is_present("low_battery")) << reserved;
  }
}

TEST(KnownMistakes, NoninSpotCheckDateIsBcd) {
  EXPECT_EQ(spot_check_says(0x10).sink.last_text("note from_memory"), "2012-03-09 16:14:32+");
}

TEST(KnownMistakes, NoninSpotCheckFromMemoryIsNotLive) {
  const Decoded stored = spot_check_says(0x10);
  EXPECT_THAT(stored.sink.readings("spo2"), IsEmpty());
  EXPECT_THAT(stored.sink.readings("pulse"), IsEmpty());
  EXPECT_EQ(spot_check_says(0x00).sink.last("spo2"), Reading::ok(970));
}

TEST(KnownMistakes, MasimoColumnsFollowTheirKeys) {
  // A Radical-7 with every option, and a Rad-5 with few: what stands between must not shift.
  const Decoded d = masimo_says(
      masimo_line("SN=0000000001 SPO2=098% BPM=097 PI=03.60% SPCO=01.0% SPMET=00.5% SPHB=12.1 "
                  "SPOC=15 RESVD=--- DESAT=01 PIDELTA=+02 PVI=027 ALARM=0012 EXC=000800") +
      masimo_line("SPO2=097% BPM=064 PI=11.82% ALARM=0012 EXC=000800") +
      masimo_line("EXC=000800 ALARM=0012 BPM=064 SPO2=096%"));
  EXPECT_EQ(d.counters, (sdk::Counters{3, 0, 0}));
  EXPECT_THAT(d.sink.readings("spo2"),
              ElementsAre(Reading::ok(980), Reading::ok(970), Reading::ok(960)));
  EXPECT_THAT(d.sink.readings("alarm.spo2_low"), Each(Reading::ok(1)));
  EXPECT_THAT(d.sink.readings("alarm.desaturation"), Each(Reading::ok(0)));
}

TEST(KnownMistakes, MasimoPerfusionIndexKeepsItsDecimals) {
  const Decoded d = masimo_says(masimo_line("SPO2=098% BPM=097 PI=03.60% ALARM=0000 EXC=000800") +
                                masimo_line("SPO2=098% BPM=097 PI=00.02% ALARM=0000 EXC=000800"));
  EXPECT_THAT(d.sink.readings("perfusion"), ElementsAre(Reading::ok(360), Reading::ok(2)));
}

TEST(KnownMistakes, MasimoAlarmAndExceptionTablesAreNotSwapped) {
  // 0x0032 is SpO2 low, active, silenced; as exceptions it would be a defective sensor, off.
  const Decoded d = masimo_says(masimo_line("SPO2=082% BPM=097 ALARM=0032 EXC=000800"));
  EXPECT_EQ(d.sink.last("spo2"), Reading::ok(820));
  EXPECT_THAT(d.sink.present(), ElementsAre("spo2_low"));
  const Decoded other = masimo_says(masimo_line("SPO2=082% BPM=097 ALARM=0000 EXC=000032"));
  EXPECT_EQ(other.sink.last("spo2"), Reading::missing(Reason::probe_off));
  EXPECT_FALSE(other.sink.is_present("spo2_low"));
}

TEST(KnownMistakes, MasimoDashesMeanNoReadingNotNoRecord) {
  const Decoded d =
      masimo_says(masimo_line("SN=---------- SPO2=---% BPM=--- PI=--.--% "
                              "DESAT=-- PIDELTA=+-- ALARM=0002 EXC=000808"));
  EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_THAT(d.sink.readings("spo2"), ElementsAre(Reading::missing(Reason::searching)));
  EXPECT_TRUE(d.sink.is_present("spo2_low"));
}

TEST(KnownMistakes, MasimoMissingIsNeverEmptyText) {
  // What a page would show for "no data" is a state with a reason, and never a number.
  const Decoded d = masimo_says(masimo_line("SPO2=---% BPM=--- PI=--.--% ALARM=0000 EXC=000800") +
                                masimo_line("SPO2= BPM= PI= ALARM=0000 EXC=000800") +
                                masimo_line("SPO2=% BPM=097 ALARM=0000 EXC=000800"));
  EXPECT_EQ(d.counters.frames_good, 1U);
  EXPECT_EQ(d.counters.frames_bad, 2U);
  for (const char* signal : {"spo2", "pulse", "perfusion"}) {
    ASSERT_EQ(d.sink.readings(signal).size(), 1U) << signal;
    EXPECT_TRUE(d.sink.last(signal)->is_missing()) << signal;
    EXPECT_NE(d.sink.last(signal)->reason(), Reason::none) << signal;
  }
}

TEST(KnownMistakes, MasimoLinesSurviveSlowReaders) {
  // Three minutes of lines read at once: a reader that flushes its input would lose all but one.
  std::string lines;
  for (int i = 0; i < 180; ++i) {
    lines += masimo_line("SPO2=" + std::to_string(80 + i % 20) + "% BPM=097 ALARM=0000 EXC=800");
  }
  const Decoded d = masimo_says(lines);
  EXPECT_EQ(d.counters, (sdk::Counters{180, 0, 0}));
  ASSERT_EQ(d.sink.readings("spo2").size(), 180U);
  for (size_t i = 0; i < 180; ++i) {
    EXPECT_EQ(d.sink.readings("spo2")[i], Reading::ok(800 + static_cast<int>(i % 20) * 10)) << i;
  }
}

TEST(KnownMistakes, MasimoSensorOffBeatsPrintedDigits) {
  const Decoded d = masimo_says(masimo_line("SPO2=098% BPM=240 PI=20.00% ALARM=0000 EXC=000820"));
  for (const char* signal : {"spo2", "pulse", "perfusion"}) {
    EXPECT_EQ(d.sink.last(signal), Reading::missing(Reason::probe_off)) << signal;
  }
}

TEST(KnownMistakes, MasimoSilencedAlarmStaysPresent) {
  const Decoded d = masimo_says(masimo_line("SPO2=082% BPM=097 ALARM=0012 EXC=000800") +
                                masimo_line("SPO2=082% BPM=097 ALARM=0032 EXC=000800"));
  EXPECT_THAT(d.sink.readings("alarm.spo2_low"), ElementsAre(Reading::ok(1), Reading::ok(1)));
  EXPECT_THAT(d.sink.readings("silenced"), ElementsAre(Reading::ok(0), Reading::ok(1)));
}

TEST(KnownMistakes, MasimoTrendZeroIsMissing) {
  // A trend dump prints 000 for nothing, even with EXC=800. Its lines are no live lines at all, and
  // a live line with a zero has no reading in it.
  const Decoded trend =
      masimo_says(masimo_line("SpO2=000 PR=000 PI=00.00 EXC=800:Masimo SET") +
                  masimo_line("SPO2=000% BPM=000 PI=00.00% ALARM=0000 EXC=000800"));
  for (const char* signal : {"spo2", "pulse", "perfusion"}) {
    for (const Reading& reading : trend.sink.readings(signal)) {
      EXPECT_TRUE(reading.is_missing()) << signal;
    }
  }
}

// Found in review: the oxygen of the mixer was told as the child's.
TEST(KnownMistakes, PirdsOxygenElsewhereIsNotInspiredOxygen) {
  const auto says = [](const std::string& place) {
    Decoded d;
    const std::string line = R"({"event":"M","type":"O","loc":")" + place +
                             R"(","num":0,"ms":1000,"val":2090})"
                             "\n";
    test::decode_into([] { return std::make_unique<pirds::Decoder>(); }, test::bytes_of(line), 4096,
                      d);
    return d;
  };
  for (const char* elsewhere : {"B", "M"}) {
    EXPECT_THAT(says(elsewhere).sink.readings("fio2"), IsEmpty()) << elsewhere;
  }
  EXPECT_EQ(says("I").sink.last("fio2"), Reading::ok(209));
}

TEST(KnownMistakes, PirdsAbsolutePressureIsNotAirwayPressure) {
  const auto says = [](std::string_view lines) {
    Decoded d;
    test::decode_into([] { return std::make_unique<pirds::Decoder>(); }, test::bytes_of(lines),
                      4096, d);
    return d;
  };
  // The standard's own example: sea-level air, and a breath of 12 cmH2O.
  const Decoded absolute =
      says(R"({"event":"M","type":"P","loc":"A","num":0,"ms":1000,"val":10330})"
           "\n");
  EXPECT_EQ(absolute.counters.frames_good, 1U);
  EXPECT_THAT(absolute.sink.heard, IsEmpty());
  const Decoded airway =
      says(R"({ "type":"D", "event":"M", "loc":"A", "num":0, "ms":1000, "val":120 })"
           "\r\n"
           R"({"event":"M","type":"F","loc":"A","num":0,"ms":1000,"val":-30000})"
           "\n"
           R"({"event":"A","type":"X","loc":"A","num":0,"ms":1000,"val":245})"
           "\n");
  EXPECT_EQ(airway.counters, (sdk::Counters{3, 0, 0}));
  EXPECT_EQ(airway.sink.last("p_now"), Reading::ok(1200));
  EXPECT_EQ(airway.sink.last("flow"), Reading::ok(-3000));
  EXPECT_EQ(airway.sink.last("pip"), Reading::ok(245));
  for (const char* line :
       {R"({"event":"M","type":"D","loc":"A","num":0,"ms":1000})", R"({"event":"M"})", "{}",
        R"({"event":"M","type":"D","loc":"A","num":0,"ms":1000,"val":1.5})",
        R"({"event":"M","type":"D","loc":"A","num":0,"ms":1000,"val":12} x)",
        R"({"event":"MM","type":"D","loc":"A","num":0,"ms":1000,"val":12})"}) {
    const Decoded d = says(std::string(line) + "\n");
    EXPECT_EQ(d.counters.frames_bad, 1U) << line;
    EXPECT_THAT(d.sink.heard, IsEmpty()) << line;
  }
  EXPECT_EQ(says(R"({"event":"M","type":"D","loc":"A","num":0,"ms":1,"val":99999})"
                 "\n")
                .sink.last("p_now"),
            Reading::missing(Reason::out_of_range));
}

}  // namespace
}  // namespace lamplight
