// Drawing as text: the few shapes the report needs, with what others wrote escaped. Coordinates are
// pixels of the drawing's own box; the page scales it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lamplight::replay {

// &, <, > and quotes as entities: for text and attributes of HTML and SVG alike.
std::string escaped(std::string_view text);

struct Point {
  double x = 0;
  double y = 0;
};

class Svg {
 public:
  // `about`: what the drawing shows, for whoever cannot see it.
  Svg(double width, double height, std::string_view about);
  // `style`: a class of the page's style sheet. `tip`: shown when pointed at; may be empty.
  Svg& rect(Point corner, double width, double height, std::string_view style,
            std::string_view tip = {});
  // The same with a colour of its own, "#rrggbb".
  Svg& filled(Point corner, double width, double height, std::string_view colour,
              std::string_view tip);
  Svg& line(Point from, Point to, std::string_view style);
  Svg& path(const std::vector<Point>& points, std::string_view style);
  // `anchor`: start, middle or end.
  Svg& text(Point at, std::string_view words, std::string_view anchor = "start",
            std::string_view style = "words");
  std::string done();

 private:
  void tip_and_close(std::string_view element, std::string_view tip);
  std::string out_;
};

}  // namespace lamplight::replay
