#include "gateway/input_ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "gateway/crc32.h"
#include "gateway/store/file_lock.h"
#include "rules/model/assert.h"

namespace lamplight {
namespace {

constexpr uint64_t kMagic = 0x31474E4952494C4CULL;  // "LLIRING1"
constexpr size_t kHeadBytes = 4096;
constexpr size_t kRecordHead = 16;
constexpr uint32_t kSkipToStart = 0xFFFFFFFF;  // as length: the next record is at the start

uint32_t load_u32(const std::byte* at) {
  uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}
int64_t load_i64(const std::byte* at) {
  int64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

// Positions count bytes since the ring was made; their remainder is the place in the area. The
// order of stores is what makes a kill at any instant harmless, so they are atomics.
struct InputRing::Head {
  uint64_t magic;
  uint64_t area_bytes;
  std::atomic<uint64_t> begin;  // of the oldest record
  std::atomic<uint64_t> end;    // of the newest record: moved after its bytes are there
  std::atomic<int64_t> newest_lost;
  std::atomic<int64_t> newest;
  std::atomic<uint32_t> unfinished_starts;
  char boot[64];
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

InputRing::Head& InputRing::head() const { return *reinterpret_cast<Head*>(base_); }
std::span<std::byte> InputRing::area() const { return {base_ + kHeadBytes, bytes_ - kHeadBytes}; }

Result<InputRing, InputRing::OpenError> InputRing::open(const std::filesystem::path& path,
                                                        std::string_view boot, size_t bytes) {
  static_assert(sizeof(Head) <= kHeadBytes);
  const auto failed = [](const std::string& what) {
    return failure(OpenError{.is_owned = false, .what = what + ": " + std::strerror(errno)});
  };
  InputRing ring;
  ring.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (ring.fd_ < 0) return failed("cannot open " + path.string());
  if (store::lock_file(ring.fd_) != 0) {
    return failure(OpenError{
        .is_owned = true,
        .what = path.string() + " belongs to another lamplightd: only one may watch a home"});
  }
  struct stat info{};
  if (::fstat(ring.fd_, &info) != 0) return failed("cannot read " + path.string());
  const bool whole = static_cast<size_t>(info.st_size) == bytes;
  if (!whole && ::ftruncate(ring.fd_, 0) != 0) return failed("cannot empty the ring");
  const int full = ::posix_fallocate(ring.fd_, 0, static_cast<off_t>(bytes));
  if (full != 0) {
    errno = full;
    return failed("no room for " + path.string());
  }
  void* base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd_, 0);
  if (base == MAP_FAILED) return failed("cannot map " + path.string());
  ring.base_ = static_cast<std::byte*>(base);
  ring.bytes_ = bytes;
  ring.existed_ = ring.is_usable(boot);
  if (!ring.existed_) ring.make_empty(boot);
  return ring;
}

InputRing InputRing::unsaved(std::string_view boot, size_t bytes) {
  InputRing ring;
  void* base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  LL_ASSERT(base != MAP_FAILED);
  ring.base_ = static_cast<std::byte*>(base);
  ring.bytes_ = bytes;
  ring.make_empty(boot);
  return ring;
}

InputRing::InputRing(InputRing&& other) noexcept { *this = std::move(other); }

InputRing& InputRing::operator=(InputRing&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(base_, other.base_);
  std::swap(bytes_, other.bytes_);
  std::swap(existed_, other.existed_);
  return *this;
}

InputRing::~InputRing() {
  if (base_ != nullptr) ::munmap(base_, bytes_);
  if (fd_ >= 0) ::close(fd_);
}

bool InputRing::is_usable(std::string_view boot) const {
  const Head& h = head();
  const uint64_t begin = h.begin;
  const uint64_t end = h.end;
  return h.magic == kMagic && h.area_bytes == area().size() && begin <= end &&
         end - begin <= area().size() && h.boot[sizeof h.boot - 1] == '\0' && boot == h.boot;
}

void InputRing::make_empty(std::string_view boot) {
  LL_ASSERT(boot.size() < sizeof(Head::boot));
  std::memset(base_, 0, kHeadBytes);
  Head& h = head();
  std::memcpy(h.boot, boot.data(), boot.size());
  h.area_bytes = area().size();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  h.magic = kMagic;  // last: a ring that died here is made again
}

void InputRing::reset() {
  Head& h = head();
  h.newest_lost = std::max<int64_t>(h.newest_lost, h.newest);
  h.begin = h.end.load();
}

// Gives up the oldest records until the area holds everything up to `end`.
void InputRing::make_room(uint64_t end) {
  Head& h = head();
  const size_t size = area().size();
  while (end - h.begin > size) {
    const uint64_t begin = h.begin;
    const size_t at = begin % size;
    const uint32_t length = size - at < kRecordHead ? kSkipToStart : load_u32(&area()[at]);
    if (length == kSkipToStart) {
      h.begin = begin + (size - at);
      continue;
    }
    h.newest_lost = load_i64(&area()[at + 8]);
    h.begin = begin + kRecordHead + length;
  }
}

void InputRing::append(MonoTime now, std::span<const std::byte> body) {
  Head& h = head();
  const size_t size = area().size();
  const size_t needed = kRecordHead + body.size();
  LL_ASSERT(needed <= size / 4);
  uint64_t start = h.end;
  const size_t left = size - start % size;
  const size_t skipped = left < needed ? left : 0;
  make_room(start + skipped + needed);
  if (skipped >= kRecordHead) {
    const uint32_t skip = kSkipToStart;
    std::memcpy(&area()[start % size], &skip, sizeof skip);
  }
  start += skipped;
  std::byte* at = &area()[start % size];
  const auto length = static_cast<uint32_t>(body.size());
  std::memcpy(at, &length, sizeof length);
  std::memcpy(at + 8, &now.ns, sizeof now.ns);
  if (!body.empty()) std::memcpy(at + kRecordHead, body.data(), body.size());
  const uint32_t sum = crc32({at + 8, 8 + body.size()});
  std::memcpy(at + 4, &sum, sizeof sum);
  h.newest = now.ns;
  h.end = start + needed;
}

std::vector<InputRing::Record> InputRing::records() const {
  std::vector<Record> found;
  const Head& h = head();
  const size_t size = area().size();
  const uint64_t end = h.end;
  for (uint64_t at = h.begin; at < end;) {
    const size_t left = size - at % size;
    const std::byte* here = &area()[at % size];
    const uint32_t length = left < kRecordHead ? kSkipToStart : load_u32(here);
    if (length == kSkipToStart) {
      at += left;
      continue;
    }
    if (length > left - kRecordHead || at + kRecordHead + length > end) break;
    if (crc32({here + 8, 8 + size_t{length}}) != load_u32(here + 4)) break;
    found.push_back({MonoTime{load_i64(here + 8)}, {here + kRecordHead, length}});
    at += kRecordHead + length;
  }
  return found;
}

MonoTime InputRing::newest_lost() const { return MonoTime{head().newest_lost}; }
uint32_t InputRing::unfinished_starts() const { return head().unfinished_starts; }
void InputRing::begin_start() { ++head().unfinished_starts; }
void InputRing::end_start() { head().unfinished_starts = 0; }

}  // namespace lamplight
