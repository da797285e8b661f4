#include "drivers/pirds/decoder.h"

#include "drivers/sdk/signals.h"

namespace lamplight::pirds {
namespace {

using sdk::LineVerdict;
using sdk::Reading;

SignalId ventilator(std::string_view name) { return sdk::signal(Role::ventilator, name); }

// val × num / den is the catalogue's step; both ends of what can be are in that step.
struct Scale {
  int64_t num, den;
  int32_t low, high;
};

Reading reading_of(int64_t val, const Scale& scale) {
  constexpr int64_t kValMax = 100'000'000;  // far beyond any; keeps the product small
  if (val < -kValMax || val > kValMax) return Reading::missing(Reason::out_of_range);
  const int64_t product = val * scale.num;
  const int64_t half = scale.den / 2;
  const int64_t value = (product >= 0 ? product + half : product - half) / scale.den;
  if (value < scale.low || value > scale.high) return Reading::missing(Reason::out_of_range);
  return Reading::ok(static_cast<int32_t>(value));
}

}  // namespace

Decoder::Decoder()
    : p_now_(ventilator("p_now")),
      flow_(ventilator("flow")),
      fio2_(ventilator("fio2")),
      rate_(ventilator("rate")),
      pip_(ventilator("pip")),
      peep_(ventilator("peep")) {}

LineVerdict Decoder::on_line(std::string_view text, MonoTime at, sdk::Sink& sink) {
  const auto event = parse_event(text);
  if (!event) return is_first_line() && text[0] != '{' ? LineVerdict::no_data : LineVerdict::bad;
  sink.frame(at);
  publish(*event, sink);
  return LineVerdict::good;
}

void Decoder::publish(const Event& event, sdk::Sink& sink) const {
  const bool is_airway = event.loc == 'A';
  if (event.event == 'M') {
    if (event.type == 'D' && is_airway) {
      sink.sample(p_now_, reading_of(event.val, {10, 1, -2'000, 15'000}));
    }
    if (event.type == 'F' && is_airway) {
      sink.sample(flow_, reading_of(event.val, {1, 10, -30'000, 30'000}));
    }
    // Of the mixer or the room it is not what the child breathes.
    const bool is_inspired = is_airway || event.loc == 'I';
    if (event.type == 'O' && is_inspired)
      sink.sample(fio2_, reading_of(event.val, {1, 10, 0, 1'030}));
    return;
  }
  if (event.event != 'A') return;
  if (event.type == 'B') sink.sample(rate_, reading_of(event.val, {1, 1, 0, 2'000}));
  if (event.type == 'X') sink.sample(pip_, reading_of(event.val, {1, 1, -200, 1'500}));
  if (event.type == 'E') sink.sample(peep_, reading_of(event.val, {1, 1, -200, 1'500}));
}

std::vector<SignalId> signals_sent() {
  return {ventilator("p_now"), ventilator("flow"), ventilator("fio2"),
          ventilator("rate"),  ventilator("pip"),  ventilator("peep")};
}

}  // namespace lamplight::pirds
