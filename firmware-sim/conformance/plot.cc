#include "firmware-sim/conformance/plot.h"

#include <algorithm>
#include <cstdio>

namespace lamplight::conformance {
namespace {

constexpr double kWidth = 860, kHeight = 150, kLeft = 60, kBottom = 22, kTop = 8;

// The window onto the data, and its way to the page.
struct Frame {
  double t0 = 1e300, t1 = -1e300, low = 1e300, high = -1e300;

  void take(const std::vector<Curve::Point>& points) {
    for (const Curve::Point& p : points) {
      t0 = std::min(t0, p.seconds);
      t1 = std::max(t1, p.seconds);
      if (p.is_missing) continue;
      low = std::min(low, p.value);
      high = std::max(high, p.value);
    }
  }
  void widen() {
    if (t1 <= t0) t1 = t0 + 1;
    if (high <= low) high = low + 1;
  }
  double x(double t) const { return kLeft + (t - t0) / (t1 - t0) * (kWidth - kLeft - 4); }
  double y(double v) const { return kTop + (high - v) / (high - low) * (kHeight - kBottom - kTop); }
};

std::string number(double v, const char* format = "%.1f") {
  char text[48];
  std::snprintf(text, sizeof text, format, v);
  return text;
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
         escaped(text) + "</text>";
}

std::string steps(const Frame& frame, const std::vector<Curve::Point>& points) {
  std::string path;
  bool is_on = false;
  double last = 0;
  for (const Curve::Point& p : points) {
    if (p.is_missing) {
      is_on = false;
      continue;
    }
    const std::string x = number(frame.x(p.seconds));
    if (is_on) path += "L" + x + " " + number(frame.y(last));
    path += (is_on ? "L" : "M") + x + " " + number(frame.y(p.value));
    is_on = true;
    last = p.value;
  }
  return path.empty() ? "" : "<path class=\"device\" d=\"" + path + "\"/>";
}

// Dots that would fall onto the one before are left out: a page is not a recording.
std::string dots(const Frame& frame, const std::vector<Curve::Point>& points) {
  std::string out, before;
  for (const Curve::Point& p : points) {
    const double y = p.is_missing ? kHeight - kBottom + 3 : frame.y(p.value);
    const std::string at = "cx=\"" + number(frame.x(p.seconds), "%.0f") + "\" cy=\"" + number(y);
    if (at == before) continue;
    before = at;
    out += std::string("<circle class=\"") + (p.is_missing ? "missing" : "driver") + "\" " + at +
           "\" r=\"1.6\"/>";
  }
  return out;
}

}  // namespace

std::string plot(const Curve& curve) {
  Frame frame;
  frame.take(curve.driver);
  frame.take(curve.device);
  if (frame.t1 < frame.t0) return "";
  const bool has_values = frame.high >= frame.low;
  frame.widen();
  std::string out = "<figure><figcaption>" + escaped(curve.name) + " (" + escaped(curve.unit) +
                    ")</figcaption><svg viewBox=\"0 0 " + number(kWidth) + " " + number(kHeight) +
                    "\" role=\"img\">";
  const double floor = kHeight - kBottom;
  out += "<path class=\"axis\" d=\"M" + number(kLeft) + " " + number(kTop) + "L" + number(kLeft) +
         " " + number(floor) + "L" + number(kWidth - 4) + " " + number(floor) + "\"/>";
  if (has_values) {
    out += label(kLeft - 4, kTop + 8, "end", number(frame.high, "%g"));
    out += label(kLeft - 4, floor, "end", number(frame.low, "%g"));
  }
  out += label(kLeft, kHeight - 6, "start", number(frame.t0, "%.0f s"));
  out += label(kWidth - 4, kHeight - 6, "end", number(frame.t1, "%.0f s"));
  return out + steps(frame, curve.device) + dots(frame, curve.driver) + "</svg></figure>\n";
}

}  // namespace lamplight::conformance
