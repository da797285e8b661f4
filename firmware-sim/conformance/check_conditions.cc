// Every condition that the device can say, on and off: it arrives, it alone arrives, it goes, and
// no number is a reading beside it where the device has none.
#include <algorithm>

#include "firmware-sim/conformance/checks.h"
#include "firmware-sim/conformance/profile.h"

namespace lamplight::conformance {
namespace {

constexpr Duration kSettles = seconds(2);

class ConditionsCheck {
 public:
  explicit ConditionsCheck(Trial& trial) : trial_(trial), bench_(trial.bench) {}

  void run() {
    for (size_t i = 0; i < catalogue().size(); ++i) {
      const auto id = static_cast<SignalId>(i);
      const SignalInfo& info = signal_info(id);
      const bool is_switch = info.condition_priority || info.name == "silenced";
      if (info.role == bench_.settings().role && is_switch) play(id);
    }
  }

 private:
  bool is_listed(SignalId id) const { return bench_.description().signals.contains(id); }

  bool is_switched(SignalId id, bool is_on, MonoTime since) const {
    const Heard* heard = bench_.listener().latest(id);
    return heard != nullptr && heard->sample.measured_at >= since &&
           heard->sample.quality != Quality::missing && (heard->sample.value == 1) == is_on;
  }

  // The device's own frames say it; `silenced` is among the values. Without a truth log: believed.
  bool is_said(SignalId id) const {
    const Shown& shown = bench_.simulator().shown();
    if (!bench_.simulator().has_truth()) return true;
    if (signal_info(id).name == "silenced") {
      const auto found = shown.values.find(id);
      return found != shown.values.end() && found->second == 1;
    }
    return shown.conditions && shown.conditions->contains(id);
  }

  void play(SignalId id) {
    const uint64_t before = bench_.simulator().frames_of_conditions();
    const Answer answer = bench_.tell(id, true);
    const MonoTime told_at = bench_.word_at();
    if (!answer.is_ok) return add_unsaid(id, answer.error);
    bench_.until(bench_.settings().limits.patience, [&] {
      const uint64_t frames = bench_.simulator().frames_of_conditions() - before;
      const bool is_settled = frames > 1 && bench_.now() - told_at > kSettles;
      return !bench_.simulator().has_truth() || is_said(id) || is_settled;
    });
    const bool is_worded = is_said(id);
    // Nobody sees at a contact that the device behind it was silenced; the driver notes that.
    const bool is_blind = !is_listed(id) && bench_.settings().role == Role::contact;
    if (is_worded && !is_blind) {
      trial_.report.capability(id).is_shown = true;
      is_listed(id) ? judge_on(id, told_at) : add_unlisted(id);
    } else {
      add_unsaid(id, "the device shows it, but its protocol has no word for it");
    }
    judge_no_reading(id, told_at);
    judge_off(id, is_worded && is_listed(id));
  }

  void add_unsaid(SignalId id, const std::string& why) {
    if (!is_listed(id)) return;
    trial_.report.add(id, {.check = "conditions",
                           .name = path_of(id),
                           .verdict = Verdict::not_applicable,
                           .expected = "",
                           .seen = "listed by the driver, not proved: " + why});
  }

  void add_unlisted(SignalId id) {
    trial_.report.add(id, {.check = "conditions",
                           .name = path_of(id) + " is listed",
                           .verdict = Verdict::fail,
                           .expected = "what the device says is in `describe`",
                           .seen = "the device says it; the driver does not list it",
                           .remedy = "decode it, or map it to alarm.other, and add it to the "
                                     "driver's list of signals",
                           .evidence = bench_.evidence()});
  }

  void judge_on(SignalId id, MonoTime told_at) {
    const bool is_on = bench_.until(bench_.settings().limits.patience,
                                    [&] { return is_switched(id, true, told_at); });
    const Duration took = bench_.now() - told_at;
    if (is_on) trial_.changes_ms.push_back(static_cast<double>(took.ns) / 1e6);
    trial_.report.add(
        id, {.check = "conditions",
             .name = path_of(id) + " on",
             .verdict = is_on ? Verdict::pass : Verdict::fail,
             .expected = "on, while the device says it",
             .seen = seen_text(bench_.listener(), id),
             .remedy = "the device's bit or word for it is not decoded, or is sent only once: send "
                       "every condition with every frame",
             .evidence = is_on ? "" : bench_.evidence(),
             .took = took});
    const std::string others = others_on(id, told_at);
    if (!bench_.simulator().has_truth() || others.empty()) return;
    trial_.report.add(id, {.check = "conditions",
                           .name = path_of(id) + " alone",
                           .verdict = Verdict::fail,
                           .expected = "no condition that the device does not say",
                           .seen = "also on: " + others,
                           .remedy = "look for a mask or a word that is tested too widely",
                           .evidence = bench_.evidence()});
  }

