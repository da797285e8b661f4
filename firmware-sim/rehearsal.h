// A scenario without ports and without waiting: the same patient, devices, words and faults in a
// time of their own, as fast as the machine computes. Devices that speak only when asked are asked
// as a gateway would. What leaves is handed out byte for byte, in the order of its instants.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "firmware-sim/bed.h"
#include "firmware-sim/scenario.h"

namespace lamplight::sim {

struct RehearsalDevice {
  Role role = Role::oximeter;
  std::string kind;
};

class Rehearsal final : public Outlet {
 public:
  struct Setup {
    std::vector<RehearsalDevice> devices;
    Scenario scenario;
    uint64_t seed = 1;
  };
  explicit Rehearsal(Setup setup);

  // Whether these devices can play it.
  [[nodiscard]] Status check() { return bed_.can_play(setup_.scenario); }
  // Called for the bytes of a device, at the instant at which they leave.
  void on_bytes(std::function<void(const Device&, MonoTime, const Bytes&)> call) {
    on_bytes_ = std::move(call);
  }
  // To `end`, counted from the start. `look` is called once a second, before anything else then.
  void run(Duration end, const std::function<void(Duration)>& look);

  const std::vector<std::unique_ptr<Device>>& devices() const { return devices_; }
  const Patient& patient() const { return patient_; }
  // The device's readings as it would show them now; nothing: none.
  std::optional<int32_t> shown(Role role, std::string_view signal) const;
  std::vector<std::string_view> conditions(Role role) const;
  // How long the scenario lasts.
  Duration length() const;

  void send(MonoTime now, const Device& from, Frame frame, const Delivery& how) override;

 private:
  struct Leaving {
    const Device* from;
    Bytes bytes;
  };
  void ask_all();
  void hand_out();

  static constexpr MonoTime kStart{1'000'000'000'000};
  Setup setup_;
  MonoTime now_ = kStart;
  Truth truth_{false};
  Patient patient_;
  std::vector<std::unique_ptr<Device>> devices_;
  Bed bed_{patient_, devices_};
  std::multimap<MonoTime, Leaving> leaving_;
  std::map<Role, bool> unplugged_;
  int64_t seconds_ = 0;
  size_t next_event_ = 0;
  std::function<void(const Device&, MonoTime, const Bytes&)> on_bytes_;
};

}  // namespace lamplight::sim
