// The sweep as a heat map: each cell says its number, the colour only helps the eye.
#include <algorithm>
#include <cmath>

#include "rules/replay/whatif/plots.h"
#include "rules/replay/whatif/svg.h"

namespace lamplight::replay {
namespace {

constexpr double kLeft = 110;
constexpr double kTop = 44;
constexpr double kCellHeight = 24;

// White to red (what is missed) or to blue (what rings), by the root of the share: small numbers
// must be told apart too.
std::string colour_of(double share, Heat what) {
  const double s = std::sqrt(std::clamp(share, 0.0, 1.0));
  const auto fade = [&](int to) { return static_cast<int>(std::lround(255 + s * (to - 255))); };
  const bool is_red = what == Heat::unannounced;
  const int rgb[] = {fade(is_red ? 214 : 74), fade(is_red ? 69 : 134), fade(is_red ? 65 : 199)};
  static constexpr char kHex[] = "0123456789abcdef";
  std::string colour = "#";
  for (const int part : rgb) {
    colour += kHex[part / 16];
    colour += kHex[part % 16];
  }
  return colour;
}

double number_of(const Cell& cell, Heat what, double nights) {
  if (what == Heat::unannounced) return hours_of(cell.unannounced_ns) * 3600;
  if (nights > 0) return static_cast<double>(cell.summary.alarms_at_night) / nights;
  return static_cast<double>(cell.summary.alarms);
}

}  // namespace

std::string heat_map(const Report& report, Heat what) {
  if (!report.sweep) return {};
  const Sweep& s = *report.sweep;
  const double nights = night_count(report.nights);
  const size_t across = s.axes.size() > 1 ? s.axes[1].values.size() : 1;
  const size_t down = s.axes[0].values.size();
  const double width = std::clamp(900.0 / static_cast<double>(across), 34.0, 90.0);
  double most = 0;
  for (const Cell& cell : s.cells) most = std::max(most, number_of(cell, what, nights));
  const bool tells_nights = what == Heat::alarms && nights > 0;
  const std::string title = what == Heat::unannounced ? "seconds unannounced"
                            : tells_nights            ? "alarms a night"
                                                      : "alarms in all";
  Svg svg(kLeft + width * static_cast<double>(across) + 10,
          kTop + kCellHeight * static_cast<double>(down) + 10, title + " by " + s.axes[0].name);
  svg.text({kLeft, 14}, s.axes.size() > 1 ? s.axes[1].name : title);
  svg.text({kLeft - 8, 14}, s.axes[0].name, "end");
  for (size_t k = 0; k < across && s.axes.size() > 1; ++k) {
    const double x = kLeft + width * (static_cast<double>(k) + 0.5);
    svg.text({x, kTop - 8}, s.axes[1].labels[k], "middle");
  }
  for (size_t i = 0; i < down; ++i) {
    const double y = kTop + kCellHeight * static_cast<double>(i);
    svg.text({kLeft - 8, y + 16}, s.axes[0].labels[i], "end");
    for (size_t k = 0; k < across; ++k) {
      const double n = number_of(s.cells[i * across + k], what, nights);
      const double x = kLeft + width * static_cast<double>(k);
      std::string tip = s.axes[0].name + " " + s.axes[0].labels[i];
      if (s.axes.size() > 1) tip += ", " + s.axes[1].name + " " + s.axes[1].labels[k];
      const std::string words = rounded(n, what == Heat::alarms && n < 100 ? 1 : 0);
      svg.filled({x, y}, width - 1, kCellHeight - 1, colour_of(most > 0 ? n / most : 0, what),
                 tip + ": " + rounded(n, 2) + " " + title);
      svg.text({x + width / 2, y + 16}, words, "middle", "cell");
    }
  }
  return svg.done();
}

}  // namespace lamplight::replay
