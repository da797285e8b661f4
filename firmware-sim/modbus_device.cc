#include "firmware-sim/modbus_device.h"

#include <algorithm>

#include "rules/model/assert.h"
#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {
constexpr uint16_t kReadMax = 125;
}  // namespace

uint16_t& RegisterBlock::at(int address) {
  const auto index = static_cast<size_t>(address - first);
  LL_ASSERT(index < registers.size());
  return registers[index];
}

void RegisterBlock::put_u32(int address, uint32_t value) {
  at(address) = static_cast<uint16_t>(value >> 16);
  at(address + 1) = static_cast<uint16_t>(value);
}

void RegisterBlock::put_text(int address, int registers_used, std::string_view text) {
  for (int i = 0; i < registers_used; ++i) {
    const auto letter = [&](size_t n) {
      return n < text.size() ? static_cast<uint8_t>(text[n]) : 0;
    };
    const auto n = static_cast<size_t>(i) * 2;
    at(address + i) = static_cast<uint16_t>(letter(n) << 8 | letter(n + 1));
  }
}

uint16_t to_u16(std::optional<int32_t> value) {
  return value ? static_cast<uint16_t>(std::clamp(*value, 0, 0xFFFE)) : kMissingU16;
}

uint16_t to_s16(std::optional<int32_t> value) {
  return value ? static_cast<uint16_t>(std::clamp(*value, -32'767, 32'767)) : kMissingS16;
}

uint32_t to_u32(std::optional<int32_t> value) {
  return value ? static_cast<uint32_t>(std::max(*value, 0)) : kMissingU32;
}

const std::vector<Fault>& ModbusDevice::polled_faults() {
  static const std::vector<Fault> kFaults = {
      Fault::silence,    Fault::truncate,     Fault::garble,      Fault::frozen,
      Fault::late,       Fault::stale_reply,  Fault::wrong_unit,  Fault::exception,
      Fault::babble,     Fault::slow,         Fault::restart,     Fault::clock_jump,
      Fault::drop,       Fault::flip,         Fault::duplicate,   Fault::stuck,
      Fault::wrong_baud, Fault::counter_wrap, Fault::stray_bytes, Fault::only_stray_bytes};
  return kFaults;
}

std::vector<uint8_t> ModbusDevice::answer(MonoTime now, const ModbusRequest& r,
                                          std::string& facts) {
  const auto refuse = [&](Exception code) {
    JsonWriter w(facts);
    facts += ',';
    w.key("exception").integer(static_cast<int>(code));
    return exception_pdu(r.function, code);
  };
  // Read-only by design: whatever is no register read is no function of ours.
  if (r.function != 3 && r.function != 4) return refuse(Exception::illegal_function);
  if (fault() == Fault::exception) return refuse(Exception::device_failure);
  if (r.count == 0 || r.count > kReadMax) return refuse(Exception::illegal_value);
  RegisterBlock* block = find_block(r.first, r.count);
  if (block == nullptr) return refuse(Exception::illegal_address);
  const bool is_deaf = fault() == Fault::silence || fault() == Fault::only_stray_bytes || is_off();
  if (!is_deaf) being_read(now, *block);
  facts += ',';
  append_facts(*block, facts);
  const auto from = static_cast<size_t>(r.first - block->first);
  return registers_pdu(r.function, std::span(block->registers).subspan(from, r.count));
}

void ModbusDevice::request(MonoTime now, const ModbusRequest& r) {
  last_transport_ = r.transport;
  Frame frame;
  frame.peer = r.peer;
  JsonWriter w(frame.facts);
  w.key("unit").integer(r.unit).key("fc").integer(r.function);
  w.key("first").integer(r.first).key("count").integer(r.count);
  const std::vector<uint8_t> pdu = answer(now, r, frame.facts);
  uint8_t as_unit = r.unit;
  if (fault() == Fault::wrong_unit) {
    as_unit = static_cast<uint8_t>(r.unit % 247 + 1);
    frame.is_intact = false;
  }
  frame.bytes = wrap_answer(r, as_unit, pdu);
  emit(now, std::move(frame));
}

void ModbusDevice::readdress(Frame& old, const Frame& current) const {
  old.peer = current.peer;
  if (last_transport_ != Transport::tcp) return;
  // A bridge that answers from its queue puts the new transaction id on the old data.
  old.bytes[0] = current.bytes[0];
  old.bytes[1] = current.bytes[1];
}

void ModbusDevice::flip(Bytes& bytes, Random& random) const {
  if (last_transport_ == Transport::rtu) {
    Device::flip(bytes, random);
  } else {
    ModbusDevice::garble(bytes, random);  // no checksum: it must be seen another way
  }
}

void ModbusDevice::garble(Bytes& bytes, Random& random) const {
  if (last_transport_ == Transport::rtu) {
    Device::garble(bytes, random);  // any changed byte breaks the CRC
    return;
  }
  // TCP carries no checksum of its own: break what a reader can see, the protocol id.
  bytes[2] = static_cast<uint8_t>(random.between(1, 255));
}

}  // namespace lamplight::sim
