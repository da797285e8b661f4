#include "rules/replay/whatif/episodes.h"

#include <algorithm>

#include "rules/engine/operands.h"
#include "rules/engine/state.h"
#include "rules/replay/logic.h"

namespace lamplight::replay {
namespace {

using engine::EventKind;

// One alarm's episodes, event by event.
class Gatherer {
 public:
  explicit Gatherer(std::vector<Episode>& done) : done_(done) {}

  void take(const Happening& e) {
    if (e.kind == EventKind::raised) open(e);
    if (!running_) return;
    running_->priority = std::max(running_->priority, e.priority);
    if (e.kind == EventKind::worsened) sound(e);
    if (e.kind == EventKind::unconfirmed) unconfirmed_since_ = e.t;
    if (e.kind == EventKind::confirmed) {
      settle(unconfirmed_since_, running_->unconfirmed_ns, e.t);
    }
    if (e.kind == EventKind::inhibited) inhibited_since_ = e.t;
    if (e.kind == EventKind::uninhibited) {
      settle(inhibited_since_, running_->inhibited_ns, e.t);
      sound(e);
    }
    announce(e.t);
    const bool is_over = e.kind == EventKind::cleared || e.kind == EventKind::latched ||
                         e.kind == EventKind::reset || e.kind == EventKind::closed;
    if (is_over) close(e.t, false);
  }
  void end(int64_t t) {
    if (running_) close(t, true);
  }

 private:
  void open(const Happening& e) {
    running_.emplace();
    running_->alarm = e.alarm;
    running_->raised = e.t;
    if (e.inhibited) inhibited_since_ = e.t;
    sound(e);
  }
  void sound(const Happening& e) {
    const bool is_heard = e.priority >= Priority::low && !inhibited_since_;
    const bool is_new = running_->sounds.empty() || running_->sounds.back() != e.t;
    if (is_heard && is_new) running_->sounds.push_back(e.t);
  }
  void announce(int64_t t) {
    const bool is_told = running_->priority >= Priority::low && !inhibited_since_;
    if (is_told && !announced_since_) announced_since_ = t;
    if (!is_told) end_announcement(t);
  }
  void end_announcement(int64_t t) {
    if (announced_since_ && *announced_since_ < t) {
      running_->announced.push_back({*announced_since_, t});
    }
    announced_since_.reset();
  }
  static void settle(std::optional<int64_t>& since, int64_t& sum, int64_t t) {
    if (since) sum += t - *since;
    since.reset();
  }
  void close(int64_t t, bool is_open) {
    settle(unconfirmed_since_, running_->unconfirmed_ns, t);
    settle(inhibited_since_, running_->inhibited_ns, t);
    end_announcement(t);
    running_->ended = t;
    running_->is_open = is_open;
    done_.push_back(std::move(*running_));
    running_.reset();
  }

  std::vector<Episode>& done_;
  std::optional<Episode> running_;
  std::optional<int64_t> unconfirmed_since_;
  std::optional<int64_t> inhibited_since_;
  std::optional<int64_t> announced_since_;
};

// Where the run of truth began that holds at t; t itself if none does.
int64_t began(const Timeline& line, int64_t t) {
  const auto& turns = line.turns();
  const auto after = std::upper_bound(turns.begin(), turns.end(), t,
                                      [](int64_t when, const Turn& u) { return when < u.t; });
  if (after == turns.begin() || std::prev(after)->truth != Truth::yes) return t;
  return std::prev(after)->t;
}

}  // namespace

std::optional<About> about(const engine::Program& program, engine::AlarmIndex alarm) {
  std::vector<engine::OpIndex> stack{program.alarms[alarm].now_part};
  while (!stack.empty()) {
    const engine::OpIndex index = stack.back();
    stack.pop_back();
    const engine::Operation& op = program.operations[index];
    if (engine::is_linear(op.kind) && program.linears[op.a].signals.size() == 1) {
      const engine::Term& term = program.linears[op.a].signals[0];
      // An area counts limit - x as its depth; a comparison is true below zero.
      const bool is_area = engine::is_area(op.kind);
      return About{term.index, is_area ? term.coefficient < 0 : term.coefficient > 0, index};
    }
    std::vector<engine::OpIndex> operands;
    engine::for_operands(program, index, [&](engine::OpIndex o) { operands.push_back(o); });
    stack.insert(stack.end(), operands.rbegin(), operands.rend());
  }
  return std::nullopt;
}

std::vector<Episode> episodes_of(const engine::Program& program, const Recording& recording,
                                 const Outcome& outcome) {
  std::vector<Episode> episodes;
  std::vector<Gatherer> gatherers(program.alarms.size(), Gatherer(episodes));
  for (const Happening& e : outcome.events) gatherers[e.alarm].take(e);
  for (Gatherer& g : gatherers) g.end(recording.end);
  for (Episode& e : episodes) {
    const Timeline& condition = outcome.alarms[e.alarm].now_part;
    e.since = began(condition, e.raised);
    e.true_ns = time_in(condition, Truth::yes, e.since, e.ended);
    const auto signal = about(program, e.alarm);
    if (!signal) continue;
    const Known known = known_in(recording.readings[signal->signal], e.since, e.ended + 1);
    if (known.any()) e.worst = signal->low_is_bad ? known.min : known.max;
  }
  std::sort(episodes.begin(), episodes.end(), [](const Episode& a, const Episode& b) {
    return a.raised != b.raised ? a.raised < b.raised : a.alarm < b.alarm;
  });
  return episodes;
}

}  // namespace lamplight::replay
