// A column comes back exactly as it went in, and the bytes are those of FORMAT.md: for whoever
// reads a night's samples in ten years, and for replay, which must see what was lived.
#include <gtest/gtest.h>

#include <random>

#include "gateway/store/codec.h"
#include "gateway/store/label.h"

namespace lamplight::store::test {
namespace {

std::string hex(std::span<const std::byte> bytes) {
  std::string out;
  for (const std::byte b : bytes) {
    char two[4];
    std::snprintf(two, sizeof two, "%s%02x", out.empty() ? "" : " ", static_cast<unsigned>(b));
    out += two;
  }
  return out;
}

constexpr int64_t kSecond = 1'000'000'000;

// The example of FORMAT.md, worked there by hand.
Column example() {
  return {41,
          {2, 2, 0, 1},
          {10 * kSecond, 11 * kSecond, 12 * kSecond, 13 * kSecond, 13 * kSecond + 5},
          {970, 971, 0, 1300, 968},
          {0, 0, 3, 128, 0}};
}

TEST(Segment, HasTheGoldenBytesOfTheFormatPage) {
  const Segment s = encode(example());
  EXPECT_EQ(s.first_seq, 41U);
  EXPECT_EQ(s.last_seq, 44U);
  EXPECT_EQ(s.t0, 10 * kSecond);
  EXPECT_EQ(s.t1, 13 * kSecond + 5);
  EXPECT_EQ(s.n, 5U);
  EXPECT_EQ(s.min, 968);
  EXPECT_EQ(s.max, 1300);
  EXPECT_EQ(hex(s.seqs), "01 02 02 00 01 01 01");
  EXPECT_EQ(hex(s.runs), "01 03 80 a8 d6 b9 07 01 0a");
  EXPECT_EQ(hex(s.vals), "01 02 02 00 03 00 00 00 4c 01 00 00");
  ASSERT_TRUE(s.valid);
  EXPECT_EQ(hex(*s.valid), "01 1b");
  ASSERT_TRUE(s.reason);
  EXPECT_EQ(hex(*s.reason), "01 02 00 01 03 01 80 01 00");
}

TEST(Segment, OfGoodValuesOnlyHasNoValidAndNoReason) {
  Column c = example();
  c.worth.assign(5, kWorthOk);
  c.value[2] = 970;
  const Segment s = encode(c);
  EXPECT_FALSE(s.valid);
  EXPECT_FALSE(s.reason);
  EXPECT_EQ(*decode(view_of(s)), c);
}

TEST(Segment, AllMissingHasNoRange) {
  const Column c{1, {2}, {5, 5}, {0, 0}, {8, 10}};
  const Segment s = encode(c);
  EXPECT_FALSE(s.min);
  EXPECT_FALSE(s.max);
  EXPECT_EQ(*decode(view_of(s)), c);
}

TEST(Segment, UsesTheNarrowestWidth) {
  for (const auto& [span, width] : {std::pair{255, 1}, {256, 2}, {65535, 2}, {65536, 4}}) {
    const Column c{1, {2}, {0, 1}, {-100, span - 100}, {0, 0}};
    EXPECT_EQ(static_cast<int>(encode(c).vals[1]), width) << span;
    EXPECT_EQ(*decode(view_of(encode(c))), c);
  }
  const Column widest{1, {2}, {INT64_MIN, INT64_MAX}, {-(1 << 30), 1 << 30}, {0, 0}};
  EXPECT_EQ(*decode(view_of(encode(widest))), widest);
}

Column random_column(std::mt19937_64& random) {
  const auto below = [&](uint64_t n) { return random() % n; };
  Column c;
  c.first_seq = 1 + below(1'000'000);
  const uint64_t seqs = 1 + below(80);
  const uint64_t shape = below(4);
  int64_t t = static_cast<int64_t>(below(1ULL << 50));
  for (uint64_t s = 0; s < seqs; ++s) {
    const auto samples = static_cast<uint32_t>(shape == 0 ? 1 : below(30));
    c.per_seq.push_back(samples);
    for (uint32_t i = 0; i < samples; ++i) {
      t += shape < 2 ? kSecond : static_cast<int64_t>(below(3 * kSecond)) - kSecond;
      const uint64_t dice = below(20);
      const bool is_missing = dice == 0 || shape == 3;
      c.t.push_back(t);
      c.value.push_back(is_missing ? 0 : static_cast<int32_t>(below(1ULL << (shape * 10 + 1))) - 5);
      c.worth.push_back(
          static_cast<uint8_t>(is_missing ? 1 + below(10) : (dice == 1 ? kWorthLow : kWorthOk)));
    }
  }
  if (c.t.empty()) return random_column(random);
  return c;
}

TEST(Segment, RandomColumnsComeBackExactly) {
  std::mt19937_64 random(20260302);
  for (int i = 0; i < 2000; ++i) {
    const Column c = random_column(random);
    const Segment s = encode(c);
    const auto back = decode(view_of(s));
    ASSERT_TRUE(back) << back.error();
    ASSERT_EQ(*back, c) << "case " << i;
  }
}

TEST(Segment, EveryTruncationAndEveryUnknownFormatIsRefused) {
  const Segment good = encode(example());
  const auto damaged = [&](auto change) {
    Segment bad = good;
    change(bad);
    return decode(view_of(bad));
  };
  const auto blobs = [](Segment& s) {
    return std::array{&s.seqs, &s.runs, &s.vals, &*s.valid, &*s.reason};
  };
  for (size_t b = 0; b < 5; ++b) {
    Segment copy = good;
    const size_t size = blobs(copy)[b]->size();
    for (size_t keep = 0; keep < size; ++keep) {
      EXPECT_FALSE(damaged([&](Segment& s) { blobs(s)[b]->resize(keep); })) << b << ' ' << keep;
    }
    EXPECT_FALSE(damaged([&](Segment& s) { blobs(s)[b]->front() = std::byte{2}; })) << b;
    EXPECT_FALSE(damaged([&](Segment& s) { blobs(s)[b]->push_back(std::byte{1}); })) << b;
  }
  EXPECT_FALSE(damaged([](Segment& s) { s.n = 6; }));
  EXPECT_FALSE(damaged([](Segment& s) { s.n = 0; }));
  EXPECT_FALSE(damaged([](Segment& s) { s.n = UINT64_MAX; }));
  EXPECT_FALSE(damaged([](Segment& s) { s.last_seq = 45; }));
  EXPECT_FALSE(damaged([](Segment& s) { s.last_seq = 1; }));
  EXPECT_FALSE(damaged([](Segment& s) { s.t1 += 1; }));
  EXPECT_FALSE(damaged([](Segment& s) { s.min.reset(); }));
  EXPECT_FALSE(damaged([](Segment& s) { s.max = 1000; }));
  EXPECT_FALSE(damaged([](Segment& s) { s.valid.reset(); }));
  EXPECT_FALSE(damaged([](Segment& s) { s.reason.reset(); }));
}

TEST(Label, IsReadBackToTheNanosecondWithItsWorth) {
  for (const int64_t ns : {0LL, 1LL, -1LL, 1'772'417'648'250'000'000LL, 4'102'444'799'999'999'999LL,
                           -62'135'596'8LL, 951'782'400'000'000'000LL}) {
    const WallTime back = wall_time_of(label_of({ns, ClockState::synchronised}), "stepped");
    EXPECT_EQ(back.unix_ns, ns);
    EXPECT_EQ(back.clock, ClockState::stepped);
  }
  EXPECT_EQ(label_of({951'782'400'000'000'000, ClockState::stepped}),
            "2000-02-29T00:00:00.000000000Z");
  EXPECT_EQ(wall_time_of("", "?").unix_ns, 0);
  EXPECT_EQ(wall_time_of("", "?").clock, ClockState::unsynchronised);
  // Of a damaged row: a clock that was right in 1970 would make a gap of half a century, and forget
  // which commands were carried out.
  for (const char* damaged : {"", "2026-13-40T00:00:00Z", "2026-03-02 02:14", "\xFF"}) {
    EXPECT_EQ(wall_time_of(damaged, "synchronised"), WallTime{}) << damaged;
  }
}

}  // namespace
}  // namespace lamplight::store::test
