#include "tests/oracle/online.h"

#include <algorithm>
#include <cstdlib>

#include "rules/model/json_writer.h"

namespace lamplight::oracle {
namespace {

engine::CommandKind kind_of(ActKind kind) {
  switch (kind) {
    case ActKind::acknowledge:
      return engine::CommandKind::acknowledge;
    case ActKind::stand_down:
      return engine::CommandKind::stand_down;
    case ActKind::pause:
      return engine::CommandKind::pause;
  }
  std::abort();
}

class Driver {
 public:
  Driver(const engine::Program& program, const Trace& trace, const Variation& variation)
      : program_(program),
        trace_(trace),
        variation_(variation),
        random_(variation.ticks_seed + variation.restore_seed),
        engine_(program, {.start = {trace.start + variation.shift}}) {}

  std::vector<Told> run() {
    for (const Moment& m : trace_.moments) {
      disturb(m.t);
      // Whether an occurrence is open just before the act decides which one it names.
      if (!m.acts.empty()) tick(m.t - 1);
      moment(m);
    }
    tick(trace_.end);
    // What a worsening ends is told with it; the oracle tells it with the inhibitions.
    const auto is_lease = [](const Told& one) {
      return one.event == "inhibited" || one.event == "uninhibited";
    };
    for (auto first = told_.begin(); first != told_.end();) {
      const auto last =
          std::find_if(first, told_.end(), [&](const Told& one) { return one.t != first->t; });
      const auto lease =
          std::stable_partition(first, last, [&](const Told& one) { return !is_lease(one); });
      std::stable_sort(lease, last, [](const Told& a, const Told& b) { return a.alarm < b.alarm; });
      first = last;
    }
    return std::move(told_);
  }

 private:
  void disturb(int64_t before) {
    const int64_t now = engine_.now().ns - variation_.shift;
    if (variation_.ticks_seed != 0 && before - now > 2) {
      int64_t t = now;
      for (int i = 0; i < 3; ++i) {
        t += 1 + static_cast<int64_t>(random_.below(static_cast<uint64_t>(before - t - 1)));
        if (t >= before - 1) break;
        tick(t);
      }
      const int64_t due = engine_.next_deadline().ns - variation_.shift;
      if (due < before && due > engine_.now().ns - variation_.shift) tick(due);
    }
    if (variation_.restore_seed != 0 && random_.chance(40)) {
      std::vector<std::byte> bytes;
      engine_.snapshot(bytes);
      engine::Engine fresh(program_, {.start = {trace_.start + variation_.shift}});
      if (!fresh.restore(bytes)) std::abort();
      if (fresh.digest() != engine_.digest()) std::abort();
      engine_ = std::move(fresh);
    }
  }

  void tick(int64_t t) {
    if (t + variation_.shift > engine_.now().ns) step(t, {});
  }

  void moment(const Moment& m) {
    std::vector<engine::InputSample> samples;
    for (const Reading& r : m.readings) {
      engine::InputSample s;
      s.measured_at = {r.measured_at + variation_.shift};
      s.value = static_cast<int32_t>(r.steps);
      s.signal = *program_.find_signal(r.signal);
      s.quality = r.missing ? Quality::missing : Quality::ok;
      s.reason = r.missing ? Reason::probe_off : Reason::none;
      samples.push_back(s);
    }
    std::vector<engine::Command> commands;
    for (const Press& p : m.presses) {
      engine::Command command;
      command.kind = p.release ? engine::CommandKind::release : engine::CommandKind::press;
      command.button = button(p.button);
      command.actor = engine::make_actor("x", "nurse", engine::Place::bedside);
      commands.push_back(command);
    }
    for (const Act& a : m.acts) {
      const auto view = engine_.view(*program_.find_alarm(a.alarm));
      if (view.condition == engine::ConditionState::idle) continue;
      const auto place = a.bedside ? engine::Place::bedside : engine::Place::remote;
      commands.push_back({.kind = kind_of(a.kind),
                          .occurrence = view.occurrence,
                          .actor = engine::make_actor("x", "nurse", place)});
    }
    engine::Input input;
    input.samples = samples;
    input.commands = commands;
    if (m.profiles) {
      engine::ProfileSet set = 0;
      for (size_t i = 0; i < program_.profiles.size(); ++i) {
        if (m.profiles->contains(program_.profiles[i].name)) set |= 1U << i;
      }
      input.profiles = set;
    }
    step(m.t, input);
  }

  uint16_t button(const std::string& name) const {
    for (size_t i = 0; i < program_.buttons.size(); ++i) {
      if (program_.buttons[i].name == name) return static_cast<uint16_t>(i);
    }
    std::abort();
  }

  void step(int64_t t, const engine::Input& input) {
    effects_.clear();
    if (engine_.step({t + variation_.shift}, input, effects_) != engine::StepStatus::done) {
      std::abort();
    }
    for (const engine::Event& e : effects_.events()) {
      if (!engine::is_condition_event(e.kind) || e.alarm >= engine_.program_alarm_count()) continue;
      told_.push_back({e.t.ns - variation_.shift, engine_.alarm(e.alarm).id,
                       std::string(engine::name_of(e.kind))});
    }
  }

  const engine::Program& program_;
  const Trace& trace_;
  Variation variation_;
  Random random_;
  engine::Engine engine_;
  engine::EffectList effects_;
  std::vector<Told> told_;
};

}  // namespace

std::vector<Told> run_online(const engine::Program& program, const Trace& trace,
                             const Variation& variation) {
  return Driver(program, trace, variation).run();
}

std::string printed(const std::vector<Told>& told) {
  std::string text;
  for (const Told& one : told) {
    append_decimal(text, one.t, 9);
    text += " " + one.alarm + " " + one.event + "\n";
  }
  return text;
}

}  // namespace lamplight::oracle
