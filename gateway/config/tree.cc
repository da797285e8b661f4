#include "gateway/config/tree.h"

#include <algorithm>
#include <optional>

#define TOML_EXCEPTIONS 0
#include "drivers/sdk/guarded_toml.h"

namespace lamplight::config {
namespace {

Position position_of(const toml::source_region& region) {
  return {.line = std::max<uint32_t>(1, region.begin.line),
          .column = std::max<uint32_t>(1, region.begin.column)};
}

Node converted(const toml::node& from);

void convert_table(const toml::table& from, Node& to) {
  to.kind = Kind::table;
  for (const auto& [key, value] : from) {
    to.members.push_back({std::string(key.str()), position_of(key.source()), converted(value)});
  }
  // toml++ sorts by key; people read the file from the top.
  std::stable_sort(to.members.begin(), to.members.end(),
                   [](const Member& a, const Member& b) { return a.at < b.at; });
}

// Recursion is bounded by the parser's own limit on nesting (256) and by guarded_toml::kKeyDotsMax.
Node converted(const toml::node& from) {
  Node to;
  to.at = position_of(from.source());
  if (const auto* table = from.as_table()) {
    convert_table(*table, to);
  } else if (const auto* list = from.as_array()) {
    to.kind = Kind::list;
    for (const auto& item : *list) to.items.push_back(converted(item));
  } else if (const auto* string = from.as_string()) {
    to.kind = Kind::string;
    to.text = string->get();
  } else if (const auto* integer = from.as_integer()) {
    to.kind = Kind::integer;
    to.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    to.kind = Kind::boolean;
    to.boolean = boolean->get();
  }
  return to;
}

constexpr std::string_view kHowToWrite =
    "write one `key = value` a line, text in double quotes, a table as [name]";

// Nothing, if toml++ gave up.
std::optional<toml::parse_result> parsed(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const guarded_toml::GaveUp&) {
    return std::nullopt;
  }
}

}  // namespace

std::string_view described(Kind kind) {
  switch (kind) {
    case Kind::string:
      return "a string";
    case Kind::integer:
      return "a whole number";
    case Kind::boolean:
      return "true or false";
    case Kind::table:
      return "a table";
    case Kind::list:
      return "a list";
    case Kind::other:
      return "a number with a fraction or a date";
  }
  return "a value";
}

Node parse_toml(std::string_view text, std::vector<Problem>& problems) {
  Node root;
  root.kind = Kind::table;
  if (auto misfit = guarded_toml::misfit_of(text)) {
    problems.push_back({{misfit->line, misfit->column}, misfit->message, misfit->fix});
    return root;
  }
  const auto result = parsed(text);
  if (!result) {
    const auto gives_up = [](std::string_view part) { return !parsed(part); };
    problems.push_back({{.line = guarded_toml::line_given_up(text, gives_up), .column = 1},
                        "not TOML: this line cannot be read",
                        std::string(kHowToWrite)});
    return root;
  }
  if (!*result) {
    problems.push_back({position_of(result->error().source()),
                        "not TOML: " + std::string(result->error().description()),
                        std::string(kHowToWrite)});
    return root;
  }
  convert_table(result->table(), root);
  return root;
}

}  // namespace lamplight::config
