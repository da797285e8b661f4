// Repeated dips are counted, each once, whatever happens to the probe or to the box in between.
#include <gtest/gtest.h>

#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Story = std::vector<std::string>;

Program count_program(int64_t starts, Duration window = seconds(20)) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  const auto text = b.add_literal("count of (x < 90 percent)");
  const auto count = b.count_starts(below(b, x, 90), window, starts, {.text = text});
  b.add_alarm(alarm_of("dips", kMedium, count, b.hold_for(at_least(b, x, 90), span(seconds(2)))));
  return *b.build();
}

TEST(Counts, TheVerdictFallsAtTheInstantTheOldestStartDropsOut) {
  const Program program = count_program(2);
  const OpIndex count = program.alarms[0].when;
  Scenario run(program);
  run.sample(0, 95);
  run.sample(4 * kSecond, 85);
  run.sample(5 * kSecond, 95);
  run.sample(8 * kSecond, 85);
  EXPECT_EQ(run.engine().truth(count), Truth::yes);
  for (int64_t t = 9; t <= 23; ++t) run.sample(t * kSecond, 95);
  run.step(24 * kSecond - 1);
  EXPECT_EQ(run.engine().truth(count), Truth::yes);
  run.step(24 * kSecond);
  EXPECT_EQ(run.engine().truth(count), Truth::no);
}

TEST(Counts, FewerStartsAreUnknownAsLongAsUnknownTimeIsInTheWindow) {
  const Program program = count_program(2);
  const OpIndex count = program.alarms[0].when;
  Scenario run(program);
  run.samples(0, 19, 95);
  EXPECT_EQ(run.engine().truth(count), Truth::unknown);  // before the start nothing was known
  run.sample(20 * kSecond, 95);
  EXPECT_EQ(run.engine().truth(count), Truth::no);
  run.missing(21 * kSecond, Reason::probe_off);
  EXPECT_EQ(run.engine().truth(count), Truth::unknown);
  run.samples(23, 42, 95);
  EXPECT_EQ(run.engine().truth(count), Truth::unknown);
  run.sample(43 * kSecond, 95);
  EXPECT_EQ(run.engine().truth(count), Truth::no);
}

TEST(Counts, SixtyFourStartsFitAndOneMoreIsRefused) {
  Scenario run(count_program(64, seconds(1000)));
  for (int64_t i = 0; i < 64; ++i) {
    run.sample(2 * i * kSecond, 85);
    EXPECT_EQ(run.story(), i < 63 ? Story{} : Story{"126 dips raised"});
    run.sample((2 * i + 1) * kSecond, 95);
  }
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  b.count_starts(below(b, x, 90), seconds(60), 65, {});
  const auto refused = b.build();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "a count compares with 1 to 64");
}

TEST(Counts, ASnapshotCarriesTheRing) {
  const auto drive = [](Scenario& run, int64_t from, int64_t to) {
    for (int64_t i = from; i < to; ++i) run.sample(i * kSecond, i % 5 == 0 || i % 7 == 0 ? 85 : 95);
  };
  Scenario whole(count_program(6));
  drive(whole, 0, 120);
  const Story expected = whole.story();
  ASSERT_GT(expected.size(), 3U);
  for (int64_t cut = 1; cut < 120; cut += 3) {
    Scenario before(count_program(6));
    drive(before, 0, cut);
    std::vector<std::byte> bytes;
    before.engine().snapshot(bytes);
    Scenario after(count_program(6));
    ASSERT_TRUE(after.engine().restore(bytes));
    drive(after, cut, 120);
    Story story = before.story();
    for (const std::string& line : after.story()) story.push_back(line);
    ASSERT_EQ(story, expected) << cut;
  }
}

}  // namespace
}  // namespace lamplight::engine
