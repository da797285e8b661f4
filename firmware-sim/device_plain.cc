#include "firmware-sim/device_plain.h"

#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {
constexpr size_t kNumbers = 10;
constexpr Duration kRenewEvery = milliseconds(100);  // for `set … over D`
}  // namespace

PlainDevice::PlainDevice(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : ModbusDevice(std::move(setup), patient, truth, outlet), renews_at_(setup_.started) {
  abilities_.faults = polled_faults();
  for (size_t i = 0; i < catalogue().size() && signals_.size() < kNumbers; ++i) {
    const SignalInfo& s = catalogue()[i];
    if (s.role == role() && s.kind == SignalKind::numeric) {
      signals_.push_back(static_cast<SignalId>(i));
    }
  }
  renew(setup_.started);
}

void PlainDevice::own_tick(MonoTime now) {
  renew(now);
  renews_at_ = now + kRenewEvery;
}

void PlainDevice::steered(MonoTime now) { renew(now); }

std::optional<int32_t> PlainDevice::measured(SignalId signal, MonoTime) const {
  return 100 + signal % 50;  // any number, each its own
}

void PlainDevice::renew(MonoTime now) {
  if (is_frozen()) return;
  for (size_t i = 0; i < signals_.size(); ++i) {
    values_.registers[i] = to_u16(reading(signals_[i], now));
  }
}

RegisterBlock* PlainDevice::find_block(uint16_t first, uint16_t count) {
  if (first + count <= 11) return &values_;
  return first == 20 && count == 1 ? &canary_ : nullptr;
}

void PlainDevice::append_facts(const RegisterBlock& block, std::string& facts) {
  JsonWriter w(facts);
  w.key("block").string(block.name);
  if (&block != &values_) return;
  const bool only_changes = truth_.is_buffered() && !told_.empty();
  if (only_changes && told_ == values_.registers) {
    w.key("same").boolean(true);
    return;
  }
  w.key("values").begin_object();
  for (size_t i = 0; i < signals_.size(); ++i) {
    if (only_changes && told_[i] == values_.registers[i]) continue;
    const SignalInfo& info = signal_info(signals_[i]);
    w.key(info.name).decimal(values_.registers[i], info.decimals);
  }
  w.end_object();
  told_ = values_.registers;
}

}  // namespace lamplight::sim
