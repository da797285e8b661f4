#include "drivers/pb840_wave/decoder.h"

#include <algorithm>

#include "drivers/sdk/decimal.h"
#include "drivers/sdk/signals.h"

namespace lamplight::pb840_wave {
namespace {

using sdk::LineVerdict;
using sdk::Reading;

// Beyond these a number is no measurement of this ventilator.
constexpr int32_t kFlowMax = 30'000;                             // 0.01 L/min
constexpr int32_t kPressureMin = -2'000, kPressureMax = 15'000;  // 0.01 cmH2O

SignalId ventilator(std::string_view name) { return sdk::signal(Role::ventilator, name); }

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The breath's number in "BS, S:123," with spaces anywhere between; nothing: it begins none.
std::optional<int32_t> number_of(std::string_view text) {
  if (!text.starts_with("BS,") || !text.ends_with(',')) return std::nullopt;
  text = trimmed(text.substr(3, text.size() - 4));
  if (!text.starts_with("S:")) return std::nullopt;
  const std::string_view digits = trimmed(text.substr(2));
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  int32_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<Sample> sample_of(std::string_view text) {
  const size_t comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto flow = sdk::parse_decimal(trimmed(text.substr(0, comma)), 2);
  const auto pressure = sdk::parse_decimal(trimmed(text.substr(comma + 1)), 2);
  if (!flow || !pressure) return std::nullopt;
  if (*flow < -kFlowMax || *flow > kFlowMax) return std::nullopt;
  if (*pressure < kPressureMin || *pressure > kPressureMax) return std::nullopt;
  return Sample{*flow, *pressure};
}

Reading reading_of(const std::optional<int32_t>& value) {
  return value ? Reading::ok(*value) : Reading::missing(Reason::out_of_range);
}

}  // namespace

Signals::Signals()
    : p_now(ventilator("p_now")),
      flow(ventilator("flow")),
      pip(ventilator("pip")),
      peep(ventilator("peep")),
      vti(ventilator("vti")),
      vte(ventilator("vte")),
      rate(ventilator("rate")) {}

// Of a breath that was open when the last stream ended nothing is left.
void Decoder::forget() {
  is_open_ = false;
  is_whole_ = false;
  is_repeated_ = false;
  arrived_.reset();
  told_ = {};
  done_.reset();
}

// Samples of the breath may have been in it.
void Decoder::on_overlong() {
  if (is_first_line()) forget();
  is_whole_ = false;
}

LineVerdict Decoder::on_line(std::string_view text, MonoTime at, sdk::Sink& sink) {
  if (is_first_line()) forget();
  const std::string_view line = trimmed(text);
  if (const auto number = number_of(line)) {
    on_begin(*number, at, sink);
  } else if (line == "BE") {
    on_end(at, sink);
  } else if (const auto sample = sample_of(line)) {
    on_sample(*sample, at, sink);
  } else {
    is_whole_ = false;
    // The port was opened in the middle of a line.
    return is_first_line() ? LineVerdict::no_data : LineVerdict::bad;
  }
  return LineVerdict::good;
}

void Decoder::on_begin(int32_t number, MonoTime at, sdk::Sink& sink) {
  sink.frame(at);
  number_ = number;
  is_repeated_ = done_ == number;
  sink.fact({.kind = sdk::FactKind::note,
             .name = "frozen",
             .text = is_repeated_ ? "the breath that was sent last is sent again" : "",
             .present = is_repeated_});
  if (is_open_) {
    sink.fact({.kind = sdk::FactKind::note, .name = "incomplete_breath"});
  }
  began_ = arrived_;
  arrived_ = at;
  breath_.begin();
  is_open_ = true;
  is_whole_ = true;
}

void Decoder::on_end(MonoTime at, sdk::Sink& sink) {
  sink.frame(at);
  const bool is_complete = is_open_ && is_whole_ && !breath_.is_too_long();
  is_open_ = false;
  is_whole_ = false;
  if (!is_complete) {
    sink.fact({.kind = sdk::FactKind::note, .name = "incomplete_breath"});
    return;
  }
  done_ = number_;
  const Derived derived = breath_.derive(samples_per_second_);
  tell(signals_.pip, reading_of(derived.pip), sink);
  tell(signals_.peep, reading_of(derived.peep), sink);
  tell(signals_.vti, reading_of(derived.vti), sink);
  tell(signals_.vte, reading_of(derived.vte), sink);
  tell(signals_.rate, reading_of(derived.rate), sink);
}

// Of a breath that is said again nothing is of now.
void Decoder::tell(SignalId signal, const Reading& reading, sdk::Sink& sink) const {
  sink.sample(signal, is_repeated_ ? Reading::missing(Reason::stale) : reading);
}

// A breath may take longer to arrive than to the next one's beginning: no sample is told to be
// older than the one before it.
MonoTime Decoder::sample_time(MonoTime at) {
  if (is_open_ && began_) {
    const Duration since{int64_t{1'000'000'000} * (breath_.count() - 1) / samples_per_second_};
    at = std::max(told_, std::min(at, *began_ + since));
  }
  told_ = at;
  return at;
}

void Decoder::on_sample(const Sample& sample, MonoTime at, sdk::Sink& sink) {
  breath_.add(sample);
  sink.frame(sample_time(at));
  tell(signals_.p_now, Reading::ok(sample.pressure), sink);
  tell(signals_.flow, Reading::ok(sample.flow), sink);
}

std::vector<SignalId> signals_sent() {
  const Signals s;
  return {s.p_now, s.flow, s.pip, s.peep, s.vti, s.vte, s.rate};
}

}  // namespace lamplight::pb840_wave
