#include "rules/language/random_trace.h"

#include <algorithm>
#include <set>

#include "rules/engine/engine.h"
#include "rules/language/cells.h"
#include "rules/language/feed.h"

namespace lamplight::rules {
namespace {

constexpr MonoTime kZero{hours(1).ns};
constexpr uint64_t kStretchesMax = 14;
constexpr Duration kLongest = hours(2);
constexpr Duration kLong = minutes(2);

struct Happening {
  Duration at;
  std::vector<engine::InputSample> samples{};
  std::vector<uint16_t> presses{};
  std::optional<engine::AlarmIndex> acknowledged{};
  std::optional<engine::ProfileSet> profiles{};
};

// Values and lengths of which the two programs may disagree.
class Pool {
 public:
  Pool(const engine::Program& a, const engine::Program& b, const TraceScope& scope) {
    values_.resize(a.signals.size());
    for (const engine::SignalIndex s : scope.signals) {
      std::set<int32_t> values;
      for (const engine::Program* p : {&a, &b}) cuts(*p, s, values);
      values_[s].assign(values.begin(), values.end());
    }
    for (const Duration d : scope.lengths) {
      if (d.ns > 0 && d <= kLongest) lengths_.push_back(d);
    }
    std::sort(lengths_.begin(), lengths_.end());
    lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
  }

  int32_t value(engine::SignalIndex s, Random& random) const {
    return values_[s][random.below(values_[s].size())];
  }
  // About as long as one of the delays: that is where two programs part.
  Duration length(Duration every, Random& random) const {
    const Duration some = every * static_cast<int64_t>(1 + random.below(12));
    if (lengths_.empty() || random.below(3) == 0) return some;
    const Duration base = lengths_[random.below(lengths_.size())];
    if (base > kLong && random.below(4) != 0) return some;
    const int64_t off = static_cast<int64_t>(random.below(5)) - 2;
    return std::max(base + Duration{every.ns / 2} * off, every);
  }

 private:
  static void cuts(const engine::Program& p, engine::SignalIndex index, std::set<int32_t>& out) {
    const engine::Signal& s = p.signals[index];
    if (s.kind != SignalKind::numeric) {
      for (int32_t v = s.min; v <= s.max; ++v) out.insert(v);
      return;
    }
    const auto put = [&](int64_t v) {
      if (v >= s.min && v <= s.max) out.insert(static_cast<int32_t>(v));
    };
    int64_t budget = 0;
    for (size_t profile = 0; profile <= p.profiles.size(); ++profile) {
      const Cells cells(p, profile == 0 ? 0 : 1U << (profile - 1), budget);
      for (size_t op = 0; op < p.operations.size(); ++op) {
        const auto region = cells.region(static_cast<engine::OpIndex>(op));
        if (!region || region->signal != index) continue;
        for (int64_t d = -1; d <= 1; ++d) put(region->bound + d);
        for (const int64_t far : {20, 45, 120}) {
          put(region->bound - far);
          put(region->bound + far);
        }
      }
    }
    put(s.min + (s.max - s.min) / 2);
    put(s.min);
  }

  std::vector<std::vector<int32_t>> values_;
  std::vector<Duration> lengths_;
};

// One life: stretches of steady values, sampled at each signal's cadence.
class LifeWriter {
 public:
  LifeWriter(const engine::Program& p, const TraceScope& scope, const Pool& pool, Random& random)
      : p_(p), scope_(scope), pool_(pool), random_(random), values_(p.signals.size()) {
    for (const engine::SignalIndex s : scope.signals) {
      values_[s] = pool.value(s, random);
      every_ = std::min(every_, p.signals[s].every);
      stale_ = std::min(stale_, p.signals[s].stale);
    }
  }

  std::vector<Happening> run() {
    for (uint64_t left = 3 + random_.below(kStretchesMax); left > 0; --left) stretch();
    out_.push_back({at_ + seconds(60)});
    return std::move(out_);
  }

