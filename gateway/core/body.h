// The common head of every journal event and batch, and the three changes a published copy may
// bear: "durable":false, "historical":true, nothing else. A body is written once; record, live
// topic and backlog carry the same bytes apart from those flags.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/model/json_writer.h"
#include "rules/model/lane.h"
#include "rules/model/time.h"

namespace lamplight::core {

struct Head {
  std::string_view home;
  std::string_view boot;
  std::string_view store_id;
  Lane lane = Lane::alarm;
  uint64_t seq = 0;
  std::string_view event;  // "alarm.raised"; empty for batches
  MonoTime t;
  WallTime at;
};

// Opens the object and leaves it open for the event's own fields.
void begin_body(JsonWriter& out, const Head& head);

// The copy as it goes out. `body` was written by begin_body.
struct Copy {
  bool durable = true;
  bool historical = false;
};
// Nothing if it was not: a row that came back damaged from the disk names no content.
[[nodiscard]] std::optional<std::string> published(std::string_view body, Copy copy);

// Topic of a journal event when it is live: alarm/{occurrence}, gap or system. An alarm's event
// without an occurrence (damaged) has none.
[[nodiscard]] std::optional<std::string> live_topic(Lane lane, std::string_view body);

// An instant in ns of the boot's monotonic clock, or null for kNever.
void write_instant(JsonWriter& out, std::string_view key, MonoTime t);

}  // namespace lamplight::core
