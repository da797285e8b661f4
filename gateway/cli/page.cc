#include "gateway/cli/page.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "rules/model/text.h"

namespace lamplight::cli {
namespace {

constexpr size_t kColumnsMin = 16;  // below it nothing can be read anyway
constexpr std::string_view kColourEnds = "\x1b[0m";

bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// A line without its colour, which is of the whole line again when it is broken.
struct Plain {
  std::string text;
  std::string colour;
};
Plain plain_of(std::string_view line) {
  Plain plain;
  for (size_t at = 0; at < line.size(); ++at) {
    const size_t end = line[at] == '\x1b' ? line.find('m', at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      plain.text += line[at];
      continue;
    }
    if (plain.colour.empty()) plain.colour = line.substr(at, end + 1 - at);
    at = end;
  }
  return plain;
}

// Columns stand apart by one space where there is no room for more.
std::string squeezed(std::string_view text) {
  const size_t indent = std::min(text.find_first_not_of(' '), text.size());
  std::string out(std::min<size_t>(indent, 2), ' ');
  for (const char c : text.substr(indent)) {
    if (c != ' ' || out.empty() || out.back() != ' ') out += c;
  }
  return out;
}

// Bytes of `text` that go into the row: up to the last space that fits, or as many as fit.
size_t cut_of(std::string_view text, size_t columns) {
  size_t characters = 0;
  size_t space = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (!continues_character(text[at]) && ++characters > columns) return space > 0 ? space : at;
    if (text[at] == ' ' && text.find_first_not_of(' ') < at) space = at;
  }
  return text.size();
}

std::vector<std::string> rows_of(const std::string& line, size_t columns) {
  const size_t bytes_max = columns == 0 ? SIZE_MAX : std::max(columns, kColumnsMin);
  if (count_characters(plain_of(line).text) <= bytes_max) return {line};
  const Plain plain = plain_of(line);
  const std::string all = squeezed(plain.text);
  std::vector<std::string> rows;
  for (std::string_view rest = all; !rest.empty();) {
    const std::string indent = rows.empty() ? "" : "    ";
    const size_t cut = cut_of(rest, bytes_max - indent.size());
    const std::string row = indent + std::string(rest.substr(0, cut));
    rows.push_back(plain.colour.empty() ? row : plain.colour + row + std::string(kColourEnds));
    rest.remove_prefix(cut);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
  }
  return rows;
}

// Whose home, what is open; then the sounder and the notice.
Worth worth_of_head_line(size_t row, const std::string& line) {
  if (row < 2) return row == 0 ? Worth::house : Worth::alarm;
  const std::string text = plain_of(line).text;
  return has(text, "connected, last heard ") ? Worth::link : Worth::notice;
}

// `is_over`: of the alarm that the line is of, which a title begins.
Worth worth_of_alarm_line(const std::string& line, bool& is_over) {
  const std::string text = plain_of(line).text;
  if (text.starts_with("forming")) return Worth::circumstance;
  if (!text.starts_with(' ')) {
    is_over = text.ends_with(kOver);
    return is_over ? Worth::over : Worth::alarm;
  }
  if (is_over) return Worth::past;
  return has(text, "-> ") ? Worth::instruction : Worth::circumstance;
}

// The first reading that has a value, of those that are not what a device says; else the first.
size_t newest_of(const std::vector<std::string>& lines) {
  for (size_t i = 0; i < lines.size() && !lines[i].starts_with("the devices say"); ++i) {
    if (!has(lines[i], " missing: ") && !has(lines[i], " STALE: ")) return i;
  }
  return 0;
}

Worth worth_of_link_line(const std::string& line) {
  const bool is_well = (has(line, " running ") || has(line, " link up ")) && !has(line, "REFUSED");
  return is_well ? Worth::link : Worth::trouble;
}

Worth worth_of_record_line(const std::string& line) {
  const bool is_state = line.starts_with("record ");
  const bool is_well = line.starts_with("record ok ") && !has(line, "not connected");
  return is_state && !is_well ? Worth::trouble : Worth::record;
}

struct Shown {
  Worth worth;
  std::vector<std::string> rows;
};

// What went, told in as many rows as it takes.
std::vector<std::string> rest_told(size_t gone, bool with_alarms, size_t columns) {
  return rows_of("… " + std::to_string(gone) + (gone == 1 ? " more line" : " more lines") +
                     (with_alarms ? ", of alarms too" : "") + ": make the window taller",
                 columns);
}

size_t height_of(const std::vector<Shown>& page) {
  size_t rows = 0;
  for (const Shown& line : page) rows += line.rows.size();
  return rows;
}

// The line that is worth least; of equals the last.
std::vector<Shown>::iterator least(std::vector<Shown>& page) {
  auto found = page.begin();
  for (auto line = page.begin(); line != page.end(); ++line) {
    if (line->worth >= found->worth) found = line;
  }
  return found;
}

// Drops what is worth least until the rest fits, with the row that tells of it.
std::vector<std::string> shortened(std::vector<Shown>& page, Window window) {
  size_t gone = 0;
  bool with_alarms = false;
  std::vector<std::string> told;
  while (page.size() > 1 && height_of(page) + told.size() > window.rows) {
    const auto line = least(page);
    with_alarms |= line->worth <= Worth::over && line->worth != Worth::newest;
    if (line->worth != Worth::space) ++gone;
    page.erase(line);
    if (gone > 0) told = rest_told(gone, with_alarms, window.columns);
  }
  return told;
}

size_t size_from(const char* name, size_t otherwise) {
  // Read once a picture, by the only thread there is.
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  if (text == nullptr) return otherwise;
  const std::string_view word(text);
  size_t value = 0;
  const auto end = std::from_chars(word.data(), word.data() + word.size(), value);
  const bool is_good = end.ec == std::errc() && end.ptr == word.data() + word.size();
  return is_good && value > 0 && value < 10'000 ? value : otherwise;
}

}  // namespace

