// Reading files and instants, and the two ways to say something.
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>

#include "gateway/cli/commands.h"
#include "gateway/clock.h"
#include "gateway/config/config.h"
#include "rules/model/rfc3339.h"

namespace lamplight::cli {
namespace {

constexpr const char* kLocalForms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S",
                                       "%Y-%m-%dT%H:%M", "%Y-%m-%d"};

std::optional<int64_t> local_instant(const std::string& text) {
  for (const char* form : kLocalForms) {
    struct tm parts = {};
    const char* end = ::strptime(text.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    parts.tm_isdst = -1;
    const time_t at = ::mktime(&parts);
    if (at != static_cast<time_t>(-1)) return static_cast<int64_t>(at) * 1'000'000'000;
  }
  return std::nullopt;
}

std::optional<int64_t> duration_ns(std::string_view text) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0 || count > 1'000'000) return std::nullopt;
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit == "s") return seconds(count).ns;
  if (unit == "min") return minutes(count).ns;
  if (unit == "h") return hours(count).ns;
  if (unit == "d") return hours(24).ns * count;
  return std::nullopt;
}

}  // namespace

bool resolve(Where& where) {
  if (!where.config.empty()) {
    const auto text = read_text(where.config);
    if (!text) return false;
    const config::Outcome outcome = config::parse_config(*text, where.config);
    if (!outcome.config) {
      for (const auto& d : outcome.diagnostics) std::fputs(rules::render(d).c_str(), stderr);
      return false;
    }
    if (where.run_dir.empty()) where.run_dir = outcome.config->gateway.run_dir.string();
    if (where.state_dir.empty()) where.state_dir = outcome.config->gateway.state_dir.string();
  }
  if (where.run_dir.empty()) where.run_dir = config::GatewayKeys().run_dir.string();
  if (where.state_dir.empty()) where.state_dir = config::GatewayKeys().state_dir.string();
  return true;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

bool has_output_failed() { return std::ferror(stdout) != 0; }

void complain(const std::string& text) {
  std::fputs(("lamplight: " + text + "\n").c_str(), stderr);
}

std::optional<std::string> read_text(const std::string& name) {
  std::ostringstream text;
  if (name == "-") {
    text << std::cin.rdbuf();
    return std::move(text).str();
  }
  std::error_code error;
  if (std::filesystem::is_directory(name, error)) {
    complain("cannot read " + name + ": it is a directory");
    return std::nullopt;
  }
  std::ifstream file(name, std::ios::binary);
  if (!file || !(text << file.rdbuf())) {
    // An empty file sets the fail bit of what it is poured into, and is readable all the same.
    if (file.is_open() && file.peek() == std::ifstream::traits_type::eof()) return std::string();
    complain("cannot read " + name + ": " + std::generic_category().message(errno));
    return std::nullopt;
  }
  return std::move(text).str();
}

std::optional<int64_t> duration_of(const std::string& text) { return duration_ns(text); }

std::optional<int64_t> duration_ms_of(const std::string& text) {
  const auto ns = duration_ns(text);
  if (ns && *ns > 0) return *ns / 1'000'000;
  complain("\"" + text + "\" is no duration; write \"90 s\" or \"2 min\"");
  return std::nullopt;
}

std::optional<int64_t> instant_of(const std::string& text) {
  if (text == "now") return WallClock().read().label.unix_ns;
  if (const auto ns = parse_rfc3339(text)) return ns;
  if (const auto ns = local_instant(text)) return ns;
  if (const auto ago = duration_ns(text)) return WallClock().read().label.unix_ns - *ago;
  complain("\"" + text +
           "\" is no instant; write 2026-03-02T02:14:08Z, \"2026-03-02 02:14\", or \"8 h\" for "
           "eight hours ago (units: s, min, h, d)");
  return std::nullopt;
}

bool instants_of(const std::string& since, const std::string& until, std::optional<int64_t>& from,
                 std::optional<int64_t>& to) {
  if (!since.empty() && !(from = instant_of(since))) return false;
  if (!until.empty() && !(to = instant_of(until))) return false;
  if (!from || !to || *from <= *to) return true;
  complain("--until \"" + until + "\" lies before --since \"" + since +
           "\": nothing is between them. \"1 h\" is an hour ago, so the hour before the last is "
           "--since \"2 h\" --until \"1 h\"");
  return false;
}

}  // namespace lamplight::cli
