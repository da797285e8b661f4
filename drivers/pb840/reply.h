// One reply → its columns, strictly: header, both counts, ETX, every number a number. There is no
// checksum, so whatever breaks the grammar drops the whole reply. Columns are found by counting
// commas, never by width: the manuals' widths are wrong. What they mean is decoder.h's business.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "drivers/pb840/fields.h"

namespace lamplight::pb840 {

inline constexpr size_t kMiscaFields = 97;
inline constexpr size_t kMiscfFields = 169;

struct Reply {
  Report report = Report::misca;
  std::array<std::string_view, kMiscfFields> columns;  // without spaces around
  std::string_view at(int number) const {
    return columns[static_cast<size_t>(number - kFirstNumber)];
  }
};

// Spaces, or the dashes of the V200: the device has no value here.
bool is_blank(std::string_view column);

// A measured number in the catalogue's step; nothing if it is none or cannot be.
std::optional<int32_t> number_of(const Field& field, std::string_view column);

// Nothing if `text` ("MISCA,706,97,<STX>…<ETX>", without the carriage return) is no whole reply.
// Views point into `text`.
std::optional<Reply> parse_reply(std::string_view text);

}  // namespace lamplight::pb840
