#include "firmware-sim/kinds.h"

#include "firmware-sim/device_rad8.h"
#include "rules/model/assert.h"

namespace lamplight::sim {
namespace {

constexpr Kind kKinds[] = {
    {"rad8", "oximeter", Wire::stream, 9600, "8N1", "Masimo Rad-8, ASCII-1, a line a second"},
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
  LL_ASSERT(find_kind(setup.kind) != nullptr);
  return std::make_unique<Rad8>(std::move(setup), patient, truth, outlet);
}

}  // namespace lamplight::sim
