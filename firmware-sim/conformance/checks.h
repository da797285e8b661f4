// The checks, in the order in which they are run. Each adds its lines to the report; none ends the
// run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/conformance/bench.h"
#include "firmware-sim/conformance/report.h"

namespace lamplight::conformance {

struct Trial {
  Bench& bench;
  Report& report;
  MonoTime began;  // of the run: curves count from here
  // Numeric signals that the driver lists and the device shows; filled by check_values().
  std::vector<SignalId> shown;
  // What the device showed lately: a number outside is one that it never said.
  std::map<SignalId, std::vector<int32_t>> said;
  // From a word to its reading, and from the last byte to the core, in ms.
  std::vector<double> changes_ms;
  std::vector<double> latencies_ms;
};

// Finds what the device shows, which every later check needs; then, if `is_wanted`, its edges.
void check_values(Trial& trial, bool is_wanted);
void check_conditions(Trial& trial);
void check_faults(Trial& trial);
void check_soak(Trial& trial);
// Timing figures of everything before, the contract of the wire, and the end of the driver.
void check_contract(Trial& trial);

// Describing, and refusing what must be refused; needs no simulator. `told`: what `describe`
// printed.
void check_launch(const Settings& settings, Description& description, Report& report);

inline constexpr std::string_view kCheckNames[] = {"launch", "values", "conditions",
                                                   "faults", "soak",   "contract"};

// Helpers shared by the checks.
std::string seen_text(const Listener& listener, SignalId signal);
// Copies what has been heard into curves and latencies, and forgets it.
void take_heard(Trial& trial);
// What the device shows now joins what it said.
void note_shown(Trial& trial);
// Ok readings among what was heard, measured after `since`, that the device never showed lately.
std::string strange_numbers(const Trial& trial, MonoTime since);
double percentile(std::vector<double> values, double share);

}  // namespace lamplight::conformance
