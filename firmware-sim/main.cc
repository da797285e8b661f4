// lamplight-sim: composition and exit codes. 0 done, 1 a word or file was wrong, 2 usage.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "firmware-sim/as_fast.h"
#include "firmware-sim/catalogue_text.h"
#include "firmware-sim/command_line.h"
#include "firmware-sim/control.h"
#include "firmware-sim/plot.h"
#include "firmware-sim/replay.h"
#include "firmware-sim/simulator.h"

namespace lamplight::sim {
namespace {

// Readable once somebody wants us to end.
int stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

int replay(const CommandLine& line) {
  std::ifstream file(line.recording_path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "lamplight-sim: cannot read %s\n", line.recording_path.c_str());
    return 1;
  }
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto events = parse_recording(text);
  const int stop_fd = stop_signals();
  const Status done = events ? play_recording(*events, line.at, line.link, stop_fd)
                             : Status(failure(events.error()));
  close(stop_fd);
  if (done) return 0;
  std::fprintf(stderr, "lamplight-sim: %s\n", done.error().c_str());
  return 1;
}

int run(CommandLine line) {
  if (!line.scenario_path.empty()) {
    line.settings.scenario = load_scenario(line.scenario_path);
    if (!line.settings.scenario) return 1;
  }
  const int stop_fd = stop_signals();
  Simulator simulator(std::move(line.settings));
  if (Status s = simulator.start(); !s) {
    std::fprintf(stderr, "lamplight-sim: %s\n", s.error().c_str());
    return 1;
  }
  simulator.run(stop_fd);
  close(stop_fd);
  return 0;
}

// A rehearsal of the settings' devices and scenario; exit code 1 and a message if it cannot be.
std::unique_ptr<Rehearsal> rehearsal_of(const CommandLine& line) {
  Rehearsal::Setup setup;
  setup.seed = line.settings.seed;
  for (const DeviceRequest& d : line.settings.devices) setup.devices.push_back({d.role, d.kind});
  if (!line.scenario_path.empty()) {
    auto scenario = load_scenario(line.scenario_path);
    if (!scenario) return nullptr;
    setup.scenario = std::move(*scenario);
  }
  auto rehearsal = std::make_unique<Rehearsal>(std::move(setup));
  const Status can = rehearsal->check();
  if (can) return rehearsal;
  std::fprintf(stderr, "lamplight-sim: %s\n", can.error().c_str());
  return nullptr;
}

Duration length_of(const CommandLine& line, const Rehearsal& rehearsal) {
  if (line.settings.runs_for.ns > 0) return line.settings.runs_for;
  return rehearsal.length() + seconds(30);
}

int fast(const CommandLine& line) {
  const auto rehearsal = rehearsal_of(line);
  if (!rehearsal) return 1;
  const Status done = write_as_fast(*rehearsal, length_of(line, *rehearsal), line.out_path);
  if (done) return 0;
  std::fprintf(stderr, "lamplight-sim: %s\n", done.error().c_str());
  return 1;
}

int plot(const CommandLine& line) {
  const auto rehearsal = rehearsal_of(line);
  const auto scenario = load_scenario(line.scenario_path);
  if (!rehearsal || !scenario) return 1;
  const std::string title = line.scenario_path.substr(line.scenario_path.rfind('/') + 1);
  const std::string svg = plot_svg(*rehearsal, *scenario, length_of(line, *rehearsal), title);
  std::FILE* const file = line.out_path == "-" ? stdout : std::fopen(line.out_path.c_str(), "wb");
  bool is_well = file != nullptr && std::fwrite(svg.data(), 1, svg.size(), file) == svg.size();
  if (file != nullptr)
    is_well = (file == stdout ? std::fflush(file) : std::fclose(file)) == 0 && is_well;
  if (!is_well) std::fprintf(stderr, "lamplight-sim: cannot write %s\n", line.out_path.c_str());
  return is_well ? 0 : 1;
}

int ctl(const CommandLine& line) {
  std::vector<std::string> words = lines_of_words(line.words);
  for (const std::string& word : line.words) {
    if (word.find_first_not_of(" \t\r\n") != std::string::npos) continue;
    std::fprintf(stderr,
                 "lamplight-sim: an empty word says nothing; write it like 'set spo2 84'\n");
    return 2;
  }
  if (line.words.empty()) {
    for (std::string text; std::getline(std::cin, text);) {
      if (text.find_first_not_of(" \t\r") != std::string::npos) words.push_back(text);
    }
  }
  bool all_well = true;
  const Status done = talk(line.ctl_path, words, [&](const std::string& answer) {
    std::printf("%s\n", answer.c_str());
    if (answer.find("\"error\"") != std::string::npos) all_well = false;
  });
  if (!done) std::fprintf(stderr, "lamplight-sim: %s\n", done.error().c_str());
  return done && all_well ? 0 : 1;
}

int check(const CommandLine& line) {
  const auto scenario = load_scenario(line.scenario_path);
  if (!scenario) return 1;
  std::printf("%s: %zu events, no mistakes\n", line.scenario_path.c_str(), scenario->events.size());
  return 0;
}

}  // namespace
}  // namespace lamplight::sim

int main(int argc, char** argv) {
  using namespace lamplight::sim;
  signal(SIGPIPE, SIG_IGN);
  CommandLine line = parse_command_line(argc, argv);
  switch (line.action) {
    case Action::exit:
      return line.exit_code;
    case Action::run:
      return run(std::move(line));
    case Action::fast:
      return fast(line);
    case Action::plot:
      return plot(line);
    case Action::replay:
      return replay(line);
    case Action::ctl:
      return ctl(line);
    case Action::check:
      return check(line);
    case Action::list:
      std::fputs(catalogue_text().c_str(), stdout);
      return 0;
  }
  return 2;
}
