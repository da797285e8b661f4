#include "firmware-sim/catalogue_text.h"

#include "firmware-sim/kinds.h"

namespace lamplight::sim {
namespace {

constexpr const char* kWords = R"(words (in a scenario with +T before them)
  set NAME VALUE [over D]            spo2, pulse and perfusion are the patient's: every device
                                     that measures them follows; ROLE.NAME is one device's
  set ventilator.circuit disconnected | connected
                                     what happens at the bed; the device finds out by itself
  condition ROLE CONDITION on|off    the device says it, at once
  silenced ROLE on|off
  fault ROLE FAULT [for D]           until `fault ROLE none`; restart lasts 3 s by itself
  unplug ROLE, plug ROLE
  swap ROLE ROLE                     each plug goes into the other's socket
  patient EVENT on|off               apnoea, mucus_plug, aspiration, seizure, probe_displaced,
                                     sprint, power_cut: every device shows it in its own way
  expect ALARM EVENT [within D]      only passed on to the truth log
  D: 500 ms, 5 s, 2 min, 1 h
)";

// Abilities are asked of a device, so one is made that nobody hears.
class Nowhere final : public Outlet {
 public:
  void send(MonoTime, const Device&, Frame, const Delivery&) override {}
};

std::string abilities_of(const Kind& kind) {
  Patient patient(1, {});
  Truth truth(false);
  Nowhere nowhere;
  DeviceSetup setup;
  setup.role = *lamplight::role_of(kind.roles.substr(0, kind.roles.find(' ')));
  setup.kind = std::string(kind.name);
  const auto device = make_device(std::move(setup), patient, truth, nowhere);
  const Abilities& a = device->abilities();
  std::vector<std::string_view> faults;
  for (const Fault f : a.faults) faults.push_back(name_of(f));
  return "    says: " + (a.conditions.empty() ? "nothing" : list_of(a.conditions)) +
         (a.has_silenced ? "; silenced" : "") + "\n    faults: " + list_of(faults) + "\n";
}

}  // namespace

std::string catalogue_text() {
  std::string out = "devices (ROLE=KIND@PORT)\n";
  for (const Kind& k : kinds()) {
    out += "  " + std::string(k.name) + " (" + std::string(k.roles) + "): " + std::string(k.what) +
           "\n" + abilities_of(k);
  }
  out += "signals\n";
  for (const SignalInfo& s : catalogue()) {
    if (s.kind == SignalKind::numeric) {
      out += "  " + std::string(name_of(s.role)) + "." + std::string(s.name) + " (" +
             std::string(s.unit) + ")\n";
    }
    if (s.kind == SignalKind::enumeration) {
      out += "  " + std::string(name_of(s.role)) + "." + std::string(s.name) + ": " +
             list_of(s.enumerators) + "\n";
    }
  }
  return out + kWords;
}

}  // namespace lamplight::sim
