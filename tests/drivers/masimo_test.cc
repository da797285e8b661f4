// Whoever watches a child by a Rad-8 must see what it measured, and never a number it printed
// beside "sensor off". Lines are written by hand from the manual's form; the captured ones are
// checked against the values listed beside them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/masimo/bits.h"
#include "drivers/masimo/decoder.h"
#include "tests/drivers/recorder.h"
#include "tests/drivers/vectors.h"

namespace lamplight {
namespace {

using sdk::Reading;
using test::Decoded;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

void decode(std::string_view text, Decoded& into, size_t piece = 4096) {
  test::decode_into([] { return std::make_unique<masimo::Decoder>(); }, test::bytes_of(text), piece,
                    into);
}

constexpr std::string_view kTime = "02/22/16 22:47:45 ";

// One whole line with these fields.
std::string line(std::string_view fields) {
  return std::string(kTime) + std::string(fields) + "\r\n";
}
std::string line_with(std::string_view alarm, std::string_view exc) {
  return line("SN=0000000001 SPO2=098% BPM=097 PI=03.60% ALARM=" + std::string(alarm) +
              " EXC=" + std::string(exc));
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST(MasimoVector, EveryLineIsWhatItsTableSays) {
  LL_REQUIRE_VECTOR(text, "masimo_ascii1/lines.txt");
  Decoded d;
  decode(text, d);
  EXPECT_EQ(d.counters, (sdk::Counters{7, 0, 0}));
  const Reading off = Reading::missing(Reason::probe_off);
  EXPECT_THAT(d.sink.readings("spo2"),
              ElementsAre(Reading::ok(980), Reading::ok(980), Reading::ok(980), Reading::ok(980),
                          Reading::ok(980), off, Reading::ok(970)));
  EXPECT_THAT(d.sink.readings("pulse"),
              ElementsAre(Reading::ok(970), Reading::ok(960), Reading::ok(960), Reading::ok(960),
                          Reading::ok(970), off, Reading::ok(640)));
  EXPECT_THAT(d.sink.readings("perfusion"),
              ElementsAre(Reading::ok(360), Reading::ok(395), Reading::ok(425), Reading::ok(319),
                          Reading::ok(241), off, Reading::ok(1182)));
  const Reading no = Reading::ok(0);
  EXPECT_THAT(d.sink.readings("silenced"), ElementsAre(no, no, no, no, no, no, Reading::ok(1)));
  EXPECT_THAT(d.sink.readings("alarm.probe_off"),
              ElementsAre(no, no, no, no, no, Reading::ok(1), no));
  EXPECT_THAT(d.sink.present(), IsEmpty());  // after line 7: silenced, no condition
}

TEST(MasimoVector, TerminatorsMakeNoDifference) {
  LL_REQUIRE_VECTOR(text, "masimo_ascii1/lines.txt");
  Decoded expected;
  decode(text, expected);
  for (const char* terminator : {"\r\n", "\n\r", "\r", "\r\n\r\n"}) {
    Decoded d;
    decode(replaced(text, "\n", terminator), d);
    EXPECT_EQ(d.sink.heard, expected.sink.heard);
    EXPECT_EQ(d.counters, expected.counters);
  }
}

TEST(MasimoVector, JoiningAnywhereInTheFirstLineHarmsNoOther) {
  LL_REQUIRE_VECTOR(text, "masimo_ascii1/lines.txt");
  Decoded rest;
  decode(text.substr(text.find('\n') + 1), rest);
  ASSERT_EQ(rest.counters.frames_good, 6U);
  for (size_t cut = 1; cut < text.find('\n'); ++cut) {
    Decoded d;
    decode(std::string_view(text).substr(cut), d);
    EXPECT_EQ(d.counters.frames_good, 6U) << cut;
    EXPECT_EQ(d.counters.frames_bad, 0U) << cut;
    EXPECT_EQ(d.sink.heard, rest.sink.heard) << cut;
  }
}

TEST(MasimoVector, DoubleSpeedIsStillEveryLine) {
  LL_REQUIRE_VECTOR(text, "masimo_ascii1/lines.txt");
  // Two lines a read, half a second apart by the reader's clock.
  masimo::Decoder decoder;
  test::Recorder sink;
  std::vector<size_t> ends;
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at) ends.push_back(at + 1);
  size_t from = 0;
  for (size_t i = 0; i < 5; ++i) {
    decoder.feed(test::bytes_of(text).subspan(from, ends[i] - from),
                 MonoTime{milliseconds(500 * static_cast<int64_t>(i)).ns}, sink);
    from = ends[i];
  }
  EXPECT_EQ(sink.readings("spo2").size(), 5U);
  EXPECT_EQ(sink.heard.back().at, MonoTime{milliseconds(2000).ns});
}

TEST(Masimo, PiecesMakeNoDifference) {
  const std::string text = line_with("0032", "000810") + "junk\r\n" + line_with("0000", "000820") +
                           line("SPO2=--- BPM=--- ALARM=00 EXC=08") + std::string(300, 'x') +
                           "\r\n" + line_with("00", "0800") + "cut";
  Decoded whole;
  decode(text, whole);
  EXPECT_EQ(whole.counters.frames_good, 4U);
  for (const size_t piece : {1U, 7U, 64U}) {
    Decoded pieces;
    decode(text, pieces, piece);
    EXPECT_EQ(pieces.sink.heard, whole.sink.heard) << piece;
    EXPECT_EQ(pieces.counters, whole.counters) << piece;
  }
}

TEST(Masimo, EachExceptionGivesItsReason) {
  struct Row {
    const char* exc;
    Reading spo2;
    const char* condition;  // "" for none
  };
  const auto missing = [](Reason reason) { return Reading::missing(reason); };
  const Reading ok = Reading::ok(980);
  const Reading low = Reading::low(980);
  const std::vector<Row> rows = {
      {"000001", missing(Reason::probe_off), "probe_disconnected"},
      {"000002", missing(Reason::device_fault), "probe_fault"},
      {"000004", low, "perfusion_low"},
      {"000008", missing(Reason::searching), "searching"},
      {"000010", low, "interference"},
      {"000020", missing(Reason::probe_off), "probe_off"},
      {"000040", low, "interference"},
      {"000080", missing(Reason::device_fault), "probe_unsupported"},
      {"000100", missing(Reason::device_fault), "probe_unsupported"},
      {"000200", ok, "other"},
      {"000400", low, "poor_signal"},
      {"000800", ok, ""},
      {"001000", missing(Reason::probe_off), "probe_disconnected"},
      {"002000", ok, ""},
      {"004000", missing(Reason::device_fault), "probe_unsupported"},
      {"008000", missing(Reason::device_fault), "probe_unsupported"},
      {"010000", missing(Reason::device_fault), "probe_fault"},
      {"020000", missing(Reason::self_test), ""},
      {"040000", ok, ""},
      {"080000", ok, ""},
      {"100000", ok, ""},
      {"200000", ok, ""},
      {"400000", ok, ""},
      {"800000", ok, "other"},
  };
  for (const Row& row : rows) {
    Decoded d;
    decode(line_with("0000", row.exc), d);
    EXPECT_EQ(d.sink.last("spo2"), row.spo2) << row.exc;
    const std::string condition = row.condition;
    if (condition.empty()) {
      EXPECT_THAT(d.sink.present(), IsEmpty()) << row.exc;
    } else {
      EXPECT_THAT(d.sink.present(), ElementsAre(condition)) << row.exc;
    }
  }
}

TEST(Masimo, EachAlarmBitNamesItsCondition) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"0001", "spo2_high"}, {"0002", "spo2_low"},     {"0004", "pulse_high"},
      {"0008", "pulse_low"}, {"0040", "low_battery"},  {"0080", "other"},
      {"0100", "other"},     {"0200", "other"},        {"0400", "other"},
      {"0800", "other"},     {"1000", "desaturation"}, {"2000", "perfusion_change"},
      {"4000", "other"},     {"8000", "other"},        {"80000000", "other"}};
  for (const auto& [alarm, condition] : rows) {
    Decoded d;
    decode(line_with(alarm, "000800"), d);
    EXPECT_THAT(d.sink.present(), ElementsAre(condition)) << alarm;
    EXPECT_EQ(d.sink.last("spo2"), Reading::ok(980)) << alarm;
    EXPECT_EQ(d.sink.last("silenced"), Reading::ok(0)) << alarm;
  }
  Decoded active;
  decode(line_with("0010", "000800"), active);  // "alarm active" alone names nothing
  EXPECT_THAT(active.sink.present(), IsEmpty());
}

