// Nonin's formats without a wave: DF8 and the ASCII line once a second, DF13 one frame a
// measurement. Without a checksum a value counts only once it is confirmed, and a measurement out
// of the device's memory must never look like the child's state now.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/nonin/ascii_decoder.h"
#include "drivers/nonin/auto_decoder.h"
#include "drivers/nonin/df13_decoder.h"
#include "drivers/nonin/df8_decoder.h"
#include "tests/drivers/recorder.h"

namespace lamplight {
namespace {

using sdk::Reading;
using test::Decoded;
using testing::ElementsAre;
using testing::IsEmpty;
using Data = std::vector<uint8_t>;

template <class T>
void decode(sdk::Bytes bytes, Decoded& into, size_t piece = 4096) {
  test::decode_into([] { return std::make_unique<T>(); }, bytes, piece, into);
}
template <class T>
void decode(std::string_view text, Decoded& into, size_t piece = 4096) {
  decode<T>(test::bytes_of(text), into, piece);
}

Data joined(std::initializer_list<Data> parts) {
  Data data;
  for (const Data& part : parts) data.insert(data.end(), part.begin(), part.end());
  return data;
}

template <class T>
void expect_pieces_make_no_difference(sdk::Bytes bytes) {
  Decoded whole;
  decode<T>(bytes, whole);
  for (const size_t piece : {1U, 7U}) {
    Decoded pieces;
    decode<T>(bytes, pieces, piece);
    EXPECT_EQ(pieces.sink.heard, whole.sink.heard) << piece;
    EXPECT_EQ(pieces.counters, whole.counters) << piece;
  }
}

// ------------------------------------------------------------------------------------- DF8

// Pulse 72, SpO2 98, nothing to report.
const Data kDf8 = {0x80, 0x48, 0x62, 0x00};

TEST(NoninDf8, TellsValuesFromTheSecondGoodFrameOn) {
  Decoded one;
  decode<nonin::Df8Decoder>(kDf8, one);
  EXPECT_EQ(one.counters, (sdk::Counters{0, 0, 4}));
  EXPECT_THAT(one.sink.heard, IsEmpty());
  Decoded three;
  decode<nonin::Df8Decoder>(joined({kDf8, kDf8, kDf8}), three);
  EXPECT_EQ(three.counters, (sdk::Counters{3, 0, 0}));
  EXPECT_THAT(three.sink.readings("spo2"), ElementsAre(Reading::ok(980), Reading::ok(980)));
  EXPECT_THAT(three.sink.readings("pulse"), ElementsAre(Reading::ok(720), Reading::ok(720)));
  EXPECT_EQ(three.sink.heard.front().frame, 2U);
}

TEST(NoninDf8, EachBitSaysItsOwn) {
  struct Row {
    Data frame;
    Reading spo2;
    std::vector<std::string> conditions;
  };
  const Reading off = Reading::missing(Reason::probe_off);
  const std::vector<Row> rows = {
      {{0xC0, 0x48, 0x62, 0x00}, off, {"probe_disconnected"}},
      {{0xA0, 0x48, 0x62, 0x00}, Reading::missing(Reason::artefact), {"artefact"}},
      {{0x90, 0x48, 0x62, 0x00}, Reading::low(980), {"perfusion_low"}},
      {{0x88, 0x48, 0x62, 0x00}, Reading::ok(980), {}},
      {{0x84, 0x48, 0x62, 0x00}, Reading::low(980), {"artefact"}},
      {{0x80, 0x48, 0x62, 0x08}, off, {"probe_off"}},
      {{0x80, 0x48, 0x62, 0x01}, Reading::ok(980), {"low_battery"}},
      {{0x80, 0x48, 0x62, 0x03}, Reading::ok(980), {"dead_battery", "low_battery"}},
      {{0x80, 0x48, 0x62, 0x76}, Reading::ok(980), {}},  // reserved bits, SmartPoint
  };
  for (const Row& row : rows) {
    Decoded d;
    decode<nonin::Df8Decoder>(joined({row.frame, row.frame}), d);
    EXPECT_EQ(d.sink.last("spo2"), row.spo2) << int{row.frame[0]} << " " << int{row.frame[3]};
    EXPECT_EQ(d.sink.present(), row.conditions) << int{row.frame[0]} << " " << int{row.frame[3]};
  }
}

TEST(NoninDf8, SentinelsAreMissingAndImpossibleNumbersAreNoFrame) {
  const Data missing = {0x83, 0x7F, 0x7F, 0x00};
  Decoded d;
  decode<nonin::Df8Decoder>(joined({missing, missing}), d);
  EXPECT_EQ(d.sink.last("spo2"), Reading::missing(Reason::searching));
  EXPECT_EQ(d.sink.last("pulse"), Reading::missing(Reason::searching));
  for (const Data& bad : {Data{0x80, 0x11, 0x62, 0x00}, Data{0x82, 0x42, 0x62, 0x00},
                          Data{0x80, 0x48, 0x65, 0x00}, Data{0x80, 0x48, 0x7E, 0x00}}) {
    Decoded b;
    decode<nonin::Df8Decoder>(joined({bad, bad, bad}), b);
    EXPECT_EQ(b.counters.frames_good, 0U);
    EXPECT_EQ(b.counters.bytes_skipped, 12U);
  }
}

TEST(NoninDf8, ABrokenFrameMustBeConfirmedAnew) {
  const Data broken = {0x80, 0x48, 0xE2, 0x00};
  Decoded d;
  decode<nonin::Df8Decoder>(joined({kDf8, kDf8, broken, kDf8, kDf8}), d);
  EXPECT_EQ(d.counters.frames_good, 4U);
  EXPECT_EQ(d.counters.frames_bad, 1U);
  EXPECT_EQ(d.counters.bytes_skipped, 4U);
  EXPECT_EQ(d.sink.readings("spo2").size(), 2U);
}

TEST(NoninDf8, RepliesBetweenFramesAreNoError) {
  Decoded d;
  decode<nonin::Df8Decoder>(joined({kDf8, {0x06}, kDf8, {0x15}, kDf8}), d);
  EXPECT_EQ(d.counters, (sdk::Counters{3, 0, 0}));
}

TEST(NoninDf8, PiecesTruncationsAndFlippedBitsGiveNothingWrong) {
  const Data good = joined({kDf8, kDf8, kDf8, kDf8});
  expect_pieces_make_no_difference<nonin::Df8Decoder>(joined({{0x00, 0x99}, good, {0x80}}));
  for (size_t n = 0; n <= good.size(); ++n) {
    Decoded d;
    decode<nonin::Df8Decoder>(sdk::Bytes(good).first(n), d);
    EXPECT_EQ(d.sink.readings("spo2").size(), n >= 8 ? n / 4 - 1 : 0) << n;
  }
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Data flipped = good;
    flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    Decoded d;
    decode<nonin::Df8Decoder>(flipped, d);
    for (const Reading& r : d.sink.readings("spo2")) {
      EXPECT_TRUE(r.is_missing() || (r.value() > 0 && r.value() <= 1000)) << bit;
    }
    for (const Reading& r : d.sink.readings("pulse")) {
      EXPECT_TRUE(r.is_missing() || (r.value() >= 180 && r.value() <= 3210)) << bit;
    }
  }
}

// ------------------------------------------------------------------------------------ DF13

// 2012-03-09 16:14:32 (BCD), then status, pulse (full bytes), reserved, SpO2.
Data df13(uint8_t status_msb, uint8_t status_lsb, int pulse, uint8_t spo2, size_t more = 0) {
  Data data = {0x20,
               0x12,
               0x03,
               0x09,
               0x16,
               0x14,
               0x32,
               0x00,
               status_msb,
               status_lsb,
               static_cast<uint8_t>(pulse >> 8),
               static_cast<uint8_t>(pulse),
               0x00,
               spo2};
  data.insert(data.end(), more, 0xFF);
  uint8_t sum = 0;
  for (const uint8_t byte : data) sum = static_cast<uint8_t>(sum + byte);
  Data frame = {0x00, 0x02, 0x00, 0x0D, 0x00, static_cast<uint8_t>(data.size())};
  frame.insert(frame.end(), data.begin(), data.end());
  frame.push_back(sum);
  frame.push_back(0x03);
  return frame;
}

TEST(NoninDf13, AHandWrittenFrameCountsAtOnce) {
  const Data frame = {0x00, 0x02, 0x00, 0x0D, 0x00, 0x0E, 0x20, 0x12, 0x03, 0x09, 0x16,
                      0x14, 0x32, 0x00, 0x02, 0x00, 0x00, 0x4B, 0x00, 0x61, 0x48, 0x03};
  Decoded d;
  decode<nonin::Df13Decoder>(frame, d);
  EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(d.sink.last("spo2"), Reading::ok(970));
  EXPECT_EQ(d.sink.last("pulse"), Reading::ok(750));
}

TEST(NoninDf13, FromMemoryIsNotLive) {
  Decoded d;
  decode<nonin::Df13Decoder>(df13(0x02, 0x10, 75, 97), d);
  EXPECT_EQ(d.counters.frames_good, 1U);
  EXPECT_EQ(d.sink.last("spo2"), std::nullopt);
  EXPECT_EQ(d.sink.last("pulse"), std::nullopt);
  EXPECT_EQ(d.sink.last_text("note from_memory"), "2012-03-09 16:14:32+");
}

TEST(NoninDf13, MissingIsMissing) {
  Decoded none;
  decode<nonin::Df13Decoder>(df13(0x01, 0x00, 75, 97), none);  // no measurement was made
  EXPECT_EQ(none.sink.last("spo2"), Reading::missing(Reason::searching));
  Decoded sentinel;
  decode<nonin::Df13Decoder>(df13(0x02, 0x01, 511, 0xFF), sentinel);
  EXPECT_EQ(sentinel.sink.last("spo2"), Reading::missing(Reason::searching));
  EXPECT_EQ(sentinel.sink.last("pulse"), Reading::missing(Reason::searching));
  EXPECT_TRUE(sentinel.sink.is_present("low_battery"));
  Decoded full_bytes;
  decode<nonin::Df13Decoder>(df13(0x02, 0x00, 300, 0x61), full_bytes);
  EXPECT_EQ(full_bytes.sink.last("pulse"), Reading::ok(3000));
}

TEST(NoninDf13, LongerFramesAreReadByTheirLength) {
  Decoded d;
  decode<nonin::Df13Decoder>(joined({df13(2, 0, 75, 97, 50), df13(2, 0, 76, 96)}), d);
  EXPECT_EQ(d.counters, (sdk::Counters{2, 0, 0}));
  Decoded over;
  decode<nonin::Df13Decoder>(joined({df13(2, 0, 75, 97, 51), df13(2, 0, 76, 96)}), over);
  EXPECT_EQ(over.counters.frames_good, 1U);
  EXPECT_EQ(over.counters.frames_bad, 1U);
  Data too_short = df13(2, 0, 75, 97);
  too_short[5] = 0x0D;
  Decoded s;
  decode<nonin::Df13Decoder>(joined({too_short, df13(2, 0, 76, 96)}), s);
  EXPECT_EQ(s.counters, (sdk::Counters{1, 1, 22}));
}

TEST(NoninDf13, PiecesTruncationsAndFlippedBitsGiveNothingWrong) {
  const Data good = joined({df13(2, 0, 75, 97), df13(2, 0, 75, 97)});
  expect_pieces_make_no_difference<nonin::Df13Decoder>(joined({{0x00, 0x02}, good, {0x00}}));
  const Data one = df13(2, 0, 75, 97);
  for (size_t n = 0; n < one.size(); ++n) {
    Decoded d;
    decode<nonin::Df13Decoder>(sdk::Bytes(one).first(n), d);
    EXPECT_THAT(d.sink.heard, IsEmpty()) << n;
    EXPECT_EQ(d.counters.bytes_skipped, n);
    Decoded then;  // a cut frame does not swallow the whole one behind it
    decode<nonin::Df13Decoder>(
        joined({Data(one.begin(), one.begin() + static_cast<ptrdiff_t>(n)), one, one, one, one}),
        then);
    EXPECT_GE(then.counters.frames_good, 3U) << n;
  }
  for (size_t bit = 0; bit < one.size() * 8; ++bit) {
    Data flipped = good;
    flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    Decoded d;
    decode<nonin::Df13Decoder>(joined({flipped, good, good}), d);
    for (const Reading& r : d.sink.readings("spo2")) EXPECT_EQ(r, Reading::ok(970)) << bit;
    EXPECT_GE(d.counters.frames_good, 4U) << bit;
    EXPECT_GE(d.counters.bytes_skipped, one.size()) << bit;
  }
}

// ----------------------------------------------------------------------------------- ASCII

TEST(NoninAscii, EveryFormOfTheLineIsRead) {
  for (const char* text : {"SPO2=098 HR=072\r\n", "SPO2=98 HR=72\r\n", "SPO2=098F HR=072F\r\n",
                           "12:34:56 SPO2=098 HR=072\r\n", "SPO2=098 HR=072*\r\n",
                           "12:34:56 SPO2=098 HR=072 B *\r\n", "SPO2=098  HR=072 F\n"}) {
    Decoded d;
    decode<nonin::AsciiDecoder>(std::string_view(text), d);
    EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0})) << text;
    EXPECT_EQ(d.sink.last("spo2"), Reading::ok(980)) << text;
    EXPECT_EQ(d.sink.last("pulse"), Reading::ok(720)) << text;
  }
}

