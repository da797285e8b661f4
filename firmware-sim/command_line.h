// What `lamplight-sim` was asked to do. Parsing prints help and mistakes itself.
#pragma once

#include <string>
#include <vector>

#include "firmware-sim/simulator.h"

namespace lamplight::sim {

enum class Action : uint8_t { run, fast, plot, replay, ctl, check, list, exit };

struct CommandLine {
  Action action = Action::exit;
  int exit_code = 0;  // of Action::exit
  SimulatorSettings settings;
  std::string scenario_path;
  std::string recording_path, at, link;  // of `replay`
  std::string ctl_path;
  std::string out_path;  // of `plot` and --as-fast-as-possible
  std::vector<std::string> words;
};

CommandLine parse_command_line(int argc, char** argv);

// The file's events; prints every mistake to standard error and gives nothing.
std::optional<Scenario> load_scenario(const std::string& path);

}  // namespace lamplight::sim
