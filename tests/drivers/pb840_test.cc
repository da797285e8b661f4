// What must hold: a family or a nurse never reads a wrong number from a PB 840, PB 980 or V200. No
// checksum guards these reports, so whatever is not exactly one of them is dropped and counted.
#include <gmock/gmock.h>

#include "drivers/pb840/asker.h"
#include "drivers/pb840/decoder.h"
#include "tests/drivers/abuse.h"
#include "tests/drivers/vectors.h"

namespace lamplight {
namespace {

using sdk::Reading;
using test::Decoded;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::unique_ptr<sdk::Decoder> make() { return std::make_unique<pb840::Decoder>(); }
Decoded decode(std::string_view text) { return test::decoded(make, text); }

// A report written by hand: columns of six, numbered from 5, the counts made to fit.
class Report {
 public:
  explicit Report(std::string_view name)
      : name_(name), columns_(name == "MISCA" ? 97 : 169, "      ") {
    const int last = name == "MISCA" ? 0 : 153;
    for (int n = 106; n <= last; ++n) put(n, "NORMAL");
    if (name == "MISCA") {
      for (const int n : {48, 51, 52, 53, 54, 55, 57, 94, 95}) put(n, "NORMAL");
    }
    put(name == "MISCA" ? 93 : 105, "OFF   ");
  }
  Report& put(int number, std::string_view text) {
    columns_[static_cast<size_t>(number - 5)] = text;
    return *this;
  }
  std::string body() const {
    std::string body;
    for (const auto& each : columns_) body += each + ",";
    return body;
  }
  std::string text(int more_bytes = 0, int more_fields = 0) const {
    const std::string all = body();
    return name_ + "," + std::to_string(static_cast<int>(all.size()) + more_bytes) + "," +
           std::to_string(static_cast<int>(columns_.size()) + more_fields) +
           (name_ == "MISCA" ? "," : " ,") + "\x02" + all + "\x03\r";
  }

