// Every number at every edge of its range, and every state.
#include <algorithm>

#include "firmware-sim/conformance/checks.h"
#include "firmware-sim/conformance/profile.h"

namespace lamplight::conformance {
namespace {

constexpr uint64_t kFramesToShow = 6;      // of the others: a signal in none of them is not shown
constexpr Duration kSettles = seconds(2);  // a device that rounds or clamps shows it by then
constexpr Duration kPatienceAfterFailure = seconds(4);

struct Wanted {
  SignalId signal = 0;
  int32_t value = 0;
  bool is_must = true;
  uint64_t frames_before = 0;
  bool is_done = false;
  Duration took{};
};

class ValuesCheck {
 public:
  explicit ValuesCheck(Trial& trial) : trial_(trial), bench_(trial.bench) {}

  void run() {
    size_t rounds = 0;
    for (const SignalId signal : trial_.shown) {
      const Edges* edges = find_edges(signal);
      rounds = std::max(rounds, edges->must.size() + edges->may.size());
    }
    for (size_t i = 0; i < rounds; ++i) play_round(i);
    for (const SignalId signal : bench_.description().signals) {
      const bool is_own = signal_info(signal).role == bench_.settings().role;
      if (is_own && signal_info(signal).kind == SignalKind::enumeration) play_states(signal);
    }
    if (trial_.shown.empty() && bench_.settings().role != Role::contact) add_nothing_shown();
  }

  // Sets each listed number once; those that no frame then carries are not shown by this device.
  void find_shown() {
    std::map<SignalId, uint64_t> before;
    for (const SignalId signal : bench_.description().signals) {
      const Edges* edges = find_edges(signal);
      if (edges == nullptr || signal_info(signal).role != bench_.settings().role) continue;
      before[signal] = bench_.simulator().frames_of(signal);
      const Answer answer = bench_.set({{signal, edges->must[0]}});
      if (!answer.is_ok) {
        before.erase(signal);
        add_not_shown(signal, answer.error);
      }
    }
    bench_.until(bench_.settings().limits.patience, [&] { return is_clear(before); });
    for (const auto& [signal, frames] : before) {
      if (bench_.simulator().frames_of(signal) > frames) {
        trial_.shown.push_back(signal);
        trial_.report.capability(signal).is_shown = true;
      } else {
        add_not_shown(signal, "no frame of the device carries it");
      }
    }
    add_unlisted();
  }

 private:
  std::optional<int32_t> shown_value(SignalId signal) const {
    const auto& values = bench_.simulator().shown().values;
    const auto found = values.find(signal);
    return found == values.end() ? std::nullopt : found->second;
  }

  bool is_clear(const std::map<SignalId, uint64_t>& before) const {
    uint64_t most = 0;
    bool has_all = true;
    for (const auto& [signal, frames] : before) {
      const uint64_t news = bench_.simulator().frames_of(signal) - frames;
      most = std::max(most, news);
      has_all = has_all && news > 0;
    }
    return has_all || most >= kFramesToShow;
  }

  void add_not_shown(SignalId signal, const std::string& why) {
    trial_.report.add(signal, {.check = "values",
                               .name = path_of(signal),
                               .verdict = Verdict::not_applicable,
                               .expected = "",
                               .seen = "listed by the driver, not proved: " + why});
  }

  // What the device shows and the driver is silent about is lost to every rule.
  void add_unlisted() {
    for (const auto& [signal, value] : bench_.simulator().shown().values) {
      const SignalInfo& info = signal_info(signal);
      if (info.kind != SignalKind::numeric) continue;
      if (bench_.description().signals.contains(signal)) continue;
      trial_.report.capability(signal).is_shown = true;
      trial_.report.add(signal, {.check = "values",
                                 .name = path_of(signal) + " is listed",
                                 .verdict = Verdict::fail,
                                 .expected = "a number that the device shows is in `describe`",
                                 .seen = "the device shows it; the driver does not list it",
                                 .remedy = "decode the field, and add the signal to the driver's "
                                           "list of signals"});
    }
  }

  void add_nothing_shown() {
    trial_.report.add({.check = "values",
                       .name = "something is shown",
                       .verdict = Verdict::fail,
                       .expected = "at least one number that device and driver share",
                       .seen = "none",
                       .remedy = "check --profile and --device, and the driver's `describe`"});
  }

  void play_round(size_t index) {
    std::vector<Wanted> wanted;
    std::map<SignalId, int32_t> values;
    for (const SignalId signal : trial_.shown) {
      const Edges* edges = find_edges(signal);
      const size_t count = edges->must.size() + edges->may.size();
      if (index >= count) continue;
      const bool is_must = index < edges->must.size();
      const int32_t value = is_must ? edges->must[index] : edges->may[index - edges->must.size()];
      wanted.push_back({signal, value, is_must, bench_.simulator().frames_of(signal)});
      values[signal] = value;
    }
    const Answer answer = bench_.set(values);
    if (!answer.is_ok) return play_apart(wanted);
    judge(wanted);
  }

