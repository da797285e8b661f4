// The black box of one port: the newest bytes that came and went, with the monotonic time of each
// read and write, in a ring of fixed size in a file of run_dir. It is shared memory, so it outlives
// the driver that writes it, at any instant; not the box. `lamplight blackbox save` reads it while
// it is written.
//
// File: 4096 bytes of header (magic, capacity, two positions, a label of JSON text), then the ring.
// A position counts all bytes ever written; a record lies at position mod capacity, and may wrap:
// u32 length of what follows the kind · u8 kind · i64 ns · bytes, little-endian. `begin` moves
// before a record is overwritten, `end` after one is whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::wire {

enum class BoxKind : uint8_t {
  started = 0,  // a driver began to write; text: its label
  opened = 1,   // the port
  read = 2,     // bytes, as one read gave them
  wrote = 3,    // bytes
  lost = 4,     // the port; text: why
  asked = 5,    // Modbus: "UNIT FC ADDR COUNT : HEX", or " ! why" without an answer
};
inline constexpr size_t kBoxKinds = 6;

class BlackBox {
 public:
  static constexpr size_t kBytesMin = 64 * 1024;
  static constexpr size_t kBytesMax = 256 * 1024 * 1024;
  static constexpr size_t kRecordMax = 16 * 1024;  // longer ones are cut into several

  // Goes on in a ring of this capacity that is there, else begins a new one. The error says why
  // there is no black box; a driver goes on without.
  [[nodiscard]] static Result<std::unique_ptr<BlackBox>> open(const std::string& path,
                                                              size_t capacity,
                                                              std::string_view label, MonoTime at);
  ~BlackBox();
  BlackBox(const BlackBox&) = delete;
  BlackBox& operator=(const BlackBox&) = delete;

  void record(BoxKind kind, MonoTime at, std::span<const uint8_t> bytes);
  void record(BoxKind kind, MonoTime at, std::string_view text);

 private:
  explicit BlackBox(std::span<uint8_t> file) : file_(file) {}
  void append(BoxKind kind, MonoTime at, std::span<const uint8_t> bytes);
  void make_room(uint64_t bytes);
  void put(uint64_t position, std::span<const uint8_t> bytes);

  std::span<uint8_t> file_;  // mapped
};

struct BoxRecord {
  BoxKind kind = BoxKind::read;
  MonoTime at;
  std::vector<uint8_t> bytes;
};
struct BoxRecording {
  std::string label;
  std::vector<BoxRecord> records;  // oldest first
};
// What lies in the ring now. A record that is being overwritten meanwhile is left out.
[[nodiscard]] Result<BoxRecording> read_black_box(const std::string& path);

// A short record of the writer's own for a driver that has none: every call is then nothing.
inline void record(BlackBox* box, BoxKind kind, MonoTime at, std::span<const uint8_t> bytes) {
  if (box != nullptr) box->record(kind, at, bytes);
}

}  // namespace lamplight::wire