 private:
  void stretch() {
    for (const engine::SignalIndex s : scope_.signals) {
      if (random_.below(10) < 6) continue;
      values_[s].reset();
      if (random_.below(8) != 0) values_[s] = pool_.value(s, random_);
    }
    const Duration length = pool_.length(every_, random_);
    // In a long one as few samples as keep a value known.
    const Duration step = length > kLong ? std::max(every_, Duration{stale_.ns / 2}) : every_;
    const bool is_explicit = random_.below(2) == 0;
    const Duration end = at_ + length;
    for (int64_t n = 0; at_ < end; ++n, at_ = at_ + step) {
      Happening h{at_};
      if (n == 0) acts(h);
      samples(n, step, is_explicit, h);
      out_.push_back(std::move(h));
    }
    at_ = end;
  }

  void samples(int64_t n, Duration step, bool is_explicit, Happening& h) const {
    for (const engine::SignalIndex s : scope_.signals) {
      const int64_t each = std::max<int64_t>(1, p_.signals[s].every.ns / step.ns);
      if (n % each != 0 || (!values_[s] && !is_explicit)) continue;
      h.samples.push_back({kZero + at_, values_[s].value_or(0), s,
                           values_[s] ? Quality::ok : Quality::missing,
                           values_[s] ? Reason::none : Reason::probe_off});
    }
  }

  void acts(Happening& h) {
    if (!scope_.buttons.empty() && random_.below(3) == 0) {
      h.presses.push_back(scope_.buttons[random_.below(scope_.buttons.size())]);
    }
    if (!scope_.alarms.empty() && random_.below(4) == 0) {
      h.acknowledged = scope_.alarms[random_.below(scope_.alarms.size())];
    }
    if (!p_.profiles.empty() && random_.below(6) == 0) {
      h.profiles = static_cast<engine::ProfileSet>(random_.below(1ULL << p_.profiles.size()));
    }
  }

  const engine::Program& p_;
  const TraceScope& scope_;
  const Pool& pool_;
  Random& random_;
  std::vector<std::optional<int32_t>> values_;
  Duration every_ = seconds(10);
  Duration stale_ = hours(24);
  Duration at_;
  std::vector<Happening> out_;
};

struct Said {
  MonoTime t;
  engine::AlarmIndex alarm;
  engine::EventKind kind;
  Priority priority;
  MonoTime until;
  bool operator==(const Said&) const = default;
};

class Life {
 public:
  Life(const engine::Program& program, engine::EffectList& effects)
      : engine_(program, {.start = kZero}), effects_(effects) {}

  void step(const Happening& h, std::vector<Said>& out) {
    std::vector<engine::Command> commands;
    for (const uint16_t b : h.presses) {
      commands.push_back({.kind = engine::CommandKind::press, .button = b, .actor = actor_});
    }
    if (h.acknowledged) {
      const auto view = engine_.view(*h.acknowledged);
      if (view.occurrence != 0) {
        commands.push_back({.occurrence = view.occurrence, .actor = actor_});
      }
    }
    engine::Input input;
    input.samples = h.samples;
    input.commands = commands;
    input.profiles = h.profiles;
    engine::StepStatus status = engine::StepStatus::again;
    while (status == engine::StepStatus::again) {
      effects_.clear();
      status = engine_.step(kZero + h.at, input, effects_);
      for (const engine::Event& e : effects_.events()) {
        if (!engine::is_condition_event(e.kind) || e.alarm >= engine_.program_alarm_count()) {
          continue;
        }
        out.push_back({e.t, e.alarm, e.kind, e.priority, e.until});
      }
    }
  }

 private:
  engine::Engine engine_;
  engine::EffectList& effects_;
  engine::Actor actor_ = engine::make_actor("trace", "caregiver", engine::Place::bedside);
};

}  // namespace

std::optional<uint64_t> find_difference(const engine::Program& a, const engine::Program& b,
                                        const TraceScope& scope, uint64_t traces) {
  const Pool pool(a, b, scope);
  engine::EffectList effects;
  std::vector<Said> from_a;
  std::vector<Said> from_b;
  for (uint64_t seed = 1; seed <= traces; ++seed) {
    Random random(seed);
    Life one(a, effects);
    Life other(b, effects);
    from_a.clear();
    from_b.clear();
    for (const Happening& h : LifeWriter(a, scope, pool, random).run()) {
      one.step(h, from_a);
      other.step(h, from_b);
    }
    if (from_a != from_b) return seed;
  }
  return std::nullopt;
}

}  // namespace lamplight::rules
