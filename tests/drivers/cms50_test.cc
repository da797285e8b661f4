// What must hold: a CMS50, which guards its bytes with nothing, never shows a wrong pulse or a
// number without a finger; and nothing but start and keep-alive is ever written to it.
#include <gmock/gmock.h>

#include "drivers/cms50/asker.h"
#include "drivers/cms50/hid_asker.h"
#include "drivers/cms50/hid_decoder.h"
#include "drivers/cms50/uart_decoder.h"
#include "drivers/cms50/v7_decoder.h"
#include "tests/drivers/abuse.h"

namespace lamplight {
namespace {

using sdk::Reading;
using test::Decoded;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_literals;
using namespace std::string_view_literals;

std::unique_ptr<sdk::Decoder> make_uart() { return std::make_unique<cms50::UartDecoder>(); }
std::unique_ptr<sdk::Decoder> make_v7() { return std::make_unique<cms50::V7Decoder>(); }

std::unique_ptr<sdk::Decoder> make_hid() { return std::make_unique<cms50::HidDecoder>(); }
Decoded hid(std::string_view text) { return test::decoded(make_hid, text); }
// A command of the USB models with its sum of seven bits, worked out here.
std::string command(std::string text) {
  int sum = 0;
  for (const char c : text) sum += c & 0xFF;
  return text + static_cast<char>(sum % 128);
}
std::string measured(std::string_view high, std::string_view rest) {
  return command(std::string("\xEB\x01"sv) + std::string(high) + std::string(rest));
}

std::string twice(std::string_view frame) { return std::string(frame) + std::string(frame); }
Decoded uart(std::string_view frame) { return test::decoded(make_uart, twice(frame)); }
Decoded v7(std::string_view frame) { return test::decoded(make_v7, twice(frame)); }

// By the tables of the reference: strength 7, pleth 0x32, bar 6, pulse 72, SpO2 98.
constexpr auto kUart = "\x87\x32\x06\x48\x62"sv;
// Type 01, no high bits; strength 7, pleth 0x32, bar 6, pulse 72, SpO2 98, PI 3.60 (0x168: lo 0x68,
// hi 0x01).
constexpr auto kV7 = "\x01\x80\x87\xB2\x86\xC8\xE2\xE8\x81"sv;

TEST(Cms50, AHandWrittenPacketIsRead) {
  const Decoded old = uart(kUart);
  EXPECT_EQ(old.counters, (sdk::Counters{1, 0, kUart.size()}));
  EXPECT_EQ(old.sink.last("spo2"), Reading::ok(980));
  EXPECT_EQ(old.sink.last("pulse"), Reading::ok(720));
  EXPECT_EQ(old.sink.last("pleth"), Reading::ok(0x32));
  EXPECT_EQ(old.sink.last("perfusion"), std::nullopt);
  const Decoded now = v7(kV7);
  EXPECT_EQ(now.counters, (sdk::Counters{1, 0, kV7.size()}));
  EXPECT_EQ(now.sink.last("spo2"), Reading::ok(980));
  EXPECT_EQ(now.sink.last("pulse"), Reading::ok(720));
  EXPECT_EQ(now.sink.last("perfusion"), Reading::ok(360));
  EXPECT_THAT(now.sink.present(), IsEmpty());
}

TEST(KnownMistakes, Cms50PulseAbove127KeepsItsHighBit) {
  // 200 = 0x80 + 0x48: bit 6 of byte 3; bit 3 of byte 1.
  EXPECT_EQ(uart("\x87\x32\x46\x48\x62"sv).sink.last("pulse"), Reading::ok(2000));
  EXPECT_EQ(v7("\x01\x88\x87\xB2\x86\xC8\xE2\xE8\x81"sv).sink.last("pulse"), Reading::ok(2000));
  EXPECT_EQ(uart("\x87\x32\x46\x00\x62"sv).sink.last("pulse"), Reading::ok(1280));
  EXPECT_EQ(v7("\x01\x88\x87\xB2\x86\xFE\xE2\xE8\x81"sv).sink.last("pulse"), Reading::ok(2540));
  EXPECT_EQ(hid(measured("\x06", "\x48\x62\x68\x02")).sink.last("pulse"), Reading::ok(2000));
  EXPECT_EQ(hid(measured("\x04", "\x48\x62\x68\x02")).sink.last("pulse"), Reading::ok(720));
  EXPECT_EQ(hid(measured("\x04", "\x7F\x62\x68\x02")).sink.last("pulse"), Reading::ok(1270));
}

TEST(Cms50, OnePacketIsNotEnoughAndABreakMustBeConfirmedAnew) {
  EXPECT_THAT(test::decoded(make_uart, kUart).sink.heard, IsEmpty());
  EXPECT_THAT(test::decoded(make_v7, kV7).sink.heard, IsEmpty());
  const std::string broken = twice(kUart) + "\x87\x32" + std::string(kUart);
  const Decoded d = test::decoded(make_uart, broken);
  EXPECT_EQ(d.counters, (sdk::Counters{1, 1, 2 * kUart.size() + 2}));
  EXPECT_EQ(d.sink.readings("spo2").size(), 1U);
  const Decoded now = test::decoded(make_v7, twice(kV7) + "\x01\x80" + std::string(kV7));
  EXPECT_EQ(now.counters, (sdk::Counters{1, 1, 2 * kV7.size() + 2}));
  EXPECT_EQ(now.sink.readings("spo2").size(), 1U);
}

// Of a line that damages every packet chance makes a whole one now and then: the second packet
// without its end and the third without its beginning. A link must not live on those.
TEST(KnownMistakes, Cms50PacketsMadeByChanceKeepNoLinkUp) {
  std::string old, now;
  for (int i = 0; i < 60; ++i) {
    old += "\x87\x32\x06\x48\xE2\x87\xB2\x06\x48\x62\x07\x32\x06\x48\x62"sv;
    now += "\x01\x80\x07\xB2\x86\xC8\xE2\xE8\x81\x81\x80\x87\xB2\x86\xC8\xE2\xE8\x81"sv;
  }
  for (const Decoded& d : {test::decoded(make_uart, old), test::decoded(make_v7, now)}) {
    EXPECT_EQ(d.counters.frames_good, 0U);
    EXPECT_EQ(d.sink.frames, 0U);
    EXPECT_THAT(d.sink.heard, IsEmpty());
  }
}

TEST(Cms50, FlagsSayWhyThereIsNoReading) {
  struct Row {
    std::string_view old, now;
    Reason reason;
    const char* condition;
  };
  for (const Row& row : {Row{"\x80\x00\x16\x48\x62"sv, "\x01\x81\x80\xC0\x86\xC8\xE2\xE8\x81"sv,
                             Reason::probe_off, "probe_off"},
                         Row{"\x87\x32\x26\x48\x62"sv, "\x01\x82\x87\xB2\x86\xC8\xE2\xE8\x81"sv,
                             Reason::searching, "searching"},
                         Row{"\x97\x32\x06\x48\x62"sv, "\x01\x80\x97\xB2\x86\xC8\xE2\xE8\x81"sv,
                             Reason::searching, "searching"}}) {
    for (const Decoded& d : {uart(row.old), v7(row.now)}) {
      for (const char* signal : {"spo2", "pulse", "pleth"}) {
        EXPECT_EQ(d.sink.last(signal), Reading::missing(row.reason)) << signal;
      }
      EXPECT_THAT(d.sink.present(), ElementsAre(row.condition));
    }
  }
  EXPECT_THAT(uart("\xA7\x32\x06\x48\x62"sv).sink.present(), ElementsAre("desaturation"));
  EXPECT_THAT(v7("\x01\x80\xA7\xB2\x86\xC8\xE2\xE8\x81"sv).sink.present(), ElementsAre("spo2_low"));
}

TEST(Cms50, SentinelsZerosAndTheImpossible) {
  const Decoded none = uart("\x87\x32\x46\x7F\x7F"sv);
  EXPECT_EQ(none.sink.last("spo2"), Reading::missing(Reason::searching));
  EXPECT_EQ(none.sink.last("pulse"), Reading::missing(Reason::searching));
  EXPECT_EQ(uart("\x87\x32\x06\x00\x00"sv).sink.last("spo2"),
            Reading::missing(Reason::out_of_range));
  EXPECT_EQ(uart("\x87\x32\x06\x48\x64"sv).sink.last("spo2"), Reading::ok(1000));
  EXPECT_EQ(uart("\x87\x32\x06\x48\x65"sv).counters, (sdk::Counters{0, 2, 10}));
  const Decoded now = v7("\x01\xE8\x87\xB2\x86\xFF\xFF\xFF\xFF"sv);
  EXPECT_EQ(now.sink.last("spo2"), Reading::missing(Reason::searching));
  EXPECT_EQ(now.sink.last("pulse"), Reading::missing(Reason::searching));
  EXPECT_EQ(now.sink.last("perfusion"), Reading::missing(Reason::stale));
  EXPECT_EQ(v7("\x01\x80\x87\xB2\x96\xC8\xE2\xE8\x81"sv).sink.last("perfusion"),
            Reading::missing(Reason::stale));  // PI invalid
  // PI 22.00 = 0x0898 and one more.
  EXPECT_EQ(v7("\x01\xA0\x87\xB2\x86\xC8\xE2\x98\x88"sv).sink.last("perfusion"), Reading::ok(2200));
  EXPECT_EQ(v7("\x01\xA0\x87\xB2\x86\xC8\xE2\x99\x88"sv).counters.frames_bad, 2U);
  EXPECT_EQ(v7("\x01\x80\x87\xB2\x86\xC8\xE5\xE8\x81"sv).counters.frames_bad, 2U);
}

TEST(Cms50V7, StoredDataAndRepliesAreNoReadings) {
  struct Row {
    std::string_view packet;
  };
  for (const Row& row :
       {Row{"\x04\x80\x80\x80\x80\x80\x80\x80\x80"sv},
        Row{"\x05\x80\x80\x80\x80\x80\x80\x80\x80"sv}, Row{"\x07\x80\x80\x80\x80\x80\x80\x80"sv},
        Row{"\x08\x80\x80\x80\x80\x80\x80\x80\x80"sv}, Row{"\x09\x80\xE2\xC8\xE8\x81"sv},
        Row{"\x0A\x80\x80\x80"sv}, Row{"\x0B\x80\x80\x80"sv}, Row{"\x0C\x80"sv},
        Row{"\x0E\x80\x80"sv}, Row{"\x0F\x80\xE2\xC8\xE2\xC8\xE2\xC8"sv}, Row{"\x10\x80\x80"sv},
        Row{"\x11\x80\x80\x80\x80\x80\x80\x80\x80"sv}, Row{"\x12\x80\x80\x80\x80\x80\x80\x80"sv},
        Row{"\x15\x80\x80\x80\x80\x80\x80\x80\x80"sv}}) {
    const Decoded d = v7(row.packet);
    EXPECT_EQ(d.counters, (sdk::Counters{1, 0, row.packet.size()})) << int{row.packet[0]};
    EXPECT_THAT(d.sink.heard, IsEmpty()) << int{row.packet[0]};
  }
  EXPECT_EQ(v7("\x0D\x80\x81"sv).sink.last_text("note disconnecting"), "1");
  for (const char type : {'\x00', '\x02', '\x06', '\x13', '\x16', '\x7F'}) {
    std::string packet(kV7);
    packet[0] = type;
    EXPECT_EQ(v7(packet).counters, (sdk::Counters{0, 0, 18})) << int{type};
  }
}

TEST(Cms50, BrokenBytesGiveNothingWrong) {
  const std::string old = twice(kUart) + "\x11\x22" + twice(kUart) + "\x87";
  test::expect_same_in_pieces(make_uart, old);
  test::expect_same_in_pieces(make_v7, twice(kV7) + "\xFF\x33" + twice(kV7) + "\x01\x80");
  test::expect_no_frame_cut_short(make_uart, kUart, kUart.size(), 1);
  test::expect_no_frame_cut_short(make_v7, kV7, kV7.size(), 1);
  test::expect_flips_harmless(make_uart, twice(kUart));
  test::expect_flips_harmless(make_v7, twice(kV7));
  test::expect_noise_harmless(make_uart, 4);
  test::expect_noise_harmless(make_v7, 4);
}

TEST(Cms50Hid, AReportHoldsSeveralCommandsInAnyOrder) {
  // Pleth 0x32, bar 6; then pulse 72, SpO2 98, PI 3.60 = 0x68 | 2 << 7; filled up with zeros.
  std::string report = command("\xEB\x00\x04\x32\x06"s) + measured("\x04", "\x48\x62\x68\x02") +
                       command("\xEB\x00\x04\x33\x06"s);
  report.resize(64, '\0');
  const Decoded d = hid(report + report);
  EXPECT_EQ(d.counters, (sdk::Counters{6, 0, 0}));
  EXPECT_EQ(d.sink.last("spo2"), Reading::ok(980));
  EXPECT_EQ(d.sink.last("pulse"), Reading::ok(720));
  EXPECT_EQ(d.sink.last("perfusion"), Reading::ok(360));
  EXPECT_EQ(d.sink.last("pleth"), Reading::ok(0x33));
  EXPECT_THAT(d.sink.present(), IsEmpty());
  test::expect_same_in_pieces(make_hid, report + "\x99\x01" + report);
}

TEST(Cms50Hid, WithoutAFingerThereIsNoReading) {
  const std::string out = command("\xEB\x00\x04\x40\x60"s);
  const Decoded d = hid(out + measured("\x04", "\x48\x62\x68\x02"));
  for (const char* signal : {"spo2", "pulse", "perfusion", "pleth"}) {
    EXPECT_EQ(d.sink.last(signal), Reading::missing(Reason::probe_off)) << signal;
  }
  EXPECT_THAT(d.sink.present(), ElementsAre("probe_off"));
  const Decoded searching = hid(measured("\x06", "\x7F\x7F\x7F\x00"s));
  EXPECT_EQ(searching.sink.last("spo2"), Reading::missing(Reason::searching));
  EXPECT_EQ(searching.sink.last("pulse"), Reading::missing(Reason::searching));
  EXPECT_THAT(searching.sink.present(), ElementsAre("searching"));
  EXPECT_EQ(hid(measured("\x04", "\x48\x62\x7F\x00"s)).sink.last("perfusion"),
            Reading::missing(Reason::stale));
  EXPECT_EQ(hid(measured("\x04", "\x00\x00\x00\x00"s)).sink.last("spo2"),
            Reading::missing(Reason::out_of_range));
}

TEST(Cms50Hid, AnswersAreNoReadingsAndBrokenBytesGiveNothing) {
  for (const std::string& answer :
       {"\xF0\x70"s, "\xF2\x00\x00\x02\x02\x00\x0B\x01"s, "\xF3\x00\x73"s, "\xEB\x7F\x6A"s,
        command("\xF1"
                "50E     "s)}) {
    const Decoded d = hid(answer);
    EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0}));
    EXPECT_THAT(d.sink.readings("spo2"), IsEmpty());
  }
  EXPECT_EQ(hid(command("\xF1"
                        "50E     "s))
                .sink.last_text("identity model"),
            "50E");
  EXPECT_EQ(hid("\xEB\x02\x04"s).counters.frames_bad, 1U);
  EXPECT_EQ(hid(measured("\x04", "\x48\x65\x68\x02")).counters.frames_bad, 1U);  // 101 %
  const std::string good = measured("\x04", "\x48\x62\x68\x02");
  test::expect_no_frame_cut_short(make_hid, good, good.size(), 1);
  test::expect_flips_cost_the_frame(make_hid, good);
  test::expect_noise_harmless(make_hid, 4);
}

