// lamplight-conformance: 0 everything passed, 1 something failed, 2 usage or it could not be tried.
#include <signal.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>

#include "drivers/sdk/wire/codec.h"
#include "firmware-sim/conformance/checks.h"
#include "firmware-sim/conformance/clock.h"
#include "firmware-sim/conformance/command_line.h"
#include "firmware-sim/conformance/html.h"
#include "firmware-sim/conformance/junit.h"

namespace lamplight::conformance {
namespace {

constexpr int kFailed = 1;
constexpr int kCannot = 2;

bool is_wanted(const Settings& settings, std::string_view check) {
  return settings.checks.empty() ||
         std::ranges::find(settings.checks, check) != settings.checks.end();
}

int cannot(const std::string& why) {
  std::fprintf(stderr, "lamplight-conformance: %s\n", why.c_str());
  return kCannot;
}

Status run_checks(const Settings& settings, const Description& description, Report& report) {
  Bench bench(settings, description);
  if (Status s = bench.start(); !s) return s;
  Trial trial{bench, report, mono_now(), {}, {}, {}, {}};
  check_values(trial, is_wanted(settings, "values"));
  if (is_wanted(settings, "conditions")) check_conditions(trial);
  if (is_wanted(settings, "faults")) check_faults(trial);
  if (is_wanted(settings, "soak")) check_soak(trial);
  for (const auto& [name, text] : bench.listener().identity()) {
    report.figure("the device says: " + name, text);
  }
  check_contract(trial);
  return {};
}

std::vector<std::pair<std::string, std::string>> facts_of(const Settings& settings) {
  utsname box{};
  ::uname(&box);
  return {
      {"driver", settings.driver + (settings.protocol.empty() ? "" : " " + settings.protocol)},
      {"profile", std::string(name_of(settings.role))},
      {"device", settings.is_vendors() ? settings.simulator : "lamplight-sim " + settings.device},
      {"wire", std::to_string(wire::kVersionMajor) + "." + std::to_string(wire::kVersionMinor)},
      {"soak", std::to_string(settings.soak.ns / 1'000'000'000) + " s"},
      {"machine", std::string(box.sysname) + " " + box.release + " " + box.machine}};
}

Status write_reports(const Settings& settings, const Report& report) {
  if (!settings.junit.empty()) {
    if (Status s = write_file(settings.junit, junit(report)); !s) return s;
  }
  return settings.html.empty() ? Status()
                               : write_file(settings.html, html(report, facts_of(settings)));
}

int run(const Settings& settings) {
  Report report("Conformance of " + settings.driver + " as " + std::string(name_of(settings.role)),
                settings.is_quiet);
  Description description;
  check_launch(settings, description, report);
  const bool is_vague = description.protocols.size() > 1 && settings.protocol.empty();
  if (is_vague) return cannot("this driver speaks several protocols; name one with --protocol");
  if (description.protocols.empty()) {
    report.progress("without `describe` nothing else can be tried");
  } else if (const Status ran = run_checks(settings, description, report); !ran) {
    report.add({.check = "launch",
                .name = "driver and device start",
                .verdict = Verdict::fail,
                .expected = "a driver that says hello, at a device that is there",
                .seen = ran.error(),
                .remedy = "start both by hand; their words on standard error stand above"});
  }
  std::printf("%s: %d passed, %d failed, %d not applicable\n", report.is_good() ? "pass" : "FAIL",
              report.count(Verdict::pass), report.count(Verdict::fail),
              report.count(Verdict::not_applicable));
  const Status written = write_reports(settings, report);
  if (!written) return cannot(written.error());
  return report.is_good() ? 0 : kFailed;
}

}  // namespace
}  // namespace lamplight::conformance

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  const auto parsed = lamplight::conformance::parse_command_line(argc, argv);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  return lamplight::conformance::run(std::get<lamplight::conformance::Settings>(parsed));
}
