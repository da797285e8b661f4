// What must hold for a child on a pump that could be commanded: it never is. Only questions leave,
// answers count only while they are waited for, and what nobody can explain is told, not dropped.
#include <gmock/gmock.h>

#include <set>

#include "drivers/alaris/decoder.h"
#include "drivers/alaris/protocol.h"
#include "drivers/base_a/decoder.h"
#include "drivers/base_a/protocol.h"
#include "tests/drivers/abuse.h"

namespace lamplight {
namespace {

using sdk::Reading;
using test::Decoded;
using testing::ElementsAre;
using testing::IsEmpty;

std::unique_ptr<sdk::Decoder> make_alaris() { return std::make_unique<alaris::Decoder>(); }
std::unique_ptr<sdk::Decoder> make_base_a() { return std::make_unique<base_a::Decoder>(); }

// Both checksums anew, by other roads than the drivers': division of the whole polynomial, and a
// subtraction.
std::string asena(const std::string& text) {
  std::string bits;
  for (const char c : text) {
    for (int i = 7; i >= 0; --i) bits += static_cast<char>(c >> i & 1);
  }
  for (size_t i = 0; i < 16 && i < bits.size(); ++i) bits[i] ^= 1;  // begins with FFFF
  bits.append(16, 0);
  constexpr int kTaps[] = {0, 4, 11, 16};  // x^16 + x^12 + x^5 + 1
  for (size_t i = 0; i + 16 < bits.size(); ++i) {
    if (bits[i] == 0) continue;
    for (const int tap : kTaps) bits[i + static_cast<size_t>(tap)] ^= 1;
  }
  int crc = 0;
  for (size_t i = bits.size() - 16; i < bits.size(); ++i) crc = crc << 1 | bits[i];
  char digits[16];
  std::snprintf(digits, sizeof digits, "%04X", crc);
  return "!" + text + "|" + digits + "\r";
}
std::string base(const std::string& text) {
  int left = 255;
  for (const char c : text) left = (left - c + 256) % 256;
  char digits[16];
  std::snprintf(digits, sizeof digits, "%02X", left);
  return "\x02" + text + digits + "\x03";
}

std::string status(const std::string& alarm = "NO_ALARM", const std::string& mode = "INFUSE",
                   const std::string& rate = "2.50^ml/h",
                   const std::string& pressure = "75.0^mmHg") {
  return asena("INF^800600123^" + alarm + "^" + mode + "^" + rate + "^X^12.34^ml^" + pressure +
               "^00:10^A^17");
}

Decoded alaris_says(std::string_view text) { return test::decoded(make_alaris, text); }
Decoded base_says(std::string_view text) { return test::decoded(make_base_a, text); }

TEST(Alaris, TheChecksumIsThatOfThePublishedMessages) {
  for (const auto& [text, crc] : {std::pair{"INF", 0x4961},
                                  {"COMMS_PROTOCOL", 0xE8DA},
                                  {"INST_SERIALNO", 0x457D},
                                  {"INF_VTBI", 0x8456},
                                  {"INF_START", 0x38F3},
                                  {"INF_STOP", 0xCD57},
                                  {"REMOTE_CTRL^DISABLED", 0xEF95}}) {
    EXPECT_EQ(alaris::crc_of(text), crc) << text;
    char digits[16];
    std::snprintf(digits, sizeof digits, "|%04X\r", crc);
    EXPECT_EQ(asena(text), "!" + std::string(text) + digits);
  }
}

TEST(Alaris, AnAnswerBecomesReadings) {
  const Decoded d = alaris_says(status());
  EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(d.sink.last("state"), Reading::ok(2));
  EXPECT_EQ(d.sink.last("rate_set"), Reading::ok(25));
  EXPECT_EQ(d.sink.last("delivered"), Reading::ok(123));      // 12.34 mL
  EXPECT_EQ(d.sink.last("pressure_down"), Reading::ok(100));  // 75.0 mmHg are 9.999 kPa
  EXPECT_EQ(d.sink.last_text("identity serial"), "800600123");
  EXPECT_THAT(d.sink.present(Role::pump), IsEmpty());
  EXPECT_THAT(d.sink.readings("rate"), IsEmpty());  // set is not measured
  const Decoded blank = alaris_says(status("NONE", "HOLD", "^ml/h", "^mmHg"));
  EXPECT_EQ(blank.sink.last("state"), Reading::ok(3));
  EXPECT_EQ(blank.sink.last("rate_set"), Reading::missing(Reason::stale));
  EXPECT_EQ(blank.sink.last("pressure_down"), Reading::missing(Reason::stale));
  for (const char* rate : {"2.5^ml/min", "-1^ml/h", "x^ml/h", "1200.1^ml/h"}) {
    EXPECT_EQ(alaris_says(status("", "HOLD", rate)).sink.last("rate_set"),
              Reading::missing(Reason::out_of_range))
        << rate;
  }
  EXPECT_EQ(alaris_says(status("", "HOLD", "1200^ml/h")).sink.last("rate_set"), Reading::ok(12000));
}

TEST(Alaris, UnknownWordsAreToldAndNeverSilence) {
  const Decoded d = alaris_says(status("NEAR_END", "TCI"));
  EXPECT_EQ(d.sink.last("state"), Reading::missing(Reason::device_fault));
  EXPECT_EQ(d.sink.last_text("note unknown_mode"), "TCI+");
  EXPECT_THAT(d.sink.present(Role::pump), ElementsAre("other"));
  EXPECT_EQ(d.sink.last_text("note alarm_word"), "NEAR_END+");
  EXPECT_THAT(alaris_says(status("OCCLUSION")).sink.present(Role::pump),
              ElementsAre("patient_tube_blocked"));
}

// Found in review: a blank field said that the tube was free.
TEST(KnownMistakes, AlarisBlankAlarmFieldIsNoAllClear) {
  for (const char* blank : {"", "    "}) {
    const Decoded d = alaris_says(status("OCCLUSION") + status(blank));
    EXPECT_EQ(d.sink.last("alarm.patient_tube_blocked"), Reading::missing(Reason::stale));
    EXPECT_EQ(d.sink.last("alarm.other"), Reading::missing(Reason::stale));
  }
}

TEST(KnownMistakes, AlarisBadCrcIsRejected) {
  std::string wrong = status();
  wrong[wrong.size() - 2] = wrong[wrong.size() - 2] == '0' ? '1' : '0';
  const Decoded d = alaris_says(wrong);
  EXPECT_EQ(d.counters, (sdk::Counters{0, 1, wrong.size()}));
  EXPECT_THAT(d.sink.heard, IsEmpty());
  test::expect_flips_cost_the_frame(make_alaris, status());
  std::string lower = status();
  for (char& c : lower) c = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
  EXPECT_EQ(alaris_says(lower).counters.frames_good, 0U);
}

TEST(Alaris, AbortedTornAndEndlessMessagesGiveNothing) {
  const std::string good = status();
  EXPECT_EQ(alaris_says(good.substr(0, 20) + "\x1B" + good).counters, (sdk::Counters{1, 0, 21}));
  EXPECT_EQ(alaris_says(good.substr(0, 20) + good).counters, (sdk::Counters{1, 1, 20}));
  EXPECT_EQ(alaris_says("!" + std::string(300, 'A') + good).counters, (sdk::Counters{1, 1, 301}));
  // Too few and too many fields of INF; other answers are good and no reading.
  EXPECT_EQ(alaris_says(asena("INF^1^2^3")).counters.frames_bad, 1U);
  EXPECT_EQ(alaris_says(asena("COMMS_PROTOCOL^1.0")).counters, (sdk::Counters{1, 0, 0}));
  test::expect_same_in_pieces(make_alaris, good + "junk" + good.substr(0, 9) + good);
  test::expect_no_frame_cut_short(make_alaris, good, good.size(), 1);
  test::expect_noise_harmless(make_alaris, 4);
}

TEST(BaseA, TheChecksumIsThatOfThePublishedMessages) {
  for (const auto& [text, sum] :
       {std::pair{"DC", "78"}, {"1DC", "47"}, {"1LE;dr", "2C"}, {"0LE;b", "A1"}}) {
    EXPECT_EQ(base_a::frame_of(text), "\x02" + std::string(text) + sum + "\x03");
    EXPECT_EQ(base(text), base_a::frame_of(text));
  }
}

TEST(BaseA, AnAnswerBecomesReadings) {
  const Decoded d = base_says(base("1C;a0;e0;m4;d0064;r0000302E"));
  EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(d.sink.last("rate_set"), Reading::ok(100));   // 10.0 mL/h
  EXPECT_EQ(d.sink.last("delivered"), Reading::ok(123));  // 12.334 mL
  EXPECT_EQ(d.sink.last("rate"), std::nullopt);
  EXPECT_EQ(d.sink.last("state"), std::nullopt);
  EXPECT_THAT(d.sink.present(Role::pump), IsEmpty());
  EXPECT_EQ(d.sink.last_text("note mode_code"), "4+");
  const Decoded alarm = base_says(base("C;a20;e1;d2EE1;r989681"));
  EXPECT_THAT(alarm.sink.present(Role::pump), ElementsAre("other", "system_error"));
  EXPECT_EQ(alarm.sink.last_text("note alarm_code"), "20+");
  EXPECT_EQ(alarm.sink.last("rate_set"), Reading::missing(Reason::out_of_range));
  EXPECT_EQ(alarm.sink.last("delivered"), Reading::missing(Reason::out_of_range));
  EXPECT_EQ(base_says(base("C;d2EE0")).sink.last("rate_set"), Reading::ok(12000));
}

TEST(BaseA, OtherFramesAndControlBytesAreNoReadings) {
  for (const char* text : {"1DC", "1LE;dr", "0C", "C", "1E", "I;0D"}) {
    const Decoded d = base_says(base(text));
    EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0})) << text;
    EXPECT_THAT(d.sink.readings("rate_set"), IsEmpty());
  }
  EXPECT_EQ(base_says(base("I;0D")).sink.last_text("note refusal"), "0D");
  for (const char* text : {"C;", "C;d", "C;dXY", "C;D64", "C;d64;;r1", "C;d123456789", "Cd64"}) {
    const Decoded d = base_says(base(text));
    EXPECT_THAT(d.sink.readings("rate_set"), IsEmpty()) << text;
  }
  // ENQ within a frame, ACK and NAK with its error between two.
  std::string asked = base("C;d64");
  asked.insert(4, "\x05");
  const Decoded d = base_says("\x06" + asked + "\x15" + "5" + base("C;d65"));
  EXPECT_EQ(d.counters, (sdk::Counters{2, 0, 0}));
  EXPECT_EQ(d.sink.last_text("note link_refusal"), "5");
}

