#include "drivers/base_a/protocol.h"

#include <algorithm>

#include "drivers/base_a/decoder.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"

namespace lamplight::base_a {
namespace {

constexpr Duration kPeriodMin = seconds(1);
constexpr int kModuleMax = 6;

class Driver : public sdk::StreamDriver {
 public:
  Driver(std::optional<int> module, Duration period)
      : conversation_(plan(module, period)), decoder_(conversation_, module), period_(period) {}
  std::vector<SignalId> signals() const override { return signals_sent(); }
  sdk::Asker* asker() override { return &conversation_; }
  sdk::Decoder& decoder() override { return decoder_; }
  // Longer than three unanswered questions.
  Duration silence_max() const override { return period_ + seconds(8); }

 private:
  sdk::Conversation conversation_;
  Decoder decoder_;
  Duration period_;
};

Result<std::unique_ptr<sdk::StreamDriver>> make_stream(const sdk::Configure& configure) {
  const std::string_view text = configure.option("module").value_or("0");
  const bool is_digit = text.size() == 1 && text[0] >= '0' && text[0] <= '0' + kModuleMax;
  if (!is_digit) return failure("module must be 1 to 6, or 0 for a pump without a rack");
  const int module = text[0] - '0';
  return std::make_unique<Driver>(module == 0 ? std::nullopt : std::optional(module),
                                  configure.port.period);
}

}  // namespace

Places places(std::optional<int> module) {
  const size_t opening = module ? 2 : 1;
  return {.status = opening,
          .acknowledge = opening + 1,
          .alive = opening + 2,
          .heard_event = opening + 3,
          .heard_adjustment = opening + 4};
}

sdk::Conversation::Plan plan(std::optional<int> module, Duration period) {
  const std::string address = module ? std::to_string(*module) : std::string();
  std::vector<std::string> table;
  if (module) table.push_back(frame_of("0DC"));
  table.push_back(frame_of(address + "DC"));
  table.push_back(frame_of(address + "LE;aemdr"));
  table.push_back(std::string(1, kAck));
  table.push_back(std::string(1, kDc4));
  table.push_back(frame_of(address + "E"));
  table.push_back(frame_of(address + "M"));
  return {.table = std::move(table),
          .opening = places(module).status,
          .cyclic = 1,
          .period = std::max(period, kPeriodMin),
          .timeout = seconds(1)};
}

sdk::Protocol protocol() {
  return {.name = "base-a",
          .summary = "Fresenius Base A, Orchestra, Pilot pumps, 19200 7E1: only ever read",
          .signals = signals_sent(),
          .options = {{"module", "integer", "0", "place in the rack, 1 to 6; 0: a pump alone"}},
          .formats = {{"base-a",
                       [](const sdk::DecodeOptions&) -> Result<std::unique_ptr<sdk::Decoder>> {
                         return std::make_unique<Decoder>();
                       }}},
          .make_stream = make_stream};
}

}  // namespace lamplight::base_a
