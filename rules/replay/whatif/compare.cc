#include "rules/replay/whatif/compare.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "rules/model/json_writer.h"
#include "rules/replay/logic.h"

namespace lamplight::replay {
namespace {

// Sorted by their beginning; those that touch become one.
Spans merged(Spans spans) {
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.from < b.from; });
  Spans out;
  for (const Span& s : spans) {
    if (!out.empty() && s.from <= out.back().to) {
      out.back().to = std::max(out.back().to, s.to);
    } else {
      out.push_back(s);
    }
  }
  return out;
}

// The parts of `span` inside `others` (merged), or outside them.
Spans parts(const Span& span, const Spans& others, bool inside) {
  Spans out;
  const auto add = [&](int64_t from, int64_t to) {
    if (from < to) out.push_back({from, to});
  };
  auto next = std::partition_point(others.begin(), others.end(),
                                   [&](const Span& o) { return o.to <= span.from; });
  int64_t at = span.from;
  for (; next != others.end() && next->from < span.to; ++next) {
    if (!inside) add(at, std::min(next->from, span.to));
    if (inside) add(std::max(next->from, span.from), std::min(next->to, span.to));
    at = std::max(at, next->to);
  }
  if (!inside) add(at, span.to);
  return out;
}

Delay delay_of(std::vector<int64_t> ns) {
  Delay d;
  d.count = ns.size();
  if (ns.empty()) return d;
  std::sort(ns.begin(), ns.end());
  d.min_ns = ns.front();
  d.max_ns = ns.back();
  d.median_ns = ns[ns.size() / 2];
  return d;
}

using Of = std::vector<const Episode*>;

using ById = std::map<std::string_view, Of>;

ById by_id(const Side& side) {
  ById found;
  for (const Episode& e : side.episodes) found[side.program.alarms[e.alarm].id].push_back(&e);
  return found;
}

bool overlap(const Episode& a, const Episode& b) {
  return a.raised < std::max(b.ended, b.raised + 1) && b.raised < std::max(a.ended, a.raised + 1);
}

Vanished shown(const Side& side, const Episode& e) {
  Vanished v{e, side.program.alarms[e.alarm].id, {}};
  const auto signal = about(side.program, e.alarm);
  if (signal && e.worst) v.worst = value_text(side.program.signals[signal->signal], *e.worst);
  return v;
}

class Comparer {
 public:
  Comparer(const Side& old_side, const Side& new_side)
      : old_(old_side), new_(new_side), old_by_id_(by_id(old_side)), new_by_id_(by_id(new_side)) {
    for (size_t least = 0; least < serious_.size(); ++least) {
      Spans spans;
      for (const Episode& e : new_.episodes) {
        if (static_cast<size_t>(e.priority) < least) continue;
        spans.insert(spans.end(), e.announced.begin(), e.announced.end());
      }
      serious_[least] = merged(std::move(spans));
    }
  }

  Comparison run() {
    for (const engine::Alarm& alarm : old_.program.alarms) take(alarm, old_.program);
    for (const engine::Alarm& alarm : new_.program.alarms) {
      if (!old_.program.find_alarm(alarm.id)) take(alarm, new_.program);
    }
    const auto longer = [](const Vanished& a, const Vanished& b) {
      return a.episode.true_ns > b.episode.true_ns;
    };
    std::stable_sort(out_.vanished.begin(), out_.vanished.end(), longer);
    std::stable_sort(out_.appeared.begin(), out_.appeared.end(), longer);
    return std::move(out_);
  }

