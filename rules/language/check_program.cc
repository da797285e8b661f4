// Checks on the compiled conditions: what can never ring or never stop (E2), limits that may cross
// (E3), missing dead bands (E4, W4), alarms that another one always forestalls (E7).
#include <algorithm>
#include <optional>
#include <vector>

#include "rules/language/cells.h"
#include "rules/language/check.h"

namespace lamplight::rules {
namespace {

using engine::OpIndex;
using engine::OpKind;

constexpr int64_t kBudget = 40'000'000;

// A `when` that is one comparison of one signal, perhaps with `for`.
struct Plain {
  size_t tree = 0;  // File::alarms
  engine::AlarmIndex index = 0;
  OpIndex compare = engine::kNone;
  Duration shortest;
  Duration longest;
  bool bridges_gaps = false;
};

std::string value_text(const engine::Signal& s, int64_t steps) {
  const auto value = multiply(Ratio::of(steps), Ratio{s.step.num, s.step.den});
  return value ? to_text(*value) : std::to_string(steps);
}

class ProgramChecker {
 public:
  ProgramChecker(const CheckContext& c, const engine::Program& program)
      : c_(c), program_(program), budget_(kBudget) {
    sets_.push_back(0);
    for (size_t i = 0; i < program.profiles.size(); ++i) sets_.push_back(1U << i);
    for (const engine::ProfileSet set : sets_) cells_.emplace_back(program, set, budget_);
  }

  void run() {
    for (size_t i = 0; i < c_.file.alarms.size(); ++i) {
      const auto index = program_.find_alarm(c_.file.alarms[i].name.text);
      if (!index) continue;  // off, or of a device that is not there
      possible(c_.file.alarms[i], program_.alarms[*index]);
      if (const auto plain = plain_of(i, *index)) {
        dead_band(*plain);
        plains_.push_back(*plain);
      }
    }
    for (const Plain& a : plains_) {
      for (const Plain& b : plains_) {
        if (a.index == b.index) continue;
        forestalled(a, b);
        crossed(a, b);
      }
    }
  }

 private:
  std::optional<Plain> plain_of(size_t tree, engine::AlarmIndex index) const {
    const engine::Alarm& alarm = program_.alarms[index];
    Plain out;
    out.tree = tree;
    out.index = index;
    OpIndex op = alarm.when;
    const engine::Operation& top = program_.operations[op];
    if (top.kind == OpKind::hold_for) {
      const engine::Span& span = program_.spans[top.first];
      const auto duration = [&](engine::ProfileSet set) {
        return span.limit == engine::kNone
                   ? span.literal
                   : Duration{engine::limit_value(program_.limits[span.limit], set)};
      };
      out.shortest = duration(0);
      for (const engine::ProfileSet set : sets_) {
        out.shortest = std::min(out.shortest, duration(set));
        out.longest = std::max(out.longest, duration(set));
      }
      out.bridges_gaps = top.second != engine::kNone;
      op = top.a;
    }
    if (!cells_.front().region(op)) return std::nullopt;
    out.compare = op;
    return out;
  }

  // E2
  void possible(const ast::Alarm& tree, const engine::Alarm& alarm) {
    for (Cells& cells : cells_) {
      const Possible found = cells.of(alarm.when);
      if (found != Possible::never && found != Possible::always) continue;
      const auto plain = cells.region(alarm.now_part);
      std::string range;
      if (plain) {
        const engine::Signal& s = program_.signals[plain->signal];
        range = " (range " + value_text(s, s.min) + ".." + value_text(s, s.max) + ")";
      }
      c_.reporter.report(tree.when->at, "E2",
                         in_quotes(c_.reporter.words(tree.when->at, tree.when->end)) +
                             (found == Possible::never ? " can never be true" : " is always true") +
                             range,
                         "check the limit");
      return;
    }
  }

