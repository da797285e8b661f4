// The composition: one patient, the devices and their lines, the scenario's clock and the live
// words. main() makes one and runs it; it ends by signal or after --seconds.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/bed.h"
#include "firmware-sim/control.h"
#include "firmware-sim/device.h"
#include "firmware-sim/line.h"
#include "firmware-sim/loop.h"
#include "firmware-sim/patient.h"
#include "firmware-sim/scenario.h"
#include "firmware-sim/truth.h"

namespace lamplight::sim {

// "pty", "tcp:127.0.0.1:0", "serial:/dev/pts/7" (a terminal that exists)
struct PortRequest {
  std::string name;  // of a bus, or the role
  std::string address;
  std::string link;  // a stable symbolic link to the pseudo-terminal
};
struct DeviceRequest {
  Role role = Role::oximeter;
  std::string kind;
  std::string port;  // the name of a PortRequest
  int unit = 1;
  DeviceOptions options;
};
// One signal of a polled device jumping between two values at random phase, for benchmarks.
struct ChangeRequest {
  SignalId signal = 0;
  int32_t low = 0;
  int32_t high = 0;
  Duration every;
};

struct SimulatorSettings {
  std::vector<PortRequest> ports;
  std::vector<DeviceRequest> devices;
  std::optional<Scenario> scenario;
  bool loops = false;
  std::vector<ChangeRequest> changes;
  uint64_t seed = 1;
  bool paces = false;
  bool quiet_devices = false;
  bool logs_bytes = false;
  bool truth_buffered = false;
  bool talks_on_stdin = false;  // the conformance kit's way: words on stdin, answers on stdout
  std::string ctl_path;
  std::string truth_path;
  std::string ports_path;
  Duration runs_for;  // 0: until a signal
};

class Simulator {
 public:
  explicit Simulator(SimulatorSettings settings);
  ~Simulator();

  // Opens ports, log and socket, and prints the ports; or says what is wrong and what to do.
  [[nodiscard]] Status start();
  // Until `stop_fd` is readable (signals) or the time is over.
  void run(int stop_fd);

 private:
  class StopWatch;
  struct Changing {
    ChangeRequest request;
    MonoTime next;
    bool is_high = false;
  };
  [[nodiscard]] Status make_lines();
  [[nodiscard]] Status make_devices();
  void print_ports(const Line& line);
  void write_ports_file();
  void record_start();

  std::string handle(std::string_view line);
  [[nodiscard]] Status apply(const Word& word);
  [[nodiscard]] Status apply_to_line(const LinkWord& word);
  [[nodiscard]] Status apply_to_both(const SwapWord& word);
  void record_word(std::string_view text, const Status& done);
  void play_scenario();
  void play_changes();
  void tick();
  MonoTime deadline() const;
  Line& line_of(Role role);
  std::optional<Role> only_role() const;

  SimulatorSettings settings_;
  MonoTime started_;
  MonoTime now_;
  MonoTime ends_;
  Truth truth_;
  Patient patient_;
  Random random_;
  Loop loop_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::vector<std::unique_ptr<Device>> devices_;
  Bed bed_{patient_, devices_};
  ControlSocket control_;
  size_t next_event_ = 0;
  MonoTime scenario_origin_;
  std::vector<Changing> changing_;
  bool stopped_ = false;
};

}  // namespace lamplight::sim
