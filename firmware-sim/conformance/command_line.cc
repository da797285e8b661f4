#include "firmware-sim/conformance/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>

#include "firmware-sim/conformance/checks.h"

namespace lamplight::conformance {
namespace {

constexpr int kUsage = 2;

constexpr const char* kAbout =
    "Judges a Lamplight driver against a simulated device, as lamplightd would run it.\n"
    "Exit code: 0 everything passed, 1 something failed, 2 usage, or it could not be tried.\n\n"
    "Example: lamplight-conformance --driver ./acorn-driver --profile oximeter \\\n"
    "           --simulator ./simulator.py --html report.html\n"
    "         lamplight-conformance --driver lamplight-driver --protocol masimo \\\n"
    "           --profile oximeter --device rad8 --soak 1min\n"
    "Secondary notification only: stay within hearing of the bedside devices.";

struct Texts {
  std::string role = "oximeter";
  std::string soak, patience, loss, reconnect, latency, period;
  std::vector<std::string> options;
  int unit = 0;
};

int fail(const std::string& why) {
  std::fprintf(stderr, "lamplight-conformance: %s\n", why.c_str());
  return kUsage;
}

// "10min", "90 s", "500ms", "1h"
Status read_duration(const std::string& name, const std::string& text, Duration& into) {
  if (text.empty()) return {};
  int64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit(end.ptr, text.data() + text.size());
  std::erase(unit, ' ');
  int64_t scale = 0;
  if (unit == "ms") scale = 1'000'000;
  if (unit == "s") scale = 1'000'000'000;
  if (unit == "min") scale = 60'000'000'000;
  if (unit == "h") scale = 3'600'000'000'000;
  const bool is_good = end.ec == std::errc() && scale > 0 && number > 0 && number <= 1'000'000;
  if (!is_good) return failure(name + " '" + text + "' is no time; write it like 90s or 10min");
  into = nanoseconds(number * scale);
  return {};
}

Status read_options(const std::vector<std::string>& texts, Settings& settings) {
  for (const std::string& text : texts) {
    const size_t mark = text.find('=');
    if (mark == std::string::npos || mark == 0) {
      return failure("--option '" + text + "' is no KEY=VALUE, such as debounce=\"100 ms\"");
    }
    settings.options[text.substr(0, mark)] = text.substr(mark + 1);
  }
  return {};
}

Status check_names(const Settings& settings) {
  for (const std::string& name : settings.checks) {
    if (std::ranges::find(kCheckNames, name) != std::end(kCheckNames)) continue;
    return failure("no check '" + name +
                   "'; there are: launch, values, conditions, faults, soak, contract");
  }
  if (settings.device.empty() == settings.simulator.empty()) {
    return failure("give --device NAME (see `lamplight-sim list`) or --simulator CMD, one of them");
  }
  if (!settings.at.empty() && !settings.is_vendors()) {
    return failure("--at is for a --simulator that opens a port of its own");
  }
  if (::access(settings.driver.c_str(), X_OK) == 0) return {};
  return failure("--driver " + settings.driver + " is no executable file");
}

Status finish(const Texts& texts, Settings& settings) {
  const auto role = role_of(texts.role);
  if (!role) return failure("no profile '" + texts.role + "'");
  settings.role = *role;
  if (texts.unit > 0) settings.unit = texts.unit;
  // Our pump and ventilator profiles are read by the maps of their names, as unit 1.
  const bool is_profile = settings.device == "lfp1" || settings.device == "lvp1";
  if (is_profile && settings.map.empty()) {
    settings.map = settings.device == "lfp1" ? "lfp-1" : "lvp-1";
  }
  if (is_profile && !settings.unit) settings.unit = 1;
  Limits& limits = settings.limits;
  Status done = read_duration("--soak", texts.soak, settings.soak);
  if (done) done = read_duration("--period", texts.period, settings.period);
  if (done) done = read_duration("--patience", texts.patience, limits.patience);
  if (done) done = read_duration("--loss-limit", texts.loss, limits.loss);
  if (done) done = read_duration("--reconnect-limit", texts.reconnect, limits.reconnect);
  if (done) done = read_duration("--latency-limit", texts.latency, limits.latency);
  if (done) done = read_options(texts.options, settings);
  return done ? check_names(settings) : done;
}

void add_subject(CLI::App& app, Settings& s, Texts& t) {
  app.add_option("--driver", s.driver, "the driver: an executable")->required();
  app.add_option("--protocol", s.protocol, "of a driver that speaks several");
  app.add_option("--profile", t.role, "what the device is")
      ->required()
      ->check(CLI::IsMember({"oximeter", "ventilator", "pump", "contact"}));
  app.add_option("--device", s.device,
                 "a device of lamplight-sim, as `lamplight-sim list` names it");
  app.add_option("--simulator", s.simulator,
                 "your own simulator, started as CMD --at PORT, steered on standard input");
  app.add_option("--at", s.at, "the port, if the simulator opens one itself: tcp:127.0.0.1:4001");
  app.add_option("--sim-program", s.sim_program, "lamplight-sim; else the one beside this program");
  app.add_option("--unit", t.unit, "of a bus")->check(CLI::Range(1, 247));
  app.add_option("--map", s.map, "register map, a name or a file");
  app.add_option("--option", t.options, "KEY=VALUE of the driver's own options");
  app.add_option("--period", t.period, "poll period that the driver is told; 1s");
}

void add_limits(CLI::App& app, Settings& s, Texts& t) {
  app.add_option("--soak", t.soak, "length of the soak; 10min");
  app.add_option("--patience", t.patience, "for a value or condition to arrive; 15s");
  app.add_option("--loss-limit", t.loss, "until a silent device is missing; 10s");
  app.add_option("--reconnect-limit", t.reconnect, "from the end of a fault to readings; 15s");
  app.add_option("--latency-limit", t.latency, "p95 from the last byte to the core; 250ms");
  app.add_option("--cpu-limit", s.limits.cpu_percent, "percent of one core over the soak; 10");
  app.add_option("--memory-limit", s.limits.memory_mib, "MiB resident; 64");
}

}  // namespace

std::variant<Settings, int> parse_command_line(int argc, char** argv) {
  Settings settings;
  Texts texts;
  CLI::App app(kAbout, "lamplight-conformance");
  add_subject(app, settings, texts);
  add_limits(app, settings, texts);
  app.add_option(
         "--checks", settings.checks,
         "only these, separated by commas: launch, values, conditions, faults, soak, contract")
      ->delimiter(',');
  app.add_option("--faults", settings.faults, "only these, separated by commas; `unplug` is one")
      ->delimiter(',');
  app.add_option("--junit", settings.junit, "write the report as JUnit XML here");
  app.add_option("--html", settings.html, "write the report as one HTML page here");
  app.add_option("--seed", settings.seed, "of noise and of the soak's values");
  app.add_flag("--quiet", settings.is_quiet, "print only what failed, and the sum");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  const Status done = finish(texts, settings);
  if (!done) return fail(done.error());
  return settings;
}

}  // namespace lamplight::conformance
