// What must hold for a child with a Bluetooth oximeter: only what it measures now is a reading,
// every reserved number is none, and no field is read from its neighbour's bytes.
#include <gmock/gmock.h>

#include "drivers/plx/decoder.h"
#include "drivers/plx/sfloat.h"
#include "tests/drivers/abuse.h"

namespace lamplight {
namespace {

using sdk::Reading;
using test::Decoded;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_literals;

std::unique_ptr<sdk::Decoder> continuous() {
  return std::make_unique<plx::Decoder>(plx::Characteristic::continuous);
}
std::unique_ptr<sdk::Decoder> spot_check() {
  return std::make_unique<plx::Decoder>(plx::Characteristic::spot_check);
}
Decoded live(std::string_view value) { return test::decoded(continuous, value); }
Decoded spot(std::string_view value) { return test::decoded(spot_check, value); }

// 96 %, 72 /min: the least a value holds.
const std::string kLeast = "\x00\x60\x00\x48\x00"s;

TEST(Sfloat, TurnsIntoStepsWithoutFloatingPoint) {
  EXPECT_EQ(plx::steps_of(0x0060, 1), 960);
  EXPECT_EQ(plx::steps_of(0xF3CA, 1), 970);
  EXPECT_EQ(plx::steps_of(0xF064, 1), 100);
  EXPECT_EQ(plx::steps_of(0xE3CF, 1), 98);   // 9.75 rounds away from zero
  EXPECT_EQ(plx::steps_of(0xEC31, 1), -98);  // and so below it
  EXPECT_EQ(plx::steps_of(0x1009, 1), 900);  // 9 × 10
  EXPECT_EQ(plx::steps_of(0x7001, 2), 1'000'000'000);
  EXPECT_EQ(plx::steps_of(0x7002, 2), std::nullopt);
  EXPECT_EQ(plx::steps_of(0x87FD, 1), 0);  // 2045 × 10^-8
  for (const uint16_t special : {0x07FF, 0x0800, 0x07FE, 0x0802, 0x0801}) {
    EXPECT_TRUE(plx::is_special(special));
    EXPECT_EQ(plx::steps_of(special, 1), std::nullopt);
  }
  EXPECT_FALSE(plx::is_special(0x17FF));  // an exponent makes it a number
}

TEST(Plx, TheLeastAndTheMostThatAValueHolds) {
  const Decoded least = live(kLeast);
  EXPECT_EQ(least.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(least.sink.last("spo2"), Reading::ok(960));
  EXPECT_EQ(least.sink.last("pulse"), Reading::ok(720));
  EXPECT_EQ(least.sink.last("perfusion"), std::nullopt);
  EXPECT_EQ(least.sink.last("alarm.probe_off"), std::nullopt);
  // Fast 95/73, slow 94/74, fully qualified, sensor well, amplitude 3.6 %.
  const Decoded most =
      live("\x1F\x60\x00\x48\x00\x5F\x00\x49\x00\x5E\x00\x4A\x00\x00\x01\x00\x00\x00\x24\xF0"s);
  EXPECT_EQ(most.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(most.sink.last("spo2"), Reading::ok(960));
  EXPECT_EQ(most.sink.last("pulse"), Reading::ok(720));
  EXPECT_EQ(most.sink.last("perfusion"), Reading::ok(360));
  EXPECT_THAT(most.sink.present(), IsEmpty());
  // Spot check with time stamp 2016-02-22 22:47:45, status, sensor and amplitude.
  const Decoded check =
      spot("\x0F\xCA\xF3\x64\xF0\xE0\x07\x02\x16\x16\x2F\x2D\x00\x01\x00\x00\x00\x24\xF0"s);
  EXPECT_EQ(check.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(check.sink.last("spo2"), Reading::ok(970));
  EXPECT_EQ(check.sink.last("pulse"), Reading::ok(100));
  EXPECT_EQ(check.sink.last("perfusion"), Reading::ok(360));
}

TEST(KnownMistakes, PlxStoredOrDemoReadingIsNotLive) {
  struct Row {
    std::string status;
    Reason reason;
  };
  for (const Row& row : {Row{"\x00\x02"s, Reason::stale}, Row{"\x00\x04"s, Reason::self_test},
                         Row{"\x00\x08"s, Reason::self_test}}) {
    const Decoded d = live("\x04\x60\x00\x48\x00"s + row.status);
    EXPECT_EQ(d.sink.last("spo2"), Reading::missing(row.reason));
    EXPECT_EQ(d.sink.last("pulse"), Reading::missing(row.reason));
    EXPECT_EQ(d.sink.last_text("note not_live"), "+");
    const Decoded check = spot("\x02\x60\x00\x48\x00"s + row.status);
    EXPECT_EQ(check.sink.last("spo2"), Reading::missing(row.reason));
  }
}

TEST(KnownMistakes, PlxSensorStatusIsThreeBytes) {
  const Decoded d = live("\x18\x60\x00\x48\x00\x00\x00\x00\x68\xF1"s);
  EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(d.sink.last("perfusion"), Reading::missing(Reason::out_of_range));  // 36.0 %
  EXPECT_EQ(live("\x18\x60\x00\x48\x00\x00\x00\x00\x24\xF0"s).sink.last("perfusion"),
            Reading::ok(360));
  // The third byte is reserved: whatever it means, it is not silence.
  const Decoded reserved = live("\x08\x60\x00\x48\x00\x00\x00\x01"s);
  EXPECT_THAT(reserved.sink.present(), ElementsAre("other"));
  EXPECT_EQ(reserved.sink.last_text("note unknown_status"), "+");
}

TEST(Plx, EachBitOfTheSensorSaysItsOwn) {
  struct Row {
    int bit;
    const char* condition;  // or nullptr
    Reason reason;          // none: kept, doubted
  };
  for (const Row& row : {Row{0, nullptr, Reason::none},
                         {1, "internal_fault", Reason::device_fault},
                         {2, nullptr, Reason::none},
                         {3, "poor_signal", Reason::none},
                         {4, "poor_signal", Reason::none},
                         {5, "perfusion_low", Reason::none},
                         {6, "poor_signal", Reason::none},
                         {7, "non_pulsatile", Reason::none},
                         {8, nullptr, Reason::none},
                         {9, "searching", Reason::searching},
                         {10, "interference", Reason::none},
                         {11, "probe_off", Reason::probe_off},
                         {12, "probe_unsupported", Reason::device_fault},
                         {13, "other", Reason::none},
                         {14, "probe_fault", Reason::device_fault},
                         {15, "probe_disconnected", Reason::probe_off}}) {
    std::string value = "\x08\x60\x00\x48\x00\x00\x00\x00"s;
    value[5 + static_cast<size_t>(row.bit / 8)] = static_cast<char>(1 << row.bit % 8);
    const Decoded d = live(value);
    const Reading expected =
        row.reason == Reason::none ? Reading::low(960) : Reading::missing(row.reason);
    EXPECT_EQ(d.sink.last("spo2"), expected) << row.bit;
    if (row.condition != nullptr) {
      EXPECT_THAT(d.sink.present(), ElementsAre(row.condition)) << row.bit;
    } else {
      EXPECT_THAT(d.sink.present(), IsEmpty()) << row.bit;
    }
  }
}

TEST(Plx, EachBitOfTheMeasurementSaysWhatItIsWorth) {
  const auto with = [](int bit) {
    std::string value = "\x04\x60\x00\x48\x00\x00\x00"s;
    value[5 + static_cast<size_t>(bit / 8)] = static_cast<char>(1 << bit % 8);
    return *live(value).sink.last("spo2");
  };
  for (const int bit : {5, 7, 8}) EXPECT_EQ(with(bit), Reading::ok(960)) << bit;
  for (const int bit : {6, 14}) EXPECT_EQ(with(bit), Reading::low(960)) << bit;
  EXPECT_EQ(with(12), Reading::missing(Reason::self_test));
  EXPECT_EQ(with(13), Reading::missing(Reason::searching));
  EXPECT_EQ(with(15), Reading::missing(Reason::artefact));
}

TEST(Plx, WhatIsNoNumberIsMissing) {
  for (const std::string& special :
       {"\xFF\x07"s, "\x00\x08"s, "\xFE\x07"s, "\x02\x08"s, "\x01\x08"s}) {
    EXPECT_EQ(live("\x00"s + special + "\x48\x00"s).sink.last("spo2"),
              Reading::missing(Reason::searching));
  }
  for (const std::string& impossible : {"\x00\x00"s, "\x65\x00"s, "\xFF\x0F"s, "\x00\x70"s}) {
    EXPECT_EQ(live("\x00"s + impossible + "\x48\x00"s).sink.last("spo2"),
              Reading::missing(Reason::out_of_range));
  }
  // 100 % and 321 /min are the edges.
  EXPECT_EQ(live("\x00\x64\x00\x41\x01"s).sink.last("spo2"), Reading::ok(1000));
  EXPECT_EQ(live("\x00\x64\x00\x41\x01"s).sink.last("pulse"), Reading::ok(3210));
  EXPECT_EQ(live("\x00\x64\x00\x42\x01"s).sink.last("pulse"),
            Reading::missing(Reason::out_of_range));
}

TEST(Plx, AValueIsAsLongAsItsFlagsSay) {
  for (int flags = 0; flags < 32; ++flags) {
    size_t length = 5;
    if ((flags & 1) != 0) length += 4;
    if ((flags & 2) != 0) length += 4;
    if ((flags & 4) != 0) length += 2;
    if ((flags & 8) != 0) length += 3;
    if ((flags & 16) != 0) length += 2;
    std::string value(length, '\0');
    value[0] = static_cast<char>(flags);
    value[1] = '\x60';
    value[3] = '\x48';
    for (const size_t n : {length - 1, length, length + 1}) {
      plx::Decoder decoder(plx::Characteristic::continuous);
      test::Recorder sink;
      std::string cut = value;
      cut.resize(n);
      decoder.value(test::bytes_of(cut), MonoTime{1}, sink);
      EXPECT_EQ(decoder.counters().frames_good, n == length ? 1U : 0U) << flags << ' ' << n;
      EXPECT_EQ(decoder.counters().frames_bad, n == length ? 0U : 1U) << flags << ' ' << n;
      if (n != length) {
        EXPECT_THAT(sink.heard, IsEmpty());
      }
    }
  }
  EXPECT_EQ(live("\x20\x60\x00\x48\x00"s).counters.frames_good, 0U);
  EXPECT_EQ(live("\x00\x60\x00\x48"s).counters, (sdk::Counters{0, 1, 4}));
}

TEST(Plx, BrokenBytesGiveNothingWrong) {
  const std::string stream = kLeast + "\x1C\x60\x00\x48\x00\x00\x00\x00\x00\x00\x24\xF0"s + kLeast;
  test::expect_same_in_pieces(continuous, stream);
  test::expect_same_in_pieces(spot_check, stream);
  for (size_t bit = 0; bit < stream.size() * 8; ++bit) {
    std::string flipped = stream;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(test::fault_in(live(flipped).sink), "") << bit;
  }
  test::expect_noise_harmless(continuous, 4);
  test::expect_noise_harmless(spot_check, 4);
}

}  // namespace
}  // namespace lamplight
