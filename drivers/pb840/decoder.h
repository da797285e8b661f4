// The reports MISCA and MISCF of Puritan Bennett 840/980 and Philips V200. Measurements and alarms
// become signals; settings and the device's own alarm names are notes. A blank alarm column is
// missing, never normal; a silenced alarm stays present; RESET is not present, and noted.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "drivers/pb840/fields.h"
#include "drivers/pb840/framer.h"
#include "drivers/pb840/reply.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::pb840 {

class Decoder : public sdk::Decoder {
 public:
  Decoder();
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  // A column with what it is to the catalogue, looked up once.
  struct Column {
    const Field* field;
    SignalId signal;
    std::string reset_note;  // of alarms
  };
  struct Condition {
    SignalId signal;
    std::vector<const Field*> columns;  // any of them says it
  };
  struct Layout {
    std::vector<Column> columns;
    std::vector<Condition> conditions;
  };

  static Layout layout_of(Report report);
  void on_reply(std::string_view text, MonoTime at, sdk::Sink& sink);
  void publish(const Reply& reply, const Layout& layout, sdk::Sink& sink);

  Framer framer_;
  std::array<Layout, 2> layouts_;  // by Report
};

// All that either report can say.
std::vector<SignalId> signals_sent();

}  // namespace lamplight::pb840