TEST(Masimo, ASilencedAlarmIsStillPresent) {
  Decoded d;
  decode(line_with("0032", "000800"), d);
  EXPECT_THAT(d.sink.present(), ElementsAre("spo2_low"));
  EXPECT_EQ(d.sink.last("silenced"), Reading::ok(1));
  EXPECT_EQ(d.sink.last("spo2"), Reading::ok(980));
}

TEST(Masimo, TheFirstReasonInOrderWins) {
  const std::vector<std::pair<const char*, Reason>> rows = {
      {"02002B", Reason::probe_off},     // off, searching, fault, interference-free, calibrating
      {"02000A", Reason::device_fault},  // fault, searching, calibrating
      {"020008", Reason::self_test},     // calibrating, searching
      {"00001C", Reason::searching},     // searching, low perfusion, interference
  };
  for (const auto& [exc, reason] : rows) {
    Decoded d;
    decode(line_with("0000", exc), d);
    EXPECT_EQ(d.sink.last("pulse"), Reading::missing(reason)) << exc;
  }
}

TEST(Masimo, DashesAreMissingForTheReasonTheLineGives) {
  const std::vector<std::pair<const char*, Reason>> rows = {
      {"000010", Reason::artefact},  {"000040", Reason::artefact},  {"000004", Reason::artefact},
      {"000400", Reason::artefact},  {"000800", Reason::searching}, {"000000", Reason::searching},
      {"000020", Reason::probe_off}, {"002000", Reason::searching}};
  for (const auto& [exc, reason] : rows) {
    for (const char* dashes : {"---", "--.--%", "+--", "-", "----------", "---%"}) {
      Decoded d;
      const std::string v = dashes;
      decode(line("SN=---------- SPO2=" + v + " BPM=" + v + " PI=" + v + " ALARM=0000 EXC=" + exc),
             d);
      EXPECT_EQ(d.counters.frames_good, 1U) << dashes;
      for (const char* signal : {"spo2", "pulse", "perfusion"}) {
        EXPECT_EQ(d.sink.last(signal), Reading::missing(reason)) << exc << " " << dashes;
      }
    }
  }
}