TEST(BaseA, BrokenBytesGiveNothingWrong) {
  const std::string good = base("1C;d0064;r0000302E");
  test::expect_same_in_pieces(make_base_a, good + "junk" + good.substr(0, 9) + good);
  test::expect_no_frame_cut_short(make_base_a, good, good.size(), 1);
  const std::string two = good + good;
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped = two;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const Decoded d = base_says(flipped);
    // A byte that turns into ENQ is taken out of the frame, which is then too short for its sum.
    EXPECT_EQ(d.counters.frames_good, 1U) << bit;
    EXPECT_EQ(test::fault_in(d.sink), "") << bit;
  }
  EXPECT_EQ(base_says("\x02" + std::string(200, 'A') + good).counters.frames_good, 1U);
  test::expect_noise_harmless(make_base_a, 4);
}

// ---------------------------------------------------------------------- what may leave for a pump

TEST(MonitorOnly, NoByteThatCommandsAPumpCanLeave) {
  // Alaris: only words of the list that reads, none with an argument.
  const std::set<std::string> reading = {"INF", "INF_VTBI", "INST_SERIALNO", "COMMS_PROTOCOL",
                                         "ALARM"};
  const sdk::Conversation::Plan alaris_plan = alaris::plan(seconds(1));
  EXPECT_EQ(alaris_plan.table.size(), 2U);
  for (const std::string& each : alaris_plan.table) {
    const std::string word = each.substr(1, each.find('|') - 1);
    EXPECT_TRUE(reading.contains(word)) << word;
    EXPECT_EQ(each, asena(word));
  }
  // Base A: opening a session, reading variables, and the answers that keep it.
  for (const std::optional<int> module : {std::optional<int>(), {1}, {6}}) {
    const std::string address = module ? std::to_string(*module) : "";
    const sdk::Conversation::Plan plan = base_a::plan(module, seconds(1));
    for (const std::string& each : plan.table) {
      if (each == "\x06" || each == "\x14") continue;
      ASSERT_EQ(each.front(), 2);
      ASSERT_EQ(each.back(), 3);
      std::string text = each.substr(1, each.size() - 4);
      EXPECT_EQ(each, base(text));
      if (text == "0DC") continue;
      ASSERT_EQ(text.substr(0, address.size()), address);
      text.erase(0, address.size());
      const std::string command = text.substr(0, text.find(';'));
      EXPECT_TRUE(command == "DC" || command == "LE" || command == "E" || command == "M") << each;
    }
  }
}

