// What lamplightd does before a driver reads anything: describe, and the doors that must be closed.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "drivers/sdk/wire/codec.h"
#include "firmware-sim/conformance/checks.h"
#include "firmware-sim/conformance/clock.h"

namespace lamplight::conformance {
namespace {

constexpr Duration kPatience = seconds(5);  // the core's for describe

struct Told {
  std::string text;
  std::optional<int> exit_code;
  std::string end;
};

int left_ms(MonoTime until) {
  return static_cast<int>(std::max<int64_t>((until - mono_now()).ms(), 0));
}

// What the program prints until it ends; it is killed after the patience.
Told ask(const std::vector<std::string>& command) {
  Told told;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return told;
  Process process;
  const Status started = process.start(command, {{ends[1], STDOUT_FILENO}});
  ::close(ends[1]);
  const MonoTime until = mono_now() + kPatience;
  pollfd ready{ends[0], POLLIN, 0};
  std::array<char, 4096> block{};
  while (started && ::poll(&ready, 1, left_ms(until)) == 1) {
    const ssize_t got = ::read(ends[0], block.data(), block.size());
    if (got <= 0) break;
    told.text.append(block.data(), static_cast<size_t>(got));
  }
  ::close(ends[0]);
  while (process.is_running() && mono_now() < until) ::poll(nullptr, 0, 10);
  if (process.is_running()) process.kill();
  told.exit_code = process.exit_code();
  told.end = started ? process.end() : started.error();
  return told;
}

std::vector<std::string> describe_command(const Settings& settings) {
  std::vector<std::string> command = run_command(settings);
  command[1] = "describe";
  return command;
}

void add(Report& report, std::string name, bool is_good, std::string expected, std::string seen,
         std::string remedy) {
  report.add({.check = "launch",
              .name = std::move(name),
              .verdict = is_good ? Verdict::pass : Verdict::fail,
              .expected = std::move(expected),
              .seen = std::move(seen),
              .remedy = std::move(remedy)});
}

// A driver told that its wire is not spoken here must leave, not insist.
void check_refused(const Settings& settings, Report& report) {
  auto both = wire::Channel::pair();
  if (!both) return;
  ::fcntl(both->second.fd(), F_SETFL, 0);
  Process process;
  const Status started = process.start(run_command(settings), {{both->second.fd(), 3}});
  both->second.close();
  std::vector<uint8_t> out(limits::kDatagramMax);
  for (const char* json : {R"({"type":"configure","port":{"name":"p","driver":"","at":)"
                           R"("serial:/dev/null?9600,8N1"},"devices":[],"options":{}})",
                           R"({"type":"refused","reason":"another major version"})"}) {
    if (const auto datagram = wire::encode_json(json, out)) both->first.send(*datagram);
  }
  const MonoTime until = mono_now() + kPatience;
  while (started && process.is_running() && mono_now() < until) ::poll(nullptr, 0, 10);
  add(report, "refused by the core, it leaves", process.exit_code() == 1, "exit 1 within 5 s",
      process.end().empty() ? "still running" : "it " + process.end(),
      "after {\"type\":\"refused\"} say why on standard error and exit 1; the core starts it again "
      "with a back-off");
}

}  // namespace

void check_launch(const Settings& settings, Description& description, Report& report) {
  const Told told = ask(describe_command(settings));
  add(report, "describe", told.exit_code == 0, "one JSON object, and exit 0 within 5 s",
      told.exit_code == 0 ? "exit 0" : "it " + (told.end.empty() ? "kept running" : told.end),
      "`DRIVER describe` needs no port and no core: print and exit");
  description = parse_description(told.text);
  std::string mistakes;
  for (const std::string& one : description.mistakes)
    mistakes += (mistakes.empty() ? "" : "; ") + one;
  add(report, "describe tells what the contract asks", description.mistakes.empty(),
      "wire, protocols, signals, conditions and options, by names of the catalogue",
      mistakes.empty() ? std::to_string(description.signals.size()) + " signals and conditions"
                       : mistakes,
      "compare with `describe` of the template; names are those of the signal catalogue");
  for (const SignalId signal : description.signals) {
    if (signal_info(signal).role == settings.role) report.capability(signal).is_listed = true;
  }
  const Told alone = ask(run_command(settings));
  const bool is_refusal = alone.exit_code && *alone.exit_code != 0;
  add(report, "run by hand, without a core", is_refusal, "an exit code other than 0 within 5 s",
      alone.end.empty() ? "it kept running" : "it " + alone.end,
      "fd 3 that is no SOCK_SEQPACKET connection is no core: say so and exit");
  check_refused(settings, report);
}

}  // namespace lamplight::conformance
