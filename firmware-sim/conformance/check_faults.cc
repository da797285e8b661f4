// What a line or a firmware can do to a driver. Three things are asked of it: that it says so when
// it has no reading, that it never believes what the device did not say, and that it finds back by
// itself.
#include <algorithm>
#include <array>

#include "firmware-sim/conformance/checks.h"
#include "firmware-sim/conformance/profile.h"

namespace lamplight::conformance {
namespace {

enum class Must : uint8_t {
  lose,     // no whole frame comes: every reading is missing
  survive,  // readings may go on or be missing
};

struct FaultRow {
  std::string_view name;
  Must must;
  Disturbance by_cable;  // where the simulator cannot: none = not applicable then
  std::string_view remedy;
};
constexpr FaultRow kFaults[] = {
    {"silence", Must::lose, Disturbance::silence,
     "without a good frame for a few cadences say link down and every reading missing: link_lost"},
    {"truncate", Must::lose, Disturbance::truncate,
     "half a frame is no frame: check length and end before anything is told"},
    {"garble", Must::lose, Disturbance::none,
     "check the sum, or every character where there is none, before anything is told"},
    {"frozen", Must::survive, Disturbance::none,
     "watch the device's counter or clock: readings of a snapshot that stands still are stale"},
    {"late", Must::survive, Disturbance::late,
     "an answer after its time-out belongs to nobody: drop what is in the line before asking "
     "again"},
    {"stale_reply", Must::survive, Disturbance::none,
     "check that an answer is the one to the question just asked"},
    {"wrong_unit", Must::lose, Disturbance::none,
     "an answer that bears another unit's id is another device's: never believe it"},
    {"exception", Must::lose, Disturbance::none,
     "a refused request brings no reading: say missing, not the value before"},
    {"babble", Must::survive, Disturbance::babble,
     "noise between frames must not become a frame, nor hide the next good one for ever"},
    {"slow", Must::survive, Disturbance::none,
     "wait for the whole frame, and drop one that takes longer than it may"},
    {"restart", Must::survive, Disturbance::none,
     "a device that was off begins anew: forget half a frame, and ask it again if it must be "
     "asked"},
    {"clock_jump", Must::survive, Disturbance::none,
     "the device's clock is a label: never compute the time of a reading from it"},
};

constexpr Duration kWatchFor = seconds(4);      // what need not be lost
constexpr Duration kGrace = milliseconds(700);  // a frame on its way when the fault began
constexpr std::string_view kUnplug = "unplug";

class FaultsCheck {
 public:
  explicit FaultsCheck(Trial& trial)
      : trial_(trial), bench_(trial.bench), deaths_(trial.bench.deaths()) {
    watched_ = trial.shown;
    if (bench_.settings().role == Role::contact) {
      watched_ = {*find_signal(Role::contact, "state")};
    }
  }

  void run() {
    for (const FaultRow& row : kFaults) {
      if (is_wanted(row.name)) play(row);
    }
    if (is_wanted(kUnplug)) play_unplugging();
  }

 private:
  bool is_wanted(std::string_view name) const {
    const auto& wanted = bench_.settings().faults;
    return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
  }

  // A second value for every number, so that an old one shows: the first edges of each.
  void set_all(size_t which) {
    std::map<SignalId, int32_t> values;
    for (const SignalId signal : trial_.shown) {
      const Edges* edges = find_edges(signal);
      values[signal] = edges->must[std::min(which, edges->must.size() - 1)];
    }
    if (!values.empty()) bench_.set(values);
  }

  bool is_lost(SignalId signal, MonoTime since) const {
    const Heard* heard = bench_.listener().latest(signal);
    if (heard == nullptr || heard->received < since) return false;
    // A contact that nobody can read is `unsupervised`, which is its way of saying so.
    const bool is_unread = signal_info(signal).enumerators.size() == 3 && heard->sample.value == 2;
    return heard->sample.quality == Quality::missing || is_unread;
  }

  bool is_read(SignalId signal, MonoTime since) const {
    const Heard* heard = bench_.listener().latest(signal);
    if (heard == nullptr || heard->sample.measured_at < since || is_lost(signal, since)) {
      return false;
    }
    const auto& shown = bench_.simulator().shown().values;
    const auto found = shown.find(signal);
    return found == shown.end() || !found->second || heard->sample.value == *found->second;
  }

  bool is_all_read(MonoTime since) const {
    return std::ranges::all_of(watched_, [&](SignalId s) { return is_read(s, since); });
  }

  // A line that is whole before the fault begins.
  void calm() {
    set_all(0);
    const MonoTime since = bench_.now();
    bench_.until(bench_.settings().limits.reconnect, [&] {
      note_shown(trial_);
      return is_all_read(since);
    });
    take_heard(trial_);
  }

  void play(const FaultRow& row) {
    calm();
    const Answer answer = bench_.say("{\"fault\":\"" + std::string(row.name) + "\"}");
    const bool is_cables = !answer.is_ok && bench_.is_cable() && row.by_cable != Disturbance::none;
    if (is_cables) bench_.cable()->disturb(row.by_cable);
    if (!answer.is_ok && !is_cables) {
      trial_.report.add({.check = "faults",
                         .name = std::string(row.name),
                         .verdict = Verdict::not_applicable,
                         .expected = "",
                         .seen = answer.error});
      return;
    }
    const MonoTime began = bench_.word_at();
    row.must == Must::lose ? judge_lost(row.name, row.remedy, began) : watch(row, began);
    bench_.say(R"({"fault":"none"})");
    if (is_cables) bench_.cable()->disturb(Disturbance::none);
    judge_return(row.name);
  }

