#include "tests/oracle/inhibits.h"

#include <algorithm>
#include <set>

#include "tests/oracle/truth.h"

namespace lamplight::oracle {
namespace {

using rules::ast::Condition;
using rules::ast::ConditionKind;

struct Lease {
  int64_t from;
  int64_t to;
};

// One alarm's history as it was told.
struct History {
  Timeline open;   // T while open
  Timeline state;  // T raised, U unconfirmed, else F: as a condition
  std::vector<int64_t> opened, worsened;
  Timeline quiet;  // T while a lease counts: filled in once its inhibitions are known
};

class Inhibitions {
 public:
  Inhibitions(const World& world, const std::vector<Told>& told) : world_(world) {
    for (const auto& alarm : world.file().alarms) learn(alarm.name.text, told);
    for (const auto& lost : world.file().losts) learn("lost." + lost.signal.text, told);
  }

  std::vector<Told> run() {
    const auto& all = world_.file().inhibits;
    std::set<size_t> done;
    while (done.size() < all.size()) {
      for (size_t i = 0; i < all.size(); ++i) {
        if (done.contains(i) || !ready(i, done)) continue;
        leases_[i] = leases_of(all[i]);
        done.insert(i);
      }
    }
    std::vector<Told> out;
    for (auto& [id, history] : histories_) events_of(id, history, out);
    return out;
  }

 private:
  void learn(const std::string& id, const std::vector<Told>& told) {
    History& h = histories_[id];
    h.open.append(world_.start(), Kleene::f);
    h.state.append(world_.start(), Kleene::f);
    for (const Told& one : told) {
      if (one.alarm != id) continue;
      const std::string& e = one.event;
      const bool ends = e == "cleared" || e == "reset" || e == "closed";
      if (e == "raised" && h.open.at(one.t) != Kleene::t) h.opened.push_back(one.t);
      if (e == "worsened") h.worsened.push_back(one.t);
      h.open.set(one.t, ends ? Kleene::f : Kleene::t);
      if (ends || e == "latched") h.state.set(one.t, Kleene::f);
      if (e == "raised" || e == "confirmed") h.state.set(one.t, Kleene::t);
      if (e == "unconfirmed") h.state.set(one.t, Kleene::u);
    }
  }

  static bool names(const rules::ast::Inhibit& inhibit, const std::string& id) {
    return std::any_of(inhibit.alarms.begin(), inhibit.alarms.end(), [&](const auto& ref) {
      return (ref.is_lost ? "lost." : "") + ref.name.text == id;
    });
  }

  void alarms_in(const Condition& c, std::set<std::string>& out) const {
    for (const Condition& part : c.parts) alarms_in(part, out);
    if (c.kind != ConditionKind::value) return;
    const std::string& name = c.sums[0].terms[0].factor.name.text;
    if (histories_.contains(name)) out.insert(name);
  }

  bool ready(size_t i, const std::set<size_t>& done) const {
    std::set<std::string> read;
    alarms_in(world_.file().inhibits[i].condition, read);
    for (size_t k = 0; k < world_.file().inhibits.size(); ++k) {
      for (const std::string& id : read) {
        if (names(world_.file().inhibits[k], id) && !done.contains(k)) return false;
      }
    }
    return true;
  }

  // Begins when the condition becomes T, ends when it is not or at its end, and then needs an F.
  std::vector<Lease> leases_of(const rules::ast::Inhibit& inhibit) {
    const AlarmTruth alarm_truth = [&](const std::string& id) { return as_condition(id); };
    const Timeline truth = truth_of(world_, inhibit.condition, false, &alarm_truth);
    std::vector<Lease> out;
    bool ready_again = true;
    for (const Piece& p : truth.pieces()) {
      if (p.truth == Kleene::f) ready_again = true;
      if (p.truth != Kleene::t || !ready_again) continue;
      ready_again = false;
      int64_t to = p.to;
      if (inhibit.at_most) to = std::min(to, p.from + inhibit.at_most->ns);
      out.push_back({p.from, to});
    }
    return out;
  }