TEST(NoninAscii, NoDataAndImpossibleNumbersAreMissing) {
  Decoded d;
  decode<nonin::AsciiDecoder>(std::string_view("SPO2=--- HR=---\r\nSPO2=000 HR=999\r\n"
                                               "SPO2=127 HR=511\r\n"),
                              d);
  const Reading searching = Reading::missing(Reason::searching);
  const Reading out = Reading::missing(Reason::out_of_range);
  EXPECT_THAT(d.sink.readings("spo2"), ElementsAre(searching, out, searching));
  EXPECT_THAT(d.sink.readings("pulse"), ElementsAre(searching, out, searching));
}

TEST(NoninAscii, HeadingsAreNoErrorsAndGarbledLinesAre) {
  Decoded d;
  decode<nonin::AsciiDecoder>(
      std::string_view("NONIN 9847 V1.2\r\n\r\nSPO2=098 HR=072\r\nSPO2=0X8 HR=072\r\n"
                       "SPO2=098HR=072\r\nSPO2=0980 HR=072\r\n12:34 SPO2=098 HR=072\r\n"
                       "SPO2=098 HR=072 ?\r\nSPO2= HR=072\r\nSPO2=098 HR=07=\r\n"
                       "NONIN 9847 V1.2\r\n"),
      d);
  EXPECT_EQ(d.counters.frames_good, 1U);
  EXPECT_EQ(d.counters.frames_bad, 7U);
  EXPECT_EQ(d.sink.readings("spo2").size(), 1U);
}