// Turns until nothing more is said at `now`.
std::vector<size_t> said(sdk::Conversation& c, MonoTime now, bool* is_lost = nullptr) {
  std::vector<size_t> all;
  while (true) {
    const sdk::AskTurn turn = c.turn(now);
    if (is_lost != nullptr) *is_lost = *is_lost || turn.is_lost;
    if (!turn.request) return all;
    all.push_back(*turn.request);
  }
}

TEST(MonitorOnly, WhateverThePumpSaysOnlyTheTableIsWritten) {
  // All bytes there are, in a stream without sense, and every answer that can be: the driver can
  // only ever point into its table.
  sdk::Conversation conversation(base_a::plan(3, seconds(1)));
  base_a::Decoder decoder(conversation, 3);
  test::Recorder sink;
  MonoTime now{0};
  conversation.opened(now);
  uint32_t state = 7;
  for (int i = 0; i < 20'000; ++i) {
    now = now + milliseconds(50);
    std::string bytes;
    for (int k = 0; k < 8; ++k) {
      state = state * 1664525 + 1013904223;
      bytes += static_cast<char>(state >> 24);
    }
    if (i % 7 == 0) bytes += base("3C;d64");
    if (i % 11 == 0) bytes += base("3E;d65");
    decoder.feed(test::bytes_of(bytes), now, sink);
    for (const size_t request : said(conversation, now)) {
      ASSERT_LT(request, conversation.requests().size());
    }
  }
  EXPECT_GT(decoder.counters().frames_good, 1000U);
}