  // Some value is none for this device: each by itself, and the refused ones left out.
  void play_apart(const std::vector<Wanted>& wanted) {
    std::vector<Wanted> taken;
    for (Wanted w : wanted) {
      w.frames_before = bench_.simulator().frames_of(w.signal);
      const Answer answer = bench_.set({{w.signal, w.value}});
      if (answer.is_ok) {
        taken.push_back(w);
      } else {
        trial_.report.add(w.signal, {.check = "values",
                                     .name = name_of(w),
                                     .verdict = Verdict::not_applicable,
                                     .expected = "",
                                     .seen = "not for this device: " + answer.error});
      }
    }
    judge(taken);
  }

  static std::string name_of(const Wanted& w) {
    return path_of(w.signal) + " = " + text_of(w.signal, w.value);
  }

  void judge(std::vector<Wanted>& wanted) {
    const MonoTime set_at = bench_.word_at();
    Duration patience = has_failed_ ? kPatienceAfterFailure : bench_.settings().limits.patience;
    bench_.until(patience, [&] {
      note_shown(trial_);
      bool is_all = true;
      for (Wanted& w : wanted) {
        if (!w.is_done && is_told(w, set_at)) {
          w.is_done = true;
          w.took = bench_.now() - set_at;
        }
        is_all = is_all && w.is_done;
      }
      return is_all;
    });
    for (Wanted& w : wanted) {
      if (!w.is_done) w.took = bench_.now() - set_at;
      add_line(w);
    }
    take_heard(trial_);
  }

  bool is_told(const Wanted& w, MonoTime set_at) const {
    const uint64_t frames = bench_.simulator().frames_of(w.signal) - w.frames_before;
    const auto shown = shown_value(w.signal);
    const bool is_adopted =
        frames > 0 && (shown == w.value || (frames > 1 && bench_.now() - set_at > kSettles));
    const Heard* heard = bench_.listener().latest(w.signal);
    if (!is_adopted || heard == nullptr || heard->sample.measured_at < set_at) return false;
    const bool is_missing = heard->sample.quality == Quality::missing;
    if (!shown) return is_missing;
    return is_missing ? !w.is_must : heard->sample.value == *shown;
  }

  void add_line(const Wanted& w) {
    const auto shown = shown_value(w.signal);
    std::string expected = shown ? text_of(w.signal, *shown) : "missing, with a reason";
    if (shown && !w.is_must) expected += ", or missing with a reason; never another number";
    if (shown && *shown != w.value) expected += " (what the device shows of it)";
    Line line{.check = "values",
              .name = name_of(w),
              .verdict = w.is_done ? Verdict::pass : Verdict::fail,
              .expected = expected,
              .seen = seen_text(bench_.listener(), w.signal),
              .took = w.took};
    if (w.is_done) {
      if (shown == w.value) trial_.changes_ms.push_back(static_cast<double>(w.took.ns) / 1e6);
    } else {
      has_failed_ = true;
      const Heard* heard = bench_.listener().latest(w.signal);
      const bool is_number = heard != nullptr && heard->sample.quality != Quality::missing;
      line.remedy = is_number && shown ? remedy_for_value(w.signal, *shown, heard->sample.value)
                    : is_number
                        ? "the device shows no number here: say missing, with its reason"
                        : "the device shows a number here: look where the decoder refuses it";
      line.evidence = bench_.evidence();
    }
    trial_.report.add(w.signal, std::move(line));
  }

  void play_states(SignalId signal) {
    const auto before = shown_value(signal);
    const auto names = signal_info(signal).enumerators;
    for (size_t i = 0; i < names.size(); ++i) {
      std::vector<Wanted> wanted = {
          {signal, static_cast<int32_t>(i), true, bench_.simulator().frames_of(signal)}};
      const Answer answer = bench_.set({{signal, wanted[0].value}});
      const bool is_shown = bench_.simulator().shown().values.contains(signal);
      if (!answer.is_ok || !is_shown) {
        trial_.report.add(
            signal, {.check = "values",
                     .name = name_of(wanted[0]),
                     .verdict = Verdict::not_applicable,
                     .expected = "",
                     .seen = answer.is_ok ? "no frame of the device carries it" : answer.error});
        continue;
      }
      trial_.report.capability(signal).is_shown = true;
      judge(wanted);
    }
    if (before) bench_.set({{signal, *before}});
  }

  Trial& trial_;
  Bench& bench_;
  bool has_failed_ = false;
};

}  // namespace

void check_values(Trial& trial, bool is_wanted) {
  ValuesCheck check(trial);
  check.find_shown();
  if (is_wanted) check.run();
}

}  // namespace lamplight::conformance
