// What must hold: one child, plausible and repeatable. Saturation falls some time after the
// ventilator is lost, never at once, and comes back; a dictated value is exactly what is measured.
#include "firmware-sim/patient.h"

#include <gtest/gtest.h>

namespace lamplight::sim {
namespace {

constexpr MonoTime kBorn{5'000'000'000};

int32_t spo2_at(Patient& p, Duration t) {
  p.advance(kBorn + t);
  return p.spo2();
}

TEST(Patient, CalmNightCrossesNoLimit) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Patient p(seed, kBorn);
    for (int64_t s = 0; s < 3600; ++s) {
      const int32_t spo2 = spo2_at(p, seconds(s));
      ASSERT_GE(spo2, 960);
      ASSERT_LE(spo2, 985);
      ASSERT_GE(p.pulse(), 1100);
      ASSERT_LE(p.pulse(), 1260);
      ASSERT_GE(p.breath_rate(), 180);
    }
  }
}

TEST(Patient, SameSeedSameNight) {
  Patient a(3, kBorn);
  Patient b(3, kBorn);
  a.set_circuit(false);
  b.set_circuit(false);
  // However often somebody looks.
  for (int64_t ms = 0; ms < 90'000; ms += 70) a.advance(kBorn + milliseconds(ms));
  for (int64_t s = 0; s <= 90; ++s) {
    a.advance(kBorn + seconds(90 + s));
    b.advance(kBorn + seconds(90 + s));
    ASSERT_EQ(a.spo2(), b.spo2());
    ASSERT_EQ(a.pulse(), b.pulse());
  }
}

TEST(Patient, SaturationFallsTwentyToThirtySecondsAfterDisconnection) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Patient p(seed, kBorn);
    p.set_circuit(false);
    EXPECT_GE(spo2_at(p, seconds(19)), 960) << seed;
    EXPECT_LT(spo2_at(p, seconds(35)), 940) << seed;
    EXPECT_LT(spo2_at(p, seconds(60)), 780) << seed;
  }
}

TEST(Patient, AShortDisconnectionIsNeverSeenInSaturation) {
  Patient p(1, kBorn);
  p.set_circuit(false);
  p.advance(kBorn + seconds(15));
  p.set_circuit(true);
  for (int64_t s = 15; s < 120; ++s) ASSERT_GE(spo2_at(p, seconds(s)), 960);
}

TEST(Patient, RecoversAfterReconnectionWithADelay) {
  Patient p(1, kBorn);
  p.set_circuit(false);
  const int32_t low = spo2_at(p, seconds(50));
  p.set_circuit(true);
  EXPECT_NEAR(spo2_at(p, seconds(54)), low, 12);
  EXPECT_GE(spo2_at(p, seconds(90)), 960);
}

TEST(Patient, TheHeartRacesFirstAndFailsThen) {
  Patient p(1, kBorn);
  const int32_t calm = p.pulse();
  p.set_circuit(false);
  p.advance(kBorn + seconds(40));
  EXPECT_GT(p.pulse(), calm + 100);
  p.advance(kBorn + seconds(80));
  EXPECT_LT(p.pulse(), calm);
  EXPECT_GE(p.pulse(), 400);
}

TEST(Patient, DictatedValueIsExactUntilTheNextWord) {
  Patient p(9, kBorn);
  p.advance(kBorn + seconds(3));
  p.set_spo2(885, {});
  p.set_pulse(1400, {});
  for (int64_t s = 3; s < 600; ++s) {
    ASSERT_EQ(spo2_at(p, seconds(s)), 885);
    ASSERT_EQ(p.pulse(), 1400);
  }
}

TEST(Patient, DictatedRampIsLinearAndEndsExactly) {
  Patient p(9, kBorn);
  p.set_spo2(970, {});
  p.advance(kBorn + seconds(10));
  p.set_spo2(840, seconds(26));
  EXPECT_EQ(spo2_at(p, seconds(23)), 905);
  EXPECT_EQ(spo2_at(p, seconds(36)), 840);
  EXPECT_EQ(spo2_at(p, seconds(99)), 840);
}

TEST(Patient, OnlyALaterDisconnectionMovesADictatedValue) {
  Patient p(9, kBorn);
  p.set_circuit(false);
  p.advance(kBorn + seconds(40));
  p.set_spo2(970, {});
  EXPECT_EQ(spo2_at(p, seconds(80)), 970);
  p.set_circuit(true);
  EXPECT_EQ(spo2_at(p, seconds(200)), 970);
  p.set_circuit(false);
  EXPECT_LT(spo2_at(p, seconds(240)), 960);
  p.set_circuit(true);
  EXPECT_EQ(spo2_at(p, seconds(320)), 970);
}

}  // namespace
}  // namespace lamplight::sim
