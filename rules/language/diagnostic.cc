// Rendering of diagnostics: the line a person reads and the object a program reads.
#include "rules/language/diagnostic.h"

#include <algorithm>

#include "rules/model/json_writer.h"
#include "rules/model/text.h"

namespace lamplight::rules {
namespace {

constexpr size_t kShownBefore = 100;
constexpr size_t kShownAfter = 120;

// Control characters would move the caret or the terminal; malformed UTF-8 would break the line.
std::string printable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const size_t length = character_at(text, i).bytes;
    if (length == 0 || (c < 0x20 && c != '\t') || c == 0x7F) {
      out += '?';
      ++i;
      continue;
    }
    out += text.substr(i, length);
    i += length;
  }
  return out;
}

}  // namespace

bool has_errors(const std::vector<Diagnostic>& all) {
  return std::any_of(all.begin(), all.end(),
                     [](const Diagnostic& d) { return d.gravity == Gravity::error; });
}

Diagnostic diagnose(std::string_view file, std::string_view text, Position at,
                    std::string_view code, std::string message, std::string fix) {
  Diagnostic d;
  d.file = std::string(file);
  d.line = at.line;
  d.column = at.column;
  d.code = std::string(code);
  d.gravity = code.starts_with('W') ? Gravity::warning : Gravity::error;
  d.message = printable(message);
  d.fix = printable(fix);
  const size_t here = std::min<size_t>(at.offset, text.size());
  size_t begin = here;
  while (begin > 0 && text[begin - 1] != '\n' && here - begin < kShownBefore) --begin;
  while (begin < here && continues_character(text[begin])) ++begin;
  size_t end = here;
  while (end < text.size() && text[end] != '\n' && text[end] != '\r' && end - here < kShownAfter) {
    ++end;
  }
  while (end > here && end < text.size() && continues_character(text[end])) --end;
  const std::string before = printable(text.substr(begin, here - begin));
  d.source_line = before + printable(text.substr(here, end - here));
  d.caret = 1 + static_cast<uint32_t>(count_characters(before));
  return d;
}

std::string render(const Diagnostic& d) {
  std::string out = d.file + ":" + std::to_string(d.line) + ":" + std::to_string(d.column) + ": " +
                    d.code + ": " + d.message + "\n";
  const std::string fix = "  fix: " + d.fix + "\n";
  if (d.source_line.empty()) return out + fix;
  out += d.source_line + "\n";
  uint32_t column = 1;
  for (size_t i = 0; i < d.source_line.size() && column < d.caret; ++i) {
    if (continues_character(d.source_line[i])) continue;
    out += d.source_line[i] == '\t' ? '\t' : ' ';
    ++column;
  }
  out.append(d.caret - column, ' ');
  return out + "^\n" + fix;
}

std::string render_json(const Diagnostic& d) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("file").string(d.file);
  json.key("line").integer(d.line).key("column").integer(d.column);
  json.key("code").string(d.code);
  json.key("gravity").string(d.gravity == Gravity::error ? "error" : "warning");
  json.key("message").string(d.message).key("fix").string(d.fix);
  json.key("source").string(d.source_line).end_object();
  return out;
}

}  // namespace lamplight::rules
