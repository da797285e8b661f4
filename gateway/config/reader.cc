#include "gateway/config/reader.h"

#include <algorithm>
#include <utility>

#include "rules/model/nearest.h"

namespace lamplight::config {
namespace {

std::string in_backticks(std::string_view key) { return "`" + std::string(key) + "`"; }

std::string remedy(std::string_view key, Kind kind) {
  switch (kind) {
    case Kind::string:
      return "put the value in double quotes";
    case Kind::table:
      return "write a table [" + std::string(key) + "]";
    case Kind::list:
      return "write a list in [ ], or tables as [[" + std::string(key) + "]]";
    case Kind::integer:
    case Kind::boolean:
    case Kind::other:
      break;
  }
  return "write " + std::string(described(kind)) + " without quotes";
}

}  // namespace

std::string listed(const std::vector<std::string_view>& words, std::string_view last) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + std::string(last) + " " : ", ";
    text += in_backticks(words[i]);
  }
  return text;
}

TableReader::TableReader(const Node& table, std::string name, std::vector<Problem>& problems)
    : table_(table), name_(std::move(name)), problems_(problems) {}

const Member* TableReader::member(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.emplace_back(key);
  const auto found = std::find_if(table_.members.begin(), table_.members.end(),
                                  [&](const Member& m) { return m.key == key; });
  return found == table_.members.end() ? nullptr : &*found;
}

const Node* TableReader::find(std::string_view key, Kind kind) {
  const Member* found = member(key);
  if (found == nullptr) return nullptr;
  if (found->value.kind == kind) return &found->value;
  problem(found->value.at,
          in_backticks(key) + " takes " + std::string(described(kind)) + ", not " +
              std::string(described(found->value.kind)),
          remedy(key, kind));
  return nullptr;
}

const Node* TableReader::require(std::string_view key, Kind kind, std::string_view example) {
  const size_t before = problems_.size();
  const Node* found = find(key, kind);
  if (found == nullptr && problems_.size() == before) {
    problem(table_.at, in_backticks(key) + " is missing from " + name_,
            "add " + std::string(example));
  }
  return found;
}

std::optional<int64_t> TableReader::integer(std::string_view key, Range range) {
  const Node* node = find(key, Kind::integer);
  if (node == nullptr) return std::nullopt;
  if (node->integer >= range.lowest && node->integer <= range.highest) return node->integer;
  problem(node->at, in_backticks(key) + " is out of range", "choose " + std::string(range.words));
  return std::nullopt;
}

std::optional<int64_t> TableReader::size(std::string_view key, Range range) {
  const Node* node = find(key, Kind::string);
  if (node == nullptr) return std::nullopt;
  const auto bytes = parse_size(node->text);
  if (!bytes) {
    problem(node->at, in_backticks(key) + " is not a size", bytes.error());
    return std::nullopt;
  }
  if (*bytes >= range.lowest && *bytes <= range.highest) return *bytes;
  problem(node->at, in_backticks(key) + " is out of range", "choose " + std::string(range.words));
  return std::nullopt;
}

std::optional<Duration> TableReader::duration(std::string_view key, Range range) {
  const Node* node = find(key, Kind::string);
  if (node == nullptr) return std::nullopt;
  const auto length = parse_duration(node->text);
  if (!length) {
    problem(node->at, in_backticks(key) + " is not a duration", length.error());
    return std::nullopt;
  }
  if (length->ns >= range.lowest && length->ns <= range.highest) return *length;
  problem(node->at, in_backticks(key) + " is out of range", "choose " + std::string(range.words));
  return std::nullopt;
}

std::optional<size_t> TableReader::word(std::string_view key,
                                        const std::vector<std::string_view>& words) {
  const Node* node = find(key, Kind::string);
  if (node == nullptr) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), node->text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  const std::string_view slip = nearest(node->text, words);
  problem(node->at, in_backticks(key) + " is not one of its words",
          slip.empty() ? "choose " + listed(words) : "did you mean " + in_backticks(slip) + "?");
  return std::nullopt;
}

std::vector<const Member*> TableReader::rest() const {
  std::vector<const Member*> left;
  for (const Member& m : table_.members) {
    if (std::find(asked_.begin(), asked_.end(), m.key) == asked_.end()) left.push_back(&m);
  }
  return left;
}

void TableReader::refuse_unknown(const std::vector<const Member*>& members,
                                 const std::vector<std::string_view>& also_known) {
  std::vector<std::string_view> known(asked_.begin(), asked_.end());
  known.insert(known.end(), also_known.begin(), also_known.end());
  for (const Member* m : members) {
    const std::string_view slip = nearest(m->key, known);
    problem(m->at, "unknown key " + in_backticks(m->key) + " in " + name_,
            slip.empty() ? "remove it; the keys here are " + listed(known, "and")
                         : "did you mean " + in_backticks(slip) + "?");
  }
}

void TableReader::problem(Position at, std::string message, std::string fix) {
  problems_.push_back({at, std::move(message), std::move(fix)});
}

}  // namespace lamplight::config
