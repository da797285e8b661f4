#include "firmware-sim/plot.h"

#include <algorithm>
#include <array>
#include <map>

namespace lamplight::sim {
namespace {

constexpr int kWidth = 1000, kLeft = 130, kRight = 20, kTop = 46, kPanel = 84, kGap = 16, kBar = 15;

// A signal that is drawn, with the span of its axis in the catalogue's steps.
struct Curve {
  Role role;
  std::string_view signal;
  int32_t low, high;
  std::string_view colour;
};
constexpr std::array<Curve, 7> kCurves = {{
    {Role::oximeter, "spo2", 600, 1000, "#1565c0"},
    {Role::oximeter, "pulse", 400, 2200, "#2e7d32"},
    {Role::ventilator, "pip", 0, 500, "#6a1b9a"},
    {Role::ventilator, "vte", 0, 3000, "#00695c"},
    {Role::ventilator, "rate", 0, 600, "#4e342e"},
    {Role::pump, "rate", 0, 1000, "#ef6c00"},
    {Role::pump, "pressure_down", -200, 1200, "#ad1457"},
}};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

struct Text {
  int x = 0, y = 0;
  std::string_view colour = "#333";
  std::string_view anchor = "start";
};
std::string text_at(const Text& where, std::string_view text) {
  return "<text x=\"" + std::to_string(where.x) + "\" y=\"" + std::to_string(where.y) +
         "\" fill=\"" + std::string(where.colour) + "\" text-anchor=\"" +
         std::string(where.anchor) + "\">" + escaped(text) + "</text>\n";
}

std::string line(int x1, int y1, int x2, int y2, std::string_view colour) {
  return "<line x1=\"" + std::to_string(x1) + "\" y1=\"" + std::to_string(y1) + "\" x2=\"" +
         std::to_string(x2) + "\" y2=\"" + std::to_string(y2) + "\" stroke=\"" +
         std::string(colour) + "\"/>\n";
}

// Everything of the run that is drawn.
struct Story {
  int seconds = 0;
  std::map<size_t, std::vector<std::optional<int32_t>>> values;  // by curve, a value a second
  std::map<std::string, std::vector<std::pair<int, int>>> bars;  // "pump low_battery" → from, to
};

Story tell(Rehearsal& rehearsal, Duration length) {
  Story story;
  std::map<std::string, int> open;
  rehearsal.run(length, [&](Duration at) {
    const int second = static_cast<int>(at.ms() / 1000);
    story.seconds = std::max(story.seconds, second);
    for (size_t i = 0; i < kCurves.size(); ++i) {
      story.values[i].push_back(rehearsal.shown(kCurves[i].role, kCurves[i].signal));
    }
    std::map<std::string, int> now;
    for (const auto& device : rehearsal.devices()) {
      for (const std::string_view condition : device->conditions_now()) {
        now[std::string(device->name()) + " " + std::string(condition)] = second;
      }
    }
    for (const auto& [name, since] : now) open.emplace(name, second);
    std::erase_if(open, [&](const auto& each) {
      if (now.contains(each.first)) return false;
      story.bars[each.first].emplace_back(each.second, second);
      return true;
    });
  });
  for (const auto& [name, since] : open) story.bars[name].emplace_back(since, story.seconds);
  return story;
}

class Drawing {
 public:
  explicit Drawing(int seconds) : seconds_(std::max(seconds, 1)) {}