TEST(NoninAscii, APartialFirstLineIsNoError) {
  Decoded d;
  decode<nonin::AsciiDecoder>(std::string_view("2=098 HR=072\r\nSPO2=098 HR=072\r\n"), d);
  EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 12}));
}

TEST(NoninAscii, AnEndlessLineIsCountedOnce) {
  Decoded d;
  decode<nonin::AsciiDecoder>(test::bytes_of(std::string(81, 'x') + "\nSPO2=098 HR=072\r\n"), d);
  EXPECT_EQ(d.counters, (sdk::Counters{1, 1, 81}));
}

TEST(NoninAscii, PiecesTruncationsAndFlippedBitsGiveNothingWrong) {
  const std::string good = "12:34:56 SPO2=098 HR=072 *\r\n";
  expect_pieces_make_no_difference<nonin::AsciiDecoder>(
      test::bytes_of("R=9\n" + good + good + "S"));
  for (size_t n = 0; n < good.size() - 1; ++n) {
    Decoded d;
    decode<nonin::AsciiDecoder>(test::bytes_of(good).first(n), d);
    EXPECT_THAT(d.sink.heard, IsEmpty()) << n;
  }
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped = good + good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    Decoded d;
    decode<nonin::AsciiDecoder>(test::bytes_of(flipped), d);
    EXPECT_GE(d.counters.frames_good, 1U) << bit;
    for (const Reading& r : d.sink.readings("spo2")) {
      EXPECT_TRUE(r.is_missing() || (r.value() > 0 && r.value() <= 1000)) << bit;
    }
  }
}

