#include "rules/replay/leases.h"

#include <algorithm>

namespace lamplight::replay {
namespace {

using engine::EventKind;

// One alarm and the leases over it.
class Held {
 public:
  Held(const Life& life, std::vector<const Timeline*> leases)
      : life_(life), leases_(std::move(leases)) {}

  // Instants at which the alarm's life or a lease over it turns.
  std::vector<int64_t> instants() const {
    std::vector<int64_t> all;
    for (const StateStep& s : life_.states) all.push_back(s.t);
    for (const Happening& e : life_.events) all.push_back(e.t);
    for (const Timeline* lease : leases_) {
      for (const Turn& turn : lease->turns()) all.push_back(turn.t);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }
  State state_at(int64_t t) const {
    const auto after =
        std::upper_bound(life_.states.begin(), life_.states.end(), t,
                         [](int64_t when, const StateStep& s) { return when < s.t; });
    return after == life_.states.begin() ? State::idle : std::prev(after)->state;
  }
  // An active lease that counts: of an alarm that worsened, only those that began since.
  bool is_under_lease(int64_t t, bool is_open, int64_t freed_at) const {
    return std::any_of(leases_.begin(), leases_.end(), [&](const Timeline* lease) {
      const auto& turns = lease->turns();
      const auto after = std::upper_bound(turns.begin(), turns.end(), t,
                                          [](int64_t when, const Turn& u) { return when < u.t; });
      if (after == turns.begin() || std::prev(after)->truth != Truth::yes) return false;
      return !is_open || std::prev(after)->t >= freed_at;
    });
  }
  bool has_leases() const { return !leases_.empty(); }
  const Life& life() const { return life_; }

 private:
  const Life& life_;
  std::vector<const Timeline*> leases_;
};

// Walks one alarm's life beside its leases.
class Walk {
 public:
  Walk(const Held& held, engine::AlarmIndex alarm) : held_(held), alarm_(alarm) {}

  // What the alarm is as a condition of another inhibition: raised, confirmed, not held back.
  Timeline as_condition(int64_t start) {
    Timeline line;
    line.set(start, Truth::no);
    run([&](int64_t t, State state, bool under_lease) {
      Truth truth = Truth::no;
      if (state == State::raised) truth = Truth::yes;
      if (state == State::unconfirmed) truth = Truth::unknown;
      line.set(t, under_lease ? Truth::no : truth);
    });
    return line;
  }
  struct Ranked {
    Happening event;
    bool is_late;  // told with the inhibitions, after all alarms of the instant
  };
  std::vector<Ranked> events() {
    run([](int64_t, State, bool) {});
    return std::move(told_);
  }

 private:
  template <class See>
  void run(See see) {
    size_t next = 0;
    for (const int64_t t : held_.instants()) {
      while (next < held_.life().events.size() && held_.life().events[next].t == t) {
        tell(held_.life().events[next++]);
      }
      const State state = held_.state_at(t);
      const bool is_open = state != State::idle;
      const bool under_lease = held_.is_under_lease(t, is_open, freed_at_);
      if (is_open && held_.has_leases() && under_lease != is_held_) {
        is_held_ = under_lease;
        const EventKind kind = under_lease ? EventKind::inhibited : EventKind::uninhibited;
        told_.push_back({{t, alarm_, kind, priority_, under_lease}, true});
      }
      see(t, state, under_lease);
      before_ = t;
    }
  }
  void tell(Happening e) {
    priority_ = e.priority;
    if (e.kind == EventKind::raised) {
      if (!is_open_) {
        freed_at_ = INT64_MIN;
        is_held_ = held_.is_under_lease(before_, false, freed_at_);
      }
      is_open_ = true;
      e.inhibited = is_held_;
    }
    told_.push_back({e, false});
    if (e.kind == EventKind::worsened) {
      freed_at_ = e.t;
      if (is_held_)
        told_.push_back({{e.t, alarm_, EventKind::uninhibited, priority_, false}, false});
      is_held_ = false;
    }
    if (e.kind == EventKind::cleared) {
      is_open_ = false;
      is_held_ = false;
      freed_at_ = INT64_MIN;
    }
  }

  const Held& held_;
  engine::AlarmIndex alarm_;
  std::vector<Ranked> told_;
  int64_t before_ = INT64_MIN;
  int64_t freed_at_ = INT64_MIN;
  Priority priority_ = Priority::info;
  bool is_open_ = false;
  bool is_held_ = false;
};

std::vector<const Timeline*> leases_over(const engine::Program& program, Conditions& conditions,
                                         size_t alarm, size_t before_inhibit) {
  std::vector<const Timeline*> leases;
  for (size_t i = 0; i < before_inhibit; ++i) {
    const auto& named = program.inhibits[i].alarms;
    const bool names_it = std::find(named.begin(), named.end(), alarm) != named.end();
    if (names_it) leases.push_back(&conditions.of(program.inhibits[i].lease));
  }
  return leases;
}

// Alarms that a lease reads, with their truth given before the lease is asked for.
void give_alarms(const engine::Program& program, const Recording& recording, Conditions& conditions,
                 const std::vector<Life>& lives) {
  const size_t all = program.inhibits.size();
  for (size_t i = 0; i < program.operations.size(); ++i) {
    const engine::Operation& op = program.operations[i];
    if (op.kind != engine::OpKind::alarm_raised || lives[op.a].states.empty()) continue;
    // No lease over this alarm reads an alarm that comes later among the operations, so what is
    // asked for here is known by now.
    const Held held(lives[op.a], leases_over(program, conditions, op.a, all));
    conditions.give(static_cast<engine::OpIndex>(i),
                    Walk(held, op.a).as_condition(recording.start));
  }
}

}  // namespace

std::vector<Happening> with_leases(const engine::Program& program, const Recording& recording,
                                   Conditions& conditions, std::vector<Life>& lives) {
  give_alarms(program, recording, conditions, lives);
  std::vector<Walk::Ranked> told;
  for (size_t a = 0; a < lives.size(); ++a) {
    if (lives[a].states.empty()) continue;
    const Held held(lives[a], leases_over(program, conditions, a, program.inhibits.size()));
    auto mine = Walk(held, static_cast<engine::AlarmIndex>(a)).events();
    told.insert(told.end(), mine.begin(), mine.end());
  }
  std::stable_sort(told.begin(), told.end(), [](const Walk::Ranked& a, const Walk::Ranked& b) {
    if (a.event.t != b.event.t) return a.event.t < b.event.t;
    return a.is_late < b.is_late;
  });
  std::vector<Happening> events;
  events.reserve(told.size());
  for (const Walk::Ranked& r : told) events.push_back(r.event);
  return events;
}

}  // namespace lamplight::replay
