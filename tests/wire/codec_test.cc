// What the core, the drivers and the uplink say to each other must arrive exactly as it was said,
// and a datagram that breaks the layout must be refused by name: a misread sample is a wrong
// reading of a child.
#include "drivers/sdk/wire/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "rules/model/text.h"

namespace lamplight::wire {
namespace {

using Datagram = std::vector<uint8_t>;

// Written by hand from the layout: one sample of device 3, SpO2 88.5 % (885), signal 2, ok,
// measured at 0x0102030405060708 ns, number 9.
const Datagram kOneSample = {'L',  'L',  'W',  '1',  2,    0,    0,    0,    28,   0,    0, 0,  //
                             3,    0,    1,    0,                                               //
                             0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x75, 0x03, 0, 0,
                             2,    0,    0,    0,  //
                             9,    0,    0,    0,    0,    0,    0,    0};

const Datagram kHeartbeat = [] {
  Datagram d = {'L', 'L', 'W', '1', 1, 0, 0, 0, 20, 0, 0, 0};
  for (const char c : std::string(R"({"type":"heartbeat"})")) d.push_back(static_cast<uint8_t>(c));
  return d;
}();

Refusal refusal_of(const Datagram& d) {
  const auto message = decode(d);
  EXPECT_FALSE(message.has_value());
  return message ? Refusal::too_short : message.error();
}

Datagram changed(Datagram d, size_t at, uint8_t value) {
  d[at] = value;
  return d;
}

TEST(Codec, ReadsTheHandWrittenSample) {
  const auto message = decode(kOneSample);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->type, MessageType::samples);
  EXPECT_EQ(message->samples.device(), 3);
  ASSERT_EQ(message->samples.size(), 1U);
  const Sample expected{.measured_at = MonoTime{0x0102030405060708},
                        .value = 885,
                        .signal = 2,
                        .quality = Quality::ok,
                        .reason = Reason::none,
                        .number = 9};
  EXPECT_EQ(message->samples[0], expected);
}

TEST(Codec, WritesTheHandWrittenBytes) {
  std::array<uint8_t, 64> out{};
  SamplesWriter writer(3, out);
  ASSERT_TRUE(writer.add({.measured_at = MonoTime{0x0102030405060708},
                          .value = 885,
                          .signal = 2,
                          .quality = Quality::ok,
                          .reason = Reason::none,
                          .number = 9}));
  EXPECT_THAT(writer.finish(), testing::ElementsAreArray(kOneSample));

  std::array<uint8_t, 64> text{};
  const auto json = encode_json(R"({"type":"heartbeat"})", text);
  ASSERT_TRUE(json.has_value());
  EXPECT_THAT(*json, testing::ElementsAreArray(kHeartbeat));
}

TEST(Codec, ReadsJsonAsItIs) {
  const auto message = decode(kHeartbeat);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->type, MessageType::json);
  EXPECT_EQ(message->json, R"({"type":"heartbeat"})");
}

TEST(Codec, KeepsNegativeAndExtremeNumbers) {
  std::array<uint8_t, 128> out{};
  SamplesWriter writer(65535, out);
  const Sample extreme{.measured_at = MonoTime{INT64_MIN},
                       .value = INT32_MIN,
                       .signal = 65535,
                       .quality = Quality::missing,
                       .reason = Reason::not_watching,
                       .number = UINT32_MAX};
  const Sample low{.measured_at = MonoTime{INT64_MAX},
                   .value = -1,
                   .signal = 0,
                   .quality = Quality::low,
                   .reason = Reason::none,
                   .number = 0};
  ASSERT_TRUE(writer.add(extreme));
  ASSERT_TRUE(writer.add(low));
  const auto message = decode(writer.finish());
  ASSERT_TRUE(message.has_value());
  ASSERT_EQ(message->samples.size(), 2U);
  EXPECT_EQ(message->samples.device(), 65535);
  EXPECT_EQ(message->samples[0], extreme);
  EXPECT_EQ(message->samples[1], low);
}

