// Reads one table of the tree key by key. What is asked for is known; what is left over is an
// unknown key. Every mistake becomes a Problem and a default, so that one pass finds them all.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/quantity.h"
#include "gateway/config/tree.h"

namespace lamplight::config {

// Inclusive, with its words for the error: "0.1 s to 10 s".
struct Range {
  int64_t lowest;
  int64_t highest;
  std::string_view words;
};

class TableReader {
 public:
  // `table` and `problems` must outlive the reader. `name` is how the file writes it: "[broker]".
  TableReader(const Node& table, std::string name, std::vector<Problem>& problems);

  // The value if the key is there and of this kind.
  const Node* find(std::string_view key, Kind kind);
  // The same; a missing key is a problem at the table.
  const Node* require(std::string_view key, Kind kind, std::string_view example);

  std::optional<int64_t> integer(std::string_view key, Range range);
  std::optional<int64_t> size(std::string_view key, Range range);
  std::optional<Duration> duration(std::string_view key, Range range);
  // One of the words, as an index into them.
  std::optional<size_t> word(std::string_view key, const std::vector<std::string_view>& words);

  // Keys nobody asked for.
  std::vector<const Member*> rest() const;
  // Each of `members` is an error, with the nearest known key.
  void refuse_unknown(const std::vector<const Member*>& members,
                      const std::vector<std::string_view>& also_known = {});

  void problem(Position at, std::string message, std::string fix);
  Position at() const { return table_.at; }

 private:
  const Member* member(std::string_view key);

  const Node& table_;
  std::string name_;
  std::vector<Problem>& problems_;
  std::vector<std::string> asked_;
};

// "`a`, `b` or `c`"
std::string listed(const std::vector<std::string_view>& words, std::string_view last = "or");

}  // namespace lamplight::config