 private:
  void take(const engine::Alarm& alarm, const engine::Program& program) {
    AlarmChange change;
    change.id = alarm.id;
    if (alarm.title != engine::kNone) {
      for (const engine::Piece& p : program.texts[alarm.title].pieces) {
        change.title += p.kind == engine::Piece::Kind::literal ? p.literal : "{" + p.literal + "}";
      }
    }
    const Of& before = old_by_id_[alarm.id];
    const Of& after = new_by_id_[alarm.id];
    change.old_count = before.size();
    change.new_count = after.size();
    match(before, after, change);
    Spans announced;
    for (const Episode* e : after) {
      announced.insert(announced.end(), e->announced.begin(), e->announced.end());
    }
    announced = merged(std::move(announced));
    for (const Episode* e : before) count_unannounced(*e, announced, change);
    out_.unannounced_ns += change.unannounced_ns;
    out_.unannounced_covered_ns += change.unannounced_covered_ns;
    out_.alarms.push_back(std::move(change));
  }

  void match(const Of& before, const Of& after, AlarmChange& change) {
    std::vector<bool> is_taken(after.size(), false);
    std::vector<bool> overlaps_any(after.size(), false);
    std::vector<int64_t> later;
    std::vector<int64_t> earlier;
    size_t first = 0;  // episodes of one alarm follow one another: no need to look further back
    for (const Episode* e : before) {
      while (first < after.size() && after[first]->ended < e->raised) ++first;
      bool is_found = false;
      bool is_met = false;   // by any, also one that an old one before it shares
      bool is_open = false;  // one of them when the old one was raised: nothing comes later
      for (size_t i = first; i < after.size() && after[i]->raised <= e->ended; ++i) {
        if (!overlap(*e, *after[i])) continue;
        overlaps_any[i] = is_met = true;
        is_open = is_open || (after[i]->raised <= e->raised && e->raised < after[i]->ended);
        if (is_found || is_taken[i]) continue;
        is_found = is_taken[i] = true;
        const int64_t delay = after[i]->raised - e->raised;
        if (delay > 0 && !is_open) later.push_back(delay);
        if (delay < 0) earlier.push_back(-delay);
      }
      if (is_met) continue;
      ++change.vanished;
      out_.vanished.push_back(shown(old_, *e));
    }
    for (size_t i = 0; i < after.size(); ++i) {
      if (is_taken[i]) continue;
      if (overlaps_any[i]) {
        ++change.split;
        continue;
      }
      ++change.appeared;
      out_.appeared.push_back(shown(new_, *after[i]));
    }
    change.later = delay_of(std::move(later));
    change.earlier = delay_of(std::move(earlier));
  }

  void count_unannounced(const Episode& e, const Spans& announced, AlarmChange& change) {
    const Timeline& condition = old_.outcome.alarms[e.alarm].now_part;
    const Spans& others = serious_[static_cast<size_t>(e.priority)];
    const auto gap = [&](const Span& span) {
      change.unannounced_ns += time_in(condition, Truth::yes, span.from, span.to);
      for (const Span& part : parts(span, others, true)) {
        change.unannounced_covered_ns += time_in(condition, Truth::yes, part.from, part.to);
      }
    };
    for (const Span& told : e.announced) {
      for (const Span& span : parts(told, announced, false)) gap(span);
    }
  }

  const Side& old_;
  const Side& new_;
  ById old_by_id_, new_by_id_;
  std::array<Spans, 4> serious_;  // of the new rules, by the least priority
  Comparison out_;
};

}  // namespace

std::string value_text(const engine::Signal& signal, int64_t steps) {
  if (signal.kind == SignalKind::boolean) return steps != 0 ? "true" : "false";
  if (signal.kind == SignalKind::enumeration) {
    const auto at = static_cast<size_t>(steps);
    return at < signal.enumerators.size() ? signal.enumerators[at] : std::to_string(steps);
  }
  __int128 value = __int128{steps} * signal.step.num;
  for (int i = 0; i < signal.decimals; ++i) value *= 10;
  std::string out;
  append_decimal(out, static_cast<int64_t>(value / signal.step.den), signal.decimals);
  return signal.unit.empty() ? out : out + " " + signal.unit;
}

Comparison compare(const Side& old_side, const Side& new_side) {
  return Comparer(old_side, new_side).run();
}

}  // namespace lamplight::replay