  std::string others_on(SignalId id, MonoTime since) const {
    std::string names;
    for (const SignalId other : bench_.description().signals) {
      const SignalInfo& info = signal_info(other);
      const bool is_other =
          other != id && info.role == bench_.settings().role && info.condition_priority.has_value();
      if (!is_other || is_said(other) || !is_switched(other, true, since)) continue;
      names += (names.empty() ? "" : ", ") + std::string(info.name);
    }
    return names;
  }

  // The signals of which the device has no number now; the profile's word where it does not tell.
  std::vector<SignalId> without_reading(SignalId id) const {
    std::vector<SignalId> none;
    for (const SignalId signal : trial_.shown) {
      const auto& values = bench_.simulator().shown().values;
      const auto found = values.find(signal);
      const bool is_none = found != values.end() && !found->second;
      if (is_none || means_no_reading(id)) none.push_back(signal);
    }
    return none;
  }

  void judge_no_reading(SignalId id, MonoTime told_at) {
    const std::vector<SignalId> none = without_reading(id);
    if (none.empty()) return;
    const auto reason = bench_.simulator().shown().reason;
    const auto is_told = [&](SignalId signal) {
      const Heard* heard = bench_.listener().latest(signal);
      return heard != nullptr && heard->sample.measured_at >= told_at &&
             heard->sample.quality == Quality::missing;
    };
    const bool is_good = bench_.until(bench_.settings().limits.patience,
                                      [&] { return std::ranges::all_of(none, is_told); });
    std::string seen;
    for (const SignalId signal : none) {
      seen += (seen.empty() ? "" : "; ") + std::string(signal_info(signal).name) + " " +
              seen_text(bench_.listener(), signal);
    }
    const std::string why = reason ? ": " + std::string(name_of(*reason)) : ", with its reason";
    trial_.report.add(id, {.check = "conditions",
                           .name = "no number while " + path_of(id),
                           .verdict = is_good ? Verdict::pass : Verdict::fail,
                           .expected = "missing" + why,
                           .seen = seen,
                           .remedy = "whatever digits the device still prints are no reading: say "
                                     "missing as long as it says this",
                           .evidence = is_good ? "" : bench_.evidence(),
                           .took = bench_.now() - told_at});
  }

  void judge_off(SignalId id, bool is_judged) {
    bench_.tell(id, false);
    const MonoTime ended_at = bench_.word_at();
    const bool is_off = bench_.until(bench_.settings().limits.patience, [&] {
      const bool is_quiet = !is_judged || is_switched(id, false, ended_at);
      return is_quiet && std::ranges::all_of(trial_.shown, [&](SignalId signal) {
               const Heard* heard = bench_.listener().latest(signal);
               return heard != nullptr && (heard->sample.quality != Quality::missing ||
                                           !bench_.simulator().shown().values.at(signal));
             });
    });
    if (is_judged || !is_off) {
      trial_.report.add(
          id, {.check = "conditions",
               .name = path_of(id) + " off",
               .verdict = is_off ? Verdict::pass : Verdict::fail,
               .expected = "off once the device no longer says it, and readings again",
               .seen = seen_text(bench_.listener(), id) +
                       (is_off || trial_.shown.empty()
                            ? ""
                            : ", " + std::string(signal_info(trial_.shown[0]).name) + " " +
                                  seen_text(bench_.listener(), trial_.shown[0])),
               .remedy = "a condition is a state, told with every frame, not an event",
               .evidence = is_off ? "" : bench_.evidence(),
               .took = bench_.now() - ended_at});
    }
    take_heard(trial_);
  }

  Trial& trial_;
  Bench& bench_;
};

}  // namespace

void check_conditions(Trial& trial) { ConditionsCheck(trial).run(); }

}  // namespace lamplight::conformance
