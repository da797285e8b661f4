// Text of others (a device, the care team, a person) made safe to show: control characters and
// marks that turn the direction of writing are written out as \u202e, so that no name can move the
// cursor, colour a line or show a text in another order than it stands in the record.
#pragma once

#include <string>
#include <string_view>

namespace lamplight::cli {

std::string visible(std::string_view text);

}  // namespace lamplight::cli
