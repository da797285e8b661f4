// A signal over time with both rule sets' limits and alarms: over the whole recording, and around
// one episode.
#include <algorithm>
#include <cmath>

#include "rules/replay/whatif/plots.h"
#include "rules/replay/whatif/svg.h"

namespace lamplight::replay {
namespace {

constexpr double kLeft = 64;
constexpr double kWidth = 980;
constexpr double kPlotHeight = 180;
constexpr double kLane = 20;

struct Frame {
  int64_t from = 0;
  int64_t to = 0;
  double low = 0;  // values at the lower and upper edge
  double high = 1;
  double width = kWidth;
  double height = kPlotHeight;

  double x(int64_t t) const {
    const auto share = static_cast<double>(t - from) / static_cast<double>(to - from);
    return kLeft + std::clamp(share, 0.0, 1.0) * width;
  }
  double y(double value) const {
    return 10 + height - std::clamp((value - low) / (high - low), 0.0, 1.0) * height;
  }
};

// The alarm whose counts change most; of those alike, that with most alarms.
std::optional<engine::AlarmIndex> most_changed(const Report& report) {
  std::optional<engine::AlarmIndex> best;
  size_t most = 0;
  for (const AlarmChange& a : report.comparison.alarms) {
    const size_t changes = 1000 * (a.vanished + a.appeared + a.later.count) + a.old_count;
    const auto index = report.before.program.find_alarm(a.id);
    if (!index || changes <= most || !about(report.before.program, *index)) continue;
    best = index;
    most = changes;
  }
  return best;
}

// Where an alarm's comparison turns, in steps of its signal.
void limit_line(const ReportSide& side, engine::AlarmIndex alarm, const Frame& f,
                std::string_view style, Svg& svg) {
  const auto signal = about(side.program, alarm);
  if (!signal) return;
  const engine::Linear& linear =
      side.program.linears[side.program.operations[signal->comparison].a];
  if (linear.signals.size() != 1) return;
  const int64_t coefficient = linear.signals[0].coefficient;
  std::vector<Point> points;
  const Steps steps = steps_of_limits(side.program, linear, side.recording);
  for (size_t i = 0; i < steps.size(); ++i) {
    const int64_t until = i + 1 < steps.size() ? steps[i + 1].t : side.recording.end;
    if (until < f.from || steps[i].t > f.to) continue;
    const double y = f.y(-static_cast<double>(steps[i].value) / static_cast<double>(coefficient));
    points.push_back({f.x(std::max(steps[i].t, f.from)), y});
    points.push_back({f.x(std::min(until, f.to)), y});
  }
  svg.path(points, style);
}

void lane(const Report& report, const ReportSide& side, const std::string& id, const Frame& f,
          double top, std::string_view style, Svg& svg) {
  for (const Episode& e : side.episodes) {
    if (side.program.alarms[e.alarm].id != id || e.ended < f.from || e.raised > f.to) continue;
    const double x = f.x(e.raised);
    svg.rect({x, top}, std::max(f.x(e.ended) - x, 1.0), kLane - 6, style,
             report.calendar.label(e.raised) + ", " + time_text(e.ended - e.raised));
  }
}

void frame_words(const Report& report, const engine::Signal& signal, const Frame& f, Svg& svg) {
  for (int i = 0; i <= 4; ++i) {
    const double value = f.low + (f.high - f.low) * i / 4;
    const double y = f.y(value);
    svg.line({kLeft, y}, {kLeft + f.width, y}, "grid");
    svg.text({kLeft - 6, y + 4}, value_text(signal, std::llround(value)), "end");
  }
  const double base = f.height + 10 + 2 * kLane + 16;
  for (int i = 0; i <= 4; ++i) {
    const int64_t t = f.from + (f.to - f.from) / 4 * i;
    const char* anchor = i == 0 ? "start" : (i == 4 ? "end" : "middle");
    svg.text({f.x(t), base}, report.calendar.label(t), anchor);
  }
  svg.text({kLeft - 6, f.height + 10 + kLane - 5}, "old", "end");
  svg.text({kLeft - 6, f.height + 10 + 2 * kLane - 5}, "new", "end");
}

// The extent of what is shown, with room around it.
bool fit(const Reading& reading, Frame& f) {
  const Known known = known_in(reading, f.from, f.to);
  if (!known.any()) return false;
  const double room = std::max(1.0, (known.max - known.min) * 0.08);
  f.low = known.min - room;
  f.high = known.max + room;
  return true;
}

void envelope(const Reading& reading, const Frame& f, Svg& svg) {
  const auto columns = static_cast<int64_t>(f.width);
  for (int64_t i = 0; i < columns; ++i) {
    const int64_t from = f.from + (f.to - f.from) / columns * i;
    const int64_t to = f.from + (f.to - f.from) / columns * (i + 1);
    const Known known = known_in(reading, from, std::max(to, from + 1));
    if (!known.any()) continue;
    const double top = f.y(known.max);
    svg.rect({kLeft + static_cast<double>(i), top}, 1, std::max(f.y(known.min) - top, 1.0),
             "signal");
  }
}

std::string plot(const Report& report, const std::string& id, Frame f, std::string_view title) {
  const auto old_alarm = report.before.program.find_alarm(id);
  const auto new_alarm = report.after.program.find_alarm(id);
  const ReportSide& side = old_alarm ? report.before : report.after;
  const auto signal = about(side.program, old_alarm ? *old_alarm : *new_alarm);
  if (!signal || f.to <= f.from) return {};
  const Reading& reading = side.recording.readings[signal->signal];
  if (!fit(reading, f)) return {};
  Svg svg(kLeft + f.width + 10, f.height + 10 + 2 * kLane + 24, title);
  frame_words(report, side.program.signals[signal->signal], f, svg);
  envelope(reading, f, svg);
  if (old_alarm) limit_line(report.before, *old_alarm, f, "limit old", svg);
  if (new_alarm) limit_line(report.after, *new_alarm, f, "limit new", svg);
  lane(report, report.before, id, f, f.height + 10 + 4, "old", svg);
  lane(report, report.after, id, f, f.height + 10 + kLane + 4, "new", svg);
  return svg.done();
}

}  // namespace

std::string trend_plot(const Report& report) {
  const auto alarm = most_changed(report);
  if (!alarm) return {};
  const std::string& id = report.before.program.alarms[*alarm].id;
  const Recording& r = report.after.recording;
  return plot(report, id, {.from = r.start, .to = r.end}, "The whole time: " + id);
}

std::string episode_plot(const Report& report, const Vanished& v) {
  const int64_t length = std::max<int64_t>(v.episode.ended - v.episode.since, seconds(10).ns);
  const int64_t room = std::clamp<int64_t>(length, seconds(30).ns, minutes(10).ns);
  const Recording& r = report.after.recording;
  Frame f{.from = std::max(r.start, v.episode.since - room),
          .to = std::min(r.end, v.episode.ended + room)};
  f.width = 560;
  f.height = 110;
  return plot(report, v.id, f, v.id + " at " + report.calendar.label(v.episode.raised));
}

}  // namespace lamplight::replay
