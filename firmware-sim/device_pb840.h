// Puritan Bennett 840 (MISCF and MISCA) and Philips V200 (MISCA alone, in answer to SNDA), after
// protocol notes 2.1 and 2.5. A condition that is over shows RESET for a while.
#pragma once

#include <map>
#include <string>

#include "firmware-sim/pb840_format.h"
#include "firmware-sim/ventilator.h"

namespace lamplight::sim {

class Pb840 final : public Ventilator {
 public:
  Pb840(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet);
  const Abilities& abilities() const override;
  void receive(MonoTime now, Peer peer, std::span<const uint8_t> bytes) override;
  void garble(Bytes& bytes, Random& random) const override;

 private:
  struct Shown {
    int number;
    std::string_view signal;
    int decimals;  // of the catalogue's value in the column's unit
    int printed;   // of them
  };
  void answer(MonoTime now, Peer peer, PbReport report);
  void put_clock(PbColumns& columns, PbReport report, MonoTime now) const;
  void put_values(PbColumns& columns, std::span<const Shown> shown, std::string& facts,
                  MonoTime now) const;
  void put_alarms(PbColumns& columns, PbReport report, std::string& facts, MonoTime now);
  static std::span<const Shown> shown(PbReport report);

  bool is_v200_;
  std::string id_;
  std::string command_;
  std::map<std::string_view, MonoTime> last_present_;
  std::map<PbReport, Frame> last_;  // what a frozen one repeats
};

}  // namespace lamplight::sim