// ---------------------------------------------------------------------- which format is it?

TEST(NoninAuto, FindsEachFormatByListening) {
  Data df2;
  for (int i = 0; i < 50; ++i) {
    const uint8_t status = i % 25 == 0 ? 0x81 : 0x80;
    const std::array<uint8_t, 3> slow = {0, 72, 98};
    const uint8_t value = i % 25 < 3 ? slow[static_cast<size_t>(i % 25)] : 0;
    const auto sum = static_cast<uint8_t>(0x01 + status + 100 + value);
    df2.insert(df2.end(), {0x01, status, 100, value, sum});
  }
  const std::string ascii = "SPO2=098 HR=072\r\n";
  const Data ascii_bytes(ascii.begin(), ascii.end());
  for (const Data& stream :
       {df2, joined({kDf8, kDf8, kDf8, kDf8}), df13(2, 0, 72, 98), ascii_bytes}) {
    expect_pieces_make_no_difference<nonin::AutoDecoder>(stream);
    Decoded d;
    decode<nonin::AutoDecoder>(stream, d);
    EXPECT_EQ(d.sink.last("spo2"), Reading::ok(980)) << stream.size();
    EXPECT_EQ(d.sink.last("pulse"), Reading::ok(720)) << stream.size();
    EXPECT_EQ(d.counters.bytes_skipped, 0U) << stream.size();
  }
}

TEST(NoninAuto, ListensAnewAfterTheEndAndKeepsItsCounts) {
  nonin::AutoDecoder decoder;
  test::Recorder sink;
  decoder.feed(joined({kDf8, kDf8, kDf8}), MonoTime{}, sink);
  EXPECT_EQ(decoder.counters().frames_good, 3U);
  decoder.end(sink);
  decoder.feed(df13(2, 0, 75, 97), MonoTime{}, sink);
  EXPECT_EQ(decoder.counters().frames_good, 4U);
  EXPECT_EQ(sink.last("spo2"), Reading::ok(970));
}

}  // namespace
}  // namespace lamplight
