#include "drivers/sdk/device_feed.h"

#include "rules/model/assert.h"
#include "rules/model/catalogue.h"
#include "rules/model/json_writer.h"

namespace lamplight::sdk {
namespace {

// Often enough that a rule's staleness limit never mistakes an unchanged condition for a lost one.
constexpr Duration kSwitchesEvery = milliseconds(900);

std::string begin_fact(DeviceNumber device, std::string_view fact) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("fact").key("device").integer(device);
  json.key("fact").string(fact);
  return text;
}

void add_text(std::string& message, std::string_view key, std::string_view text) {
  message += ',';
  JsonWriter(message).key(key).string(text);
}

void add_number(std::string& message, std::string_view key, uint64_t number) {
  message += ',';
  JsonWriter(message).key(key).integer(static_cast<int64_t>(number));
}

}  // namespace

DeviceFeed::DeviceFeed(CoreLink& core, const Numbers& numbers, Setup setup)
    : core_(core),
      numbers_(numbers),
      setup_(std::move(setup)),
      buffer_(limits::kDatagramMax),
      batch_(setup_.number, buffer_),
      said_(catalogue().size()),
      owner_(setup_.serial.empty() ? Owner::ours : Owner::untold) {}

void DeviceFeed::frame(MonoTime at) { at_ = at; }

void DeviceFeed::sample(SignalId signal, Reading reading) {
  if (owner_ == Owner::ours && is_worth_sending(signal, reading)) append(signal, reading);
}

bool DeviceFeed::is_worth_sending(SignalId signal, const Reading& reading) {
  const bool is_switch = signal_info(signal).kind == SignalKind::boolean;
  const Said& before = said_[signal];
  if (!setup_.thins_switches || !is_switch || before.reading != reading) return true;
  return at_ - before.at >= kSwitchesEvery;
}

void DeviceFeed::append(SignalId signal, const Reading& reading) {
  said_[signal] = {reading, at_};
  if (numbers_.signals[signal] < 0) return;
  const Sample sample{.measured_at = at_,
                      .value = reading.value(),
                      .signal = static_cast<SignalId>(numbers_.signals[signal]),
                      .quality = reading.quality(),
                      .reason = reading.reason(),
                      .number = next_number_};
  if (!batch_.add(sample)) {
    flush();
    LL_ASSERT(batch_.add(sample));
  }
  ++next_number_;
}

void DeviceFeed::flush() {
  if (batch_.count() == 0) return;
  report_gap();
  if (!core_.send_samples(batch_.finish())) lose_batch();
  batch_ = wire::SamplesWriter(setup_.number, buffer_);
  batch_first_ = next_number_;
}

// The numbers stay used: the hole is what tells the core.
void DeviceFeed::lose_batch() {
  if (!gap_first_) gap_first_ = batch_first_;
  gap_last_ = next_number_ - 1;
}

void DeviceFeed::report_gap() {
  if (!gap_first_ || !core_.flush()) return;
  std::string message = begin_fact(setup_.number, "gap");
  add_number(message, "first", *gap_first_);
  add_number(message, "last", gap_last_);
  add_text(message, "why", "overflow");
  core_.say(message + "}");
  gap_first_.reset();
}

void DeviceFeed::fact(const Fact& fact) {
  // What another device says of itself is nothing of ours but who it is.
  const bool says_who = fact.kind == FactKind::identity || fact.kind == FactKind::refused;
  if (owner_ == Owner::another && !says_who) return;
  // A restart is an event, not a state, and so is a note without an end: each one counts.
  const bool is_event =
      fact.kind == FactKind::restarted || (fact.kind == FactKind::note && !fact.present);
  if (is_event || facts_.is_news(fact)) say_fact(fact);
  // Also when it is no news: after a lost link the same number is told once more.
  if (fact.kind == FactKind::identity && fact.name == "serial") check_serial(fact.text);
}

void DeviceFeed::say_fact(const Fact& fact) {
  std::string message = begin_fact(setup_.number, name_of(fact.kind));
  add_text(message, "name", fact.name);
  if (!fact.text.empty()) add_text(message, "text", fact.text);
  if (fact.present) message += *fact.present ? R"(,"present":true)" : R"(,"present":false)";
  core_.say(message + "}");
}

void DeviceFeed::check_serial(std::string_view serial) {
  if (setup_.serial.empty()) return;
  const Owner told = serial == setup_.serial ? Owner::ours : Owner::another;
  if (told == owner_) return;
  if (told == Owner::another) {
    link_down("another device than the enrolled one is connected", at_);
    fact({.kind = FactKind::refused,
          .name = "serial",
          .text = std::string(serial) + " is connected, " + setup_.serial + " is enrolled"});
  }
  owner_ = told;
}

void DeviceFeed::say_link(std::string_view name, std::string_view why) {
  std::string message = begin_fact(setup_.number, "link");
  add_text(message, "name", name);
  add_text(message, "text", why);
  core_.say(message + "}");
}

void DeviceFeed::link_up(MonoTime at) {
  if (owner_ == Owner::untold) {
    link_down("a device is heard, but it has not told the serial number of the enrolled one", at);
  }
  if (owner_ != Owner::ours || is_up_ == true) return;
  is_up_ = true;
  down_why_.clear();
  facts_.forget(FactKind::refused);  // should it be refused again, that is news again
  say_link("up", "the device is heard");
}

bool DeviceFeed::link_down(std::string_view why, MonoTime at) {
  if (!setup_.serial.empty()) owner_ = Owner::untold;
  if (is_up_ == false && down_why_ == why) return false;
  const bool is_change = is_up_ != false;
  is_up_ = false;
  down_why_ = why;
  flush();
  say_link("down", why);
  if (!is_change) return false;

  at_ = at;
  bool has_said_any = false;
  for (const Said& said : said_) has_said_any = has_said_any || said.reading.has_value();
  const Reading lost = Reading::missing(Reason::link_lost);
  if (!has_said_any) {
    for (const SignalId signal : setup_.signals) append(signal, lost);
  }
  for (size_t i = 0; has_said_any && i < said_.size(); ++i) {
    if (said_[i].reading) append(static_cast<SignalId>(i), lost);
  }
  flush();
  return true;
}

void DeviceFeed::counters(const Counters& counters) {
  std::string message = begin_fact(setup_.number, "counters");
  add_number(message, "frames_good", counters.frames_good);
  add_number(message, "frames_bad", counters.frames_bad);
  add_number(message, "bytes_skipped", counters.bytes_skipped);
  core_.say(message + "}");
}

}  // namespace lamplight::sdk
