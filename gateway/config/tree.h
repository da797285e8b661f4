// A TOML document as plain values, each with where it stood. tree.cc is the only file of the
// gateway that knows toml++; everything else reads this tree, so the format has one home. Values
// keep the order of the text. Dates and floats are kept as kinds only: no key of ours takes one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamplight::config {

// Line and column count from 1; the column counts characters.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
  auto operator<=>(const Position&) const = default;
};

enum class Kind : uint8_t { string, integer, boolean, table, list, other };
// "a string", "a table" …
std::string_view described(Kind kind);

struct Member;
struct Node {
  Kind kind = Kind::other;
  Position at;
  std::string text;             // of a string
  int64_t integer = 0;          // of an integer
  bool boolean = false;         // of a boolean
  std::vector<Member> members;  // of a table, in the order of the text
  std::vector<Node> items;      // of a list
};
struct Member {
  std::string key;
  Position at;  // of the key
  Node value;
};

// What is wrong, where, and what to do about it. Sentences without a full stop.
struct Problem {
  Position at;
  std::string message;
  std::string fix;
};

// The root table; a text that is no TOML gives one problem and an empty table.
Node parse_toml(std::string_view text, std::vector<Problem>& problems);

}  // namespace lamplight::config
