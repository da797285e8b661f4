#include "drivers/modbus/unit_poller.h"

#include <algorithm>

namespace lamplight::modbus {
namespace {
constexpr int kBadPollsMax = 3;
constexpr Duration kSilenceMax = seconds(10);
constexpr Duration kIdentifyEvery = seconds(60);
constexpr Duration kProbeFirst = seconds(5);
constexpr Duration kProbeLast = seconds(60);

// Exceptions that say the map is wrong (Modbus: illegal function, address, value).
bool says_wrong_map(const Failure& f) {
  return f.kind == PollError::exception && f.exception >= 1 && f.exception <= 3;
}
bool says_later(const Failure& f) {
  return f.kind == PollError::exception && (f.exception == 5 || f.exception == 6);
}
}  // namespace

UnitPoller::UnitPoller(const RegisterMap& map, UnitSettings settings, sdk::Sink& sink, MonoTime now)
    : map_(map),
      settings_(std::move(settings)),
      sink_(sink),
      decoder_(map, settings_.role),
      live_(settings_.role),
      padded_(map.blocks.size(), false),
      stopped_(map.blocks.size(), false),
      due_(now),
      cycle_(now),
      last_good_(now),
      identify_at_(now) {
  if (!map.lamplight_head) step_ = map.canary ? Step::canary : Step::block;
}

Request UnitPoller::request() const {
  Request r{.unit = settings_.unit, .is_probe = quarantined_};
  switch (step_) {
    case Step::identify:
      r.first = kIdentityFirst;
      r.count = kIdentityCount;
      break;
    case Step::ring:
      r.first = kRingFirst;
      r.count = kRingCount;
      break;
    case Step::canary:
      r.table = map_.canary->table;
      r.first = map_.canary->address;
      r.count = 1;
      break;
    case Step::block: {
      const Block& block = map_.blocks[block_];
      r.table = block.table;
      r.first = block.first;
      r.count = static_cast<uint16_t>(block.count + (padded_[block_] ? block.pad : 0));
      break;
    }
  }
  return r;
}

void UnitPoller::say(std::string_view name, std::string_view text) {
  sink_.fact({.kind = sdk::FactKind::note, .name = name, .text = text, .present = true});
}

void UnitPoller::reply(MonoTime now, Registers values) {
  switch (step_) {
    case Step::identify:
      return identified(now, values);
    case Step::block:
      return block_read(now, values);
    case Step::ring:
      if (!live_.ring(values, now, sink_)) return bad_poll(now, "the event ring's tag is wrong");
      good_poll(now);
      return next_step(now);
    case Step::canary:
      if (values.empty() || values[0] != map_.canary->value) {
        return bad_poll(now, "the canary register does not hold its value");
      }
      good_poll(now);
      step_ = Step::block;
      return;
  }
}

void UnitPoller::identified(MonoTime now, Registers values) {
  const auto identity = parse_identity(values, settings_.role);
  std::string refusal;
  if (!identity) {
    refusal = identity.error();
  } else if (!settings_.serial.empty() && identity->serial != settings_.serial) {
    refusal =
        "serial number " + identity->serial + " answers; " + settings_.serial + " is enrolled";
  }
  if (!refusal.empty()) {
    if (!refused_)
      sink_.fact({.kind = sdk::FactKind::refused, .name = "identity", .text = refusal});
    refused_ = true;
    return bad_poll(now, refusal);
  }
  refused_ = false;
  if (!serial_.empty() && serial_ != identity->serial) {
    say("device_changed", "another device answers now: " + identity->serial);
  }
  serial_ = identity->serial;
  using sdk::FactKind;
  sink_.fact({.kind = FactKind::identity, .name = "maker", .text = identity->maker});
  sink_.fact({.kind = FactKind::identity, .name = "model", .text = identity->model});
  sink_.fact({.kind = FactKind::identity, .name = "serial", .text = identity->serial});
  sink_.fact({.kind = FactKind::identity, .name = "firmware", .text = identity->firmware});
  good_poll(now);
  identify_at_ = now + kIdentifyEvery;
  step_ = Step::block;
}

void UnitPoller::block_read(MonoTime now, Registers values) {
  const Block& block = map_.blocks[block_];
  padded_[block_] = !padded_[block_];
  Verdict verdict;
  if (map_.lamplight_head && block.first == kLiveFirst) {
    switch (live_.check(values.first(block.count), now, verdict, sink_)) {
      case LiveCheck::Outcome::torn:
        return bad_poll(now, "a reply that is not one snapshot of the live block");
      case LiveCheck::Outcome::suspect:
        live_.begin();
        step_ = Step::identify;
        return bad_poll(now, "a stale or cached reply");
      case LiveCheck::Outcome::frozen:
        good_poll(now);
        return next_step(now);
      case LiveCheck::Outcome::good:
        break;
    }
  }
  good_poll(now);
  decoder_.decode(static_cast<int>(block_), values, verdict, sink_);
  next_step(now);
}

// After a good answer: the ring if it has news, else the next block, else the next cycle.
void UnitPoller::next_step(MonoTime now) {
  if (step_ == Step::block && map_.lamplight_head && live_.wants_ring()) {
    step_ = Step::ring;
    due_ = now;
    return;
  }
  step_ = Step::block;
  for (size_t i = block_ + 1; i < map_.blocks.size(); ++i) {
    if (stopped_[i]) continue;
    block_ = i;
    due_ = now;
    return;
  }
  block_ = 0;
  while (block_ + 1 < map_.blocks.size() && stopped_[block_]) ++block_;
  cycle_ = cycle_ + settings_.period;
  if (cycle_ < now) cycle_ = now;  // behind: keep the distance, never catch up in a burst
  if (map_.lamplight_head && cycle_ >= identify_at_) step_ = Step::identify;
  if (map_.canary) step_ = Step::canary;
  due_ = cycle_;
}

void UnitPoller::good_poll(MonoTime now) {
  last_good_ = now;
  bad_in_a_row_ = 0;
  sink_.frame(now);
  due_ = now;
  if (quarantined_) {
    quarantined_ = false;
    probe_after_ = kProbeFirst;
    cycle_ = now;
  }
  if (!link_up_) {
    link_up_ = true;
    link_known_ = true;
    change_ = LinkChange{true, "unit " + std::to_string(settings_.unit) + " answers"};
  }
}

void UnitPoller::failed(MonoTime now, Failure failure) {
  if (says_later(failure)) return next_step(now);
  if (says_wrong_map(failure) && step_ == Step::block) {
    stopped_[block_] = true;
    say("map_refused", "the device refuses block '" + map_.blocks[block_].name + "' (exception " +
                           std::to_string(failure.exception) +
                           "): the register map is wrong for it");
  }
  if (failure.kind == PollError::exception && failure.exception == 4) {
    say("device_failure", "the device answers 'device failure'");
  }
  // Time for another count, so that a late reply to this request cannot pass for the next one.
  if (step_ == Step::block) padded_[block_] = !padded_[block_];
  static constexpr std::string_view kWhy[] = {"no answer", "a broken answer", "an exception"};
  bad_poll(now, std::string(kWhy[static_cast<size_t>(failure.kind)]));
}

void UnitPoller::bad_poll(MonoTime now, const std::string& why) {
  ++bad_in_a_row_;
  const bool lost = bad_in_a_row_ >= kBadPollsMax || now - last_good_ >= kSilenceMax;
  if (!lost && !quarantined_) {
    cycle_ = std::max(cycle_ + settings_.period, now);
    due_ = cycle_;
    return;
  }
  if (quarantined_) {
    probe_after_ = std::min(probe_after_ * 2, kProbeLast);
  } else {
    quarantined_ = true;
    probe_after_ = kProbeFirst;
    if (live_.is_shutting_down()) say("switched_off", "the device said that it shuts down");
  }
  if (link_up_ || !link_known_) {
    link_up_ = false;
    link_known_ = true;
    change_ = LinkChange{false, why + ", three polls in a row or 10 s"};
  }
  live_.begin();
  if (map_.lamplight_head) step_ = Step::identify;
  std::fill(stopped_.begin(), stopped_.end(), false);
  block_ = 0;
  due_ = now + probe_after_;
}

void UnitPoller::reopened(MonoTime now) {
  live_.begin();
  if (map_.lamplight_head) step_ = Step::identify;
  block_ = 0;
  link_up_ = false;  // the next good answer says that it is up
  due_ = std::max(due_, now);
}

std::optional<UnitPoller::LinkChange> UnitPoller::take_link_change() {
  auto change = std::move(change_);
  change_.reset();
  return change;
}

}  // namespace lamplight::modbus
