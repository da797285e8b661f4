// What every simulated pulse oximeter shares: its reading of the child, why there is none, its
// own limits with their delay, and a cadence held by absolute deadlines. How a reading becomes
// bytes is each model's own.
#pragma once

#include <optional>

#include "firmware-sim/device.h"
#include "rules/model/quality.h"

namespace lamplight::sim {

struct OximeterReading {
  int32_t spo2 = 0;       // 0.1 percent
  int32_t pulse = 0;      // 0.1 bpm
  int32_t perfusion = 0;  // 0.01 percent
  Reason missing = Reason::none;
  bool is_doubted = false;  // the device keeps the value under interference or low perfusion
};

// Round half away from zero to whole units: 885 tenths are 89.
constexpr int32_t whole_from_tenths(int32_t tenths) {
  return tenths >= 0 ? (tenths + 5) / 10 : (tenths - 5) / 10;
}

class Oximeter : public Device {
 public:
  // Sends every `period`, counted from the start, not from the last frame.
  Oximeter(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet, int64_t per_second,
           Duration alarm_delay);

 protected:
  MonoTime own_deadline() const override { return next_; }
  void own_tick(MonoTime now) override;
  void power_up(MonoTime now) override;
  std::optional<int32_t> measured(SignalId signal, MonoTime now) const override;
  Duration frame_period() const override { return {1'000'000'000 / per_second_}; }
  void set_rate(int64_t per_second, MonoTime now);

  // One frame for this instant.
  virtual void send_frame(MonoTime now) = 0;

  OximeterReading read(MonoTime now);
  // What is above these shows as these, in the bytes and in the truth.
  static OximeterReading within(OximeterReading r, int32_t pulse_max, int32_t perfusion_max);
  bool has(std::string_view condition) const;
  // What can befall a line that the device fills by itself.
  static const std::vector<Fault>& stream_faults();
  int64_t displayed_clock(MonoTime now);  // stands still while frozen
  // "values":{…} with null and "reason" where missing. `with_perfusion`: the model prints it.
  static void append_values(std::string& facts, const OximeterReading& r, bool with_perfusion);

 private:
  void decide_events(MonoTime now);
  void disturb(OximeterReading& r, MonoTime now);
  void judge_limits(const OximeterReading& r, MonoTime now);

  int64_t per_second_;
  MonoTime origin_;
  int64_t sent_ = 0;
  MonoTime next_;
  OximeterReading last_;
  int64_t last_clock_ = 0;
  SelfAlarm spo2_low_;
  SelfAlarm pulse_low_;
  SelfAlarm pulse_high_;
};

}  // namespace lamplight::sim
