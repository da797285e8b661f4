#include "rules/replay/recording.h"

#include <algorithm>

#include "rules/engine/plan.h"

namespace lamplight::replay {

Rows::Rows(const Recording& recording, const std::vector<bool>& wanted) {
  for (size_t i = 0; i < recording.readings.size(); ++i) {
    const Column* column = recording.readings[i].column;
    if (column == nullptr || column->empty()) continue;
    if (!wanted.empty() && !wanted[i]) continue;
    places_.push_back({column, static_cast<engine::SignalIndex>(i), 0, column->time(0)});
  }
  find_next();
}

void Rows::find_next() {
  next_t_ = kEnd;
  for (const Place& p : places_) next_t_ = std::min(next_t_, p.t);
}

std::span<const engine::InputSample> Rows::take() {
  samples_.clear();
  for (Place& p : places_) {
    if (p.t != next_t_) continue;
    engine::InputSample sample{{p.t}, p.column->value(p.at), p.signal, Quality::ok, Reason::none};
    const uint8_t worth = p.column->worth(p.at);
    if (worth == kWorthLow) sample.quality = Quality::low;
    if (!has_value(worth)) {
      sample.quality = Quality::missing;
      sample.reason = static_cast<Reason>(worth);
    }
    samples_.push_back(sample);
    ++p.at;
    p.t = p.at < p.column->size() ? p.column->time(p.at) : kEnd;
  }
  find_next();
  return samples_;
}

namespace {

void add_step(Steps& steps, int64_t t, int64_t value) {
  if (steps.empty() || steps.back().value != value) steps.push_back({t, value});
}

}  // namespace

Steps steps_of_limits(const engine::Program& program, const engine::Linear& linear,
                      const Recording& recording) {
  Steps steps;
  for (const ProfileStep& p : recording.profiles) {
    int64_t sum = linear.constant;
    for (const engine::Term& term : linear.limits) {
      sum += term.coefficient * engine::limit_value(program.limits[term.index], p.active);
    }
    add_step(steps, p.t, sum);
  }
  return steps;
}

Steps steps_of_span(const engine::Program& program, uint16_t span, const Recording& recording) {
  Steps steps;
  for (const ProfileStep& p : recording.profiles) {
    add_step(steps, p.t, engine::span_length(program, span, p.active).ns);
  }
  return steps;
}

}  // namespace lamplight::replay