  int x_of(int64_t second) const {
    return kLeft + static_cast<int>(second * (kWidth - kLeft - kRight) / seconds_);
  }
  void panel(const Curve& curve, const std::vector<std::optional<int32_t>>& values) {
    const SignalInfo& info = signal_info(id_of(curve.role, curve.signal));
    int32_t scale = 1;
    for (int i = 0; i < info.decimals; ++i) scale *= 10;
    body_ += "<rect x=\"" + std::to_string(kLeft) + "\" y=\"" + std::to_string(y_) + "\" width=\"" +
             std::to_string(kWidth - kLeft - kRight) + "\" height=\"" + std::to_string(kPanel) +
             "\" fill=\"#fafafa\" stroke=\"#ddd\"/>\n";
    body_ += text_at({8, y_ + 16, curve.colour}, name_of(curve.role));
    body_ += text_at({8, y_ + 32, curve.colour}, curve.signal);
    body_ += text_at({8, y_ + 48, "#777"}, info.unit);
    body_ += text_at({kLeft - 4, y_ + 12, "#777", "end"}, std::to_string(curve.high / scale));
    body_ += text_at({kLeft - 4, y_ + kPanel, "#777", "end"}, std::to_string(curve.low / scale));
    std::string points;
    const auto finish = [&] {
      if (!points.empty()) {
        body_ += "<polyline fill=\"none\" stroke=\"" + std::string(curve.colour) +
                 "\" stroke-width=\"1.5\" points=\"" + points + "\"/>\n";
      }
      points.clear();
    };
    for (size_t i = 0; i < values.size(); ++i) {
      // Where there is no reading there is no line.
      if (!values[i]) {
        finish();
        continue;
      }
      const int32_t value = std::clamp(*values[i], curve.low, curve.high);
      const int y =
          y_ + kPanel -
          static_cast<int>(int64_t{value - curve.low} * kPanel / (curve.high - curve.low));
      points += std::to_string(x_of(static_cast<int64_t>(i))) + "," + std::to_string(y) + " ";
    }
    finish();
    y_ += kPanel + kGap;
  }
  void bar(const std::string& name, const std::vector<std::pair<int, int>>& spans) {
    body_ += text_at({8, y_ + kBar - 3}, name);
    for (const auto& [from, to] : spans) {
      body_ += "<rect x=\"" + std::to_string(x_of(from)) + "\" y=\"" + std::to_string(y_) +
               "\" width=\"" + std::to_string(std::max(x_of(to) - x_of(from), 2)) + "\" height=\"" +
               std::to_string(kBar - 3) + "\" fill=\"#c62828\"/>\n";
    }
    y_ += kBar;
  }
  // Numbered marks; what they say stands below.
  void events(const std::vector<ScenarioEvent>& events) {
    const int end = y_;
    y_ += kGap;
    for (size_t i = 0; i < events.size(); ++i) {
      const int x = x_of(events[i].at.ms() / 1000);
      body_ += line(x, kTop - 6, x, end, "#bbb");
      body_ += text_at({x, kTop - 8, "#777", "middle"}, std::to_string(i + 1));
      body_ += text_at({8, y_ + 12}, std::to_string(i + 1) + "   +" +
                                         std::to_string(events[i].at.ms() / 1000) + " s   " +
                                         events[i].text);
      y_ += kBar;
    }
  }
  std::string finish(const std::string& title) const {
    const std::string size =
        "width=\"" + std::to_string(kWidth) + "\" height=\"" + std::to_string(y_ + kGap) + "\"";
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" " + size +
           " font-family=\"sans-serif\" font-size=\"11\">\n<rect " + size +
           " fill=\"white\"/>\n<text x=\"8\" y=\"20\" font-size=\"15\">" + escaped(title) +
           "</text>\n" + body_ + "</svg>\n";
  }

 private:
  int seconds_;
  int y_ = kTop;
  std::string body_;
};

}  // namespace

std::string plot_svg(Rehearsal& rehearsal, const Scenario& scenario, Duration length,
                     const std::string& title) {
  const Story story = tell(rehearsal, length);
  Drawing drawing(story.seconds);
  for (const auto& [curve, values] : story.values) {
    const bool has_any = std::ranges::any_of(values, [](const auto& v) { return v.has_value(); });
    if (has_any) drawing.panel(kCurves[curve], values);
  }
  for (const auto& [name, spans] : story.bars) drawing.bar(name, spans);
  drawing.events(scenario.events);
  return drawing.finish(title);
}

}  // namespace lamplight::sim
