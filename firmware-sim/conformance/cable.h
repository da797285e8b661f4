// The cable between the simulated device and the driver: two pseudo-terminals and what passes
// between them. Because the kit is the cable it knows when each byte reached the driver, keeps the
// last ones as evidence, and can cut, delay and disturb for simulators that cannot. Never blocks.
#pragma once

#include <poll.h>

#include <cstdint>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::conformance {

enum class Disturbance : uint8_t { none, silence, truncate, late, babble };

class Cable {
 public:
  explicit Cable(uint32_t seed) : random_(seed) {}
  ~Cable();
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  // The driver's end appears as `link`, the same after each unplugging.
  [[nodiscard]] Status open(std::string link);
  const std::string& device_end() const { return device_end_; }
  const std::string& driver_end() const { return link_; }

  void unplug();
  [[nodiscard]] Status plug();
  void disturb(Disturbance what) { disturbance_ = what; }

  // For poll: both ends; -1 where there is none.
  std::vector<pollfd> wanted() const;
  MonoTime deadline() const;
  // Passes on whatever there is.
  void advance(MonoTime now);

  // When bytes last reached the driver, or last did so not after `t`; 0: never.
  MonoTime last_delivery() const { return delivered_.empty() ? MonoTime{} : delivered_.back(); }
  MonoTime delivery_before(MonoTime t) const;
  // The newest bytes that reached the driver, as hex.
  std::string evidence() const;
  uint64_t bytes_to_driver() const { return to_driver_; }
  uint64_t bytes_from_driver() const { return from_driver_; }

 private:
  struct Late {
    MonoTime due;
    std::vector<uint8_t> bytes;
  };
  void from_device(MonoTime now);
  void from_driver();
  void deliver(MonoTime now, std::span<const uint8_t> bytes);
  bool is_read() const;

  std::string link_;
  std::string device_end_;
  int device_ = -1;        // our side of the device's terminal
  int device_slave_ = -1;  // kept open, so that a simulator that restarts is no hang-up
  int driver_ = -1;
  Disturbance disturbance_ = Disturbance::none;
  std::deque<Late> late_;
  MonoTime babbles_at_{};
  std::deque<MonoTime> delivered_;
  std::deque<uint8_t> newest_;
  uint64_t to_driver_ = 0;
  uint64_t from_driver_ = 0;
  std::minstd_rand random_;
};

}  // namespace lamplight::conformance
