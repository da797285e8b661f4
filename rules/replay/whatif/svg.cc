#include "rules/replay/whatif/svg.h"

#include "rules/replay/whatif/report.h"

namespace lamplight::replay {
namespace {

std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + rounded(value, 1) + "\"";
}

std::string styled(std::string_view style) { return " class=\"" + std::string(style) + "\""; }

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Svg::Svg(double width, double height, std::string_view about) {
  const std::string box = rounded(width, 0) + " " + rounded(height, 0);
  out_ = "<svg viewBox=\"0 0 " + box + "\" role=\"img\" aria-label=\"" + escaped(about) + "\">\n";
}

void Svg::tip_and_close(std::string_view element, std::string_view tip) {
  if (tip.empty()) {
    out_ += "/>\n";
    return;
  }
  out_ += "><title>" + escaped(tip) + "</title></" + std::string(element) + ">\n";
}

Svg& Svg::rect(Point corner, double width, double height, std::string_view style,
               std::string_view tip) {
  out_ += "<rect" + attribute("x", corner.x) + attribute("y", corner.y) +
          attribute("width", width) + attribute("height", height) + styled(style);
  tip_and_close("rect", tip);
  return *this;
}

Svg& Svg::filled(Point corner, double width, double height, std::string_view colour,
                 std::string_view tip) {
  out_ += "<rect" + attribute("x", corner.x) + attribute("y", corner.y) +
          attribute("width", width) + attribute("height", height) + " fill=\"" + escaped(colour) +
          "\"";
  tip_and_close("rect", tip);
  return *this;
}

Svg& Svg::line(Point from, Point to, std::string_view style) {
  out_ += "<line" + attribute("x1", from.x) + attribute("y1", from.y) + attribute("x2", to.x) +
          attribute("y2", to.y) + styled(style) + "/>\n";
  return *this;
}

Svg& Svg::path(const std::vector<Point>& points, std::string_view style) {
  if (points.empty()) return *this;
  out_ += "<path d=\"";
  char command = 'M';
  for (const Point& p : points) {
    out_ += command + rounded(p.x, 1) + " " + rounded(p.y, 1);
    command = 'L';
  }
  out_ += "\"" + styled(style) + "/>\n";
  return *this;
}

Svg& Svg::text(Point at, std::string_view words, std::string_view anchor, std::string_view style) {
  out_ += "<text" + attribute("x", at.x) + attribute("y", at.y) + " text-anchor=\"" +
          std::string(anchor) + "\"" + styled(style) + ">" + escaped(words) + "</text>\n";
  return *this;
}

std::string Svg::done() { return out_ + "</svg>\n"; }

}  // namespace lamplight::replay
