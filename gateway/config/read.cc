// The file as a whole, and the sections [gateway] and [store].
#include <algorithm>

#include "gateway/config/config.h"
#include "gateway/config/reader.h"
#include "gateway/config/sections.h"
#include "rules/model/text.h"

namespace lamplight::config {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;
constexpr size_t kErrorsShown = 50;
// From the smallest database that is of any use to more than any card holds.
constexpr Range kQuota{.lowest = 1LL << 20, .highest = 1LL << 44, .words = "1 MiB to 16 TiB"};
constexpr Range kBlackBox{.lowest = 0, .highest = 256LL << 20, .words = "0 B to 256 MiB"};
constexpr Range kFloor{.lowest = 0, .highest = 1LL << 44, .words = "0 B to 16 TiB"};

std::optional<Path> path_key(TableReader& reader, std::string_view key, const Reading& reading) {
  const Node* node = reader.find(key, Kind::string);
  if (node == nullptr) return std::nullopt;
  if (!node->text.empty() && node->text.find('\0') == std::string::npos) {
    return reading.resolved(node->text);
  }
  reader.problem(node->at, "`" + std::string(key) + "` is no path",
                 "write the path of a directory");
  return std::nullopt;
}

void read_rules(TableReader& reader, const Reading& reading, GatewayKeys& keys) {
  const Node* list = reader.require("rules", Kind::list, "`rules = [\"rules/home.rules\"]`");
  if (list == nullptr) return;
  if (list->items.empty()) {
    reader.problem(list->at, "`rules` is empty: without rules nothing would ring",
                   "name at least one .rules file");
  }
  for (const Node& item : list->items) {
    if (item.kind == Kind::string && !item.text.empty()) {
      keys.rules.push_back({reading.resolved(item.text), item.at});
    } else {
      reader.problem(item.at, "`rules` is a list of paths", "write each path in double quotes");
    }
  }
}

GatewayKeys read_gateway(const Node& table, const Reading& reading) {
  GatewayKeys keys;
  TableReader reader(table, "[gateway]", reading.problems);
  if (const auto path = path_key(reader, "state_dir", reading)) keys.state_dir = *path;
  if (const auto path = path_key(reader, "run_dir", reading)) keys.run_dir = *path;
  read_rules(reader, reading, keys);
  if (const Node* plan = reader.find("plan", Kind::string)) {
    keys.plan = NamedFile{reading.resolved(plan->text), plan->at};
  }
  if (const auto level = reader.word("log_level", {"debug", "info", "warn", "error"})) {
    keys.log_level = static_cast<LogLevel>(*level);
  }
  if (const auto bytes = reader.size("black_box", kBlackBox)) keys.black_box = *bytes;
  if (const Node* sounder = reader.find("sounder", Kind::boolean)) keys.sounder = sounder->boolean;
  reader.refuse_unknown(reader.rest());
  return keys;
}

StoreKeys read_store(const Node& table, const Reading& reading) {
  StoreKeys keys;
  TableReader reader(table, "[store]", reading.problems);
  if (const auto bytes = reader.size("record_quota", kQuota)) keys.record_quota = *bytes;
  if (const auto bytes = reader.size("telemetry_quota", kQuota)) keys.telemetry_quota = *bytes;
  if (const auto bytes = reader.size("free_floor", kFloor)) keys.free_floor = *bytes;
  reader.refuse_unknown(reader.rest());
  return keys;
}

Config read_root(const Node& root, const Reading& reading) {
  Config config;
  TableReader reader(root, "the file", reading.problems);
  if (const Node* home = reader.require("home", Kind::string, "`home = \"h-1\"` as first line")) {
    config.home = home->text;
    if (!is_name(home->text, "-", 32, true)) {
      reader.problem(home->at, "`home` is no opaque id",
                     "use 1 to 32 letters, digits and `-`, and no name of a person");
    }
  }
  if (const Node* table = reader.require("gateway", Kind::table, "a table [gateway]")) {
    config.gateway = read_gateway(*table, reading);
  }
  if (const Node* table = reader.find("store", Kind::table)) {
    config.store = read_store(*table, reading);
  }
  if (const Node* table = reader.find("broker", Kind::table)) {
    config.broker = read_broker(*table, reading);
  }
  if (const Node* list = reader.require("port", Kind::list, "a table [[port]] for each port")) {
    config.ports = read_ports(*list, reading);
  }
  reader.refuse_unknown(reader.rest());
  return config;
}

// Bytes from the start of the text to this line and character.
uint32_t offset_of(std::string_view text, Position at) {
  size_t offset = 0;
  for (uint32_t line = 1; line < at.line; ++line) {
    const size_t end = text.find('\n', offset);
    if (end == std::string_view::npos) return static_cast<uint32_t>(text.size());
    offset = end + 1;
  }
  for (uint32_t column = 1; column < at.column && offset < text.size(); ++column) {
    if (text[offset] == '\n') break;
    ++offset;
    while (offset < text.size() && continues_character(text[offset])) ++offset;
  }
  return static_cast<uint32_t>(offset);
}

}  // namespace

bool is_name(std::string_view text, std::string_view more, size_t longest, bool capitals) {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  (capitals && c >= 'A' && c <= 'Z') || more.find(c) != std::string_view::npos;
         });
}

rules::Diagnostic diagnosed(const Problem& problem, std::string_view text, const Path& file) {
  const rules::Position at{.line = problem.at.line,
                           .column = problem.at.column,
                           .offset = offset_of(text, problem.at),
                           .file = 0};
  return rules::diagnose(file.string(), text, at, "error", problem.message, problem.fix);
}

Outcome parse_config(std::string_view text, const Path& file) {
  Outcome outcome;
  std::vector<Problem> problems;
  Config config;
  if (text.size() > kFileBytesMax) {
    problems.push_back({{}, "the file is larger than 1 MiB", "is this the configuration?"});
  } else {
    const Node root = parse_toml(text, problems);
    const Reading reading{std::filesystem::absolute(file).parent_path(), problems};
    if (problems.empty()) config = read_root(root, reading);
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.at < b.at; });
  for (size_t i = 0; i < std::min(problems.size(), kErrorsShown); ++i) {
    outcome.diagnostics.push_back(diagnosed(problems[i], text, file));
  }
  if (problems.size() > kErrorsShown) {
    const std::string more = std::to_string(problems.size() - kErrorsShown);
    outcome.diagnostics.push_back(
        diagnosed({problems[kErrorsShown].at, "and " + more + " more errors, from here on",
                   "correct those above first"},
                  text, file));
  }
  if (problems.empty()) outcome.config = std::move(config);
  return outcome;
}

}  // namespace lamplight::config
