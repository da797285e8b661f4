#include <algorithm>
#include <cmath>

#include "firmware-sim/conformance/checks.h"
#include "firmware-sim/conformance/profile.h"

namespace lamplight::conformance {
namespace {

constexpr size_t kSaidKept = 6;  // values of a signal that a late or stale frame may still carry

double seconds_since(MonoTime began, MonoTime t) {
  return static_cast<double>((t - began).ns) / 1e9;
}

double scaled(SignalId signal, int32_t value) {
  return value / std::pow(10, signal_info(signal).decimals);
}

Curve& curve_of(Trial& trial, SignalId signal) {
  Curve& curve = trial.report.curve(path_of(signal));
  curve.name = path_of(signal);
  curve.unit = signal_info(signal).unit;
  return curve;
}

}  // namespace

std::string seen_text(const Listener& listener, SignalId signal) {
  const Heard* heard = listener.latest(signal);
  if (heard == nullptr) return "never heard";
  const Sample& sample = heard->sample;
  if (sample.quality == Quality::missing) return "missing: " + std::string(name_of(sample.reason));
  return text_of(signal, sample.value) + (sample.quality == Quality::low ? " (low)" : "");
}

void take_heard(Trial& trial) {
  const Cable* cable = trial.bench.cable();
  for (const Heard& heard : trial.bench.listener().heard()) {
    const Sample& s = heard.sample;
    const bool is_missing = s.quality == Quality::missing;
    if (std::ranges::find(trial.shown, s.signal) != trial.shown.end()) {
      Curve& curve = curve_of(trial, s.signal);
      if (curve.driver.size() < Report::kPointsMax) {
        curve.driver.push_back({seconds_since(trial.began, s.measured_at),
                                is_missing ? 0 : scaled(s.signal, s.value), is_missing});
      }
    }
    if (cable == nullptr || is_missing) continue;
    const MonoTime brought = cable->delivery_before(s.measured_at);
    if (brought.ns > 0) {
      trial.latencies_ms.push_back(static_cast<double>((heard.received - brought).ns) / 1e6);
    }
  }
  trial.bench.listener().clear();
}

void note_shown(Trial& trial) {
  const double now = seconds_since(trial.began, trial.bench.now());
  for (const auto& [signal, value] : trial.bench.simulator().shown().values) {
    if (!value) continue;
    auto& said = trial.said[signal];
    const bool is_news = said.empty() || said.back() != *value;
    if (!is_news) continue;
    said.push_back(*value);
    if (said.size() > kSaidKept) said.erase(said.begin());
    if (std::ranges::find(trial.shown, signal) == trial.shown.end()) continue;
    Curve& curve = curve_of(trial, signal);
    if (curve.device.size() < Report::kPointsMax) {
      curve.device.push_back({now, scaled(signal, *value), false});
    }
  }
}

std::string strange_numbers(const Trial& trial, MonoTime since) {
  int count = 0;
  std::string first;
  for (const Heard& heard : trial.bench.listener().heard()) {
    const Sample& s = heard.sample;
    if (s.quality == Quality::missing || s.measured_at < since) continue;
    if (std::ranges::find(trial.shown, s.signal) == trial.shown.end()) continue;
    const auto said = trial.said.find(s.signal);
    if (said == trial.said.end() ||
        std::ranges::find(said->second, s.value) != said->second.end()) {
      continue;
    }
    if (count++ == 0) first = path_of(s.signal) + " = " + text_of(s.signal, s.value);
  }
  return count == 0 ? "" : first + " (" + std::to_string(count) + " of them)";
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace lamplight::conformance