 private:
  std::string name_;
  std::vector<std::string> columns_;
};

std::string miscf(int number, std::string_view text) {
  return Report("MISCF").put(number, text).text();
}
std::string misca(int number, std::string_view text) {
  return Report("MISCA").put(number, text).text();
}
std::vector<std::string> present(const Decoded& d) { return d.sink.present(Role::ventilator); }

TEST(Pb840Vector, MiscfIsWhatItsTableSays) {
  LL_REQUIRE_VECTOR(text, "pb840_misc/miscf_pb840_2011-11-22.bin");
  const Decoded d = decode(text);
  EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(d.sink.last("pip"), Reading::ok(240));
  EXPECT_EQ(d.sink.last("p_mean"), Reading::ok(86));
  EXPECT_EQ(d.sink.last("peep"), Reading::ok(58));
  EXPECT_EQ(d.sink.last("rate"), Reading::ok(140));
  EXPECT_EQ(d.sink.last("vte"), Reading::ok(3780));
  EXPECT_EQ(d.sink.last("minute_volume"), Reading::ok(529));
  EXPECT_EQ(d.sink.last("fio2"), Reading::ok(200));
  EXPECT_TRUE(d.sink.last("vti")->is_missing());
  EXPECT_TRUE(d.sink.last("leak")->is_missing());
  EXPECT_EQ(d.sink.last("silenced"), Reading::ok(0));
  EXPECT_THAT(present(d), IsEmpty());
  EXPECT_EQ(d.sink.last("alarm.minute_volume_low"), Reading::ok(0));
  EXPECT_EQ(d.sink.last_text("note low_minute_volume_reset"), "+");
  EXPECT_EQ(d.sink.last_text("note low_peak_pressure_reset"), "-");
  EXPECT_EQ(d.sink.last_text("identity model"), "840");
  EXPECT_EQ(d.sink.last_text("identity serial"), "3510053249");
  const std::vector<std::pair<const char*, const char*>> kNotes = {
      {"ventilation_type", "INVASIVE+"},
      {"mode", "A/C+"},
      {"mandatory_type", "VC+"},
      {"spontaneous_type", "-"},
      {"trigger_type", "V-Trig+"},
      {"set_rate", "14.0+"},
      {"set_tidal_volume", "0.365+"},
      {"set_peak_flow", "55.0+"},
      {"set_oxygen", "21+"},
      {"set_pressure_sensitivity", "-"},
      {"set_peep", "5.0+"},
      {"limit_pressure_high", "50+"},
      {"limit_pressure_low", "-"},
      {"limit_minute_volume_high", "23.000+"},
      {"limit_minute_volume_low", "4.500+"},
      {"limit_rate_high", "40+"},
      {"humidifier", "HME+"},
      {"oxygen_sensor", "Enabled+"},
      {"disconnect_sensitivity", "75+"},
      {"ideal_body_weight", "50.0+"},
      {"circuit", "ADULT+"},
  };
  for (const auto& [name, said] : kNotes) {
    EXPECT_EQ(d.sink.last_text(std::string("note ") + name), said) << name;
  }
}

TEST(Pb840Vector, MiscaIsWhatItsTableSays) {
  LL_REQUIRE_VECTOR(text, "pb840_misc/misca_pb840_2011-11-22.bin");
  const Decoded d = decode(text);
  EXPECT_EQ(d.counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(d.sink.last("rate"), Reading::ok(140));
  EXPECT_EQ(d.sink.last("vte"), Reading::ok(3800));
  EXPECT_EQ(d.sink.last("minute_volume"), Reading::ok(529));
  EXPECT_EQ(d.sink.last("pip"), Reading::ok(240));
  EXPECT_EQ(d.sink.last("p_mean"), Reading::ok(86));
  EXPECT_EQ(d.sink.last("peep"), std::nullopt);  // only the setting is there
  EXPECT_EQ(d.sink.last("silenced"), Reading::ok(0));
  EXPECT_THAT(present(d), IsEmpty());
  EXPECT_EQ(d.sink.last("alarm.check_circuit"), Reading::ok(0));
  EXPECT_EQ(d.sink.last_text("note mode"), "CMV+");
  EXPECT_EQ(d.sink.last_text("note set_peep"), "5.0+");
  EXPECT_EQ(d.sink.last_text("note set_tidal_volume"), "0.36+");
  EXPECT_EQ(d.sink.last_text("note set_ratio"), "1:5.00+");
  EXPECT_EQ(d.sink.last_text("note constant_on_rate_change"), "-");
}

TEST(Pb840Vector, ALostByteDropsTheWholeReplyAndNoOther) {
  for (const char* path :
       {"pb840_misc/misca_pb840_2011-11-22.bin", "pb840_misc/miscf_pb840_2011-11-22.bin"}) {
    LL_REQUIRE_VECTOR(text, path);
    for (size_t at = text.find('\x02') + 1; at < text.find('\x03'); ++at) {
      std::string torn = text;
      torn.erase(at, 1);
      const Decoded d = decode(torn + text);
      EXPECT_EQ(d.counters, (sdk::Counters{1, 1, torn.size()})) << at;
    }
    EXPECT_EQ(decode(text + text).counters.frames_good, 2U);
    test::expect_same_in_pieces(make, text + "noise" + text);
    test::expect_no_frame_cut_short(make, text, text.size(), 1);
    test::expect_flips_harmless(make, text);
  }
}

// Every missing column of a valid reply stays without a number, whichever bit of it is flipped.
TEST(Pb840, NoFlippedBitMakesANumberOfABlank) {
  for (const std::string& good : {Report("MISCF").text(), Report("MISCA").text()}) {
    for (size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::string flipped = good;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      for (const test::Heard& each : decode(flipped).sink.heard) {
        if (each.name == "pip" || each.name == "vte" || each.name == "rate" ||
            each.name == "peep" || each.name == "fio2" || each.name == "vti") {
          EXPECT_TRUE(each.reading.is_missing()) << bit << " " << each.name;
        }
      }
    }
  }
}

// ----------------------------------------------------------------- the reference's known mistakes

TEST(KnownMistakes, Pb840SplitsOnCommasNotColumns) {
  // f50 and f100 as wide as the wire has them, as the manual says, and wider than either.
  for (const char* f50 : {"         ", "      ", "TIME", "VERY WIDE COLUMN"}) {
    const Decoded d = decode(Report("MISCF").put(50, f50).put(73, "24.0  ").text());
    EXPECT_EQ(d.sink.last("pip"), Reading::ok(240)) << f50;
  }
  for (const char* f100 : {"         ", "      "}) {
    const Decoded d = decode(Report("MISCA").put(100, f100).put(101, "1:5.00").text());
    EXPECT_EQ(d.sink.last_text("note set_ratio"), "1:5.00+");
  }
  EXPECT_EQ(decode(miscf(156, "ENABLED  ")).counters.frames_good, 1U);
}

TEST(KnownMistakes, Pb840BlankAlarmIsMissingNotNormal) {
  for (const char* word : {"      ", "", "----  "}) {
    const Decoded d = decode(miscf(124, word));
    EXPECT_EQ(d.sink.last("alarm.circuit_disconnected"), Reading::missing(Reason::stale)) << word;
  }
  const Decoded unknown = decode(miscf(124, "LOUD  "));
  EXPECT_EQ(unknown.sink.last("alarm.circuit_disconnected"),
            Reading::missing(Reason::device_fault));
  EXPECT_EQ(unknown.sink.last_text("note unknown_word"), "circuit_disconnect LOUD+");
  EXPECT_EQ(decode(misca(48, "HIGH  ")).sink.last("alarm.pressure_high"),
            Reading::missing(Reason::device_fault));  // MISCF's words are not MISCA's
  EXPECT_EQ(decode(miscf(105, "MAYBE ")).sink.last("silenced"),
            Reading::missing(Reason::device_fault));
  EXPECT_EQ(decode(miscf(105, "      ")).sink.last("silenced"), Reading::missing(Reason::stale));
}

TEST(KnownMistakes, Pb840RecordWithWrongCountIsDropped) {
  const Report report("MISCF");
  const std::string good = report.text();
  for (const auto& [bytes, fields] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
    const std::string wrong = report.text(bytes, fields);
    const Decoded d = decode(wrong + good);
    EXPECT_EQ(d.counters, (sdk::Counters{1, 1, wrong.size()})) << bytes << " " << fields;
  }
  // A comma that became a letter, and a letter that became a comma.
  std::string joined = good;
  joined[joined.find(',', joined.find('\x02'))] = 'x';
  EXPECT_EQ(decode(joined).counters.frames_bad, 1U);
  std::string parted = good;
  parted[parted.find("NORMAL")] = ',';
  EXPECT_EQ(decode(parted).counters.frames_bad, 1U);
}

TEST(KnownMistakes, Pb840VolumeLimitsAreMillilitres) {
  const Decoded d = decode(Report("MISCF").put(39, "350   ").put(71, "0.378 ").text());
  EXPECT_EQ(d.sink.last("vte"), Reading::ok(3780));
  EXPECT_EQ(d.sink.last_text("note limit_mandatory_volume_low_ml"), "350+");
}

// --------------------------------------------------------------------------------------- meaning

TEST(Pb840, EachMiscfAlarmNamesItsCondition) {
  const std::vector<std::pair<int, const char*>> rows = {{106, "apnoea"},
                                                         {107, "minute_volume_high"},
                                                         {108, "tidal_volume_high"},
                                                         {109, "fio2_high"},
                                                         {110, "pressure_high"},
                                                         {111, "pressure_high"},
                                                         {112, "rate_high"},
                                                         {113, "mains_lost"},
                                                         {114, "battery_fault"},
                                                         {115, "low_battery"},
                                                         {116, "all_power_lost"},
                                                         {117, "tidal_volume_low"},
                                                         {118, "minute_volume_low"},
                                                         {119, "tidal_volume_low"},
                                                         {120, "fio2_low"},
                                                         {121, "other"},
                                                         {122, "o2_supply_failing"},
                                                         {123, "other"},
                                                         {124, "circuit_disconnected"},
                                                         {125, "obstruction"},
                                                         {126, "other"},
                                                         {127, "other"},
                                                         {128, "other"},
                                                         {129, "tidal_volume_high"},
                                                         {130, "tidal_volume_high"},
                                                         {131, "other"},
                                                         {132, "other"},
                                                         {133, "other"},
                                                         {134, "other"},
                                                         {135, "other"},
                                                         {136, "pressure_low"},
                                                         {137, "internal_fault"},
                                                         {145, "internal_fault"},
                                                         {153, "internal_fault"}};
  for (const auto& [number, condition] : rows) {
    for (const char* urgency : {"LOW   ", "MEDIUM", "HIGH  "}) {
      EXPECT_THAT(present(decode(miscf(number, urgency))), ElementsAre(condition)) << number;
    }
    EXPECT_THAT(present(decode(miscf(number, "RESET "))), IsEmpty()) << number;
  }
}

TEST(Pb840, EachMiscaAlarmNamesItsCondition) {
  const std::vector<std::pair<int, const char*>> rows = {{48, "pressure_high"},
                                                         {51, "tidal_volume_low"},
                                                         {52, "minute_volume_low"},
                                                         {53, "rate_high"},
                                                         {54, "o2_supply_failing"},
                                                         {55, "other"},
                                                         {57, "apnoea"},
                                                         {94, "apnoea"},
                                                         {95, "check_circuit"}};
  for (const auto& [number, condition] : rows) {
    EXPECT_THAT(present(decode(misca(number, "ALARM "))), ElementsAre(condition)) << number;
    EXPECT_THAT(present(decode(misca(number, "RESET "))), IsEmpty()) << number;
  }
}

TEST(Pb840, ASilencedAlarmIsStillPresentAndItsUrgencyNoted) {
  const Decoded d = decode(Report("MISCF").put(124, "HIGH  ").put(105, "ON    ").text());
  EXPECT_THAT(present(d), ElementsAre("circuit_disconnected"));
  EXPECT_EQ(d.sink.last("silenced"), Reading::ok(1));
  EXPECT_EQ(d.sink.last_text("note circuit_disconnect"), "HIGH+");
}

TEST(Pb840, OneOfSeveralColumnsIsEnoughAndAnUnknownOneIsNotNormal) {
  const Decoded one = decode(Report("MISCF").put(117, "      ").put(119, "HIGH  ").text());
  EXPECT_EQ(one.sink.last("alarm.tidal_volume_low"), Reading::ok(1));
  const Decoded none = decode(Report("MISCF").put(117, "      ").put(119, "NORMAL").text());
  EXPECT_EQ(none.sink.last("alarm.tidal_volume_low"), Reading::missing(Reason::stale));
}

TEST(Pb840, NumbersAtAndBeyondTheirRange) {
  struct Row {
    int number;
    const char* signal;
    const char* text;
    int32_t value;
  };
  for (const Row& row :
       {Row{73, "pip", "150.0", 1500}, Row{73, "pip", "-20.0", -200},
        Row{71, "vte", "6.000", 60000}, Row{71, "vte", "0.000", 0},
        Row{72, "minute_volume", "100.0", 10000}, Row{70, "rate", "200.0", 2000},
        Row{70, "rate", "0.0", 0}, Row{77, "fio2", "103", 1030}, Row{77, "fio2", "21", 210},
        Row{158, "leak", "200.0", 2000}, Row{72, "minute_volume", "5.295", 530}}) {
    EXPECT_EQ(decode(miscf(row.number, row.text)).sink.last(row.signal), Reading::ok(row.value))
        << row.signal << row.text;
  }
  for (const auto& [number, text] : {std::pair{73, "150.1"},
                                     {73, "-20.1"},
                                     {71, "6.001"},
                                     {71, "-0.01"},
                                     {70, "200.1"},
                                     {77, "104"},
                                     {72, "9999"},
                                     {73, "2 4.0"},
                                     {73, "24,0"},
                                     {73, "OFF"},
                                     {73, "0x10"},
                                     {73, "1e9"},
                                     {73, "nan"},
                                     {13, "ON"},
                                     {92, "x"}}) {
    EXPECT_EQ(decode(miscf(number, text)).counters.frames_bad, 1U) << text;
  }
  EXPECT_EQ(decode(miscf(71, "0")).sink.last("vte"), Reading::missing(Reason::out_of_range));
  EXPECT_EQ(decode(miscf(34, "OFF")).sink.last_text("note limit_pressure_high"), "OFF+");
}

TEST(Pb840, UnusedColumnsMayHoldAnything) {
  EXPECT_EQ(decode(misca(83, "NOOP C")).counters, (sdk::Counters{1, 0, 0}));
  EXPECT_EQ(decode(miscf(170, "WHAT ?")).counters.frames_good, 1U);
}

TEST(Pb840, BrokenFramesAreDroppedWhole) {
  const std::string good = Report("MISCF").text();
  const auto with = [&](size_t at, char c) {
    std::string text = good;
    text[at] = c;
    return text;
  };
  for (const std::string& bad :
       {with(good.size() - 2, 'x'), with(good.find('\x02'), ' '), with(good.find("NORMAL"), '\x80'),
        with(good.find("NORMAL"), '\n'), std::string("MISCX,0,0,\x02\x03\r"),
        std::string("MISCA,\r"), std::string("MISCA,1\r"), std::string("MISCA,1,97,\r"),
        std::string("MISC\r"), std::string("MISCF,1225,169\r"),
        std::string("MISCA,x,97,\x02\x03\r")}) {
    const Decoded d = decode(bad + good);
    EXPECT_EQ(d.counters, (sdk::Counters{1, 1, bad.size()})) << bad;
  }
  EXPECT_EQ(decode(Report("MISCF").text() + "\n" + good).counters, (sdk::Counters{2, 0, 1}));
}

TEST(Pb840, AReplyIsFoundBehindAnything) {
  const std::string good = Report("MISCA").text();
  for (const std::string& junk :
       {std::string("M"), std::string("MI"), std::string("MIMISMISC"), std::string(5000, 'x'),
        "MISCF" + std::string(3000, ' '), good.substr(0, 300), std::string("\r\r\n")}) {
    EXPECT_EQ(decode(junk + good).counters.frames_good, 1U) << junk.substr(0, 20);
    EXPECT_EQ(decode(junk + good).counters.bytes_skipped, junk.size()) << junk.substr(0, 20);
  }
}

TEST(Pb840, AReplyIsFoundWhereverALongerThanLongestEnds) {
  // Also where the bound falls between two letters of its mark.
  const std::string good = Report("MISCA").text();
  for (size_t length = 2030; length <= 2060; ++length) {
    const std::string junk = "MISC" + std::string(length, 'x');
    EXPECT_EQ(decode(junk + good).counters.frames_good, 1U) << length;
    EXPECT_EQ(decode(junk + good).counters.bytes_skipped, junk.size()) << length;
  }
}

TEST(Pb840, NoiseTakesNoMemory) { test::expect_noise_harmless(make, 8); }

// ----------------------------------------------------------------------------------------- asking

using pb840::Asker;
using pb840::Choice;

std::vector<std::string> said_until(Asker& asker, MonoTime& now, MonoTime end, bool& was_lost) {
  std::vector<std::string> said;
  while (now < end) {
    const sdk::AskTurn turn = asker.turn(now);
    was_lost = was_lost || turn.is_lost;
    if (turn.request) {
      said.push_back(asker.requests()[*turn.request]);
    } else {
      now = std::min(turn.next, end);
    }
  }
  return said;
}

// Nothing is ever written to a ventilator that is not one of its three documented questions.
TEST(Pb840Asker, OnlyTheDocumentedRequestsCanLeave) {
  Asker asker(Choice::either, seconds(1));
  EXPECT_THAT(asker.requests(), ElementsAre("RSET\r", "SNDA\r", "SNDF\r"));
  // Whatever comes, and however often it is asked, a turn points into that table.
  MonoTime now{1};
  asker.opened(now);
  for (uint32_t i = 0; i < 100'000; ++i) {
    now = now + milliseconds(i * 2654435761U % 700);
    if (i % 3 == 0) asker.heard(now, {.has_good = i % 7 == 0, .has_bad = i % 11 == 0});
    const sdk::AskTurn turn = asker.turn(now);
    if (turn.request) {
      EXPECT_LT(*turn.request, 3U);
    }
    EXPECT_TRUE(turn.request || turn.next > now);
  }
}

TEST(Pb840Asker, ASilentVentilatorIsResetAndAskedForTheOtherReport) {
  Asker asker(Choice::either, seconds(1));
  MonoTime now{0};
  bool was_lost = false;
  asker.opened(now);
  EXPECT_THAT(said_until(asker, now, MonoTime{seconds(2).ns}, was_lost),
              ElementsAre("RSET\r", "SNDF\r"));
  EXPECT_FALSE(was_lost);
  EXPECT_THAT(said_until(asker, now, MonoTime{seconds(3).ns}, was_lost),
              ElementsAre("RSET\r", "SNDA\r"));
  EXPECT_TRUE(was_lost);
}

TEST(Pb840Asker, TheNextRequestFollowsTheReplyButNotUnderASecond) {
  Asker asker(Choice::miscf, milliseconds(100));
  MonoTime now{0};
  bool was_lost = false;
  asker.opened(now);
  said_until(asker, now, MonoTime{milliseconds(300).ns}, was_lost);
  asker.heard(now, {.has_good = true});
  EXPECT_THAT(said_until(asker, now, MonoTime{milliseconds(1099).ns}, was_lost), IsEmpty());
  EXPECT_THAT(said_until(asker, now, MonoTime{milliseconds(1101).ns}, was_lost),
              ElementsAre("SNDF\r"));
  // A slow line: the reply is still coming after 2 s, and only 10 s of quiet end it.
  now = MonoTime{seconds(3).ns};
  asker.heard(now, {});
  EXPECT_THAT(said_until(asker, now, MonoTime{seconds(12).ns}, was_lost), IsEmpty());
  EXPECT_FALSE(was_lost);
  EXPECT_THAT(said_until(asker, now, MonoTime{milliseconds(13'200).ns}, was_lost),
              ElementsAre("RSET\r", "SNDF\r"));
  EXPECT_TRUE(was_lost);
}

}  // namespace
}  // namespace lamplight
