#include "firmware-sim/kinds.h"

#include "firmware-sim/device_asena.h"
#include "firmware-sim/device_base_a.h"
#include "firmware-sim/device_cms50.h"
#include "firmware-sim/device_cms50_hid.h"
#include "firmware-sim/device_contact.h"
#include "firmware-sim/device_lfp1.h"
#include "firmware-sim/device_lvp1.h"
#include "firmware-sim/device_medibus.h"
#include "firmware-sim/device_nellcor.h"
#include "firmware-sim/device_nonin.h"
#include "firmware-sim/device_pb840.h"
#include "firmware-sim/device_pb840_wave.h"
#include "firmware-sim/device_plain.h"
#include "firmware-sim/device_rad8.h"
#include "rules/model/assert.h"

namespace lamplight::sim {
namespace {

constexpr Kind kKinds[] = {
    {"rad8", "oximeter", Wire::stream, 9600, "8N1", "Masimo Rad-8, ASCII-1, a line a second"},
    {"nonin-df2", "oximeter", Wire::stream, 9600, "8N1", "Nonin data format 2, 75 frames a second"},
    {"nonin-df7", "oximeter", Wire::stream, 9600, "8N1", "Nonin data format 7, 75 frames a second"},
    {"nonin-df8", "oximeter", Wire::stream, 9600, "8N1", "Nonin data format 8, a frame a second"},
    {"nonin-df13", "oximeter", Wire::stream, 9600, "8N1",
     "Nonin data format 13, a spot check every 5 s"},
    {"nonin-ascii", "oximeter", Wire::stream, 9600, "8N1", "Nonin ASCII, a line a second"},
    {"n595", "oximeter", Wire::stream, 9600, "8N1", "Nellcor N-595, a printed line every 2 s"},
    {"cms50", "oximeter", Wire::stream, 19200, "8O1", "Contec CMS50D+, the old stream, unasked"},
    {"cms50-v7", "oximeter", Wire::stream, 115200, "8N1",
     "Contec CMS50, protocol V7.0, when asked"},
    {"cms50-hid", "oximeter", Wire::stream, 115200, "8N1",
     "Contec CMS50E on USB, 64-byte reports, when asked; at hid:PATH"},
    {"lfp1", "pump", Wire::modbus, 19200, "8E1", "feeding pump, Lamplight profile LFP-1"},
    {"lvp1", "ventilator", Wire::modbus, 19200, "8E1", "ventilator, Lamplight profile LVP-1"},
    {"pb840", "ventilator", Wire::stream, 9600, "8N1",
     "Puritan Bennett 840: MISCF and MISCA, when asked"},
    {"pb840-wave", "ventilator", Wire::stream, 38400, "8N1",
     "Puritan Bennett 840: its waveform port, a breath when it is over"},
    {"v200", "ventilator", Wire::stream, 19200, "8N1", "Philips V200: MISCA, when asked"},
    {"evita", "ventilator", Wire::stream, 19200, "8N1", "Draeger Evita XL, Medibus, when asked"},
    {"contact", "contact", Wire::stream, 9600, "8N1", "remote-alarm contact, normally closed"},
    {"contact-open", "contact", Wire::stream, 9600, "8N1", "remote-alarm contact, normally open"},
    {"asena", "pump", Wire::stream, 38400, "8N1", "Alaris/Asena syringe pump, when asked"},
    {"base-a", "pump", Wire::stream, 19200, "7E1", "Fresenius pump on Base A, when asked"},
    {"plain", "ventilator pump oximeter", Wire::modbus, 19200, "8E1",
     "benchmark: ten registers from address 0, canary at 20"},
};

}  // namespace

std::span<const Kind> kinds() { return kKinds; }

const Kind* find_kind(std::string_view name) {
  for (const Kind& k : kKinds) {
    if (k.name == name) return &k;
  }
  return nullptr;
}

bool may_be(const Kind& kind, Role role) {
  return kind.roles.find(name_of(role)) != std::string_view::npos;
}

std::unique_ptr<Device> make_device(DeviceSetup setup, Patient& patient, Truth& truth,
                                    Outlet& outlet) {
  const std::string_view kind = setup.kind;
  if (kind == "rad8") return std::make_unique<Rad8>(std::move(setup), patient, truth, outlet);
  if (kind == "lfp1") return std::make_unique<Lfp1>(std::move(setup), patient, truth, outlet);
  if (kind == "lvp1") return std::make_unique<Lvp1>(std::move(setup), patient, truth, outlet);
  if (kind.substr(0, 6) == "nonin-") {
    return std::make_unique<Nonin>(std::move(setup), patient, truth, outlet);
  }
  if (kind == "cms50-hid") {
    return std::make_unique<Cms50Hid>(std::move(setup), patient, truth, outlet);
  }
  if (kind == "pb840-wave") {
    return std::make_unique<Pb840Wave>(std::move(setup), patient, truth, outlet);
  }
  if (kind == "asena") return std::make_unique<Asena>(std::move(setup), patient, truth, outlet);
  if (kind == "base-a") return std::make_unique<BaseA>(std::move(setup), patient, truth, outlet);
  if (kind.starts_with("cms50")) {
    return std::make_unique<Cms50>(std::move(setup), patient, truth, outlet);
  }
  if (kind.starts_with("contact")) {
    return std::make_unique<Contact>(std::move(setup), patient, truth, outlet);
  }
  if (kind == "n595") return std::make_unique<Nellcor>(std::move(setup), patient, truth, outlet);
  if (kind == "evita") {
    return std::make_unique<Medibus>(std::move(setup), patient, truth, outlet);
  }
  if (kind == "pb840" || kind == "v200") {
    return std::make_unique<Pb840>(std::move(setup), patient, truth, outlet);
  }
  LL_ASSERT(kind == "plain");
  return std::make_unique<PlainDevice>(std::move(setup), patient, truth, outlet);
}

}  // namespace lamplight::sim
