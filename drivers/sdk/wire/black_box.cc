#include "drivers/sdk/wire/black_box.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "rules/model/assert.h"

namespace lamplight::wire {
namespace {

constexpr size_t kHeader = 4096;
constexpr std::array<char, 8> kMagic = {'L', 'L', 'B', 'O', 'X', '1', 0, 0};
constexpr size_t kCapacityAt = 8, kBeginAt = 16, kEndAt = 24, kLabelAt = 64;
constexpr size_t kLabelMax = kHeader - kLabelAt - 1;
constexpr uint64_t kPositionMax = uint64_t{1} << 62;
constexpr uint64_t kHead = 4 + 1 + 8;  // of a record

// The two positions are the only words that reader and writer share while both live.
uint64_t load(std::span<uint8_t> file, size_t at) {
  auto& word = *reinterpret_cast<uint64_t*>(file.data() + at);
  return std::atomic_ref(word).load(std::memory_order_acquire);
}
void store(std::span<uint8_t> file, size_t at, uint64_t value) {
  auto& word = *reinterpret_cast<uint64_t*>(file.data() + at);
  std::atomic_ref(word).store(value, std::memory_order_release);
}

uint64_t capacity_of(std::span<uint8_t> file) { return file.size() - kHeader; }

void get(std::span<uint8_t> file, uint64_t position, std::span<uint8_t> out) {
  const uint64_t capacity = capacity_of(file);
  for (size_t i = 0; i < out.size(); ++i) out[i] = file[kHeader + (position + i) % capacity];
}

struct Head {
  uint32_t length = 0;
  uint8_t kind = 0;
  int64_t at = 0;
};
Head head_at(std::span<uint8_t> file, uint64_t position) {
  std::array<uint8_t, kHead> bytes{};
  get(file, position, bytes);
  Head head;
  std::memcpy(&head.length, bytes.data(), 4);
  head.kind = bytes[4];
  std::memcpy(&head.at, bytes.data() + 5, 8);
  return head;
}

// A file that somebody else wrote, or half: never trusted.
bool is_sound(std::span<uint8_t> file) {
  if (file.size() <= kHeader) return false;
  if (!std::equal(kMagic.begin(), kMagic.end(), file.begin())) return false;
  if (load(file, kCapacityAt) != capacity_of(file)) return false;
  const uint64_t begin = load(file, kBeginAt), end = load(file, kEndAt);
  return end <= kPositionMax && begin <= end && end - begin <= capacity_of(file);
}

// The records from `begin` lead exactly to `end`.
bool has_whole_records(std::span<uint8_t> file) {
  const uint64_t end = load(file, kEndAt);
  uint64_t at = load(file, kBeginAt);
  while (at + kHead <= end) {
    const Head head = head_at(file, at);
    if (head.kind >= kBoxKinds || head.length > BlackBox::kRecordMax) return false;
    at += kHead + head.length;
  }
  return at == end;
}

std::string because(const std::string& path) { return path + ": " + std::strerror(errno); }

}  // namespace

Result<std::unique_ptr<BlackBox>> BlackBox::open(const std::string& path, size_t capacity,
                                                 std::string_view label, MonoTime at) {
  capacity = std::clamp(capacity, kBytesMin, kBytesMax);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (fd < 0) return failure(because(path));
  struct stat info{};
  const size_t wanted = kHeader + capacity;
  const bool is_new = ::fstat(fd, &info) != 0 || info.st_size != static_cast<off_t>(wanted);
  // Room is taken at once: a full tmpfs must be an error here, not a signal in the driver later.
  if (is_new &&
      (::ftruncate(fd, 0) != 0 || ::posix_fallocate(fd, 0, static_cast<off_t>(wanted)) != 0)) {
    Result<std::unique_ptr<BlackBox>> failed = failure(path + ": no room for the black box");
    ::close(fd);
    ::unlink(path.c_str());
    return failed;
  }
  void* const mapped = ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (mapped == MAP_FAILED) return failure(because(path));
  const std::span<uint8_t> file(static_cast<uint8_t*>(mapped), wanted);
  if (!is_sound(file)) {
    std::fill_n(file.begin(), kHeader, uint8_t{0});
    std::copy(kMagic.begin(), kMagic.end(), file.begin());
    store(file, kCapacityAt, capacity);
  }
  if (!has_whole_records(file)) store(file, kBeginAt, load(file, kEndAt));
  std::unique_ptr<BlackBox> box(new BlackBox(file));
  const std::string_view text = label.substr(0, kLabelMax);
  std::fill_n(file.begin() + kLabelAt, kLabelMax + 1, uint8_t{0});
  std::copy(text.begin(), text.end(), file.begin() + kLabelAt);
  box->record(BoxKind::started, at, text);
  return box;
}

BlackBox::~BlackBox() { ::munmap(file_.data(), file_.size()); }

void BlackBox::put(uint64_t position, std::span<const uint8_t> bytes) {
  const uint64_t capacity = capacity_of(file_);
  for (size_t i = 0; i < bytes.size(); ++i) {
    file_[kHeader + (position + i) % capacity] = bytes[i];
  }
}

void BlackBox::make_room(uint64_t bytes) {
  const uint64_t end = load(file_, kEndAt);
  uint64_t begin = load(file_, kBeginAt);
  while (end + bytes - begin > capacity_of(file_)) {
    begin = std::min(begin + kHead + head_at(file_, begin).length, end);
  }
  store(file_, kBeginAt, begin);
}

void BlackBox::append(BoxKind kind, MonoTime at, std::span<const uint8_t> bytes) {
  LL_ASSERT(bytes.size() <= kRecordMax);
  const uint64_t size = kHead + bytes.size();
  make_room(size);
  const uint64_t end = load(file_, kEndAt);
  std::array<uint8_t, kHead> head{};
  const auto length = static_cast<uint32_t>(bytes.size());
  std::memcpy(head.data(), &length, 4);
  head[4] = static_cast<uint8_t>(kind);
  std::memcpy(head.data() + 5, &at.ns, 8);
  put(end, head);
  put(end + kHead, bytes);
  store(file_, kEndAt, end + size);
}

void BlackBox::record(BoxKind kind, MonoTime at, std::span<const uint8_t> bytes) {
  do {
    const size_t piece = std::min(bytes.size(), kRecordMax);
    append(kind, at, bytes.first(piece));
    bytes = bytes.subspan(piece);
  } while (!bytes.empty());
}

void BlackBox::record(BoxKind kind, MonoTime at, std::string_view text) {
  record(kind, at,
         std::span<const uint8_t>(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

Result<BoxRecording> read_black_box(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failure(because(path));
  struct stat info{};
  const bool is_file = ::fstat(fd, &info) == 0 && info.st_size > static_cast<off_t>(kHeader) &&
                       info.st_size <= static_cast<off_t>(kHeader + BlackBox::kBytesMax);
  const auto size = is_file ? static_cast<size_t>(info.st_size) : 0;
  void* const mapped = is_file ? ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  ::close(fd);
  if (mapped == MAP_FAILED) return failure(path + " is no black box");
  const std::span<uint8_t> live(static_cast<uint8_t*>(mapped), size);
  const bool is_box = is_sound(live);
  const uint64_t begin = is_box ? load(live, kBeginAt) : 0, end = is_box ? load(live, kEndAt) : 0;
  // A copy first: what the writer overtakes while we look is seen by the beginning having moved.
  std::vector<uint8_t> copy(live.begin(), live.end());
  const uint64_t overtaken = is_box ? load(live, kBeginAt) : 0;
  ::munmap(mapped, size);
  if (!is_box) return failure(path + " is no black box");

  BoxRecording recording;
  const auto* const label = reinterpret_cast<const char*>(copy.data() + kLabelAt);
  recording.label.assign(label, ::strnlen(label, kLabelMax));
  for (uint64_t at = std::max(begin, overtaken); at + kHead <= end;) {
    const Head head = head_at(copy, at);
    if (head.kind >= kBoxKinds || at + kHead + head.length > end) {
      return failure(path + " is damaged");
    }
    BoxRecord record{static_cast<BoxKind>(head.kind), MonoTime{head.at}, {}};
    record.bytes.resize(head.length);
    get(copy, at + kHead, record.bytes);
    recording.records.push_back(std::move(record));
    at += kHead + head.length;
  }
  return recording;
}

}  // namespace lamplight::wire
