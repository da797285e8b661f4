// A Modbus server's answers: blocks of registers, exceptions, and the faults that only a polled
// device can have. What is in the registers is the profile's business.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware-sim/device.h"
#include "firmware-sim/modbus_frame.h"

namespace lamplight::sim {

inline constexpr uint16_t kMissingU16 = 0xFFFF;
inline constexpr uint16_t kMissingS16 = 0x8000;
inline constexpr uint32_t kMissingU32 = 0xFFFFFFFF;

struct RegisterBlock {
  std::string_view name;
  uint16_t first = 0;
  std::vector<uint16_t> registers;

  // All take the address as the register map numbers it.
  uint16_t& at(int address);
  void put_u32(int address, uint32_t value);  // high word first
  void put_text(int address, int registers_used, std::string_view text);
};

// Dictated or measured numbers into registers, saturating below the sentinels.
uint16_t to_u16(std::optional<int32_t> value);
uint16_t to_s16(std::optional<int32_t> value);
uint32_t to_u32(std::optional<int32_t> value);

class ModbusDevice : public Device {
 public:
  using Device::Device;
  void request(MonoTime now, const ModbusRequest& request) override;
  void garble(Bytes& bytes, Random& random) const override;
  void flip(Bytes& bytes, Random& random) const override;

 protected:
  Duration frame_period() const override { return {}; }  // it speaks only when asked
  void readdress(Frame& old, const Frame& current) const override;

  virtual RegisterBlock* find_block(uint16_t first, uint16_t count) = 0;
  // Just before a good read is answered; may renew registers that count reads.
  virtual void being_read(MonoTime now, RegisterBlock& block) = 0;
  // The truth about a block: JSON members, true of its registers now.
  virtual void append_facts(const RegisterBlock& block, std::string& facts) = 0;

  static const std::vector<Fault>& polled_faults();

 private:
  std::vector<uint8_t> answer(MonoTime now, const ModbusRequest& request, std::string& facts);
  Transport last_transport_ = Transport::rtu;
};

}  // namespace lamplight::sim
