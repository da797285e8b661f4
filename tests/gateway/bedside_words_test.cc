// Whatever a client of core.sock says, an act has an author and names what it is about, or it is
// answered with what is missing.
#include "gateway/bedside_words.h"

#include <gtest/gtest.h>

namespace lamplight {
namespace {

HeardAct heard(const std::string& type, const std::string& more) {
  const auto message = JsonObject::parse(R"({"type":")" + type + "\"" + more + "}");
  const auto kind = act_kind_of(type);
  if (!message || !kind) return {std::nullopt, "no act"};
  return bedside_act_of(*kind, *message);
}

TEST(BedsideWords, EveryActIsReadWithWhatItNeeds) {
  for (const char* type : {"acknowledge", "pause", "resume"}) {
    const auto act = heard(type, R"(,"by":"Anna","occurrence":17)").act;
    ASSERT_TRUE(act) << type;
    EXPECT_EQ(act->occurrence, 17U);
    EXPECT_EQ(act->length.ns, 0);
    EXPECT_EQ(core::name_of(act->kind), type);
  }
  EXPECT_EQ(heard("pause", R"(,"by":"Anna","occurrence":17,"for_ms":90000)").act->length,
            seconds(90));
  const auto down = heard("stand-down", R"(,"by":"Anna","occurrence":17,"reason":"probe off")").act;
  EXPECT_EQ(down->reason, "probe off");
  for (const char* type : {"press", "release"}) {
    const auto act = heard(type, R"(,"by":"Anna","button":"care")").act;
    ASSERT_TRUE(act) << type;
    EXPECT_EQ(act->button, "care");
    EXPECT_EQ(act->occurrence, 0U);
  }
  EXPECT_FALSE(act_kind_of("silence"));
}

TEST(BedsideWords, NobodyNothingAndNonsenseAreAnsweredWithWhatIsMissing) {
  struct Bad {
    const char* type;
    std::string more;
    const char* told;
  };
  const Bad bad[] = {
      {"acknowledge", R"(,"occurrence":1)", "by is missing"},
      {"acknowledge", R"(,"occurrence":1,"by":"   ")", "by is missing"},
      {"acknowledge", R"(,"occurrence":1,"by":"An\nna")", "by is missing"},
      {"press", R"(,"button":"care","by":")" + std::string(65, 'x') + "\"",
       "by is longer than 64 characters"},
      {"press", R"(,"by":"Anna","button":")" + std::string(49, 'x') + "\"",
       "button is longer than 48 characters"},
      {"pause", R"(,"by":"Anna")", "occurrence is missing"},
      {"pause", R"(,"by":"Anna","occurrence":0)", "occurrence is missing"},
      {"pause", R"(,"by":"Anna","occurrence":-4)", "occurrence is missing"},
      {"pause", R"(,"by":"Anna","occurrence":"1")", "occurrence is missing"},
      {"pause", R"(,"by":"Anna","occurrence":1,"for_ms":0)", "for_ms"},
      {"pause", R"(,"by":"Anna","occurrence":1,"for_ms":-1)", "for_ms"},
      {"press", R"(,"by":"Anna")", "button is missing"},
      {"stand-down", R"(,"by":"Anna","occurrence":1)", "reason is missing"},
      {"stand-down", R"(,"by":"Anna","occurrence":1,"reason":" ")", "reason is missing"},
      {"stand-down", R"(,"by":"Anna","occurrence":1,"reason":")" + std::string(201, 'x') + "\"",
       "reason is longer than 200 characters"},
  };
  for (const Bad& one : bad) {
    const HeardAct answer = heard(one.type, one.more);
    EXPECT_FALSE(answer.act) << one.type << one.more;
    EXPECT_NE(answer.why_not.find(one.told), std::string::npos) << answer.why_not;
  }
}

TEST(BedsideWords, ABoundCountsCharactersInAnyAlphabet) {
  std::string name;
  for (int i = 0; i < 64; ++i) name += "\u042f";
  EXPECT_TRUE(heard("press", R"(,"button":"care","by":")" + name + "\"").act);
  EXPECT_FALSE(heard("press", R"(,"button":"care","by":")" + name + "\u042f\"").act);
}

// 2^63 ms would be no time at all once counted in ns; the engine must see it as too long.
TEST(BedsideWords, APauseOfAgesStaysAges) {
  const auto act =
      heard("pause", R"(,"by":"Anna","occurrence":1,"for_ms":9223372036854775807)").act;
  ASSERT_TRUE(act);
  EXPECT_EQ(act->length, hours(24));
}

}  // namespace
}  // namespace lamplight
