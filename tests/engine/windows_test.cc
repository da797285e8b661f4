// A window says the same whoever asks and however often: its panes are aligned to the start, its
// crossings are solved, and no restart, tick or jump loses or adds a microsecond.
#include <gtest/gtest.h>

#include "rules/engine/evidence.h"
#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Story = std::vector<std::string>;

constexpr int64_t kUs = 1'000;

// 64 s: panes of one second.
Program mean_program(int64_t least_us = 44'800'000) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal());
  const auto mean = b.window(OpKind::mean, x, seconds(64), least_us);
  const auto text = b.add_literal("mean of x over 64 s < 90 percent");
  const Show show{.text = text, .step = {1, 1}, .decimals = 0, .unit = "percent"};
  const auto low = b.compare_number({{}, {}, -90, {{mean, 1}}}, false, show);
  b.add_alarm(alarm_of("low", kMedium, low, b.negate(low)));
  return *b.build();
}

TEST(Windows, AMeanCrossesBetweenTwoSamples) {
  Scenario run(mean_program());
  run.samples(0, 29, 96);
  run.samples(30, 70, 84);
  EXPECT_EQ(run.story(), (Story{"60.000001 low raised"}));
}

TEST(Windows, EvidenceGivesTheMeanRoundedToTheStep) {
  Scenario run(mean_program());
  run.samples(0, 29, 96);
  run.samples(30, 60, 84);
  run.step(60 * kSecond + kUs);
  const auto events = run.events();
  ASSERT_EQ(events.size(), 2U);
  std::string json;
  JsonWriter out(json);
  write_evidence_json(run.engine().program(), run.effects(), events[0], {0}, out);
  EXPECT_NE(json.find("\"last\":90"), std::string::npos) << json;
}

TEST(Windows, TheKnownShareIsReachedAtItsMicrosecond) {
  const Program program = mean_program(44'800'000);
  const OpIndex low = program.alarms[0].when;
  Scenario run(program);
  run.samples(0, 44, 85);
  run.step(44 * kSecond + 799'999'000);
  EXPECT_EQ(run.engine().truth(low), Truth::unknown);
  run.step(44 * kSecond + 800'000'000);
  EXPECT_EQ(run.engine().truth(low), Truth::yes);
}

TEST(Windows, ALongSilenceEmptiesThePanesAndArmsNothing) {
  const Program program = mean_program();
  const OpIndex low = program.alarms[0].when;
  Scenario run(program);
  run.samples(0, 60, 85);
  run.step(600 * kSecond);
  EXPECT_EQ(run.engine().truth(low), Truth::unknown);
  EXPECT_EQ(run.engine().next_deadline(), kNever);
  run.story();
  // A month later it fills anew from nothing.
  const int64_t later = 30 * 86'400;
  for (int64_t t = 0; t < 45; ++t) run.sample((later + t) * kSecond, 95);
  EXPECT_EQ(run.engine().truth(low), Truth::unknown);
  run.step((later + 45) * kSecond);
  EXPECT_EQ(run.engine().truth(low), Truth::no);
}

TEST(Windows, ASnapshotCarriesThePanesWhateverTheInstant) {
  const auto drive = [](Scenario& run, int64_t from, int64_t to) {
    for (int64_t i = from; i < to; ++i) {
      if (i % 17 == 5) run.missing(i * 700'000'001, Reason::probe_off);
      if (i % 17 != 5 && i % 13 != 2) run.sample(i * 700'000'001, i / 60 % 2 == 0 ? 95 : 82);
    }
  };
  Scenario whole(mean_program(20'000'000));
  drive(whole, 0, 400);
  const Story expected = whole.story();
  ASSERT_GT(expected.size(), 4U);
  for (int64_t cut = 1; cut < 400; cut += 7) {
    Scenario before(mean_program(20'000'000));
    drive(before, 0, cut);
    std::vector<std::byte> bytes;
    before.engine().snapshot(bytes);
    Scenario after(mean_program(20'000'000), {.start = {cut * kSecond}});
    ASSERT_TRUE(after.engine().restore(bytes));
    drive(after, cut, 400);
    Story story = before.story();
    for (const std::string& line : after.story()) story.push_back(line);
    ASSERT_EQ(story, expected) << cut;
  }
}

TEST(Windows, WhatCannotBeSolvedOrHeldIsRefused) {
  const auto refused = [](void (*make)(ProgramBuilder&, SignalIndex)) {
    ProgramBuilder b;
    make(b, b.add_signal(percent_signal()));
    const auto program = b.build();
    return program ? std::string() : program.error();
  };
  EXPECT_EQ(refused([](ProgramBuilder& b, SignalIndex x) {
              const auto one = b.window(OpKind::mean, x, seconds(10), 1);
              const auto two = b.window(OpKind::mean, x, seconds(20), 1);
              b.compare_number({{}, {}, 0, {{one, 1}, {two, -1}}}, false, {});
            }),
            "a comparison reads at most one mean or share, and no age beside it");
  EXPECT_EQ(
      refused([](ProgramBuilder& b, SignalIndex x) { b.window(OpKind::mean, x, hours(25), 1); }),
      "a window must be longer than 0 and at most 24 h");
  EXPECT_NE(refused([](ProgramBuilder& b, SignalIndex x) {
              for (int i = 1; i <= 70; ++i) b.window(OpKind::drop, x, seconds(i), 1);
            }).find("bytes of state, 65536 allowed"),
            std::string::npos);
}

}  // namespace
}  // namespace lamplight::engine
