// A long quiet run with changing values: what leaks, drifts, stalls or eats the box shows here.
#include <algorithm>
#include <cstdio>
#include <random>

#include "firmware-sim/conformance/checks.h"
#include "firmware-sim/conformance/profile.h"

namespace lamplight::conformance {
namespace {

constexpr Duration kChangeEvery = seconds(2);
constexpr Duration kTellEvery = seconds(30);
constexpr Duration kQuietMax = seconds(8);  // for the slowest device: one frame in 5 s

class SoakCheck {
 public:
  explicit SoakCheck(Trial& trial)
      : trial_(trial), bench_(trial.bench), random_(trial.bench.settings().seed) {}

  void run() {
    const Duration length = bench_.settings().soak;
    began_ = bench_.now();
    first_ = bench_.driver().usage();
    MonoTime tell_at = began_ + kTellEvery;
    const int deaths = bench_.deaths();
    while (bench_.now() - began_ < length && bench_.deaths() == deaths &&
           bench_.simulator().is_running()) {
      change();
      const Duration left = length - (bench_.now() - began_);
      bench_.until(std::min(left, kChangeEvery), [&] {
        note_shown(trial_);
        return false;
      });
      look();
      if (bench_.now() < tell_at) continue;
      tell_at = bench_.now() + kTellEvery;
      trial_.report.progress("soak: " + std::to_string((bench_.now() - began_).ns / 1'000'000'000) +
                             " of " + std::to_string(length.ns / 1'000'000'000) + " s");
    }
    conclude(bench_.deaths() > deaths ? bench_.last_death() : "");
  }

 private:
  void change() {
    std::map<SignalId, int32_t> values;
    for (const SignalId signal : trial_.shown) {
      const auto must = find_edges(signal)->must;
      values[signal] = must[random_() % must.size()];
    }
    if (!values.empty()) bench_.set(values);
  }

  // What has been heard since the last look, and what the process takes.
  void look() {
    const std::string strange = strange_numbers(trial_, began_);
    if (!strange.empty() && strange_.empty()) strange_ = strange;
    for (const Heard& heard : bench_.listener().heard()) {
      ++samples_;
      if (heard.sample.quality == Quality::missing) ++missing_;
      auto& last = last_[heard.sample.signal];
      if (last.ns > 0) quiet_ = std::max(quiet_, heard.received - last);
      last = heard.received;
    }
    take_heard(trial_);
    const Usage usage = bench_.driver().usage();
    most_kib_ = std::max(most_kib_, usage.rss_kib);
    const bool is_half = bench_.now() - began_ >= Duration{bench_.settings().soak.ns / 2};
    if (is_half && half_kib_ == 0) half_kib_ = usage.rss_kib;
    last_usage_ = usage.rss_kib > 0 ? usage : last_usage_;
    Curve& memory = trial_.report.curve("~memory");
    memory.name = "resident memory of the driver";
    memory.unit = "KiB";
    memory.driver.push_back({static_cast<double>((bench_.now() - trial_.began).ns) / 1e9,
                             static_cast<double>(usage.rss_kib), false});
  }

  void add(std::string name, bool is_good, std::string expected, std::string seen,
           std::string remedy) {
    trial_.report.add({.check = "soak",
                       .name = std::move(name),
                       .verdict = is_good ? Verdict::pass : Verdict::fail,
                       .expected = std::move(expected),
                       .seen = std::move(seen),
                       .remedy = std::move(remedy),
                       .took = bench_.now() - began_});
  }

  // A number that stopped coming, or never came, has no later one to end its pause.
  void look_for_silence() {
    for (const SignalId signal : trial_.shown) {
      const auto heard = last_.find(signal);
      const MonoTime since = heard == last_.end() ? began_ : heard->second;
      quiet_ = std::max(quiet_, bench_.now() - since);
    }
  }

  void conclude(const std::string& end) {
    look_for_silence();
    const Limits& limits = bench_.settings().limits;
    add("it lives", end.empty(), "the same process from beginning to end",
        end.empty() ? "alive" : "it " + end, "read its standard error; run it under a debugger");
    add("no number that the device did not show", strange_.empty(),
        "only numbers it has just shown",
        strange_.empty() ? std::to_string(samples_) + " samples, none other" : strange_,
        "something is mixed, kept or guessed between frames");
    add("no reading is missing without cause", missing_ == 0, "every reading of a calm device",
        std::to_string(missing_) + " missing of " + std::to_string(samples_),
        "a frame is lost on a good line: look for one that spans two reads");
    add("no pause", samples_ > 0 && quiet_ <= kQuietMax,
        "every signal at least every " + std::to_string(kQuietMax.ms()) + " ms",
        "longest pause " + std::to_string(quiet_.ms()) + " ms",
        "tell every frame as it comes; block nowhere but in poll");
    const double took = static_cast<double>((bench_.now() - began_).ns);
    const double percent = 100.0 * static_cast<double>((last_usage_.cpu - first_.cpu).ns) / took;
    char cpu[32];
    std::snprintf(cpu, sizeof cpu, "%.2f %%", percent);
    add("processor time", percent <= limits.cpu_percent,
        "at most " + std::to_string(limits.cpu_percent) + " % of one core", cpu,
        "wait in poll for bytes and deadlines; never spin");
    add("memory", most_kib_ <= int64_t{limits.memory_mib} * 1024,
        "at most " + std::to_string(limits.memory_mib) + " MiB resident",
        std::to_string(most_kib_) + " KiB", "bound every buffer");
    const int64_t growth = half_kib_ == 0 ? 0 : last_usage_.rss_kib - half_kib_;
    add("memory does not grow", growth <= limits.growth_kib,
        "at most " + std::to_string(limits.growth_kib) + " KiB over the second half",
        std::to_string(growth) + " KiB", "something is kept for every frame: bound it");
    add("descriptors do not grow", last_usage_.descriptors <= first_.descriptors + 1,
        "as many as at the beginning: " + std::to_string(first_.descriptors),
        std::to_string(last_usage_.descriptors), "close the port before opening it again");
    trial_.report.figure("soak: processor time of one core", cpu);
    trial_.report.figure("soak: resident memory at most", std::to_string(most_kib_) + " KiB");
    trial_.report.figure("soak: samples", std::to_string(samples_));
  }

  Trial& trial_;
  Bench& bench_;
  std::minstd_rand random_;
  MonoTime began_{};
  Usage first_, last_usage_;
  std::map<SignalId, MonoTime> last_;
  std::string strange_;
  Duration quiet_{};
  uint64_t samples_ = 0, missing_ = 0;
  int64_t most_kib_ = 0, half_kib_ = 0;
};

}  // namespace

void check_soak(Trial& trial) { SoakCheck(trial).run(); }

}  // namespace lamplight::conformance
