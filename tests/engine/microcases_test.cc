// The hand-checkable limit cases (rules-microcases.json): simple oracle v1, written here from its
// definition, must say `expect`; the engine must say `rules_expect` for the same rows, with a
// program that was built by hand and with the one that the compiler makes of the text.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "rules/language/compile.h"
#include "tests/engine/programs.h"

namespace lamplight::engine {
namespace {

using Json = nlohmann::json;

struct Case {
  std::string desc, dir;
  std::vector<std::pair<int64_t, std::optional<int64_t>>> rows;
  int64_t limit, delay, hysteresis, gap;
};

// Steps 1 to 4 of rules-microcases.md, literally.
std::vector<int64_t> oracle_v1(const Case& c) {
  std::vector<int64_t> onsets;
  std::optional<int64_t> pending, previous;
  bool active = false;
  for (const auto& [t, v] : c.rows) {
    if (previous && t - *previous > c.gap) {
      pending.reset();
      active = false;
    }
    previous = t;
    if (!v && c.dir != "invalid") {
      pending.reset();
      active = false;
      continue;
    }
    const bool clearing = c.dir == "lt"   ? *v >= c.limit + c.hysteresis
                          : c.dir == "gt" ? *v <= c.limit - c.hysteresis
                                          : v.has_value();
    if (active && clearing) {
      active = false;
      pending.reset();
    }
    if (active) continue;
    const bool violating = c.dir == "lt" ? *v < c.limit : c.dir == "gt" ? *v > c.limit : !v;
    if (!violating) {
      pending.reset();
      continue;
    }
    if (!pending) pending = t;
    if (t - *pending >= c.delay) {
      onsets.push_back(t);
      active = true;
      pending.reset();
    }
  }
  return onsets;
}

Program program_of(const Case& c) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal("x", seconds(c.gap)));
  const auto above = [&](int64_t k) { return at_least(b, x, k + 1); };
  if (c.dir == "invalid") {
    Alarm lost;
    lost.rank = kMedium;
    lost.clear = b.is_valid(x, {.text = b.add_literal("x is valid")});
    b.add_lost(x, span(seconds(c.delay)), lost);
  } else if (c.dir == "lt") {
    b.add_alarm(alarm_of("a", kHigh, b.hold_for(below(b, x, c.limit), span(seconds(c.delay))),
                         at_least(b, x, c.limit + c.hysteresis)));
  } else {
    b.add_alarm(alarm_of("a", kHigh, b.hold_for(above(c.limit), span(seconds(c.delay))),
                         below(b, x, c.limit - c.hysteresis + 1)));
  }
  return *b.build();
}

// The same rule as a text, as rules-microcases.md maps it.
Program compiled(const Case& c) {
  const auto n = [](int64_t v) { return std::to_string(v); };
  std::string text =
      "rules 1 \"micro\"\n"
      "signal x : percent from oximeter.spo2 step 1 range 0..300 every 1 s stale after " +
      n(c.gap) + " s\n";
  if (c.dir == "invalid") {
    text += "lost x for " + n(c.delay) + " s: severity reversible onset prompt \"gone\"\n";
  } else {
    const bool below = c.dir == "lt";
    text += "alarm a \"A\" severity irreversible onset immediate\n  never inhibited\n  when x " +
            std::string(below ? "<" : ">") + " " + n(c.limit) + " percent for " + n(c.delay) +
            " s\n  clear when x " + (below ? ">=" : "<=") + " " +
            n(c.limit + (below ? c.hysteresis : -c.hysteresis)) + " percent for 0 s\nend\n";
  }
  const std::vector<rules::SourceText> texts = {{"micro.rules", text}};
  auto result = rules::compile(texts, nullptr, {.catalogue = false, .policy = false});
  if (!result.compiled) ADD_FAILURE() << rules::render(result.diagnostics.front());
  return std::move(result.compiled.value().program);
}

