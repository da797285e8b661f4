// Windows of 64 panes: mean, min, max, drop, rise, change of a signal and the share of time of a
// condition (language, 4.3). A pane is counted as time passes over it; the running one is counted
// up to the instant that is asked about. Time is in whole µs since the program's start.
#include <algorithm>
#include <array>

#include "rules/engine/core.h"

namespace lamplight::engine {
namespace {

uint16_t bit_of(Reason reason) {
  ReasonSet set;
  set.add(reason);
  return set.bits;
}

// One window of the state, with what never changes about it.
struct Panes {
  WindowState& s;
  WindowPane* ring;
  OpKind kind;
  int64_t length;  // of a pane
  int64_t origin;

  WindowPane& running() const { return ring[s.pane % kPanes]; }
  int64_t start() const { return origin + s.pane * length; }
  int64_t end() const { return start() + length; }
  int64_t us(int64_t t) const { return (t - origin) / 1000; }
};

bool keeps_level(OpKind kind) {
  return kind == OpKind::minimum || kind == OpKind::maximum || kind == OpKind::drop ||
         kind == OpKind::rise;
}

int32_t further(OpKind kind, int32_t a, int32_t b) {
  return kind == OpKind::maximum || kind == OpKind::drop ? std::max(a, b) : std::min(a, b);
}

void take_level(WindowPane& pane, OpKind kind, int32_t level) {
  pane.level = pane.sum != 0 ? further(kind, pane.level, level) : level;
  pane.sum = 1;
}

// The held value on [at, to), which lies in the running pane.
void count(const Panes& w, int64_t to) {
  if (w.s.is_known != 0 && to > w.s.at) {
    const int64_t span = w.us(to) - w.us(w.s.at);
    w.running().known += static_cast<uint32_t>(span);
    if (keeps_level(w.kind)) take_level(w.running(), w.kind, w.s.held);
    if (w.kind == OpKind::mean || w.kind == OpKind::share) w.running().sum += w.s.held * span;
  }
  w.s.at = to;
}

// The running pane is complete, and the oldest one drops out.
void open_next(const Panes& w, bool holds) {
  WindowState& s = w.s;
  s.past_sum += w.running().sum;
  s.past_known += w.running().known;
  ++s.pane;
  s.past_sum -= w.running().sum;
  s.past_known -= w.running().known;
  w.running() = {};
  if (w.kind == OpKind::change && holds) w.running() = {1, 0, s.held};
  if (!keeps_level(w.kind)) return;
  s.has_past = 0;
  for (int i = 0; i < kPanes; ++i) {
    if (w.ring[i].sum == 0) continue;
    s.past_level =
        s.has_past != 0 ? further(w.kind, s.past_level, w.ring[i].level) : w.ring[i].level;
    s.has_past = 1;
  }
}

void roll(const Panes& w, int64_t t) {
  WindowState& s = w.s;
  if (s.at == kUnset) {
    s.at = t;
    s.pane = (t - w.origin) / w.length;
  }
  while (t >= w.end()) {
    const int64_t end = w.end();
    count(w, end);
    if (s.is_known == 0 && t - end >= kPanes * w.length) {  // every pane is over
      std::fill(w.ring, w.ring + kPanes, WindowPane{});
      s.past_sum = s.past_known = 0;
      s.has_past = 0;
      s.pane = (t - w.origin) / w.length;
      break;
    }
    open_next(w, s.is_known != 0 && end < t);
  }
  count(w, t);
}

int64_t known_of(const Panes& w) { return w.s.past_known + w.running().known; }

bool is_empty(const Panes& w) {
  return w.s.is_known == 0 && known_of(w) == 0 && w.s.has_past == 0 &&
         (!keeps_level(w.kind) || w.running().sum == 0);
}

// The next instant at which the window may say something else by itself.
int64_t due_of(const Panes& w, int64_t least) {
  if (is_empty(w)) return kOpen;
  const int64_t missing = least - known_of(w);
  if (w.s.is_known == 0 || missing <= 0) return w.end();
  return std::min(w.end(), w.origin + (w.us(w.s.at) + missing) * 1000);
}

NumberNow level_of(const Panes& w) {
  const WindowState& s = w.s;
  NumberNow out;
  const WindowPane& run = w.running();
  out.known = s.has_past != 0 || run.sum != 0;
  int32_t level = s.has_past != 0 ? s.past_level : run.level;
  if (s.has_past != 0 && run.sum != 0) level = further(w.kind, s.past_level, run.level);
  out.num = level;
  if (w.kind == OpKind::minimum || w.kind == OpKind::maximum) return out;
  out.known = out.known && s.is_known != 0;
  out.num = w.kind == OpKind::drop ? int64_t{level} - s.held : int64_t{s.held} - level;
  return out;
}

NumberNow value_of(const Panes& w, int64_t least) {
  const WindowState& s = w.s;
  NumberNow out;
  if (w.kind == OpKind::mean || w.kind == OpKind::share) {
    const int64_t scale = w.kind == OpKind::share ? kShareScale : 1;
    out.den = known_of(w);
    out.known = out.den > 0;
    out.num = scale * (s.past_sum + w.running().sum);
    out.slope_den = s.is_known != 0 ? 1 : 0;
    out.slope_num = s.is_known != 0 ? scale * s.held : 0;
    out.is_fraction = true;
  } else if (w.kind == OpKind::change) {
    const WindowPane& first = w.ring[(s.pane + 1) % kPanes];
    out.known = first.sum != 0 && s.is_known != 0;
    out.num = int64_t{s.held} - first.level;
  } else {
    out = level_of(w);
  }
  out.known = out.known && known_of(w) >= least;
  if (!out.known) out.reasons = s.reasons;
  return out;
}

}  // namespace

void Engine::Core::evaluate_window(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  const Window& window = program.windows[op.b];
  const size_t place = plan.record[index];
  WindowState& s = windows[place];
  const Panes w{s, &panes[place * kPanes], op.kind, window.pane.ns, totals.origin};
  if (s.at == kUnset) s.reasons = bit_of(Reason::never);
  roll(w, t);
  if (op.kind == OpKind::share) {
    s.is_known = truth(op.a) != Truth::unknown ? 1 : 0;
    s.held = truth(op.a) == Truth::yes ? 1 : 0;
    if (s.is_known == 0) s.reasons = ops[op.a].reasons;
  } else {
    s.is_known = is_valid(op.a) ? 1 : 0;
    s.held = signals[op.a].value;
    if (s.is_known == 0) {
      s.reasons = bit_of(static_cast<Reason>(signals[op.a].reason));
    }
  }
  if (s.is_known != 0 && keeps_level(op.kind)) take_level(w.running(), op.kind, s.held);
  if (op.kind == OpKind::change && t == w.start()) w.running() = {s.is_known, 0, s.held};
  deadlines.arm(plan.timer_slot(index), due_of(w, window.known_least_us));
  for (const OpIndex parent : plan.parents.row(index)) dirty.set(parent);
}

NumberNow Engine::Core::number_at(OpIndex index, int64_t t) const {
  const Operation& op = program.operations[index];
  if (op.kind == OpKind::age) {
    const ReadingState& s = signals[op.a];
    NumberNow out;
    out.known = s.valid_at != kUnset;
    if (!out.known) out.reasons = bit_of(static_cast<Reason>(s.reason));
    if (out.known) out.num = std::min(t - s.valid_at, kAgeMax);
    if (out.known && out.num < kAgeMax) out.until = s.valid_at + kAgeMax;
    return out;
  }
  const size_t place = plan.record[index];
  const Window& window = program.windows[op.b];
  WindowState s = windows[place];
  std::array<WindowPane, kPanes> ring;
  std::copy_n(&panes[place * kPanes], kPanes, ring.begin());
  if (s.at == kUnset) s.reasons = bit_of(Reason::never);
  const Panes w{s, ring.data(), op.kind, window.pane.ns, totals.origin};
  roll(w, t);
  return value_of(w, window.known_least_us);
}

// The same without a copy, for evaluation: the window itself rolls on.
NumberNow Engine::Core::number_now(OpIndex index, int64_t t) {
  const Operation& op = program.operations[index];
  if (op.kind == OpKind::age) return number_at(index, t);
  const size_t place = plan.record[index];
  const Window& window = program.windows[op.b];
  const Panes w{windows[place], &panes[place * kPanes], op.kind, window.pane.ns, totals.origin};
  roll(w, t);
  return value_of(w, window.known_least_us);
}

bool Engine::Core::is_sane_window(OpIndex index) const {
  const WindowState& s = windows[plan.record[index]];
  if (s.at == kUnset) return true;
  const int64_t pane = program.windows[program.operations[index].b].pane.ns;
  return s.at >= totals.origin && s.pane == (s.at - totals.origin) / pane;
}

}  // namespace lamplight::engine
