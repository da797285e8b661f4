// What the command line asked for: whom to judge, against what, how long, by which limits.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/model/catalogue.h"
#include "rules/model/time.h"

namespace lamplight::conformance {

struct Limits {
  Duration patience = seconds(15);       // for a value or a condition to arrive
  Duration loss = seconds(10);           // until a silent device's readings are missing
  Duration reconnect = seconds(15);      // from the end of a fault to the next reading
  Duration latency = milliseconds(250);  // p95, from the last byte to the core
  int cpu_percent = 10;                  // of one core, over the soak
  int memory_mib = 64;                   // resident, at most
  int growth_kib = 1024;                 // over the second half of the soak
};

struct Settings {
  std::string driver;    // an executable
  std::string protocol;  // of a driver with several; empty: its only one
  Role role = Role::oximeter;
  std::string device;       // one of lamplight-sim's, or
  std::string simulator;    // a vendor's command
  std::string sim_program;  // lamplight-sim; empty: beside this program, then in PATH
  std::string at;           // the simulator opens this port itself; empty: the kit is the cable
  std::optional<int> unit;
  std::string map;
  std::map<std::string, std::string> options;
  Duration period = seconds(1);
  Duration soak = minutes(10);
  Limits limits;
  std::vector<std::string> checks;  // in order; empty: all
  std::vector<std::string> faults;  // empty: all
  std::string junit;
  std::string html;
  bool is_quiet = false;
  uint32_t seed = 1;

  bool is_vendors() const { return !simulator.empty(); }
};

}  // namespace lamplight::conformance
