// Who reads the record in the morning must find every occurrence once, with what people did, and
// nothing that the record does not say.
#include "gateway/cli/history.h"

#include <gtest/gtest.h>

namespace lamplight::cli {
namespace {

store::StoredEvent event(int64_t second, const std::string& name, const std::string& more = "",
                         uint64_t occurrence = 17) {
  store::StoredEvent e;
  e.seq = static_cast<uint64_t>(second + 1);
  e.t = {seconds(second).ns};
  e.at = {1'772'417'648'000'000'000 + seconds(second).ns, ClockState::synchronised};
  e.boot = "b-1";
  e.name = "alarm." + name;
  e.rule = "oxygen_low";
  e.occurrence = occurrence;
  e.body = R"({"priority":"high")" + more + "}";
  return e;
}

TEST(History, TellsALifeInItsOrder) {
  const auto lives = lives_of({
      event(0, "raised"),
      event(5, "audio_paused", R"(,"actor":"caregiver-1")"),
      event(9, "audio_resumed"),
      event(10, "acknowledged", R"(,"actor":"caregiver-2")"),
      event(12, "unconfirmed"),
      event(13, "inhibited", R"(,"inhibited":true)"),
      event(20, "seen", R"(,"actor":"n-204")"),
      event(85, "cleared", R"(,"flaps":2)"),
  });
  ASSERT_EQ(lives.size(), 1U);
  EXPECT_EQ(life_line(lives[0]),
            "#17  2026-03-02T02:14:08Z  2026-03-02T02:15:33Z  cleared  high  oxygen_low  lasted 1 "
            "min 25 s, came back 2 times, could not be judged once, held back once, paused by "
            "caregiver-1, acknowledged by caregiver-2, seen by n-204\n");
  EXPECT_NE(life_json(lives[0]).find(R"("acknowledged_by":"caregiver-2")"), std::string::npos);
  EXPECT_NE(life_json(lives[0]).find(R"("lasted_ms":85000)"), std::string::npos);
}

TEST(History, AStandDownHasItsReasonAndWhatIsOpenSaysSo) {
  const auto lives = lives_of({
      event(0, "raised"),
      event(60, "closed", R"(,"actor":"caregiver-1","cause":"to_lost","reason":"bath")"),
      event(61, "raised", "", 18),
  });
  ASSERT_EQ(lives.size(), 2U);
  EXPECT_NE(life_line(lives[0]).find("stood down by caregiver-1, cause to_lost, reason: bath"),
            std::string::npos);
  EXPECT_NE(life_line(lives[1]).find("still open"), std::string::npos);
  EXPECT_NE(life_json(lives[1]).find(R"("how":"open")"), std::string::npos);
}

TEST(History, ClaimsNoLengthThatNoClockKnows) {
  auto end = event(60, "cleared");
  end.boot = "b-2";
  end.at.clock = ClockState::unsynchronised;
  const auto lives = lives_of({event(0, "raised"), end});
  EXPECT_FALSE(lives[0].lasted_ms);
  end.at.clock = ClockState::synchronised;
  EXPECT_EQ(lives_of({event(0, "raised"), end})[0].lasted_ms, 60'000);
}

TEST(History, WhatBeganBeforeTheRecordAndWhatIsDamagedIsLeftOut) {
  auto broken = event(3, "acknowledged");
  broken.body = "{";
  const auto lives = lives_of({broken, event(9, "cleared")});
  ASSERT_EQ(lives.size(), 1U);
  EXPECT_TRUE(lives[0].raised.empty());
  EXPECT_TRUE(lives[0].acts.empty());
  EXPECT_NE(life_line(lives[0]).find("before the record"), std::string::npos);
}

}  // namespace
}  // namespace lamplight::cli
