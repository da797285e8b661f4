// The bytes of MISCA and MISCF (protocol notes 2.1): a header with two counts, STX, columns of
// fixed width each followed by a comma, ETX, CR. Widths are those found on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamplight::sim {

enum class PbReport : uint8_t { misca, miscf };

class PbColumns {
 public:
  explicit PbColumns(PbReport report);
  // Numbered from 5, as the manuals do. Cut to the column's width if too long.
  void put(int number, std::string_view text);
  // The whole reply with its carriage return.
  std::string reply() const;

 private:
  PbReport report_;
  std::vector<std::string> columns_;
};

}  // namespace lamplight::sim
