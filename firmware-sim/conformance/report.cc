#include "firmware-sim/conformance/report.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace lamplight::conformance {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "FAIL";
    case Verdict::not_applicable:
      return "n/a";
  }
  return "FAIL";
}

void Report::add(Line line) {
  const bool is_bad = line.verdict == Verdict::fail;
  if (is_bad || !is_quiet_) {
    std::printf("%-4s %-11s %s (%.1f s)\n", std::string(conformance::name_of(line.verdict)).c_str(),
                line.check.c_str(), line.name.c_str(), static_cast<double>(line.took.ns) / 1e9);
  }
  if (is_bad) {
    std::printf("       expected: %s\n       seen:     %s\n       remedy:   %s\n",
                line.expected.c_str(), line.seen.c_str(), line.remedy.c_str());
    if (!line.evidence.empty()) std::printf("       bytes:    … %s\n", line.evidence.c_str());
  } else if (line.verdict == Verdict::not_applicable && !is_quiet_) {
    std::printf("       %s\n", line.seen.c_str());
  }
  std::fflush(stdout);
  lines_.push_back(std::move(line));
}

void Report::add(SignalId signal, Line line) {
  Capability& capability = capabilities_[signal];
  if (line.verdict == Verdict::pass) ++capability.passed;
  if (line.verdict == Verdict::fail) ++capability.failed;
  add(std::move(line));
}

void Report::progress(const std::string& text) const {
  if (is_quiet_) return;
  std::printf("     %s\n", text.c_str());
  std::fflush(stdout);
}

int Report::count(Verdict verdict) const {
  return static_cast<int>(std::ranges::count(lines_, verdict, &Line::verdict));
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += c == '\n' ? '\n' : ' ';  // XML 1.0 knows no other control characters
    } else {
      out += c;
    }
  }
  return out;
}

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.flush();
  if (out.good()) return {};
  return failure("cannot write " + path + ": " + std::strerror(errno) +
                 "; name a file in a directory that exists");
}

}  // namespace lamplight::conformance
