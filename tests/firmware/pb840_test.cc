// What must hold: the simulated PB 840 and V200 send the reports of the manuals: total lengths and
// counts of the documented framing, each alarm in its own column, and nothing unless asked.
#include <gmock/gmock.h>

#include "firmware-sim/device_pb840.h"
#include "firmware-sim/printed.h"
#include "tests/firmware/bench.h"

namespace lamplight::sim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Pb : Bench {
  explicit Pb(std::string_view kind = "pb840") : Bench(kind, Role::ventilator, {}, false) {}
  std::string ask(std::string_view command) {
    sent.clear();
    const std::string text = std::string(command) + "\r";
    device->receive(now, 0, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
    return sent.empty() ? "" : sent.back().text();
  }
  // Column `number` of the last reply.
  std::string column(int number) const {
    const std::string text = sent.back().text();
    size_t at = text.find('\x02') + 1;
    for (int n = 5; n < number; ++n) at = text.find(',', at) + 1;
    return text.substr(at, text.find(',', at) - at);
  }
};

TEST(Pb840, RepliesAreAsLongAsDocumented) {
  Pb b;
  const std::string miscf = b.ask("SNDF");
  EXPECT_EQ(miscf.size(), 1244U);
  EXPECT_THAT(miscf, StartsWith("MISCF,1225,169 ,\x02"));
  EXPECT_THAT(miscf, testing::EndsWith(",\x03\r"));
  const std::string misca = b.ask("SNDA");
  EXPECT_EQ(misca.size(), 722U);
  EXPECT_THAT(misca, StartsWith("MISCA,706,97,\x02"
                                "22:47 ,840 3510000001    ,"));
  EXPECT_THAT(misca, HasSubstr(",FEB 22 2016 ,"));
}

TEST(Pb840, SpeaksOnlyWhenAskedAndForgetsAtReset) {
  Pb b;
  b.run_to(seconds(30));
  EXPECT_TRUE(b.sent.empty());
  EXPECT_EQ(b.ask("RSET"), "");
  EXPECT_EQ(b.ask("WHAT"), "");
  EXPECT_NE(b.ask("xxxRSET\rSNDA"), "");
}

TEST(V200, KnowsMiscaAlone) {
  Pb b("v200");
  EXPECT_EQ(b.ask("SNDF"), "");
  EXPECT_THAT(b.ask("SNDA"), HasSubstr("V200 3510000001"));
}

TEST(Pb840, EveryConditionStandsInItsColumnWithItsUrgency) {
  const std::pair<const char*, int> kColumns[] = {{"apnoea", 106},
                                                  {"minute_volume_high", 107},
                                                  {"tidal_volume_high", 108},
                                                  {"fio2_high", 109},
                                                  {"pressure_high", 110},
                                                  {"rate_high", 112},
                                                  {"mains_lost", 113},
                                                  {"battery_fault", 114},
                                                  {"low_battery", 115},
                                                  {"all_power_lost", 116},
                                                  {"tidal_volume_low", 117},
                                                  {"minute_volume_low", 118},
                                                  {"fio2_low", 120},
                                                  {"o2_supply_failing", 122},
                                                  {"circuit_disconnected", 124},
                                                  {"obstruction", 125},
                                                  {"other", 127},
                                                  {"pressure_low", 136},
                                                  {"internal_fault", 141}};
  for (const auto& [condition, number] : kColumns) {
    Pb b;
    ASSERT_TRUE(b.say(std::string("condition ventilator ") + condition + " on")) << condition;
    b.ask("SNDF");
    EXPECT_THAT(b.column(number), testing::AnyOf("HIGH  ", "MEDIUM", "LOW   ")) << condition;
    ASSERT_TRUE(b.say(std::string("condition ventilator ") + condition + " off"));
    b.ask("SNDF");
    EXPECT_EQ(b.column(number), "RESET ") << condition;
    b.run_to(seconds(11));
    b.ask("SNDF");
    EXPECT_EQ(b.column(number), "NORMAL") << condition;
  }
}

TEST(Pb840, VolumesAreLitresAndTheTruthSaysWhatIsPrinted) {
  Pb b;
  ASSERT_TRUE(b.say("set ventilator.vte 378.4"));
  ASSERT_TRUE(b.say("silenced ventilator on"));
  b.ask("SNDF");
  EXPECT_EQ(b.column(71), "0.378 ");
  EXPECT_EQ(b.column(105), "ON    ");
  EXPECT_THAT(b.sent.back().facts, HasSubstr(R"("vte":378,)"));
  b.ask("SNDA");
  EXPECT_EQ(b.column(35), "0.38  ");
  EXPECT_THAT(b.sent.back().facts, HasSubstr(R"("vte":380)"));
}

TEST(Pb840, ADisconnectedCircuitShowsInValuesAndAfterItsDelayAsAnAlarm) {
  Bench b("pb840", Role::ventilator);
  b.patient.set_circuit(false);
  b.run_to(seconds(30));
  EXPECT_THAT(b.truth.take_kept(),
              HasSubstr(R"("condition":"circuit_disconnected","present":true,"by":"device")"));
}

TEST(Pb840, GarbledRepliesHoldBytesThatNoReportHas) {
  Pb b;
  ASSERT_TRUE(b.say("fault ventilator garble"));
  for (int i = 0; i < 200; ++i) {
    const std::string text = b.ask("SNDF");
    const auto is_high = [](char c) { return (c & 0x80) != 0; };
    EXPECT_TRUE(std::any_of(text.begin(), text.end(), is_high));
  }
}

TEST(Printed, RoundsHalfAwayFromZero) {
  EXPECT_EQ(print_number(1520, 4, 3).text, "0.152");
  EXPECT_EQ(print_number(1525, 4, 3).text, "0.153");
  EXPECT_EQ(print_number(1525, 4, 3).value, 1530);
  EXPECT_EQ(print_number(-15, 1, 0).text, "-2");
  EXPECT_EQ(print_number(5, 1, 1).text, "0.5");
  EXPECT_EQ(print_number(204, 1, 0).text, "20");
}

}  // namespace
}  // namespace lamplight::sim
