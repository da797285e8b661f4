#include "drivers/alaris/protocol.h"

#include <algorithm>
#include <array>

#include "drivers/alaris/decoder.h"
#include "drivers/sdk/configure.h"
#include "drivers/sdk/driver.h"

namespace lamplight::alaris {
namespace {

constexpr Duration kPeriodMin = seconds(1);

// A question is a word alone; every command of this protocol that changes something has arguments.
std::string question(std::string_view word) {
  const auto crc = digits_of(crc_of(word));
  std::string text = "!";
  text += word;
  text += '|';
  text.append(crc.data(), crc.size());
  return text + '\r';
}

class Driver : public sdk::StreamDriver {
 public:
  explicit Driver(Duration period)
      : conversation_(plan(period)), decoder_(&conversation_), period_(period) {}
  sdk::Decoder& decoder() override { return decoder_; }
  Duration silence_max() const override { return period_ + seconds(5); }
  std::vector<SignalId> signals() const override { return signals_sent(); }
  sdk::Asker* asker() override { return &conversation_; }

 private:
  sdk::Conversation conversation_;
  Decoder decoder_;
  Duration period_;
};

}  // namespace

sdk::Conversation::Plan plan(Duration period) {
  return {.table = {question("INST_SERIALNO"), question("INF")},
          .opening = 1,
          .cyclic = 1,
          .period = std::max(period, kPeriodMin)};
}

sdk::Protocol protocol() {
  return {.name = "alaris",
          .summary = "Alaris/Asena GH, GS, CC syringe pumps, 38400 8N1: only ever read",
          .signals = signals_sent(),
          .options = {},
          .formats = {{"alaris",
                       [](const sdk::DecodeOptions&) -> Result<std::unique_ptr<sdk::Decoder>> {
                         return std::make_unique<Decoder>();
                       }}},
          .make_stream =
              [](const sdk::Configure& configure) -> Result<std::unique_ptr<sdk::StreamDriver>> {
            return std::make_unique<Driver>(configure.port.period);
          }};
}

}  // namespace lamplight::alaris