TEST(Masimo, DashesForTheBitsMeanThatNothingIsKnown) {
  Decoded d;
  decode(line("SPO2=098 BPM=097 ALARM=---- EXC=------"), d);
  EXPECT_EQ(d.sink.last("spo2"), Reading::missing(Reason::device_fault));
  EXPECT_EQ(d.sink.last("alarm.spo2_low"), Reading::missing(Reason::device_fault));
  EXPECT_EQ(d.sink.last("alarm.probe_off"), Reading::missing(Reason::device_fault));
  EXPECT_EQ(d.sink.last("silenced"), Reading::missing(Reason::device_fault));
}

TEST(Masimo, KeysAreFoundByNameInAnyOrderAndForm) {
  Decoded d;
  decode(line("EXC=08 NEW=what ALARM=00000002 PVI=27 PI=3.605 BPM=97%  SPO2=98.5 EXC1=00000000 "
              "SPHB=12.3 SPOC=-- RESVD=--"),
         d);
  EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(d.sink.last("spo2"), Reading::missing(Reason::searching));
  Decoded b;
  decode(line("EXC=00 ALARM=02 PI=3.605 BPM=97.5 SPO2=98.5"), b);
  EXPECT_EQ(b.sink.last("spo2"), Reading::ok(985));
  EXPECT_EQ(b.sink.last("pulse"), Reading::ok(975));
  EXPECT_EQ(b.sink.last("perfusion"), Reading::ok(361));  // half away from zero
}

