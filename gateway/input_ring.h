// The input journal: a MAP_SHARED ring in run_dir, so that every input survives the death of the
// process (not of the box). A record is u32 length · u32 crc32 · i64 now · body; the newest
// records are kept, the oldest overwritten. One process owns the file (flock). Core thread only.
//
// The file is fallocated when it is made: a mapped page that a full tmpfs cannot supply would be
// a SIGBUS in the middle of a night. Where no file can be had the ring lives in private memory:
// monitoring goes on, and only a restart would know less.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/model/limits.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight {

class InputRing {
 public:
  // Opens or makes the ring of this boot. A ring of another boot, another size or with a damaged
  // head begins empty. Fails if another process owns it or no file can be made.
  struct OpenError {
    bool is_owned = false;  // by another lamplightd: nobody else may go on
    std::string what;
  };
  [[nodiscard]] static Result<InputRing, OpenError> open(const std::filesystem::path& path,
                                                         std::string_view boot,
                                                         size_t bytes = limits::kInputRingBytes);
  // In private memory.
  static InputRing unsaved(std::string_view boot, size_t bytes = limits::kInputRingBytes);

  InputRing(InputRing&& other) noexcept;
  InputRing& operator=(InputRing&& other) noexcept;
  ~InputRing();

  // Precondition: the body is not larger than a quarter of the ring.
  void append(MonoTime now, std::span<const std::byte> body);

  struct Record {
    MonoTime now;
    std::span<const std::byte> body;  // in the ring: until the next append
  };
  // Oldest first, up to the first torn or damaged one.
  std::vector<Record> records() const;

  // The newest instant that is no longer in the ring; 0 when it never lost any. The ring holds
  // every input after a snapshot of instant t if newest_lost() <= t.
  MonoTime newest_lost() const;

  // How many starts in a row have begun a replay and not reported its end.
  uint32_t unfinished_starts() const;
  void begin_start();
  void end_start();

  // Empty, with the same owner; the instants it held count as lost.
  void reset();
  // False after open() made a new file: nothing is known of the time before.
  bool existed() const { return existed_; }

 private:
  struct Head;
  InputRing() = default;
  Head& head() const;
  std::span<std::byte> area() const;
  void make_empty(std::string_view boot);
  bool is_usable(std::string_view boot) const;
  void make_room(uint64_t end);

  int fd_ = -1;
  std::byte* base_ = nullptr;
  size_t bytes_ = 0;
  bool existed_ = false;
};

// Copies the ring file `from` to state_dir as poison-<boot>-<n>, n from 1, keeps the newest three
// of all such files, and removes `from`. May block as long as the disk does: not for the core
// thread.
[[nodiscard]] Status set_aside_poison(const std::filesystem::path& from,
                                      const std::filesystem::path& state_dir,
                                      std::string_view boot);

}  // namespace lamplight
