// An area under a limit is kept in whole step-nanoseconds for as long as a child is ill: it neither
// wraps nor forgets over a restart, and its evidence says how much has added up.
#include <gtest/gtest.h>

#include "rules/engine/evidence.h"
#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Story = std::vector<std::string>;

Program area_program(int64_t budget_seconds, int64_t depth_scale = 1) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  const auto text = b.add_literal("shortfall of x below 90 percent");
  const auto area = b.area(
      OpKind::shortfall, {{{x, -depth_scale}}, {}, 90 * depth_scale},
      {{}, {}, budget_seconds * kSecond * depth_scale}, span(seconds(10)),
      {.text = text, .step = {1, kSecond * depth_scale}, .decimals = 1, .unit = "percent*s"});
  b.add_alarm(alarm_of("dip", kMedium, area, b.hold_for(at_least(b, x, 90), span(seconds(30)))));
  const auto program = b.build();
  return *program;
}

TEST(Areas, TheBudgetIsUsedUpBetweenTwoSamples) {
  Scenario run(area_program(50));
  run.sample(0, 88);
  run.sample(2 * kSecond, 86);
  run.sample(5 * kSecond, 84);
  run.sample(9 * kSecond + 500'000'000, 84);
  run.step(10 * kSecond);
  EXPECT_EQ(run.engine().next_deadline().ns, 10'666'666'667);
  run.step(11 * kSecond);
  EXPECT_EQ(run.story(), (Story{"10.666666667 dip raised"}));
}

TEST(Areas, EvidenceSaysHowMuchHasAddedUp) {
  Scenario run(area_program(50));
  run.sample(0, 80);
  run.step(5 * kSecond);
  const auto events = run.events();
  ASSERT_FALSE(events.empty());
  std::string json;
  JsonWriter out(json);
  write_evidence_json(run.engine().program(), run.effects(), events[0], {0}, out);
  EXPECT_NE(json.find("\"worst\":50,\"last\":50"), std::string::npos) << json;
}

TEST(Areas, AtTheLargestAnAreaStaysAndStillPaysBack) {
  const Program program = area_program(450, 10'000'000);
  const OpIndex area = program.alarms[0].when;
  Scenario run(program);
  for (int64_t t = 0; t < 20; t += 4) run.sample(t * kSecond, 0);
  EXPECT_EQ(run.story(), (Story{"5 dip raised"}));
  // Full since 5.1 s. Had it gone on growing, a good reading would need 7 s to pay it back.
  run.sample(20 * kSecond, 300);
  EXPECT_EQ(run.engine().truth(area), Truth::yes);
  run.step(20 * kSecond + 60'000'000);
  EXPECT_EQ(run.engine().truth(area), Truth::no);
}

TEST(Areas, ASnapshotCarriesAreaRestAndDeadline) {
  for (int64_t cut = 1; cut < 60; ++cut) {
    const auto drive = [](Scenario& run, int64_t from, int64_t to) {
      for (int64_t i = from; i < to; ++i) {
        if (i % 11 == 7) continue;
        run.sample(i * 700'000'000, i < 20 ? 84 : (i < 45 ? 95 : 70));
      }
    };
    Scenario whole(area_program(60));
    drive(whole, 0, 80);
    Scenario before(area_program(60));
    drive(before, 0, cut);
    std::vector<std::byte> bytes;
    before.engine().snapshot(bytes);
    Scenario after(area_program(60));
    ASSERT_TRUE(after.engine().restore(bytes));
    drive(after, cut, 80);
    Story story = before.story();
    for (const std::string& line : after.story()) story.push_back(line);
    ASSERT_EQ(story, whole.story()) << cut;
    ASSERT_EQ(after.engine().digest(), whole.engine().digest()) << cut;
  }
}

}  // namespace
}  // namespace lamplight::engine
