#include "firmware-sim/as_fast.h"

#include <cerrno>
#include <cstring>

#include "firmware-sim/kinds.h"
#include "firmware-sim/line.h"
#include "firmware-sim/modbus_frame.h"

namespace lamplight::sim {

std::string modbus_line_of(const Bytes& frame, uint16_t first) {
  // Unit, function, length, registers, CRC.
  if (frame.size() < 7 || frame[1] > 4 || frame.size() != size_t{frame[2]} + 5) return {};
  const std::span<const uint8_t> checked = std::span(frame).first(frame.size() - 2);
  const unsigned sum = frame[frame.size() - 2] | frame[frame.size() - 1] << 8;
  if (modbus_crc(checked) != sum) return {};
  return std::to_string(frame[0]) + ' ' + std::to_string(frame[1]) + ' ' + std::to_string(first) +
         ' ' + std::to_string(frame[2] / 2) + " : " + hex_of(checked.subspan(3)) + '\n';
}

Status write_as_fast(Rehearsal& rehearsal, Duration length, const std::string& path) {
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
  if (file == nullptr) return failure("cannot write " + path + ": " + std::strerror(errno));
  bool is_well = true;
  rehearsal.on_bytes([&](const Device& from, MonoTime, const Bytes& bytes) {
    if (find_kind(from.kind())->wire == Wire::modbus) {
      const std::string line = modbus_line_of(bytes, from.kind() == "plain" ? 0 : 100);
      is_well = std::fwrite(line.data(), 1, line.size(), file) == line.size() && is_well;
    } else {
      is_well = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && is_well;
    }
  });
  rehearsal.run(length, nullptr);
  is_well = std::fflush(file) == 0 && is_well;
  if (file != stdout) is_well = std::fclose(file) == 0 && is_well;
  if (is_well) return {};
  return failure("cannot write " + path + ": " + std::strerror(errno));
}

}  // namespace lamplight::sim
