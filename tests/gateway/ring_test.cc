// Every input of the last seconds must still be there after the process dies at any instant, so
// that the child's alarms go on where they were; and what kills us must be kept for the people
// who look for the reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "gateway/crc32.h"
#include "gateway/input_ring.h"

namespace lamplight {
namespace {

namespace fs = std::filesystem;
constexpr char kBoot[] = "6a5f0d2e-boot";
constexpr size_t kSmall = 4096 + 1000;  // head and an area of 1000 bytes
constexpr size_t kHead = 4096;

class RingTest : public testing::Test {
 protected:
  RingTest() {
    char pattern[] = "/tmp/ll-ring-XXXXXX";
    dir_ = ::mkdtemp(pattern);
  }
  ~RingTest() override { fs::remove_all(dir_); }

  InputRing open(size_t bytes = kSmall, const char* boot = kBoot) {
    auto ring = InputRing::open(dir_ / "ring", boot, bytes);
    EXPECT_TRUE(ring.has_value()) << (ring ? "" : ring.error().what);
    return std::move(*ring);
  }
  std::string bytes() const {
    std::ifstream in(dir_ / "ring", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void overwrite(const std::string& content) const {
    std::ofstream(dir_ / "ring", std::ios::binary) << content;
  }

  fs::path dir_;
};

std::span<const std::byte> as_body(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// "now:body" of every record.
std::vector<std::string> shown(const InputRing& ring) {
  std::vector<std::string> all;
  for (const auto& record : ring.records()) {
    all.push_back(
        std::to_string(record.now.ns) + ":" +
        std::string(reinterpret_cast<const char*>(record.body.data()), record.body.size()));
  }
  return all;
}

TEST(Crc, IsTheOneOfZlib) {
  EXPECT_EQ(crc32(as_body("123456789")), 0xCBF43926U);
  EXPECT_EQ(crc32(as_body("6789"), crc32(as_body("12345"))), 0xCBF43926U);
}

TEST_F(RingTest, RecordsSurviveTheProcessInOrder) {
  {
    InputRing ring = open();
    EXPECT_FALSE(ring.existed());
    ring.append(MonoTime{1}, as_body("one"));
    ring.append(MonoTime{2}, as_body(""));
    ring.append(MonoTime{3}, as_body("three"));
  }
  InputRing ring = open();
  EXPECT_TRUE(ring.existed());
  EXPECT_THAT(shown(ring), testing::ElementsAre("1:one", "2:", "3:three"));
  EXPECT_EQ(ring.newest_lost(), MonoTime{0});
}

TEST_F(RingTest, TheRecordIsLengthSumInstantBody) {
  {
    open().append(MonoTime{0x0102030405060708}, as_body("abc"));
  }
  const std::string record = bytes().substr(kHead, 19);
  EXPECT_EQ(record.substr(0, 4), std::string("\x03\0\0\0", 4));
  EXPECT_EQ(record.substr(8),
            "\x08\x07\x06\x05\x04\x03\x02\x01"
            "abc");
  const uint32_t sum = crc32(as_body(record.substr(8)));
  EXPECT_EQ(std::memcmp(record.data() + 4, &sum, 4), 0);
}

TEST_F(RingTest, ATornLastRecordIsDroppedAtEveryByte) {
  {
    InputRing ring = open();
    ring.append(MonoTime{1}, as_body("first"));
    ring.append(MonoTime{2}, as_body("second and last"));
  }
  const std::string whole = bytes();
  const size_t start = kHead + 16 + 5;
  const size_t length = 16 + 15;
  for (size_t written = 0; written < length; ++written) {
    std::string torn = whole;
    for (size_t i = written; i < length; ++i) torn[start + i] = static_cast<char>(0xA5);
    overwrite(torn);
    const InputRing ring = open();
    EXPECT_THAT(shown(ring), testing::ElementsAre("1:first")) << "torn after " << written;
  }
}

TEST_F(RingTest, AnyDamagedByteEndsTheRecordsThere) {
  {
    InputRing ring = open();
    for (int i = 1; i <= 5; ++i) ring.append(MonoTime{i}, as_body("body"));
  }
  const std::string whole = bytes();
  for (size_t at = kHead; at < kHead + 5 * 20; ++at) {
    for (const int bit : {0, 7}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      overwrite(damaged);
      EXPECT_EQ(open().records().size(), (at - kHead) / 20) << "byte " << at << " bit " << bit;
    }
  }
}

TEST_F(RingTest, AfterWrappingOnlyTheNewestAreKeptAndTheLossIsKnown) {
  InputRing ring = open();
  std::string body;
  for (int i = 1; i <= 500; ++i) {
    body.assign(static_cast<size_t>(i * 7 % 230), static_cast<char>('a' + i % 26));
    ring.append(MonoTime{i}, as_body(body));
    const auto records = ring.records();
    ASSERT_FALSE(records.empty());
    ASSERT_EQ(records.back().now, MonoTime{i});
    ASSERT_EQ(records.back().body.size(), body.size());
    for (size_t k = 1; k < records.size(); ++k) {
      ASSERT_EQ(records[k].now.ns, records[k - 1].now.ns + 1) << "a hole inside at " << i;
    }
    ASSERT_EQ(ring.newest_lost().ns, records.front().now.ns - 1) << "at " << i;
    size_t held = 0;
    for (const auto& record : records) held += 16 + record.body.size();
    ASSERT_LE(held, 1000U);
    ASSERT_TRUE(i <= 100 || held >= 1000U - 246U - 246U) << "room is wasted at " << i;
  }
}

TEST_F(RingTest, AnotherBootSizeOrAForeignFileBeginsEmpty) {
  {
    open().append(MonoTime{1}, as_body("x"));
  }
  EXPECT_THAT(shown(open(kSmall, "another-boot")), testing::IsEmpty());
  {
    open().append(MonoTime{1}, as_body("x"));
  }
  EXPECT_THAT(shown(open(kSmall + 8)), testing::IsEmpty());
  overwrite("this is no ring");
  EXPECT_FALSE(open().existed());
  overwrite(std::string(kSmall, '\xff'));
  EXPECT_THAT(shown(open()), testing::IsEmpty());
}

TEST_F(RingTest, ASecondOwnerIsRefused) {
  const InputRing mine = open();
  const auto second = InputRing::open(dir_ / "ring", kBoot, kSmall);
  ASSERT_FALSE(second.has_value());
  EXPECT_TRUE(second.error().is_owned) << second.error().what;
}

TEST_F(RingTest, AFullTmpfsIsAnErrorAtOpenNotASignalLater) {
  const auto ring = InputRing::open("/dev/full/ring", kBoot, kSmall);
  EXPECT_FALSE(ring.has_value());
  const auto huge = InputRing::open(dir_ / "huge", kBoot, size_t{1} << 60);
  EXPECT_FALSE(huge.has_value());
}

TEST_F(RingTest, UnfinishedStartsAreCountedAcrossDeaths) {
  for (uint32_t deaths = 0; deaths < 3; ++deaths) {
    InputRing ring = open();
    EXPECT_EQ(ring.unfinished_starts(), deaths);
    ring.begin_start();
  }
  open().end_start();
  EXPECT_EQ(open().unfinished_starts(), 0U);
}

TEST_F(RingTest, ResetForgetsRecordsButNotThatTheyWere) {
  InputRing ring = open();
  ring.append(MonoTime{7}, as_body("x"));
  ring.append(MonoTime{9}, as_body("y"));
  ring.reset();
  EXPECT_TRUE(ring.records().empty());
  EXPECT_EQ(ring.newest_lost(), MonoTime{9});
  ring.append(MonoTime{10}, as_body("z"));
  EXPECT_THAT(shown(ring), testing::ElementsAre("10:z"));
}

TEST_F(RingTest, PrivateMemoryServesWhereNoFileCanBeHad) {
  InputRing ring = InputRing::unsaved(kBoot, kSmall);
  ring.append(MonoTime{1}, as_body("x"));
  EXPECT_THAT(shown(ring), testing::ElementsAre("1:x"));
}

// The writer tells through a pipe how far it has come for certain, then is killed mid-stroke.
TEST_F(RingTest, AfterKillNineEveryRecordThatWasWrittenIsThere) {
  for (int round = 0; round < 20; ++round) {
    fs::remove(dir_ / "ring");
    int progress[2];
    ASSERT_EQ(::pipe(progress), 0);
    const pid_t writer = ::fork();
    if (writer == 0) {
      InputRing ring = open(4096 + 20'000);
      for (int64_t i = 1;; ++i) {
        ring.append(MonoTime{i}, as_body(std::string(static_cast<size_t>(i % 97), 'w')));
        if (::write(progress[1], &i, sizeof i) != sizeof i) ::_exit(1);
      }
    }
    ::close(progress[1]);
    int64_t told = 0;
    while (told < 200 + round * 37) ASSERT_EQ(::read(progress[0], &told, sizeof told), 8);
    ::kill(writer, SIGKILL);
    ASSERT_EQ(::waitpid(writer, nullptr, 0), writer);
    while (::read(progress[0], &told, sizeof told) == 8) {
    }
    ::close(progress[0]);
    const InputRing ring = open(4096 + 20'000);
    ASSERT_TRUE(ring.existed());
    const auto records = ring.records();
    ASSERT_FALSE(records.empty());
    EXPECT_GE(records.back().now.ns, told) << "a record that was written is gone";
    EXPECT_LE(records.back().now.ns, told + 1);
    // Killed between its two strokes, the writer has given a record up that can still be read.
    EXPECT_GE(ring.newest_lost().ns, records.front().now.ns - 1);
    EXPECT_LE(ring.newest_lost().ns, records.front().now.ns);
    for (const auto& record : records) {
      ASSERT_EQ(record.body.size(), static_cast<size_t>(record.now.ns % 97));
    }
  }
}

TEST_F(RingTest, PoisonIsSetAsideAndOnlyTheNewestThreeAreKept) {
  for (int i = 1; i <= 5; ++i) {
    std::ofstream(dir_ / "died") << "ring " << i;
    const Status kept = set_aside_poison(dir_ / "died", dir_, "b1");
    ASSERT_TRUE(kept.has_value()) << kept.error();
    EXPECT_FALSE(fs::exists(dir_ / "died"));
  }
  EXPECT_FALSE(fs::exists(dir_ / "poison-b1-2"));
  for (const int n : {3, 4, 5}) {
    std::ifstream in(dir_ / ("poison-b1-" + std::to_string(n)));
    std::string line;
    std::getline(in, line);
    EXPECT_EQ(line, "ring " + std::to_string(n));
  }
}

TEST_F(RingTest, PoisonThatCannotBeKeptIsSaid) {
  std::ofstream(dir_ / "died") << "ring";
  EXPECT_FALSE(set_aside_poison(dir_ / "died", dir_ / "nowhere", "b1").has_value());
  EXPECT_TRUE(fs::exists(dir_ / "died"));
}

}  // namespace
}  // namespace lamplight