TEST(Masimo, AnAbsentPerfusionIndexIsNotSent) {
  Decoded d;
  decode(line("SPO2=097% BPM=064 ALARM=20 EXC=800"), d);
  EXPECT_EQ(d.sink.last("perfusion"), std::nullopt);
}

TEST(Masimo, BadLinesAreCountedAndGiveNothing) {
  const std::string good = "SPO2=098% BPM=097 ALARM=0000 EXC=000800";
  const std::vector<std::string> bad = {
      line("BPM=097 ALARM=0000 EXC=000800"),
      line("SPO2=098% ALARM=0000 EXC=000800"),
      line("SPO2=098% BPM=097 EXC=000800"),
      line("SPO2=098% BPM=097 ALARM=0000"),
      line("SPO2=101% BPM=097 ALARM=0000 EXC=000800"),
      line("SPO2=127 BPM=097 ALARM=0000 EXC=000800"),
      line("SPO2=098% BPM=511 ALARM=0000 EXC=000800"),
      line("SPO2=9999 BPM=097 ALARM=0000 EXC=000800"),
      line("SPO2=0xFF BPM=097 ALARM=0000 EXC=000800"),
      line("SPO2= BPM=097 ALARM=0000 EXC=000800"),
      line("SPO2=-98 BPM=097 ALARM=0000 EXC=000800"),
      line("SPO2=9-8 BPM=097 ALARM=0000 EXC=000800"),
      line("SPO2=098%% BPM=097 ALARM=0000 EXC=000800"),
      line("SPO2=098% BPM=097 PI=20.01% ALARM=0000 EXC=000800"),
      line("SPO2=098% BPM=097 SPCO=x ALARM=0000 EXC=000800"),
      line("SPO2=098% BPM=097 ALARM=0 EXC=000800"),
      line("SPO2=098% BPM=097 ALARM=000000000 EXC=000800"),
      line("SPO2=098% BPM=097 ALARM=00G0 EXC=000800"),
      line(good + " SPO2=098%"),
      line(good + " EXC=000820"),
      line(good + " stray"),
      line(good + " =5"),
      line(good + "\x80"),
      "13/22/16 22:47:45 " + good + "\r\n",
      "02/32/16 22:47:45 " + good + "\r\n",
      "02/22/16 24:47:45 " + good + "\r\n",
      "02/22/16 22:60:45 " + good + "\r\n",
      "02/22/16 22:47:61 " + good + "\r\n",
      "2/22/16 22:47:45 " + good + "\r\n",
      "02/22/16 22:47:45" + good + "\r\n",
      "02-22-16 22:47:45 " + good + "\r\n",
      std::string(kTime) + "\r\n",
      std::string(257, 'x') + "\r\n",
  };
  for (const std::string& each : bad) {
    Decoded d;
    decode(line(good) + each + line(good), d);
    EXPECT_EQ(d.counters.frames_good, 2U) << each;
    EXPECT_EQ(d.counters.frames_bad, 1U) << each;
    EXPECT_EQ(d.sink.readings("spo2").size(), 2U) << each;
    EXPECT_EQ(d.counters.bytes_skipped, each.size() - 2) << each;
  }
}

TEST(Masimo, TheLongestLineIsALineAndOneByteMoreIsNot) {
  std::string fits = line("SPO2=098% BPM=097 ALARM=0000 EXC=000800 X=");
  fits.insert(fits.size() - 2, std::string(256 - (fits.size() - 2), 'y'));
  Decoded d;
  decode(fits, d);
  EXPECT_EQ(d.counters.frames_good, 1U);
  fits.insert(fits.size() - 2, "y");
  Decoded over;
  decode(fits, over);
  EXPECT_EQ(over.counters.frames_good, 0U);
  EXPECT_EQ(over.counters.frames_bad, 1U);
}

