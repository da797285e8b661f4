#include "firmware-sim/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "firmware-sim/wiring.h"

namespace lamplight::sim {
namespace {

constexpr const char* kAbout =
    "Simulated bedside devices, byte for byte: one patient, an oximeter, a ventilator, a pump.\n"
    "Example: lamplight-sim run --device oximeter=rad8@pty --device pump=lfp1@tcp:127.0.0.1:0 \\\n"
    "           --ctl /tmp/sim.ctl --truth /tmp/truth.jsonl\n"
    "         lamplight-sim ctl --ctl /tmp/sim.ctl 'set spo2 84'";

// The texts as typed, before they are looked at in the order that names need.
struct RunTexts {
  std::vector<std::string> buses;
  std::vector<std::string> devices;
  std::vector<std::string> links;
  std::vector<std::string> changes;
  std::string kind;
  std::string at;
  std::string role;
  double seconds = 0;
};

void add_common_options(CLI::App& app, SimulatorSettings& s, RunTexts& t, CommandLine& line) {
  app.add_option("--scenario", line.scenario_path, "play this file of timed words");
  app.add_flag("--loop", s.loops, "play the scenario again and again");
  app.add_option("--ctl", s.ctl_path, "listen for live words on this Unix socket");
  app.add_option("--truth", s.truth_path, "write the truth log here (JSON lines)");
  app.add_flag("--truth-buffered", s.truth_buffered,
               "write the log in large pieces, answers with changes only (benchmarks)");
  app.add_flag("--truth-bytes", s.logs_bytes, "log the bytes of every frame as hex");
  app.add_option("--ports", s.ports_path, "write the ports as JSON here, once they are open");
  app.add_option("--seconds", t.seconds, "end after so long; without it on a signal");
  app.add_option("--seed", s.seed, "same seed and words, same patient");
  app.add_option("--as-fast-as-possible", line.out_path,
                 "no ports and no waiting: what the one device sends, into this file, for "
                 "decoders; - is standard output");
  app.add_flag("--pace", s.paces, "bytes leave serial ports at the baud rate");
  app.add_flag("--quiet-devices", s.quiet_devices,
               "devices decide no alarms by themselves, only words do");
  app.add_option("--changes", t.changes,
                 "benchmark: 'ventilator.pip 18 40 every 250 ms', at random phase");
}

Status collect(const RunTexts& t, CommandLine& line) {
  SimulatorSettings& s = line.settings;
  Status done;
  for (const auto& text : t.buses) done = done ? add_bus(text, s) : done;
  for (const auto& text : t.devices) done = done ? add_device(text, s) : done;
  for (const auto& text : t.links) done = done ? add_link(text, s) : done;
  for (const auto& text : t.changes) done = done ? add_changes(text, s) : done;
  if (!done) return done;
  if (s.devices.empty()) {
    return failure("no device to simulate; give one with --device, such as oximeter=rad8@pty");
  }
  if (t.seconds < 0 || t.seconds > 1e7) return failure("--seconds is from 0 to 10000000");
  s.runs_for = milliseconds(static_cast<int64_t>(t.seconds * 1000));
  return {};
}

int fail(const std::string& message) {
  std::fprintf(stderr, "lamplight-sim: %s\n", message.c_str());
  return 2;
}

// `plot --device ROLE=KIND`: no port.
Status collect_plot(RunTexts& t, CommandLine& line) {
  if (t.devices.empty()) t.devices = {"oximeter=rad8", "ventilator=lvp1", "pump=lfp1"};
  for (std::string& text : t.devices) text += "@pty";
  return collect(t, line);
}

// `lamplight-sim device KIND --at PORT` to the same requests as `run --device`.
Status collect_device(RunTexts& t, CommandLine& line) {
  const Kind* kind = find_kind(t.kind);
  if (kind == nullptr) {
    return failure("no kind of device '" + t.kind + "'; `lamplight-sim list` shows them");
  }
  if (t.at.empty() && line.out_path.empty()) {
    return failure("say where it is: --at pty, serial:PATH, tcp:HOST:PORT, lines:PATH or hid:PATH");
  }
  if (t.at.empty()) t.at = "pty";
  if (t.role.empty()) t.role = std::string(kind->roles.substr(0, kind->roles.find(' ')));
  t.devices = {t.role + "=" + t.kind + "@" + t.at};
  // "serial:PATH?9600,8N1": what follows the mark belongs to the port here, not to the device.
  const auto mark = t.at.find('?');
  if (t.at.substr(0, 7) == "serial:" && mark != std::string::npos) {
    t.devices = {t.role + "=" + t.kind + "@" + t.at.substr(0, mark)};
  }
  line.settings.talks_on_stdin = true;
  return collect(t, line);
}

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
  CommandLine line;
  RunTexts texts;
  CLI::App app(kAbout, "lamplight-sim");
  app.require_subcommand(1);
  CLI::App* run = app.add_subcommand("run", "simulate devices until a signal");
  run->add_option("--bus", texts.buses, "NAME=PORT: a Modbus line that several devices share");
  run->add_option("--device", texts.devices,
                  "ROLE=KIND@PORT[?unit=N&serial=S]; PORT: pty, tcp:HOST:PORT, serial:PATH, a bus");
  run->add_option("--link", texts.links, "ROLE=PATH: a stable link to the pseudo-terminal");
  add_common_options(*run, line.settings, texts, line);
  CLI::App* device = app.add_subcommand(
      "device", "simulate one device; words on standard input, answers on standard output");
  device->add_option("kind", texts.kind, "a kind of `lamplight-sim list`")->required();
  device->add_option("--at", texts.at, "serial:PATH, tcp:HOST:PORT, lines:PATH, hid:PATH or pty");
  device->add_option("--role", texts.role, "for kinds that can be several");
  add_common_options(*device, line.settings, texts, line);
  CLI::App* ctl =
      app.add_subcommand("ctl", "send words to a running simulator; exit 1 on an error");
  ctl->add_option("--ctl", line.ctl_path, "the simulator's socket")->required();
  ctl->add_option("words", line.words, "words, or JSON; without any, lines of standard input");
  CLI::App* plot = app.add_subcommand("plot", "draw a scenario as SVG");
  plot->add_option("scenario", line.scenario_path, "the file")->required();
  plot->add_option("--out", line.out_path, "the picture; - is standard output")->required();
  plot->add_option("--device", texts.devices,
                   "ROLE=KIND; without any: oximeter=rad8, ventilator=lvp1, pump=lfp1");
  plot->add_option("--seconds", texts.seconds, "how long; else 30 s more than the scenario");
  plot->add_option("--seed", line.settings.seed, "same seed, same patient");
  CLI::App* replay = app.add_subcommand("replay", "send a saved black box of a stream again");
  replay->add_option("recording", line.recording_path, "a file of `lamplight blackbox save`")
      ->required();
  replay->add_option("--at", line.at, "serial:PATH, tcp:HOST:PORT or pty")->required();
  replay->add_option("--link", line.link, "a stable link to the pseudo-terminal");
  CLI::App* check = app.add_subcommand("check", "look for mistakes in a scenario file");
  check->add_option("scenario", line.scenario_path, "the file")->required();
  CLI::App* list = app.add_subcommand("list", "devices, what they can say, faults, words");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    line.exit_code = app.exit(e) == 0 ? 0 : 2;
    return line;
  }
  if (ctl->parsed()) line.action = Action::ctl;
  if (check->parsed()) line.action = Action::check;
  if (list->parsed()) line.action = Action::list;
  if (replay->parsed()) line.action = Action::replay;
  if (run->parsed() || device->parsed()) {
    const Status done = run->parsed() ? collect(texts, line) : collect_device(texts, line);
    if (!done) {
      line.exit_code = fail(done.error());
      return line;
    }
    line.action = line.out_path.empty() ? Action::run : Action::fast;
    if (line.action == Action::fast && line.settings.devices.size() != 1) {
      line.exit_code = fail("--as-fast-as-possible writes one device's bytes; give one device");
      line.action = Action::exit;
    }
  }
  if (plot->parsed()) {
    const Status done = collect_plot(texts, line);
    line.action = done ? Action::plot : Action::exit;
    if (!done) line.exit_code = fail(done.error());
  }
  return line;
}

std::optional<Scenario> load_scenario(const std::string& path) {
  std::ifstream in(path);
  if (!in) {
    fail("cannot read the scenario " + path + "; name a file that exists");
    return std::nullopt;
  }
  std::ostringstream text;
  text << in.rdbuf();
  Scenario scenario = parse_scenario(text.str());
  for (const Mistake& m : scenario.mistakes) std::fputs(describe(m, path).c_str(), stderr);
  if (!scenario.mistakes.empty()) return std::nullopt;
  return scenario;
}

}  // namespace lamplight::sim
