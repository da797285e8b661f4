#include "firmware-sim/device_contact.h"

#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr uint8_t kOutputs = 0x03;    // RTS, DTR
constexpr uint8_t kAllInputs = 0x0F;  // CTS, DSR, DCD, RI: whichever is wired

}  // namespace

Contact::Contact(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet)
    : Device(std::move(setup), patient, truth, outlet),
      is_normally_closed_(setup_.kind != "contact-open") {}

const Abilities& Contact::abilities() const {
  static const Abilities kAbilities = [] {
    Abilities a;
    a.conditions = {"device_calling", "cable_fault"};
    a.faults = {Fault::silence, Fault::frozen, Fault::late, Fault::restart};
    a.has_silenced = true;
    return a;
  }();
  return kAbilities;
}

bool Contact::is_closed() const {
  const bool calls = is_present(id_of(Role::contact, "alarm.device_calling"));
  const bool is_energised = calls && !bedside_.is_silenced;
  return is_energised != is_normally_closed_;
}

void Contact::receive(MonoTime now, Peer, std::span<const uint8_t> bytes) {
  if (bytes.empty() || is_frozen()) return;
  is_fed_ = (bytes.back() & kOutputs) != 0;
  tell(now);
}

void Contact::tell(MonoTime now) {
  const bool has_foreign_voltage = is_present(id_of(Role::contact, "alarm.cable_fault"));
  const bool reads = has_foreign_voltage || (is_fed_ && is_closed());
  Frame frame;
  frame.bytes = {reads ? kAllInputs : uint8_t{0}};
  JsonWriter(frame.facts).key("closed").boolean(is_closed()).key("fed").boolean(is_fed_);
  append_said(frame.facts);
  emit(now, std::move(frame));
}

}  // namespace lamplight::sim