TEST(Masimo, ZeroIsNotAReading) {
  Decoded d;
  decode(line("SPO2=000% BPM=000 PI=00.00% ALARM=0000 EXC=000800"), d);
  for (const char* signal : {"spo2", "pulse", "perfusion"}) {
    EXPECT_EQ(d.sink.last(signal), Reading::missing(Reason::out_of_range)) << signal;
  }
}

TEST(Masimo, HalfALineAtTheEndIsNoLine) {
  // "EXC=00" of "EXC=000820" would read as "nothing wrong".
  const std::string whole = line_with("0000", "000820");
  for (size_t n = 0; n < whole.size() - 1; ++n) {
    Decoded d;
    decode(std::string_view(whole).substr(0, n), d);
    EXPECT_THAT(d.sink.heard, IsEmpty()) << n;
    EXPECT_EQ(d.counters.bytes_skipped, std::min(n, whole.size() - 2)) << n;
  }
}

TEST(Masimo, NoSingleFlippedBitMakesANumberOutOfRange) {
  const std::string good = line_with("0000", "000800");
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped = good + good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    Decoded d;
    decode(flipped, d);
    EXPECT_GE(d.counters.frames_good, 1U) << bit;
    for (const Reading& r : d.sink.readings("spo2")) {
      EXPECT_TRUE(r.is_missing() || (r.value() > 0 && r.value() <= 1000)) << bit;
    }
    for (const Reading& r : d.sink.readings("pulse")) {
      EXPECT_TRUE(r.is_missing() || (r.value() > 0 && r.value() <= 3000)) << bit;
    }
  }
}

TEST(Masimo, TellsWhoItIsBeforeWhatItMeasures) {
  Decoded d;
  decode(line_with("0000", "000800"), d);
  ASSERT_FALSE(d.sink.heard.empty());
  EXPECT_EQ(d.sink.heard.front().name, "identity serial");
  EXPECT_EQ(d.sink.heard.front().text, "0000000001");
}

TEST(Masimo, NotesWhatHasNoConditionName) {
  Decoded d;
  decode(line_with("0100", "842200") + line_with("0000", "000800"), d);
  Decoded first;
  decode(line_with("C180", "842200"), first);
  EXPECT_EQ(first.sink.last_text("note spco_high"), "+");
  EXPECT_EQ(first.sink.last_text("note sensor_life_expired"), "+");
  EXPECT_EQ(first.sink.last_text("note cable_life_expired"), "+");
  EXPECT_EQ(first.sink.last_text("note alarm_reserved"), "0xc080+");
  EXPECT_EQ(first.sink.last_text("note exc_reserved"), "0x800200+");
  EXPECT_EQ(d.sink.last_text("note exc_reserved"), "-");
}

// -------------------------------------------------------------- the line's own clock stands still

constexpr std::string_view kFields = "SPO2=098% BPM=097 PI=03.60% ALARM=0032 EXC=000800\r\n";

class MasimoClock : public testing::Test {
 protected:
  // A line that arrived `ms` after the beginning and says this second of the device.
  void hear(int64_t ms, int second, std::string_view fields = kFields) {
    const std::string when = "02/22/16 22:47:" + std::to_string(second) + " ";
    decoder_.feed(test::bytes_of(when + std::string(fields)), MonoTime{milliseconds(ms).ns}, sink_);
  }
  std::string frozen() const { return sink_.last_text("note frozen"); }
  masimo::Decoder decoder_;
  test::Recorder sink_;
};

TEST_F(MasimoClock, TheSameSecondForMoreThanThreeIsStale) {
  for (int64_t ms = 0; ms <= 3000; ms += 1000) hear(ms, 45);
  EXPECT_THAT(sink_.readings("spo2"), Each(Reading::ok(980)));
  EXPECT_EQ(frozen(), "-");
  EXPECT_THAT(sink_.readings("alarm.data_frozen"), Each(Reading::ok(0)));
  hear(3001, 45);
  const Reading stale = Reading::missing(Reason::stale);
  for (const char* signal :
       {"spo2", "pulse", "perfusion", "alarm.spo2_low", "alarm.probe_off", "silenced"}) {
    EXPECT_EQ(sink_.last(signal), stale) << signal;
  }
  EXPECT_EQ(frozen(), "the device's snapshot has stopped moving+");
  EXPECT_TRUE(sink_.is_present("data_frozen"));
  EXPECT_EQ(sink_.present(), std::vector<std::string>{"data_frozen"});
  hear(4000, 45);
  EXPECT_EQ(sink_.last("spo2"), stale);
  EXPECT_EQ(decoder_.counters(), (sdk::Counters{6, 0, 0}));
}

