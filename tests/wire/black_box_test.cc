// What must hold for whoever asks in the morning what the device really said at night: the newest
// bytes are there, as they were, with their times, whenever the writer died.
#include "drivers/sdk/wire/black_box.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace lamplight::wire {
namespace {

using testing::ElementsAre;

std::string fresh_path(const char* name) {
  const std::string path = testing::TempDir() + name + std::to_string(::getpid()) + ".ring";
  std::filesystem::remove(path);
  return path;
}

std::vector<uint8_t> bytes(size_t length, int first) {
  std::vector<uint8_t> out(length);
  for (size_t i = 0; i < length; ++i) out[i] = static_cast<uint8_t>(first + static_cast<int>(i));
  return out;
}

std::unique_ptr<BlackBox> opened(const std::string& path, size_t capacity = BlackBox::kBytesMin) {
  auto box = BlackBox::open(path, capacity, R"({"driver":"masimo"})", MonoTime{5});
  EXPECT_TRUE(box.has_value()) << (box ? "" : box.error());
  return box ? std::move(*box) : nullptr;
}

TEST(BlackBox, GivesBackWhatWasPutInWithTimesAndInOrder) {
  const std::string path = fresh_path("order");
  auto box = opened(path);
  const auto data = bytes(300, 0);
  box->record(BoxKind::opened, MonoTime{10}, std::string_view());
  box->record(BoxKind::read, MonoTime{11}, data);
  box->record(BoxKind::wrote, MonoTime{12}, std::string_view("SNDF\r"));
  box->record(BoxKind::lost, MonoTime{13}, std::string_view("unplugged"));
  const auto recording = read_black_box(path);  // while it is open
  ASSERT_TRUE(recording.has_value());
  EXPECT_EQ(recording->label, R"({"driver":"masimo"})");
  ASSERT_EQ(recording->records.size(), 5U);
  EXPECT_EQ(recording->records[0].kind, BoxKind::started);
  EXPECT_EQ(recording->records[0].at, MonoTime{5});
  EXPECT_EQ(recording->records[1].kind, BoxKind::opened);
  EXPECT_EQ(recording->records[2].bytes, data);
  EXPECT_EQ(recording->records[2].at, MonoTime{11});
  EXPECT_THAT(recording->records[3].bytes, ElementsAre('S', 'N', 'D', 'F', '\r'));
  EXPECT_EQ(recording->records[4].kind, BoxKind::lost);
}

TEST(BlackBox, KeepsTheNewestAndNeverHalfARecord) {
  const std::string path = fresh_path("newest");
  auto box = opened(path);
  // Lengths that wrap at every possible place.
  for (int i = 0; i < 20'000; ++i) {
    box->record(BoxKind::read, MonoTime{i}, bytes(static_cast<size_t>(i % 97), i));
  }
  const auto recording = read_black_box(path);
  ASSERT_TRUE(recording.has_value());
  ASSERT_FALSE(recording->records.empty());
  EXPECT_EQ(recording->records.back().at, MonoTime{19'999});
  size_t held = 0;
  int64_t before = recording->records.front().at.ns - 1;
  for (const BoxRecord& each : recording->records) {
    EXPECT_EQ(each.at.ns, before + 1);
    before = each.at.ns;
    ASSERT_EQ(each.bytes,
              bytes(static_cast<size_t>(each.at.ns % 97), static_cast<int>(each.at.ns)));
    held += each.bytes.size() + 13;
  }
  EXPECT_GT(held, BlackBox::kBytesMin - 128);
  EXPECT_LE(held, BlackBox::kBytesMin);
  EXPECT_EQ(std::filesystem::file_size(path), BlackBox::kBytesMin + 4096);
}

TEST(BlackBox, ALongWriteIsCutAndStillWhole) {
  const std::string path = fresh_path("long");
  const auto data = bytes(BlackBox::kRecordMax * 2 + 5, 3);
  opened(path)->record(BoxKind::read, MonoTime{9}, data);
  const auto recording = read_black_box(path);
  ASSERT_TRUE(recording.has_value());
  std::vector<uint8_t> joined;
  for (const BoxRecord& each : recording->records) {
    if (each.kind != BoxKind::read) continue;
    joined.insert(joined.end(), each.bytes.begin(), each.bytes.end());
  }
  EXPECT_EQ(joined, data);
}

TEST(BlackBox, OutlivesAKilledWriterAndIsGoneOnWith) {
  const std::string path = fresh_path("killed");
  opened(path)->record(BoxKind::read, MonoTime{1}, bytes(10, 1));
  const pid_t child = ::fork();
  if (child == 0) {
    auto box = BlackBox::open(path, BlackBox::kBytesMin, "again", MonoTime{2});
    for (int i = 0;; ++i) {
      (*box)->record(BoxKind::read, MonoTime{3}, bytes(static_cast<size_t>(i % 800), i));
      if (i == 2000) ::kill(::getpid(), SIGKILL);
    }
  }
  ::waitpid(child, nullptr, 0);
  auto box = opened(path);
  box->record(BoxKind::read, MonoTime{4}, bytes(7, 9));
  const auto recording = read_black_box(path);
  ASSERT_TRUE(recording.has_value()) << recording.error();
  EXPECT_EQ(recording->records.back().bytes, bytes(7, 9));
  EXPECT_GT(recording->records.size(), 50U);
}

TEST(BlackBox, WhatIsNoneOrDamagedIsSaidAndBegunAnew) {
  EXPECT_FALSE(read_black_box("/nowhere/at/all.ring"));
  const std::string path = fresh_path("damaged");
  std::ofstream(path) << std::string(BlackBox::kBytesMin + 4096, 'x');
  EXPECT_FALSE(read_black_box(path));
  auto box = opened(path);
  box->record(BoxKind::read, MonoTime{1}, bytes(3, 1));
  EXPECT_EQ(read_black_box(path)->records.size(), 2U);
  // Another size is another ring.
  box = opened(path, BlackBox::kBytesMin * 2);
  EXPECT_EQ(read_black_box(path)->records.size(), 1U);
  EXPECT_FALSE(BlackBox::open("/proc/nowhere/box.ring", BlackBox::kBytesMin, "", MonoTime{}));
}

// What the core promises to a driver it does not trust: no bytes of a ring crash the reader.
TEST(BlackBox, AnyBytesInTheRingGiveAnAnswer) {
  const std::string path = fresh_path("any");
  {
    auto box = opened(path);
    for (int i = 0; i < 50; ++i) box->record(BoxKind::read, MonoTime{i}, bytes(20, i));
  }
  std::ifstream file(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  uint32_t state = 1;
  for (int round = 0; round < 300; ++round) {
    std::string broken = whole;
    for (int k = 0; k < 4; ++k) {
      state = state * 1664525 + 1013904223;
      const size_t at = (state >> 8) % 6000;
      broken[at] = static_cast<char>(state >> 3);
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc) << broken;
    const auto recording = read_black_box(path);
    EXPECT_LE(recording ? recording->records.size() : 0, BlackBox::kBytesMin / 13);
    if (auto box = BlackBox::open(path, BlackBox::kBytesMin, "", MonoTime{})) {
      for (int i = 0; i < 20; ++i) (*box)->record(BoxKind::read, MonoTime{i}, bytes(9000, i));
      EXPECT_EQ(read_black_box(path)->records.back().bytes, bytes(9000, 19));
    }
  }
}

}  // namespace
}  // namespace lamplight::wire
