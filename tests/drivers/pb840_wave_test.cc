// What must hold for whoever looks at a child's breaths as the ventilator draws them: no breath is
// made of two, none of which a part was lost is measured, and no number is made of a torn line.
#include <gmock/gmock.h>

#include "drivers/pb840_wave/decoder.h"
#include "tests/drivers/abuse.h"

namespace lamplight {
namespace {

using sdk::Reading;
using test::Decoded;
using testing::ElementsAre;
using testing::IsEmpty;

std::unique_ptr<sdk::Decoder> make() { return std::make_unique<pb840_wave::Decoder>(); }
Decoded decode(std::string_view text) { return test::decoded(make, text); }

// Worked out by hand: 50 samples in at 30 L/min = 500 mL in 1 s, 100 out at -12 = 400 mL in 2 s;
// 20 cmH2O while it goes in, then 5; 150 samples are 3 s, 20 breaths a minute.
std::string breath(int number, std::string_view end = "\n") {
  std::string text = "BS, S:" + std::to_string(number) + "," + std::string(end);
  for (int i = 0; i < 50; ++i) text += "30.00, 20.00" + std::string(end);
  for (int i = 0; i < 100; ++i) text += "-12.00, 5.00" + std::string(end);
  return text + "BE" + std::string(end);
}

TEST(Pb840Wave, ABreathGivesItsWaveformAndWhatFollowsFromIt) {
  for (const char* end : {"\n", "\r\n"}) {
    const Decoded d = decode(breath(1, end));
    EXPECT_EQ(d.counters, (sdk::Counters{152, 0, 0}));
    EXPECT_EQ(d.sink.readings("p_now").size(), 150U);
    EXPECT_EQ(d.sink.readings("flow").front(), Reading::ok(3000));
    EXPECT_EQ(d.sink.readings("p_now").back(), Reading::ok(500));
    EXPECT_EQ(d.sink.last("pip"), Reading::ok(200));
    EXPECT_EQ(d.sink.last("peep"), Reading::ok(50));
    EXPECT_EQ(d.sink.last("vti"), Reading::ok(5000));
    EXPECT_EQ(d.sink.last("vte"), Reading::ok(4000));
    EXPECT_EQ(d.sink.last("rate"), Reading::ok(200));
  }
}

TEST(Pb840Wave, AShortFlutterOfTheValveIsNoReversal) {
  std::string text = "BS, S:1,\n";
  for (int i = 0; i < 20; ++i) text += "30.00, 20.00\n";
  text += "-3.00, 20.00\n0.00, 20.00\n";
  for (int i = 0; i < 30; ++i) text += "30.00, 20.00\n";
  for (int i = 0; i < 100; ++i) text += "-12.00, 5.00\n";
  const Decoded d = decode(text + "BE\n");
  EXPECT_EQ(d.sink.last("vti"), Reading::ok(4990));
  EXPECT_EQ(d.sink.last("vte"), Reading::ok(4000));
}

TEST(Pb840Wave, PeepIsTheMedianOfTheLastFiveSoThatOneSpikeIsNone) {
  std::string text = "BS, S:1,\n";
  for (int i = 0; i < 20; ++i) text += "30.00, 20.00\n";
  for (const char* p : {"-12.00, 5.10\n", "-12.00, 5.20\n", "-12.00, 18.00\n", "-12.00, 5.00\n",
                        "-12.00, 4.90\n"}) {
    text += p;
  }
  EXPECT_EQ(decode(text + "BE\n").sink.last("peep"), Reading::ok(51));
}

TEST(KnownMistakes, Pb840DuplicateStartDoesNotMergeBreaths) {
  const std::string whole = breath(2);
  const std::string begun = breath(1).substr(0, 300);
  // A second BS while one is open, and a foreign line within a breath.
  const Decoded twice = decode(begun.substr(0, begun.rfind('\n') + 1) + whole);
  EXPECT_EQ(twice.sink.readings("vti").size(), 1U);
  EXPECT_EQ(twice.sink.last("vti"), Reading::ok(5000));
  EXPECT_EQ(twice.sink.last("rate"), Reading::ok(200));
  std::string foreign = breath(1);
  foreign.insert(foreign.find("30.00"), "ALARM\n");
  const Decoded d = decode(foreign + whole);
  EXPECT_EQ(d.counters, (sdk::Counters{304, 1, 5}));
  EXPECT_EQ(d.sink.readings("vti").size(), 1U);
}

TEST(Pb840Wave, AnIncompleteBreathIsWaveformAndNothingElse) {
  const std::string whole = breath(7);
  // Joined in the middle; an end without a beginning.
  const std::string tail = whole.substr(whole.find("-12.00"));
  const Decoded joined = decode(tail + "BE\n" + whole);
  EXPECT_EQ(joined.counters.frames_bad, 0U);
  EXPECT_EQ(joined.sink.readings("p_now").size(), 250U);
  EXPECT_EQ(joined.sink.readings("pip").size(), 1U);
  // Cut off by the end of the stream, then plugged in again.
  auto decoder = make();
  test::Recorder sink;
  decoder->feed(test::bytes_of(whole.substr(0, 400)), MonoTime{1}, sink);
  decoder->end(sink);
  decoder->feed(test::bytes_of(tail), MonoTime{2}, sink);
  EXPECT_THAT(sink.readings("pip"), IsEmpty());
}

// Found in review: fifty samples swallowed by one long line left a breath of 400 mL.
TEST(Pb840Wave, ALineThatIsTooLongMayHaveHeldSamplesOfTheBreath) {
  const std::string whole = breath(7);
  const size_t hole = whole.find("30.00", 400);
  for (const size_t length : {20U, 70U}) {
    const std::string torn = whole.substr(0, hole) + std::string(length, 'x') + "\n" +
                             whole.substr(whole.find("-12.00"));
    const Decoded d = decode(torn);
    EXPECT_EQ(d.counters.frames_bad, 1U);
    EXPECT_THAT(d.sink.readings("vti"), IsEmpty()) << length;
    EXPECT_THAT(d.sink.readings("rate"), IsEmpty()) << length;
  }
}

TEST(Pb840Wave, ALineThatIsNoSampleIsCountedAndNeverZero) {
  for (const char* line :
       {"30.00", ", 20.00", "30.00,", "30.00, ", "3O.00, 20.00", "30.00, 20.00, 1.00", "BS, S:,",
        "BS, S:12", "BE,", "\xF0\x80, 1.00", "301.00, 5.00", "-301.00, 5.00", "1.00, 151.00",
        "1.00, -21.00", "30.00 20.00", "nan, 1.00"}) {
    const Decoded d = decode("BS, S:1,\n" + std::string(line) + "\n");
    EXPECT_EQ(d.counters.frames_bad, 1U) << line;
    EXPECT_THAT(d.sink.readings("flow"), IsEmpty()) << line;
  }
  const Decoded d = decode("BS,  S: 1 ,\n 30.00 ,  20.00 \n300.00,150.00\n-300.00,-20.00\n");
  EXPECT_EQ(d.counters, (sdk::Counters{4, 0, 0}));
}

TEST(Pb840Wave, AVeryLongBreathIsBoundedAndHasNoRate) {
  std::string text = "BS, S:1,\n";
  for (int i = 0; i < 400; ++i) text += i < 100 ? "30.00, 20.00\n" : "-5.00, 5.00\n";
  EXPECT_EQ(decode(text + "BE\n").sink.last("rate"), Reading::missing(Reason::out_of_range));
  EXPECT_EQ(decode(text + "BE\n").sink.last("pip"), Reading::ok(200));
  for (int i = 0; i < 2601; ++i) text += "-5.00, 5.00\n";
  EXPECT_THAT(decode(text + "BE\n").sink.readings("pip"), IsEmpty());
  EXPECT_EQ(decode("BS, S:1,\n1.00, 1.00\nBE\n").sink.last("pip"),
            Reading::missing(Reason::out_of_range));
}

TEST(Pb840Wave, SamplesLieTwentyMillisecondsApartAndNeverInTheFuture) {
  pb840_wave::Decoder decoder;
  test::Recorder sink;
  const MonoTime first{seconds(10).ns}, second{seconds(13).ns};
  decoder.feed(test::bytes_of(breath(1)), first, sink);
  decoder.feed(test::bytes_of(breath(2)), second, sink);
  std::vector<MonoTime> times;
  for (const test::Heard& each : sink.heard) {
    if (each.name == "p_now") times.push_back(each.at);
  }
  ASSERT_EQ(times.size(), 300U);
  EXPECT_EQ(times[149], first);
  EXPECT_EQ(times[150], first);
  EXPECT_EQ(times[151], first + milliseconds(20));
  EXPECT_EQ(times[299], first + milliseconds(20 * 149));
  decoder.feed(test::bytes_of(breath(3)), second + milliseconds(100), sink);
  EXPECT_EQ(sink.heard.back().at, second + milliseconds(100));
  for (const test::Heard& each : sink.heard) EXPECT_LE(each.at, second + milliseconds(100));
}

TEST(Pb840Wave, BrokenBytesGiveNothingWrong) {
  const std::string whole = breath(1);
  test::expect_same_in_pieces(make, whole + "x\n" + whole.substr(0, 99) + whole);
  for (size_t n = 0; n < whole.size(); n += 13) {
    const Decoded cut = decode(whole.substr(0, n) + "\n" + whole);
    EXPECT_EQ(test::fault_in(cut.sink), "") << n;
    EXPECT_EQ(cut.sink.readings("vti").size(), 1U) << n;
    EXPECT_EQ(cut.sink.last("vte"), Reading::ok(4000)) << n;
  }
  test::expect_flips_harmless(make, "BS, S:1,\n1.00, 2.00\n-1.00, 2.00\nBE\n");
  test::expect_noise_harmless(make, 4);
}

// The line needs a second for what the ventilator measured in one: what is told late is not told to
// be older than what was told before.
TEST(Pb840Wave, TimesNeverGoBackHoweverSlowlyABreathArrives) {
  pb840_wave::Decoder decoder;
  test::Recorder sink;
  const auto hear = [&](std::string_view text, Duration at) {
    decoder.feed(test::bytes_of(text), MonoTime{at.ns}, sink);
  };
  hear(breath(1), seconds(10));
  hear(breath(2).substr(0, 10), seconds(11));
  hear(breath(2).substr(10), seconds(14));  // stamped from 10 s to 12.98 s
  hear(breath(3), seconds(15));             // began at 11 s
  std::vector<MonoTime> times;
  for (const test::Heard& each : sink.heard) {
    if (each.name == "p_now") times.push_back(each.at);
  }
  ASSERT_EQ(times.size(), 450U);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(times[299], MonoTime{milliseconds(12980).ns});
  EXPECT_EQ(times[300], times[299]);
  EXPECT_EQ(times[449], MonoTime{milliseconds(13980).ns});
}

// A port that says its last breath for ever is no breathing child.
TEST(Pb840Wave, TheSameBreathSaidAgainIsStaleAndNoReading) {
  const Decoded again = decode(breath(8) + breath(9) + breath(9));
  EXPECT_THAT(again.sink.readings("vti"),
              ElementsAre(Reading::ok(5000), Reading::ok(5000), Reading::missing(Reason::stale)));
  for (const char* signal : {"p_now", "flow", "pip", "peep", "vte", "rate"}) {
    EXPECT_EQ(again.sink.last(signal), Reading::missing(Reason::stale)) << signal;
  }
  EXPECT_EQ(again.sink.last_text("note frozen"), "the breath that was sent last is sent again+");
  const Decoded moved = decode(breath(9) + breath(9) + breath(10));
  EXPECT_EQ(moved.sink.last("vti"), Reading::ok(5000));
  EXPECT_EQ(moved.sink.last("p_now"), Reading::ok(500));
  EXPECT_EQ(moved.sink.last_text("note frozen"), "-");
  // One of which a part was lost has told nothing: what comes next may be itself, whole.
  const std::string whole = breath(9);
  const Decoded torn = decode(whole.substr(0, whole.find("-12.00")) + whole);
  EXPECT_EQ(torn.sink.last("vti"), Reading::ok(5000));
}

}  // namespace
}  // namespace lamplight
