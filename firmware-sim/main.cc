// lamplight-sim: composition and exit codes. 0 done, 1 a word or file was wrong, 2 usage.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "firmware-sim/catalogue_text.h"
#include "firmware-sim/command_line.h"
#include "firmware-sim/control.h"
#include "firmware-sim/simulator.h"

namespace lamplight::sim {
namespace {

int run(CommandLine line) {
  if (!line.scenario_path.empty()) {
    line.settings.scenario = load_scenario(line.scenario_path);
    if (!line.settings.scenario) return 1;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int stop_fd = signalfd(-1, &signals, SFD_CLOEXEC);
  Simulator simulator(std::move(line.settings));
  if (Status s = simulator.start(); !s) {
    std::fprintf(stderr, "lamplight-sim: %s\n", s.error().c_str());
    return 1;
  }
  simulator.run(stop_fd);
  close(stop_fd);
  return 0;
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