  // E4 and W4
  void dead_band(const Plain& plain) {
    const ast::Alarm& tree = c_.file.alarms[plain.tree];
    const engine::Alarm& alarm = program_.alarms[plain.index];
    const auto rings = cells_.front().region(plain.compare);
    if (!tree.clear) {
      const engine::Signal& s = program_.signals[rings->signal];
      c_.reporter.report(
          tree.name.at, "W4", in_quotes(tree.name.text) + " stops where it rings: no dead band",
          "add `clear when " + s.name + (rings->below ? " >= … + " : " <= … - ") + "… for 5 s`");
      return;
    }
    OpIndex clear = alarm.clear;
    if (program_.operations[clear].kind == OpKind::hold_for) clear = program_.operations[clear].a;
    for (const Cells& cells : cells_) {
      const auto r = cells.region(plain.compare);
      const auto stops = cells.region(clear);
      if (!stops || stops->signal != r->signal) return;
      const bool dead = r->below != stops->below &&
                        (r->below ? stops->bound > r->bound + 1 : stops->bound < r->bound - 1);
      if (dead) continue;
      const engine::Signal& s = program_.signals[r->signal];
      c_.reporter.report(tree.clear->at, "E4",
                         in_quotes(tree.name.text) + " clears at " + value_text(s, stops->bound) +
                             " and rings " + (r->below ? "below " : "above ") +
                             value_text(s, r->below ? r->bound + 1 : r->bound - 1),
                         r->below ? "clear higher, for example `+ 2 " + s.unit + "`"
                                  : "clear lower, for example `- 2 " + s.unit + "`");
      return;
    }
  }

  // E7: whenever `a` would ring, `b` rings already.
  void forestalled(const Plain& a, const Plain& b) {
    const engine::Alarm& first = program_.alarms[a.index];
    const engine::Alarm& other = program_.alarms[b.index];
    if (priority(other.rank) < priority(first.rank) || a.shortest < b.longest) return;
    if (first.never_inhibited && !other.never_inhibited) return;
    if (a.bridges_gaps && !b.bridges_gaps) return;
    bool same = a.shortest == b.longest && priority(other.rank) == priority(first.rank);
    for (const Cells& cells : cells_) {
      const auto inner = cells.region(a.compare);
      const auto outer = cells.region(b.compare);
      if (inner->signal != outer->signal || inner->below != outer->below) return;
      if (inner->below ? inner->bound > outer->bound : inner->bound < outer->bound) return;
      same = same && inner->bound == outer->bound;
    }
    if (same && a.index < b.index) return;  // equal alarms: the later one is the superfluous one
    const ast::Alarm& tree = c_.file.alarms[a.tree];
    c_.reporter.report(tree.name.at, "E7",
                       in_quotes(tree.name.text) + " can never ring first: " +
                           in_quotes(c_.file.alarms[b.tree].name.text) + " always has",
                       "raise its severity, or shorten it");
  }

  // E3: `low` rings below a limit, `high` above another; their allowed values may cross.
  void crossed(const Plain& low, const Plain& high) {
    const auto below = extreme(low, true);
    const auto above = extreme(high, false);
    if (!below || !above || below->limit == above->limit) return;
    if (below->signal != above->signal || below->bound < above->bound) return;
    const engine::Limit& a = program_.limits[below->limit];
    const engine::Limit& b = program_.limits[above->limit];
    const auto symbol = c_.scope.find(b.name);
    const auto shown = [](const engine::Limit& l, int64_t steps) {
      const auto value = multiply(Ratio::of(steps), Ratio{l.step.num, l.step.den});
      return value ? to_text(*value) : std::to_string(steps);
    };
    c_.reporter.report(c_.file.limits[symbol->index].allowed.at, "E3",
                       in_quotes(a.name) + " may be " + shown(a, a.allowed_max) + " while " +
                           in_quotes(b.name) + " may be " + shown(b, b.allowed_min),
                       "narrow `allowed` of one of them");
  }

  struct Extreme {
    engine::SignalIndex signal;
    engine::LimitIndex limit;
    Int128 bound;
  };
  // The furthest value at which it may ring, over everything its one limit may be.
  std::optional<Extreme> extreme(const Plain& plain, bool below) const {
    const engine::Operation& op = program_.operations[plain.compare];
    const engine::Linear& linear = program_.linears[op.a];
    if (linear.limits.size() != 1) return std::nullopt;
    const engine::Term x = linear.signals.front();
    const engine::Term l = linear.limits.front();
    if ((x.coefficient > 0) != below || (l.coefficient > 0) == (x.coefficient > 0)) {
      return std::nullopt;
    }
    const engine::Limit& limit = program_.limits[l.index];
    const Int128 value = below ? limit.allowed_max : limit.allowed_min;
    const Int128 rest = value * l.coefficient + linear.constant;
    const Int128 bound =
        below ? ceil_of({-rest, x.coefficient}) - 1 : floor_of({rest, -Int128{x.coefficient}}) + 1;
    return Extreme{x.index, l.index, bound};
  }

  const CheckContext& c_;
  const engine::Program& program_;
  int64_t budget_;
  std::vector<engine::ProfileSet> sets_;
  std::vector<Cells> cells_;
  std::vector<Plain> plains_;
};

}  // namespace

void check_program(const CheckContext& c, const engine::Program& program) {
  ProgramChecker(c, program).run();
}

}  // namespace lamplight::rules
