// The contract of the wire over the whole run, timing figures, and how the driver ends.
#include <algorithm>
#include <cstdio>

#include "firmware-sim/conformance/checks.h"

namespace lamplight::conformance {
namespace {

constexpr Duration kLeaves = seconds(3);

struct Rule {
  Breach breach;
  std::string_view name;
  std::string_view remedy;
};
constexpr Rule kRules[] = {
    {Breach::wire_format, "every datagram is one of wire v1",
     "header, length, UTF-8 and reserved zeros as messages.md says"},
    {Breach::hello, "hello comes first, once, as role driver and wire [1,n]",
     "answer `configure` with hello; wait for welcome before anything else but log"},
    {Breach::other_device, "it speaks of its own device only",
     "use the number that `welcome.devices` gives for the id of `configure.devices`"},
    {Breach::unknown_signal, "signals bear the numbers of `welcome.signals`",
     "never assume a signal's number: read it from welcome by its path"},
    {Breach::unlisted_signal, "every signal sent is in `describe`",
     "add it to the driver's list of signals"},
    {Breach::future_time, "no reading is of the future",
     "measured_at is CLOCK_BOOTTIME of the read, in ns; not the wall clock, not the device's"},
    {Breach::time_went_back, "times of a signal never go back",
     "stamp with the time of the read; send in the order of reading"},
    {Breach::outside_domain, "switches are 0 or 1, states those of the catalogue",
     "a state without a name there is alarm.other and a note"},
    {Breach::core_only_reason, "`never` and `not_watching` are left to the core",
     "say link_lost when nothing was heard"},
    {Breach::number_hole, "samples are numbered without a hole",
     "count each sample of the device from 0; what could not be sent is told by the fact `gap`"},
    {Breach::unknown_message, "only messages of a driver's row",
     "heartbeat, samples, fact, raw and log; facts as messages.md lists them"},
    {Breach::heartbeat_missed, "never silent for 5 s, when the core kills it",
     "send a heartbeat every second, also while a port is being opened or asked"},
};

std::string milliseconds_text(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", ms);
  return text;
}

void add_rules(Trial& trial) {
  for (const Rule& rule : kRules) {
    const Listener::Case& one = trial.bench.listener().breach(rule.breach);
    const bool is_good = one.count == 0;
    trial.report.add(
        {.check = "contract",
         .name = std::string(rule.name),
         .verdict = is_good ? Verdict::pass : Verdict::fail,
         .expected = "always",
         .seen = is_good ? "always"
                         : std::to_string(one.count) + " times otherwise, first: " + one.first,
         .remedy = std::string(rule.remedy)});
  }
}

void add_deaths(Trial& trial) {
  const int deaths = trial.bench.deaths();
  trial.report.add({.check = "contract",
                    .name = "it never dies",
                    .verdict = deaths == 0 ? Verdict::pass : Verdict::fail,
                    .expected = "one process from beginning to end",
                    .seen = deaths == 0 ? "one process"
                                        : std::to_string(deaths) + " deaths; the last time it " +
                                              trial.bench.last_death(),
                    .remedy =
                        "read its standard error; more than 5 deaths in a minute are an alarm "
                        "at the bedside"});
}

void add_simulator(Trial& trial) {
  if (trial.bench.simulator().is_running()) return;
  trial.report.add({.check = "contract",
                    .name = "the simulated device lives",
                    .verdict = Verdict::fail,
                    .expected = "a simulator that runs to the end",
                    .seen = "it ended before",
                    .remedy = "what came after it is no judgement of the driver; read its standard "
                              "error, and mend the simulator"});
}

void add_latency(Trial& trial) {
  take_heard(trial);
  if (!trial.changes_ms.empty()) {
    trial.report.figure("from a change to its reading, p50 / p95",
                        milliseconds_text(percentile(trial.changes_ms, 0.5)) + " / " +
                            milliseconds_text(percentile(trial.changes_ms, 0.95)));
  }
  if (trial.latencies_ms.empty()) return;
  const double p95 = percentile(trial.latencies_ms, 0.95);
  const double limit = static_cast<double>(trial.bench.settings().limits.latency.ns) / 1e6;
  const std::string seen = milliseconds_text(percentile(trial.latencies_ms, 0.5)) + " / " +
                           milliseconds_text(p95) + " / " +
                           milliseconds_text(percentile(trial.latencies_ms, 1));
  trial.report.figure("from the last byte to the core, p50 / p95 / most", seen);
  trial.report.add(
      {.check = "contract",
       .name = "a reading is told at once",
       .verdict = p95 <= limit ? Verdict::pass : Verdict::fail,
       .expected = "p95 from its last byte to the core at most " + milliseconds_text(limit),
       .seen = seen + " (p50 / p95 / most)",
       .remedy = "send what a read brought before waiting again; stamp readings with "
                 "the time of the read, not a later one"});
}

void add_end(Trial& trial) {
  const MonoTime left_at = trial.bench.now();
  trial.bench.leave(kLeaves);
  const auto code = trial.bench.driver().exit_code();
  const std::string& end = trial.bench.driver().end();
  trial.report.add({.check = "contract",
                    .name = "it leaves with the core",
                    .verdict = code == 0 ? Verdict::pass : Verdict::fail,
                    .expected = "exit 0 within 3 s of end of file on fd 3",
                    .seen = end.empty() ? "still running" : "it " + end,
                    .remedy = "poll fd 3 with the port; end of file there ends the driver, or the "
                              "port stays locked",
                    .took = trial.bench.now() - left_at});
}

}  // namespace

void check_contract(Trial& trial) {
  add_rules(trial);
  add_deaths(trial);
  add_simulator(trial);
  add_latency(trial);
  add_end(trial);
}

}  // namespace lamplight::conformance
