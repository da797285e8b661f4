#include "rules/language/reporter.h"

#include <algorithm>
#include <tuple>

#include "rules/model/text.h"

namespace lamplight::rules {
namespace {

constexpr size_t kWordsMax = 72;
constexpr size_t kWarningsMax = 200;

}  // namespace

std::string in_quotes(std::string_view word) { return "`" + std::string(word) + "`"; }

void Reporter::report(Position at, std::string_view code, std::string message, std::string fix) {
  const SourceText& source = *sources_.at(at.file);
  if (is_full()) return;
  if (!code.starts_with('W')) ++errors_;
  all_.push_back(diagnose(source.name, source.text, at, code, std::move(message), std::move(fix)));
}

void Reporter::take_over(std::vector<Diagnostic> parsed) {
  for (Diagnostic& d : parsed) {
    if (d.gravity == Gravity::error) ++errors_;
    all_.push_back(std::move(d));
  }
}

std::string Reporter::words(Position from, Position to) const {
  const std::string_view text = sources_.at(from.file)->text;
  std::string out;
  bool in_comment = false;
  for (size_t i = from.offset; i < to.offset && i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') in_comment = false;
    if (c == '#') in_comment = true;
    if (in_comment) continue;
    const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!is_blank) out += c;
    if (is_blank && !out.empty() && out.back() != ' ') out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  if (out.size() > kWordsMax) {
    out.resize(cut_text(out, kWordsMax).size());
    out += "…";
  }
  return out;
}

std::vector<Diagnostic> Reporter::finish() {
  const auto file_number = [&](const Diagnostic& d) {
    return std::find_if(sources_.begin(), sources_.end(),
                        [&](const SourceText* s) { return s->name == d.file; }) -
           sources_.begin();
  };
  std::stable_sort(all_.begin(), all_.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    const auto left = std::tuple(file_number(a), a.line, a.column);
    return left < std::tuple(file_number(b), b.line, b.column);
  });
  std::vector<Diagnostic> out;
  std::string file;
  int errors = 0;
  size_t warnings = 0;
  for (Diagnostic& d : all_) {
    if (d.file != file) errors = 0;
    file = d.file;
    const bool is_error = d.gravity == Gravity::error;
    if (is_error && errors++ >= kErrorsMax) continue;
    if (!is_error && warnings++ >= kWarningsMax) continue;
    const bool repeated = !out.empty() && out.back().line == d.line && out.back().file == d.file &&
                          out.back().column == d.column && out.back().code == d.code &&
                          out.back().message == d.message;
    if (!repeated) out.push_back(std::move(d));
  }
  return out;
}

}  // namespace lamplight::rules
