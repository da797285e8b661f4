#include "drivers/contact/driver.h"

#include <array>

#include "drivers/sdk/signals.h"

namespace lamplight::contact {
namespace {

using sdk::Reading;

constexpr Duration kTellEvery = seconds(1);

struct Line {
  std::string_view name;
  uint8_t bit;
};
constexpr std::array<Line, 4> kInputs = {
    {{"cts", sdk::kLineCts}, {"dsr", sdk::kLineDsr}, {"dcd", sdk::kLineDcd}, {"ri", sdk::kLineRi}}};
constexpr std::array<Line, 2> kOutputs = {{{"rts", sdk::kLineRts}, {"dtr", sdk::kLineDtr}}};

template <size_t N>
std::optional<uint8_t> bit_of(const std::array<Line, N>& lines, std::string_view name) {
  for (const Line& line : lines) {
    if (line.name == name) return line.bit;
  }
  return std::nullopt;
}

SignalId of_contact(std::string_view name) { return sdk::signal(Role::contact, name); }

void note(std::string_view name, bool is_present, sdk::BusSink& sink) {
  sink.fact(0, {.kind = sdk::FactKind::note, .name = name, .present = is_present});
}

}  // namespace

std::vector<SignalId> signals_sent() {
  return {of_contact("state"), of_contact("alarm.device_calling"), of_contact("alarm.cable_fault")};
}

Result<Setup> parse_setup(const sdk::Configure& configure) {
  Setup setup;
  const auto input = bit_of(kInputs, configure.option("input").value_or("cts"));
  const auto drive = bit_of(kOutputs, configure.option("drive").value_or("rts"));
  if (!input) return failure("input must be cts, dsr, dcd or ri");
  if (!drive) return failure("drive must be rts or dtr");
  setup.input = *input;
  setup.drive = *drive;
  const std::string_view contact = configure.option("contact").value_or("normally_closed");
  if (contact != "normally_closed" && contact != "normally_open") {
    return failure("contact must be normally_closed or normally_open");
  }
  setup.wiring.is_normally_closed = contact == "normally_closed";
  const std::string_view supervised = configure.option("supervised").value_or("true");
  if (supervised != "true" && supervised != "false") {
    return failure("supervised must be true or false");
  }
  setup.wiring.is_supervised = supervised == "true";
  const auto debounce = sdk::parse_duration(configure.option("debounce").value_or("300 ms"));
  const auto test_due = sdk::parse_duration(configure.option("test_due").value_or("720 h"));
  if (!debounce || *debounce > seconds(10)) return failure("debounce must be \"0 s\" to \"10 s\"");
  if (!test_due || *test_due < hours(1)) return failure("test_due must be at least \"1 h\"");
  setup.wiring.debounce = *debounce;
  setup.wiring.test_due = *test_due;
  return setup;
}

Driver::Driver(const Setup& setup, Opener open)
    : setup_(setup), open_(std::move(open)), watch_(setup.wiring) {}

MonoTime Driver::lose(MonoTime now, const std::string& why, sdk::BusSink& sink) {
  lines_.reset();
  told_.reset();
  sink.link_down(0, why);
  return now + backoff_.next();
}

MonoTime Driver::work(MonoTime now, sdk::BusSink& sink) {
  if (!lines_) {
    auto opened = open_();
    if (!opened) return lose(now, opened.error(), sink);
    lines_ = std::move(*opened);
    watch_.opened(now);
    const Status driven = lines_->set(setup_.drive);
    if (!driven) return lose(now, driven.error(), sink);
    return now + Watch::kTestLasts;
  }
  const auto inputs = lines_->get();
  if (!inputs) return lose(now, inputs.error(), sink);
  const bool drove = watch_.drives();
  const MonoTime next = watch_.step(now, (*inputs & setup_.input) != 0);
  if (watch_.drives() != drove) {
    const Status driven = lines_->set(watch_.drives() ? setup_.drive : uint8_t{0});
    if (!driven) return lose(now, driven.error(), sink);
  }
  backoff_.reset();
  tell(now, sink);
  return next;
}

// On change, and once a second: a rule must see that the contact is still read.
void Driver::tell(MonoTime now, sdk::BusSink& sink) {
  const auto state = watch_.state();
  if (!state || (state == told_ && now < tell_at_)) return;
  told_ = state;
  tell_at_ = now + kTellEvery;
  sink.link_up(0);
  sink.sample(0, of_contact("state"), Reading::ok(static_cast<int32_t>(*state)), now);
  // Of a loop that does not follow nothing is known.
  const bool is_known = *state != State::unsupervised;
  const int32_t is_calling = *state == State::alarming ? 1 : 0;
  sink.sample(0, of_contact("alarm.device_calling"),
              is_known ? Reading::ok(is_calling) : Reading::missing(Reason::device_fault), now);
  sink.sample(0, of_contact("alarm.cable_fault"), Reading::ok(watch_.has_cable_fault() ? 1 : 0),
              now);
  note("silenced_alarms_are_not_visible", *state == State::quiet, sink);
  note("cable_cannot_be_supervised", watch_.cannot_be_supervised(), sink);
  note("contact_test_due", watch_.is_test_due(now), sink);
}

}  // namespace lamplight::contact
