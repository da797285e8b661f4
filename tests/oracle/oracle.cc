// The alarm's life by the table of 4.6, one row after the other, at every instant at which one of
// its conditions changes, a person acts, or its unknown time runs out.
#include "tests/oracle/oracle.h"

#include <algorithm>
#include <functional>
#include <set>

#include "tests/oracle/inhibits.h"
#include "tests/oracle/reads.h"
#include "tests/oracle/truth.h"
#include "tests/oracle/values.h"
#include "tests/oracle/windows.h"

namespace lamplight::oracle {
namespace {

struct Life {
  std::string id;
  Timeline when, now_part, clear;
  std::optional<Timeline> worsens;
  bool latch = false;
  bool sounds = true;  // info is never sounded, so never acknowledged
  bool sounds_worsened = true;
  std::optional<int64_t> unknown_clears;
  std::vector<std::pair<int64_t, Act>> acts;
  // Just before t a `lost` alarm of what it reads was open, and its reading was still missing.
  std::function<bool(int64_t)> is_watched_on = [](int64_t) { return false; };
};

enum class State : uint8_t { idle, raised, unconfirmed, latched };

class Machine {
 public:
  Machine(const Life& life, int64_t end, std::vector<Told>& out)
      : life_(life), end_(end), out_(out) {}

  void run() {
    Instants todo;
    for (const Timeline* line : {&life_.when, &life_.now_part, &life_.clear}) {
      todo.insert(line->changes().begin(), line->changes().end());
    }
    if (life_.worsens)
      todo.insert(life_.worsens->changes().begin(), life_.worsens->changes().end());
    for (const auto& [t, one] : life_.acts) todo.insert(t);
    while (!todo.empty()) {
      const int64_t t = *todo.begin();
      todo.erase(todo.begin());
      if (t > end_) return;
      instant(t);
      if (state_ == State::unconfirmed && life_.unknown_clears) {
        const int64_t due = unknown_since_ + *life_.unknown_clears;
        if (due > t) todo.insert(due);
      }
    }
  }

 private:
  void tell(int64_t t, const char* event) { out_.push_back({t, life_.id, event}); }

  void act(int64_t t) {
    for (const auto& [when, one] : life_.acts) {
      // A pause quiets, and decides nothing.
      if (when != t || !one.bedside || one.kind == ActKind::pause) continue;
      if (one.kind == ActKind::stand_down) {
        if (state_ != State::unconfirmed || !life_.is_watched_on(t)) continue;
        tell(t, "closed");
        state_ = State::idle;
      } else if (state_ == State::latched) {
        tell(t, "reset");
        state_ = State::idle;
      } else if (state_ != State::idle) {
        acknowledged_ = acknowledged_ || (worsened_ ? life_.sounds_worsened : life_.sounds);
      }
    }
  }

  void instant(int64_t t) {
    act(t);
    const Kleene when = life_.when.at(t);
    const Kleene now_part = life_.now_part.at(t);
    if ((state_ == State::idle || state_ == State::latched) && when == Kleene::t) {
      if (state_ == State::idle) worsened_ = false;
      state_ = State::raised;
      acknowledged_ = false;
      tell(t, "raised");
    }
    if (state_ == State::raised && now_part == Kleene::u) {
      state_ = State::unconfirmed;
      unknown_since_ = t;
      tell(t, "unconfirmed");
    }
    if (state_ == State::unconfirmed && now_part != Kleene::u) {
      state_ = State::raised;
      tell(t, "confirmed");
    }
    const bool open = state_ == State::raised || state_ == State::unconfirmed;
    if (open && life_.worsens && !worsened_ && life_.worsens->at(t) == Kleene::t) {
      worsened_ = true;
      acknowledged_ = false;
      tell(t, "worsened");
    }
    if (open && life_.clear.at(t) == Kleene::t && when != Kleene::t) {
      const bool latches = life_.latch && !acknowledged_;
      state_ = latches ? State::latched : State::idle;
      tell(t, latches ? "latched" : "cleared");
    }
    if (state_ == State::unconfirmed && life_.unknown_clears && when != Kleene::t &&
        t >= unknown_since_ + *life_.unknown_clears) {
      state_ = State::idle;
      tell(t, "cleared");
    }
  }