  // Leases over an alarm that count at t: those that began before it worsened do not.
  bool is_quiet(const std::string& id, const History& h, int64_t t, bool before_step_7) const {
    int64_t freed = INT64_MIN;
    int64_t opened = INT64_MIN;
    for (const int64_t o : h.opened) opened = o <= t ? o : opened;
    for (const int64_t w : h.worsened) freed = w <= t && w >= opened ? w : freed;
    for (const auto& [i, leases] : leases_) {
      if (!names(world_.file().inhibits[i], id)) continue;
      for (const Lease& lease : leases) {
        const bool counts =
            before_step_7 ? lease.from < t && lease.to >= t : lease.from <= t && lease.to > t;
        if (counts && lease.from >= freed) return true;
      }
    }
    return false;
  }

  Timeline as_condition(const std::string& id) {
    const History& h = histories_.at(id);
    Instants asked(h.state.changes().begin(), h.state.changes().end());
    asked.insert(h.worsened.begin(), h.worsened.end());
    for (const auto& [i, leases] : leases_) {
      for (const Lease& lease : leases) {
        asked.insert(lease.from);
        asked.insert(lease.to);
      }
    }
    Timeline out;
    for (const int64_t t : asked) {
      const bool quiet =
          h.open.at(t) == Kleene::t ? is_quiet(id, h, t, false) : is_quiet(id, {}, t, false);
      out.append(t, quiet ? Kleene::f : h.state.at(t));
    }
    return out;
  }

  void events_of(const std::string& id, const History& h, std::vector<Told>& out) const {
    Instants asked(h.opened.begin(), h.opened.end());
    asked.insert(h.worsened.begin(), h.worsened.end());
    for (const auto& [i, leases] : leases_) {
      for (const Lease& lease : leases) {
        asked.insert(lease.from);
        asked.insert(lease.to);
      }
    }
    bool quiet = false;
    for (const int64_t t : asked) {
      if (t > world_.end()) continue;
      const auto at = [&](const std::vector<int64_t>& all) {
        return std::find(all.begin(), all.end(), t) != all.end();
      };
      const bool is_open = h.open.at(t) == Kleene::t;
      if (is_open && at(h.opened)) {
        History fresh = h;
        std::erase(fresh.worsened, t);
        quiet = is_quiet(id, fresh, t, true);
      }
      if (at(h.worsened) && quiet) {
        out.push_back({t, id, "uninhibited"});
        quiet = false;
      }
      if (!is_open) continue;  // what worsened and cleared at once was heard in between
      const bool now = is_quiet(id, h, t, false);
      if (now != quiet) out.push_back({t, id, now ? "inhibited" : "uninhibited"});
      quiet = now;
    }
  }

  const World& world_;
  std::map<std::string, History> histories_;
  std::map<size_t, std::vector<Lease>> leases_;
};

}  // namespace

Timeline pressed(const World& world, const std::string& name) {
  const rules::ast::Button* button = nullptr;
  for (const auto& b : world.file().buttons) {
    if (b.name.text == name) button = &b;
  }
  Timeline out;
  out.append(world.start(), Kleene::f);
  int64_t until = INT64_MIN;  // of the running press
  int64_t ended = INT64_MIN;
  for (const Moment& m : world.moments()) {
    for (const Press& p : m.presses) {
      if (p.button != name) continue;
      if (until != INT64_MIN && until <= m.t) {
        out.append(until, Kleene::f);
        ended = until;
        until = INT64_MIN;
      }
      if (p.release && until != INT64_MIN) {
        out.append(m.t, Kleene::f);
        ended = m.t;
        until = INT64_MIN;
      } else if (!p.release && until == INT64_MIN) {
        const int64_t rests = button->rests ? button->rests->ns : 0;
        if (ended != INT64_MIN && (m.t == ended || m.t < ended + rests)) continue;
        out.append(m.t, Kleene::t);
        until = m.t + button->lasts_at_most.ns;
      }
    }
  }
  if (until != INT64_MIN) out.append(until, Kleene::f);
  return out;
}

std::vector<Told> inhibitions(const World& world, const std::vector<Told>& told) {
  return Inhibitions(world, told).run();
}

}  // namespace lamplight::oracle