TEST(KnownMistakes, LateReplyIsNotTheAnswerToTheNextRequest) {
  sdk::Conversation conversation(alaris::plan(seconds(1)));
  alaris::Decoder decoder(&conversation);
  test::Recorder sink;
  MonoTime now{0};
  const auto hear = [&](const std::string& text) { decoder.feed(test::bytes_of(text), now, sink); };
  conversation.opened(now);
  EXPECT_THAT(said(conversation, now), ElementsAre(0U));
  hear(asena("INST_SERIALNO^800600123"));
  EXPECT_THAT(said(conversation, now), ElementsAre(1U));
  now = now + milliseconds(500);  // it does not answer in time, and nothing is asked yet
  EXPECT_THAT(said(conversation, now), IsEmpty());
  now = now + milliseconds(400);
  hear(status("", "INFUSE", "9.9^ml/h"));  // now it does
  EXPECT_THAT(sink.readings("rate_set"), IsEmpty());
  now = now + milliseconds(499);
  EXPECT_THAT(said(conversation, now), IsEmpty());  // silence again, for the line to empty
  now = now + milliseconds(1);
  EXPECT_THAT(said(conversation, now), ElementsAre(1U));
  hear(status("", "HOLD", "0.0^ml/h"));
  EXPECT_THAT(sink.readings("rate_set"), ElementsAre(Reading::ok(0)));
  // Two answers to one question: the second is nobody's.
  hear(status("", "INFUSE", "9.9^ml/h"));
  EXPECT_EQ(sink.readings("rate_set").size(), 1U);
}

TEST(Conversation, ThreeMissesAreALostLinkAndANewBeginning) {
  sdk::Conversation conversation(alaris::plan(seconds(1)));
  MonoTime now{0};
  conversation.opened(now);
  std::vector<size_t> all;
  bool is_lost = false;
  for (int i = 0; i < 40 && !is_lost; ++i, now = now + milliseconds(100)) {
    for (const size_t each : said(conversation, now, &is_lost)) all.push_back(each);
  }
  EXPECT_THAT(all, ElementsAre(0U, 0U, 0U));
  EXPECT_TRUE(is_lost);
  EXPECT_LE(now, MonoTime{seconds(3).ns});
}