  void add(std::string name, bool is_good, std::string expected, std::string seen,
           std::string_view remedy, Duration took) {
    trial_.report.add({.check = "faults",
                       .name = std::move(name),
                       .verdict = is_good ? Verdict::pass : Verdict::fail,
                       .expected = std::move(expected),
                       .seen = std::move(seen),
                       .remedy = std::string(remedy),
                       .evidence = is_good ? "" : bench_.evidence(),
                       .took = took});
  }

  std::string seen_of_all() const {
    std::string seen;
    for (const SignalId signal : watched_) {
      if (seen.size() > 200) return seen + " …";
      seen += (seen.empty() ? "" : "; ") + std::string(signal_info(signal).name) + " " +
              seen_text(bench_.listener(), signal);
    }
    return seen;
  }

  // Ok readings stamped later than any frame can have come.
  std::string stamped_after(MonoTime t) const {
    int count = 0;
    SignalId first = 0;
    for (const Heard& heard : bench_.listener().heard()) {
      const Sample& s = heard.sample;
      const bool is_one = s.quality != Quality::missing && s.measured_at > t &&
                          std::ranges::find(trial_.shown, s.signal) != trial_.shown.end();
      if (is_one && count++ == 0) first = s.signal;
    }
    return count == 0 ? "" : std::to_string(count) + " of them, first " + path_of(first);
  }

  void judge_lost(std::string_view name, std::string_view remedy, MonoTime began) {
    const Duration limit = bench_.settings().limits.loss;
    const bool is_lost_in_time = bench_.until(limit, [&] {
      note_shown(trial_);
      return std::ranges::all_of(watched_, [&](SignalId s) { return is_lost(s, began); });
    });
    const Duration took = bench_.now() - began;
    add(std::string(name) + ": readings are missing", is_lost_in_time,
        "every reading missing within " + std::to_string(limit.ms()) + " ms", seen_of_all(), remedy,
        took);
    // A driver that never says so would otherwise be believed after the check's patience.
    bench_.spend(seconds(1));
    const std::string stamped = stamped_after(began + kGrace);
    add(std::string(name) + ": nothing is newer than its bytes", stamped.empty(),
        "no reading measured after the last whole frame", stamped.empty() ? "none" : stamped,
        "the time of a reading is the time its bytes were read: never send an old value again with "
        "a newer one",
        took);
    judge_strange(name, remedy, began);
  }

  void judge_strange(std::string_view name, std::string_view remedy, MonoTime began) {
    note_shown(trial_);
    const std::string strange = strange_numbers(trial_, began);
    add(std::string(name) + ": no number that the device did not show", strange.empty(),
        "only numbers that it has just shown", strange.empty() ? "none other" : strange, remedy,
        bench_.now() - began);
  }

  void watch(const FaultRow& row, MonoTime began) {
    set_all(1);
    bool was_lost = false;
    bench_.until(kWatchFor, [&] {
      note_shown(trial_);
      was_lost =
          was_lost || std::ranges::any_of(watched_, [&](SignalId s) { return is_lost(s, began); });
      return false;
    });
    judge_strange(row.name, row.remedy, began);
    if (row.name != "frozen") return;
    trial_.report.add(
        {.check = "faults",
         .name = "frozen: noticed",
         .verdict = was_lost ? Verdict::pass : Verdict::not_applicable,
         .expected = "readings of a snapshot that stands still are missing: stale",
         .seen = was_lost ? seen_of_all()
                          : "the readings went on; a protocol with a counter or a clock allows the "
                            "driver to notice",
         .took = bench_.now() - began});
  }

  void judge_return(std::string_view name) {
    set_all(2);
    const MonoTime ended = bench_.now();
    const Duration limit = bench_.settings().limits.reconnect;
    const bool is_back = bench_.until(limit, [&] {
      note_shown(trial_);
      return is_all_read(ended);
    });
    const Duration took = bench_.now() - ended;
    std::string seen = is_back ? "after " + std::to_string(took.ms()) + " ms" : seen_of_all();
    if (bench_.deaths() > deaths_) seen = "the driver " + bench_.last_death() + "; then " + seen;
    add(std::string(name) + ": back by itself", is_back && bench_.deaths() == deaths_,
        "true readings within " + std::to_string(limit.ms()) + " ms of its end", seen,
        "go on looking for the next good frame; open the port again with a back-off of at most 10 "
        "s",
        took);
    trial_.report.figure(std::string(name) + ": back after", std::to_string(took.ms()) + " ms");
    deaths_ = bench_.deaths();
    take_heard(trial_);
  }

  void play_unplugging() {
    if (!bench_.is_cable() && bench_.settings().is_vendors()) return;
    for (int i = 0; i < 2; ++i) {
      calm();
      bench_.unplug();
      const MonoTime began = bench_.now();
      const std::string name = "unplug" + std::string(i == 0 ? "" : " again");
      judge_lost(name,
                 "a hang-up, end of file, EIO or ENODEV is an unplugged cable: say link down "
                 "and every reading missing: link_lost, at once",
                 began);
      const bool is_down = bench_.listener().is_up() == false;
      add(name + ": the link is told", is_down, "the fact `link` `down`, with words for people",
          is_down ? bench_.listener().down_why() : "no such fact",
          "send {\"type\":\"fact\",\"fact\":\"link\",\"name\":\"down\"} when the port is lost",
          bench_.now() - began);
      const Status plugged = bench_.plug();
      if (!plugged) trial_.report.progress(plugged.error());
      judge_return(name);
    }
  }

  Trial& trial_;
  Bench& bench_;
  std::vector<SignalId> watched_;
  int deaths_;
};

}  // namespace

void check_faults(Trial& trial) { FaultsCheck(trial).run(); }

}  // namespace lamplight::conformance