TEST(Codec, NamesEveryBreach) {
  EXPECT_EQ(refusal_of({}), Refusal::too_short);
  EXPECT_EQ(refusal_of(changed(kOneSample, 3, '2')), Refusal::bad_magic);
  EXPECT_EQ(refusal_of(changed(kOneSample, 4, 3)), Refusal::unknown_type);
  EXPECT_EQ(refusal_of(changed(kOneSample, 5, 1)), Refusal::unknown_type);
  EXPECT_EQ(refusal_of(changed(kOneSample, 6, 1)), Refusal::reserved_not_zero);
  EXPECT_EQ(refusal_of(changed(kOneSample, 8, 29)), Refusal::length_mismatch);
  EXPECT_EQ(refusal_of(changed(kOneSample, 11, 1)), Refusal::length_mismatch);
  EXPECT_EQ(refusal_of(changed(kOneSample, 14, 2)), Refusal::length_mismatch);  // n
  EXPECT_EQ(refusal_of(changed(kOneSample, 30, 3)), Refusal::bad_quality);
  EXPECT_EQ(refusal_of(changed(kOneSample, 30, 2)), Refusal::bad_reason);  // missing, why?
  EXPECT_EQ(refusal_of(changed(kOneSample, 31, 3)), Refusal::bad_reason);  // a value, and why not
  EXPECT_EQ(refusal_of(changed(changed(kOneSample, 30, 2), 31, 11)), Refusal::bad_reason);
  EXPECT_EQ(refusal_of(changed(kOneSample, 36, 1)), Refusal::reserved_not_zero);
  EXPECT_EQ(refusal_of(changed(kHeartbeat, 12, '[')), Refusal::not_an_object);
  EXPECT_EQ(refusal_of(changed(kHeartbeat, 31, ' ')), Refusal::not_an_object);
  EXPECT_EQ(refusal_of(changed(kHeartbeat, 20, 0xFF)), Refusal::not_utf8);
  EXPECT_EQ(refusal_of(changed(kHeartbeat, 20, 0)), Refusal::not_utf8);
  EXPECT_EQ(refusal_of({'L', 'L', 'W', '1', 2, 0, 0, 0, 2, 0, 0, 0, 1, 0}),
            Refusal::length_mismatch);
}

TEST(Codec, EveryRefusalHasItsOwnName) {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Refusal::bad_reason); ++i) {
    names.push_back(name_of(static_cast<Refusal>(i)));
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(Codec, EveryTruncationAndExtensionIsRefused) {
  for (const Datagram& whole : {kOneSample, kHeartbeat}) {
    for (size_t n = 0; n < whole.size(); ++n) {
      EXPECT_FALSE(decode(Bytes(whole).first(n)).has_value()) << n;
    }
    Datagram longer = whole;
    longer.push_back(0);
    EXPECT_EQ(refusal_of(longer), Refusal::length_mismatch);
  }
}

TEST(Codec, LargestDatagramPassesAndOneByteMoreDoesNot) {
  const size_t room = limits::kDatagramMax - limits::kWireHeaderBytes;
  std::vector<uint8_t> out(limits::kDatagramMax + 1);
  const std::string fits = "{" + std::string(room - 2, ' ') + "}";
  const auto datagram = encode_json(fits, out);
  ASSERT_TRUE(datagram.has_value());
  EXPECT_EQ(datagram->size(), limits::kDatagramMax);
  EXPECT_TRUE(decode(*datagram).has_value());
  const auto over = encode_json("{" + std::string(room - 1, ' ') + "}", out);
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error(), Refusal::too_large);
  EXPECT_EQ(refusal_of(Datagram(limits::kDatagramMax + 1)), Refusal::too_large);
}

TEST(Codec, WriterStopsAtItsBoundAndAtTheBuffersEnd) {
  std::vector<uint8_t> out(limits::kDatagramMax);
  SamplesWriter writer(1, out);
  const Sample missing{};
  for (size_t i = 0; i < limits::kSamplesPerDatagramMax; ++i) ASSERT_TRUE(writer.add(missing));
  EXPECT_FALSE(writer.add(missing));
  const auto full = decode(writer.finish());
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->samples.size(), limits::kSamplesPerDatagramMax);

  SamplesWriter small(1, std::span(out).first(16 + 24));
  EXPECT_TRUE(small.add(missing));
  EXPECT_FALSE(small.add(missing));
  EXPECT_EQ(small.count(), 1U);
}

TEST(Codec, RefusesToSendTextThatTheOtherSideWouldRefuse) {
  std::array<uint8_t, 64> out{};
  EXPECT_EQ(encode_json("", out).error(), Refusal::not_an_object);
  EXPECT_EQ(encode_json("[]", out).error(), Refusal::not_an_object);
  EXPECT_EQ(encode_json("{\xC0\x80}", out).error(), Refusal::not_utf8);
  EXPECT_EQ(encode_json("{" + std::string(64, ' ') + "}", out).error(), Refusal::too_large);
}

TEST(Utf8, TakesWhatIsStrictAndNothingElse) {
  for (const char* good : {"", "abc", "\xC3\xA9", "\xE2\x82\x82", "\xF0\x9F\x92\xA1",
                           "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8_text(good)) << good;
  }
  for (const char* bad : {"\x80", "\xC3", "\xC3(", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xFF", "\xF8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(is_utf8_text(bad)) << bad;
  }
  EXPECT_FALSE(is_utf8_text(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace lamplight::wire