TEST(Conversation, BaseAOpensBothSessionsThenReadsAndAnswersAtOnce) {
  sdk::Conversation conversation(base_a::plan(2, seconds(1)));
  base_a::Decoder decoder(conversation, 2);
  test::Recorder sink;
  const MonoTime now{0};
  const auto table = conversation.requests();
  const auto hear_and_say = [&](const std::string& text) {
    decoder.feed(test::bytes_of(text), now, sink);
    std::string out;
    for (const size_t each : said(conversation, now)) out += table[each];
    return out;
  };
  conversation.opened(now);
  EXPECT_EQ(hear_and_say(""), base("0DC"));
  EXPECT_EQ(hear_and_say(base("0C")), "\x06" + base("2DC"));
  EXPECT_EQ(hear_and_say(base("2C")), "\x06" + base("2LE;aemdr"));
  EXPECT_EQ(hear_and_say("\x05"), "\x14");
  EXPECT_EQ(hear_and_say(base("5C;d0001")), "");  // another module's
  EXPECT_EQ(hear_and_say(base("2E;d0065")), "\x06" + base("2E"));
  EXPECT_EQ(hear_and_say(base("2C;d0064")), "\x06");
  EXPECT_THAT(sink.readings("rate_set"), ElementsAre(Reading::ok(101), Reading::ok(100)));
}

// Whose answer a good frame is decides whether the link is up: the rack, another pump in it and a
// refusal are nobody that could be read.
TEST(BaseA, OnlyValuesOfItsOwnModuleSayThatAPumpIsThere) {
  sdk::Conversation conversation(base_a::plan(2, seconds(1)));
  base_a::Decoder decoder(conversation, 2);
  test::Recorder sink;
  const MonoTime now{0};
  const auto hear = [&](const std::string& text) {
    decoder.feed(test::bytes_of(base(text)), now, sink);
    said(conversation, now);
  };
  conversation.opened(now);
  said(conversation, now);
  hear("0C");
  EXPECT_EQ(conversation.awaited(), 1U);
  hear("5C;d0001");
  hear("5E;d0001");
  hear("5I;20");  // another pump's refusal is no answer to us
  EXPECT_EQ(conversation.awaited(), 1U);
  EXPECT_EQ(sink.last_text("note refusal"), "");
  hear("2C");
  EXPECT_EQ(conversation.awaited(), 2U);
  EXPECT_EQ(decoder.counters(), (sdk::Counters{0, 0, 0}));
  hear("2C;d0064");
  EXPECT_EQ(decoder.counters(), (sdk::Counters{1, 0, 0}));
  EXPECT_THAT(sink.readings("rate_set"), ElementsAre(Reading::ok(100)));
}

TEST(Conversation, ASessionThatOpensAndRefusesEachQuestionIsALostLink) {
  sdk::Conversation conversation(base_a::plan({}, seconds(1)));
  base_a::Decoder decoder(conversation, {});
  test::Recorder sink;
  MonoTime now{0};
  conversation.opened(now);
  bool is_lost = false;
  for (int i = 0; i < 100 && !is_lost; ++i, now = now + milliseconds(100)) {
    for (const size_t each : said(conversation, now, &is_lost)) {
      const std::string& asked = conversation.requests()[each];
      if (asked == base("DC")) decoder.feed(test::bytes_of(base("C")), now, sink);
      if (asked == base("LE;aemdr")) decoder.feed(test::bytes_of(base("I;1E")), now, sink);
    }
  }
  EXPECT_TRUE(is_lost);
  EXPECT_EQ(decoder.counters().frames_good, 0U);
}

TEST(Alaris, OnlyAStatusThatIsAwaitedSaysThatAPumpIsThere) {
  sdk::Conversation conversation(alaris::plan(seconds(1)));
  alaris::Decoder decoder(&conversation);
  test::Recorder sink;
  const MonoTime now{0};
  const auto hear = [&](const std::string& text) {
    decoder.feed(test::bytes_of(text), now, sink);
    said(conversation, now);
  };
  conversation.opened(now);
  said(conversation, now);
  hear(asena("INST_SERIALNO^800600123"));
  EXPECT_EQ(decoder.counters(), (sdk::Counters{0, 0, 0}));
  hear(status());
  EXPECT_EQ(decoder.counters(), (sdk::Counters{1, 0, 0}));
  hear(status());  // nobody asked for a second one
  EXPECT_EQ(decoder.counters(), (sdk::Counters{1, 0, 0}));
}

}  // namespace
}  // namespace lamplight