std::vector<std::string> engine_story(const Program& program, const Case& c) {
  Scenario run(program, {.start = {c.rows.front().first * kSecond}});
  for (const auto& [t, v] : c.rows) {
    if (v) run.sample(t * kSecond, static_cast<int32_t>(*v));
    if (!v) run.missing(t * kSecond, Reason::searching);
  }
  std::vector<std::string> story;
  for (const Event& e : run.events()) {
    if (is_condition_event(e.kind)) {
      story.push_back(Scenario::at(e.t) + " " + std::string(name_of(e.kind)));
    }
  }
  return story;
}

TEST(MicroCases, OracleV1AndTheEngineSayWhatTheFileSays) {
  std::ifstream in(std::string(LL_SOURCE_DIR) + "/tests/engine/rules-microcases.json");
  ASSERT_TRUE(in) << "the committed copy is missing";
  const Json file = Json::parse(in);
  size_t same = 0;
  for (const Json& j : file.at("cases")) {
    Case c{j.at("desc"), j.at("dir"), {}, j.value("T", 0), j.at("D"), j.at("H"), j.at("G")};
    for (const Json& row : j.at("rows")) {
      std::optional<int64_t> v;
      if (!row.at(1).is_null()) v = row.at(1).get<int64_t>();
      c.rows.emplace_back(row.at(0).get<int64_t>(), v);
    }
    EXPECT_EQ(oracle_v1(c), j.at("expect").get<std::vector<int64_t>>()) << c.desc;
    std::vector<std::string> expected;
    std::vector<int64_t> onsets;
    for (const Json& event : j.at("rules_expect")) {
      expected.push_back(std::to_string(event.at(0).get<int64_t>()) + " " +
                         event.at(1).get<std::string>());
      if (event.at(1) == "raised") onsets.push_back(event.at(0).get<int64_t>());
    }
    EXPECT_EQ(engine_story(program_of(c), c), expected) << c.desc;
    // The clear of a `lost` in a text is "valid for 5 s": only its beginnings are the file's.
    auto told = engine_story(compiled(c), c);
    if (c.dir == "invalid") {
      const auto is_other = [](const std::string& line) { return !line.ends_with("raised"); };
      std::erase_if(told, is_other);
      std::erase_if(expected, is_other);
    }
    EXPECT_EQ(told, expected) << c.desc;
    EXPECT_EQ(onsets == oracle_v1(c), j.at("same_onsets").get<bool>()) << c.desc;
    same += onsets == oracle_v1(c) ? 1 : 0;
  }
  EXPECT_EQ(file.at("cases").size(), 16U);
  EXPECT_EQ(same, 12U);
}

// Rows at one cadence without gaps or nulls, D a multiple of it, clear for 0 s: the two agree.
TEST(MicroCases, OnSteadyRowsTheTwoAgreeExactly) {
  uint64_t seed = 1;
  const auto next = [&](uint64_t n) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (seed >> 33) % n;
  };
  for (int round = 0; round < 300; ++round) {
    const int64_t delays[] = {0, 5, 10, 15, 30};
    const int64_t period[] = {1, 5};
    Case c{"random",        next(2) != 0 ? "lt" : "gt",        {}, 90,
           delays[next(5)], static_cast<int64_t>(2 * next(2)), 10};
    const int64_t p = c.delay % 5 == 0 ? period[next(2)] : 1;
    int64_t value = 90;
    for (int64_t i = 0; i < 120; ++i) {
      if (next(4) == 0) value = 86 + static_cast<int64_t>(next(9));
      c.rows.emplace_back(i * p, value);
    }
    std::vector<std::string> expected, raised;
    for (const int64_t t : oracle_v1(c)) expected.push_back(std::to_string(t) + " raised");
    for (const std::string& line : engine_story(compiled(c), c)) {
      if (line.ends_with("raised")) raised.push_back(line);
    }
    ASSERT_EQ(raised, expected) << c.dir << " D" << c.delay << " H" << c.hysteresis;
  }
}

}  // namespace
}  // namespace lamplight::engine