TEST(Cms50Asker, OnUsbOnlyFiveReportsCanLeave) {
  cms50::HidAsker asker;
  EXPECT_THAT(
      asker.requests(),
      ElementsAre("\x7D\x81\xA7\x80\x80\x80\x80\x80\x80\x7D\x81\xA2\x80\x80\x80\x80\x80\x80",
                  "\x81\x01", "\x9B\x00\x1B"s, "\x9B\x01\x1C", "\x9A\x1A"));
  std::vector<size_t> said;
  asker.opened(MonoTime{0});
  for (MonoTime now{0}; now < MonoTime{seconds(12).ns}; now = now + milliseconds(50)) {
    if (now > MonoTime{seconds(1).ns}) asker.heard(now, {.has_good = true});
    if (const auto request = asker.turn(now).request) said.push_back(*request);
  }
  EXPECT_THAT(said, ElementsAre(0U, 1U, 2U, 3U, 4U, 4U));
  // Nothing comes: it begins again.
  asker.opened(MonoTime{0});
  said.clear();
  for (MonoTime now{0}; now < MonoTime{milliseconds(2500).ns}; now = now + milliseconds(50)) {
    if (const auto request = asker.turn(now).request) said.push_back(*request);
  }
  EXPECT_THAT(said, ElementsAre(0U, 1U, 2U, 3U, 0U, 1U, 2U, 3U));
}

TEST(Cms50Asker, OnlyStartAndKeepAliveCanLeave) {
  cms50::Asker asker;
  EXPECT_THAT(asker.requests(), ElementsAre("\x7D\x81\xA1\x80\x80\x80\x80\x80\x80",
                                            "\x7D\x81\xAF\x80\x80\x80\x80\x80\x80"));
  MonoTime now{0};
  asker.opened(now);
  EXPECT_EQ(asker.turn(now).request, 0U);
  EXPECT_EQ(asker.turn(now).request, std::nullopt);
  now = now + seconds(1);
  EXPECT_EQ(asker.turn(now).request, 0U);  // nothing came
  int keep_alives = 0;
  for (int i = 0; i < 200; ++i) {
    now = now + milliseconds(100);
    asker.heard(now, {.has_good = true});
    const sdk::AskTurn turn = asker.turn(now);
    EXPECT_NE(turn.request, 0U);
    if (turn.request == 1U) ++keep_alives;
  }
  EXPECT_EQ(keep_alives, 4);
}

}  // namespace
}  // namespace lamplight