  const Life& life_;
  int64_t end_;
  std::vector<Told>& out_;
  State state_ = State::idle;
  bool acknowledged_ = false;
  bool worsened_ = false;
  int64_t unknown_since_ = 0;
};

rules::ast::Span literal(int64_t ns) {
  rules::ast::Span span;
  span.literal = Duration{ns};
  return span;
}

// Of one instant: acts, alarms in file order, inhibitions. What a worsening ends is told with it,
// and compared with the inhibitions.
int step_of(const Told& told) {
  if (told.event == "reset" || told.event == "closed") return 3;
  return told.event == "inhibited" || told.event == "uninhibited" ? 7 : 6;
}

bool sounds(Rank rank) { return rank.severity != Severity::minor || rank.onset != Onset::delayed; }

Life of_alarm(const World& world, const rules::ast::Alarm& alarm) {
  Life life;
  life.id = alarm.name.text;
  life.when = truth_of(world, *alarm.when, false);
  life.now_part = truth_of(world, *alarm.when, true);
  life.clear = alarm.clear
                   ? truth_of(world, *alarm.clear, false)
                   : held_for(world, inverse(life.now_part), literal(seconds(5).ns), nullptr);
  if (alarm.worsens) life.worsens = truth_of(world, alarm.worsens->when, false);
  life.latch = alarm.latch;
  life.sounds = sounds(alarm.rank.rank);
  life.sounds_worsened = life.sounds || (alarm.worsens && sounds(alarm.worsens->to.rank));
  if (alarm.unknown && alarm.unknown->clears) life.unknown_clears = alarm.unknown->after.ns;
  return life;
}

Life of_lost(const World& world, const rules::ast::Lost& lost) {
  Life life;
  life.id = "lost." + lost.signal.text;
  life.now_part = lost_truth(world, lost.signal.text);
  life.when = held_for(world, life.now_part, lost.span, nullptr);
  life.clear = held_for(world, inverse(life.now_part), literal(seconds(5).ns), nullptr);
  if (lost.share) {
    const Timeline share = lost_share(world, lost);
    life.when = either_of(world, life.when, share);
    life.now_part = either_of(world, life.now_part, share);
  }
  life.sounds = sounds(lost.rank.rank);
  return life;
}

struct Lost {
  std::string signal;
  Life life;
  std::vector<Told> told;

  bool is_true_and_open_before(int64_t t) const {
    bool open = false;
    for (const Told& one : told) {
      if (one.t < t) open = one.event != "cleared" && one.event != "reset";
    }
    return open && life.now_part.at(t - 1) == Kleene::t;
  }
};

std::vector<Lost> losts_of(const World& world) {
  std::vector<Lost> all;
  for (const auto& lost : world.file().losts) {
    Lost one{lost.signal.text, of_lost(world, lost), {}};
    Machine(one.life, world.end(), one.told).run();
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::vector<Told> tell(const rules::ast::File& file, const std::vector<Moment>& moments,
                       int64_t start, int64_t end) {
  const World world(file, moments, start, end);
  std::vector<Told> all;
  const std::vector<Lost> losts = losts_of(world);
  for (const auto& declaration : file.order) {
    Life life;
    if (declaration.kind == rules::ast::DeclarationKind::alarm) {
      life = of_alarm(world, file.alarms[declaration.index]);
      std::set<std::string> reads;
      signals_in(world, *file.alarms[declaration.index].when, reads);
      life.is_watched_on = [reads, &losts](int64_t t) {
        return std::any_of(losts.begin(), losts.end(), [&](const Lost& lost) {
          return reads.contains(lost.signal) && lost.is_true_and_open_before(t);
        });
      };
    } else if (declaration.kind == rules::ast::DeclarationKind::lost) {
      const auto& told = losts[declaration.index].told;  // nobody acts on these
      all.insert(all.end(), told.begin(), told.end());
      continue;
    } else {
      continue;
    }
    for (const Moment& m : moments) {
      for (const Act& a : m.acts) {
        if (a.alarm == life.id) life.acts.emplace_back(m.t, a);
      }
    }
    Machine(life, end, all).run();
  }
  const auto leases = inhibitions(world, all);
  all.insert(all.end(), leases.begin(), leases.end());
  // 4.1: acts of people are step 3 of an instant, alarms in file order step 6.
  std::stable_sort(all.begin(), all.end(), [](const Told& a, const Told& b) {
    return std::pair(a.t, step_of(a)) < std::pair(b.t, step_of(b));
  });
  return all;
}

}  // namespace lamplight::oracle
