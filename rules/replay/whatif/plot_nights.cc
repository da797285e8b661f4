// One line a night, both rule sets' alarms on it.
#include <algorithm>

#include "rules/replay/whatif/plots.h"
#include "rules/replay/whatif/svg.h"

namespace lamplight::replay {
namespace {

constexpr double kLeft = 84;
constexpr double kWidth = 960;
constexpr double kRow = 18;
constexpr size_t kNightsShown = 100;

void mark(const Report& report, const ReportSide& side, const Night& night, double top,
          std::string_view style, Svg& svg) {
  for (const Episode& e : side.episodes) {
    if (e.raised >= night.to || e.ended < night.from || e.priority == Priority::info) continue;
    const auto x = [&](int64_t t) {
      const auto share = static_cast<double>(t - night.from) / static_cast<double>(hours(8).ns);
      return kLeft + std::clamp(share, 0.0, 1.0) * kWidth;
    };
    const double from = x(e.raised);
    svg.rect({from, top}, std::max(x(e.ended) - from, 1.5), kRow / 2 - 2, style,
             side.program.alarms[e.alarm].id + " " + report.calendar.label(e.raised));
  }
}

}  // namespace

std::string nights_plot(const Report& report) {
  if (report.nights.empty()) return {};
  const size_t first =
      report.nights.size() > kNightsShown ? report.nights.size() - kNightsShown : 0;
  const auto rows = static_cast<double>(report.nights.size() - first);
  Svg svg(kLeft + kWidth + 10, rows * kRow + 24, "Alarms of each night, 22:00 to 06:00");
  for (int hour = 0; hour <= 8; hour += 2) {
    const double x = kLeft + kWidth * hour / 8;
    svg.line({x, 16}, {x, 20 + rows * kRow}, "grid");
    const int clock = (22 + hour) % 24;
    svg.text({x, 12}, (clock < 10 ? "0" : "") + std::to_string(clock) + ":00", "middle");
  }
  for (size_t i = first; i < report.nights.size(); ++i) {
    const double top = 20 + static_cast<double>(i - first) * kRow;
    svg.text({kLeft - 8, top + kRow / 2 + 3}, report.nights[i].evening, "end");
    mark(report, report.before, report.nights[i], top, "old", svg);
    mark(report, report.after, report.nights[i], top + kRow / 2 - 1, "new", svg);
  }
  return svg.done();
}

}  // namespace lamplight::replay