Window window_of_output() {
  winsize size = {};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size = {};
  return {size_from("COLUMNS", size.ws_col), size_from("LINES", size.ws_row)};
}

std::vector<Line> page_of(const Readouts& r, const Style& style) {
  std::vector<Line> page;
  const auto caption = [&](Worth worth, const char* text) {
    page.push_back({Worth::space, ""});
    page.push_back({worth, text});
  };
  size_t row = 0;
  for (std::string& line : lines_of(status_lines(r.status, r.alarms, style))) {
    const Worth worth = worth_of_head_line(row++, line);
    page.push_back({worth, std::move(line)});
  }
  caption(Worth::space, "ALARMS");
  bool is_over = false;
  for (std::string& line : lines_of(alarm_lines(r.alarms, style))) {
    const Worth worth = worth_of_alarm_line(line, is_over);
    page.push_back({worth, std::move(line)});
  }
  caption(Worth::reading, "READINGS");
  bool is_said = false;  // what a device says itself outlasts its readings
  std::vector<std::string> readings = lines_of(vital_lines(r.vitals, style));
  const size_t newest = newest_of(readings);
  for (size_t i = 0; i < readings.size(); ++i) {
    is_said = is_said || readings[i].starts_with("the devices say");
    const Worth worth = is_said ? Worth::trouble : i == newest ? Worth::newest : Worth::reading;
    page.push_back({worth, std::move(readings[i])});
  }
  caption(Worth::link, "LINKS");
  for (std::string& line : lines_of(link_lines(r.links, r.devices, style))) {
    const Worth worth = worth_of_link_line(line);
    page.push_back({worth, std::move(line)});
  }
  caption(Worth::record, "RECORD");
  for (std::string& line : lines_of(record_lines(r.status))) {
    const Worth worth = worth_of_record_line(line);
    page.push_back({worth, std::move(line)});
  }
  return page;
}

std::string fitted(const std::vector<Line>& lines, Window window) {
  std::vector<Shown> page;
  for (const Line& line : lines) page.push_back({line.worth, rows_of(line.text, window.columns)});
  std::vector<std::string> told;
  if (window.rows > 0) told = shortened(page, window);
  page.push_back({Worth::notice, std::move(told)});
  std::string out;
  for (const Shown& line : page) {
    for (const std::string& row : line.rows) out += row + "\n";
  }
  return out;
}

}  // namespace lamplight::cli
