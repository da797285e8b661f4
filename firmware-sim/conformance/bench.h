// The bench: simulator, cable, driver and the core's end of its connection, and the one loop that
// moves them. Checks ask it to say a word, to wait until something holds, or to let time pass.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "firmware-sim/conformance/cable.h"
#include "firmware-sim/conformance/listener.h"
#include "firmware-sim/conformance/process.h"
#include "firmware-sim/conformance/settings.h"
#include "firmware-sim/conformance/simulator.h"

namespace lamplight::conformance {

class Bench {
 public:
  Bench(const Settings& settings, const Description& description);
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // Simulator and driver, up to the driver's first reading.
  [[nodiscard]] Status start();
  // The core goes; true if the driver went too, in time.
  bool leave(Duration patience);
  int deaths() const { return deaths_; }
  const std::string& last_death() const { return last_death_; }

  // A word to the simulator and its answer.
  Answer say(const std::string& word);
  // {"set":{…}} of these values, in steps; they are expected from now on.
  Answer set(const std::map<SignalId, int32_t>& values);
  // {"condition":…} or {"silenced":…}.
  Answer tell(SignalId condition, bool is_present);

  // True as soon as `is_done`; false after `patience`, or when the simulator ended.
  // A driver that dies is started again, as the core would, and counted.
  bool until(Duration patience, const std::function<bool()>& is_done);
  void spend(Duration time);

  void unplug();
  [[nodiscard]] Status plug();
  bool is_cable() const { return cable_ != nullptr; }

  MonoTime now() const { return now_; }
  // Just before the last word left: what follows from it is not older.
  MonoTime word_at() const { return word_at_; }
  const Settings& settings() const { return settings_; }
  const Description& description() const { return description_; }
  Cable* cable() { return cable_.get(); }
  Listener& listener() { return listener_; }
  Simulator& simulator() { return simulator_; }
  Process& driver() { return driver_; }
  const std::string& at() const { return at_; }
  // Evidence for a line that failed: the newest bytes, if the kit is the cable.
  std::string evidence() const;

 private:
  [[nodiscard]] Status open_port();
  [[nodiscard]] Status start_driver();
  [[nodiscard]] Status hear_first_reading();
  void turn(MonoTime deadline);
  void revive();

  const Settings& settings_;
  const Description& description_;
  std::string folder_;
  std::string at_;
  MonoTime now_;
  MonoTime word_at_{};
  MonoTime revive_at_ = kNever;
  int deaths_ = 0;
  std::string last_death_;
  std::unique_ptr<Cable> cable_;
  Simulator simulator_;
  Process driver_;
  Listener listener_;
};

// The command line of the driver, as lamplightd would start it.
std::vector<std::string> run_command(const Settings& settings);

}  // namespace lamplight::conformance