TEST_F(MasimoClock, OtherValuesUnderTheSameSecondAreStaleToo) {
  for (int64_t ms = 0; ms < 4000; ms += 1000) hear(ms, 45);
  hear(4000, 45, "SPO2=060% BPM=140 ALARM=0012 EXC=000820\r\n");
  EXPECT_EQ(sink_.last("spo2"), Reading::missing(Reason::stale));
}

TEST_F(MasimoClock, WhatMovesAgainCountsAtOnce) {
  for (int64_t ms = 0; ms <= 9000; ms += 1000) hear(ms, 45);
  ASSERT_EQ(sink_.last("spo2"), Reading::missing(Reason::stale));
  hear(10'000, 55);
  EXPECT_EQ(sink_.last("spo2"), Reading::ok(980));
  EXPECT_TRUE(sink_.is_present("spo2_low"));
  EXPECT_EQ(frozen(), "-");
  EXPECT_EQ(sink_.last("alarm.data_frozen"), Reading::ok(0));
}

TEST_F(MasimoClock, AClockThatIsSetBackHasMoved) {
  for (int64_t ms = 0; ms <= 60'000; ms += 3000) hear(ms, ms / 3000 % 2 == 0 ? 45 : 12);
  EXPECT_THAT(sink_.readings("spo2"), Each(Reading::ok(980)));
}

TEST_F(MasimoClock, SeveralLinesInOneSecondAreFresh) {
  for (int64_t ms = 0; ms < 10'000; ms += 100) hear(ms, static_cast<int>(20 + ms / 1000));
  EXPECT_THAT(sink_.readings("spo2"), Each(Reading::ok(980)));
  EXPECT_EQ(frozen(), "-");
}

TEST_F(MasimoClock, ALineWithoutAClockConcludesNothing) {
  for (int64_t ms = 0; ms <= 60'000; ms += 1000) {
    const std::string dashes = "--/--/-- --:--:-- " + std::string(kFields);
    decoder_.feed(test::bytes_of(dashes), MonoTime{milliseconds(ms).ns}, sink_);
  }
  EXPECT_THAT(sink_.heard, IsEmpty());  // it is no line of this protocol
  hear(61'000, 45);
  EXPECT_EQ(sink_.last("spo2"), Reading::ok(980));
}

TEST_F(MasimoClock, AfterTheEndTheClockIsReadAnew) {
  for (int64_t ms = 0; ms <= 9000; ms += 1000) hear(ms, 45);
  decoder_.end(sink_);
  hear(10'000, 45);
  EXPECT_EQ(sink_.last("spo2"), Reading::ok(980));
  EXPECT_EQ(frozen(), "-");
  for (int64_t ms = 11'000; ms <= 14'000; ms += 1000) hear(ms, 45);
  EXPECT_EQ(sink_.last("spo2"), Reading::missing(Reason::stale));
}

// A sleeping child shows one saturation for minutes: that is no fault of the oximeter.
TEST_F(MasimoClock, ValuesThatStandStillWhileTheClockRunsAreReadings) {
  for (int64_t s = 0; s < 600; ++s) hear(s * 1000, static_cast<int>(10 + s % 50));
  EXPECT_THAT(sink_.readings("spo2"), Each(Reading::ok(980)));
  EXPECT_THAT(sink_.readings("alarm.data_frozen"), Each(Reading::ok(0)));
}

TEST_F(MasimoClock, AFileHasNoTimeSoNothingInItIsStale) {
  for (int i = 0; i < 100; ++i) hear(0, 45);
  EXPECT_THAT(sink_.readings("spo2"), Each(Reading::ok(980)));
}

}  // namespace
}  // namespace lamplight
