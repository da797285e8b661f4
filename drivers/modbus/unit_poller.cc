#include "drivers/modbus/unit_poller.h"

#include <algorithm>

namespace lamplight::modbus {
namespace {
constexpr int kBadPollsMax = 3;
constexpr Duration kSilenceMax = seconds(10);
constexpr Duration kIdentifyEvery = seconds(60);
constexpr Duration kProbeFirst = seconds(5);
constexpr Duration kProbeLast = seconds(60);

bool is_exception(const Failure& f, int low, int high) {
  return f.kind == PollError::exception && f.exception >= low && f.exception <= high;
}
// Illegal function, address, or value.
bool says_wrong_map(const Failure& f) { return is_exception(f, 1, 3); }
bool says_later(const Failure& f) { return is_exception(f, 5, 6); }
bool says_fault(const Failure& f) { return is_exception(f, 4, 4) || is_exception(f, 8, 8); }
}  // namespace

UnitPoller::UnitPoller(const RegisterMap& map, UnitSettings settings, sdk::Sink& sink, MonoTime now)
    : map_(map),
      settings_(std::move(settings)),
      sink_(sink),
      decoder_(map, settings_.role),
      live_(settings_.role),
      padded_(map.blocks.size(), false),
      stopped_(map.blocks.size() + 1, false),
      told_refused_(map.blocks.size() + 1, false),
      due_(now),
      cycle_(now),
      last_good_(now),
      identify_at_(now) {
  step_ = first_step();
}

UnitPoller::Step UnitPoller::first_step() const {
  if (map_.lamplight_head) return Step::identify;
  return map_.canary ? Step::canary : Step::block;
}

size_t UnitPoller::first_block() const {
  size_t first = 0;
  while (first + 1 < map_.blocks.size() && stopped_[first]) ++first;
  return stopped_[first] ? 0 : first;
}

bool UnitPoller::is_all_stopped() const {
  return std::find(stopped_.begin(), stopped_.end() - 1, false) == stopped_.end() - 1;
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

void UnitPoller::reply(MonoTime now, Registers values) {
  switch (step_) {
    case Step::identify:
      return identified(now, values);
    case Step::block:
      return block_read(now, values);
    case Step::ring:
      if (!live_.ring(values, now, sink_)) return bad_poll(now, "the event ring's tag is wrong");
      block_answers(map_.blocks.size());
      good_poll(now);
      return next_step(now);
    case Step::canary:
      if (values.empty() || values[0] != map_.canary->value) {
        return bad_poll(now, "the canary register does not hold its value");
      }
      if (is_all_stopped()) {
        heard(now);
      } else {
        good_poll(now);
      }
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
    if (!refused_) refuse("identity", refusal);
    refused_ = true;
    return bad_poll(now, refusal);
  }
  refused_ = false;
  const bool is_another = !serial_.empty() && serial_ != identity->serial;
  if (is_another) another_device(identity->serial);
  serial_ = identity->serial;
  decoder_.not_fitted(not_fitted(settings_.role, identity->capabilities));
  notes_.lasting(sink_, "watchdog_too_short",
                 identity->watchdog_s != 0 && settings_.period >= seconds(identity->watchdog_s),
                 "the device calls its monitoring lost between two polls");
  using sdk::FactKind;
  sink_.fact({.kind = FactKind::identity, .name = "maker", .text = identity->maker});
  sink_.fact({.kind = FactKind::identity, .name = "model", .text = identity->model});
  sink_.fact({.kind = FactKind::identity, .name = "serial", .text = identity->serial});
  sink_.fact({.kind = FactKind::identity, .name = "firmware", .text = identity->firmware});
  // A device that refuses all that is asked of it is not up because it says who it is; and the
  // values of the one before end before those of another begin.
  if (is_all_stopped() || is_another) {
    heard(now);
  } else {
    good_poll(now);
  }
  identify_at_ = now + kIdentifyEvery;
  step_ = Step::block;
}

void UnitPoller::another_device(const std::string& serial) {
  const std::string why = "another device answers now: " + serial;
  Notes::happened(sink_, "device_changed", why);
  live_.begin_another();
  std::fill(stopped_.begin(), stopped_.end(), false);
  std::fill(told_refused_.begin(), told_refused_.end(), false);
  notes_.lasting(sink_, "map_refused", false);
  if (!link_up_) return;
  link_up_ = false;
  change_ = LinkChange{false, why};
}

void UnitPoller::refuse(std::string_view name, const std::string& why) {
  sink_.fact({.kind = sdk::FactKind::refused, .name = name, .text = why});
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
    if (!live_.is_shutting_down()) notes_.lasting(sink_, "switched_off", false);
  }
  block_answers(block_);
  good_poll(now);
  decoder_.decode(static_cast<int>(block_), values, verdict, sink_);
  next_step(now);
}

void UnitPoller::block_answers(size_t block) {
  stopped_[block] = false;
  told_refused_[block] = false;
  const bool any =
      std::find(told_refused_.begin(), told_refused_.end(), true) != told_refused_.end();
  notes_.lasting(sink_, "map_refused", any);
  notes_.lasting(sink_, "device_failure", false);
}

// After an answer: the ring if it has news, else the next block, else the next cycle.
void UnitPoller::next_step(MonoTime now) {
  const bool wants_ring = map_.lamplight_head && live_.wants_ring() && !stopped_.back();
  if (step_ == Step::block && wants_ring) {
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
  block_ = first_block();
  next_cycle(now);
  if (map_.lamplight_head && cycle_ >= identify_at_) step_ = Step::identify;
  if (map_.canary) step_ = Step::canary;
}

// Behind: keep the distance, never catch up in a burst.
void UnitPoller::next_cycle(MonoTime now) {
  cycle_ = std::max(cycle_ + settings_.period, now);
  due_ = cycle_;
}

// The device answered as it should; that alone does not make its link up.
void UnitPoller::heard(MonoTime now) {
  sink_.frame(now);
  due_ = now;
}

void UnitPoller::good_poll(MonoTime now) {
  heard(now);
  notes_.lasting(sink_, "another_unit", false);
  last_good_ = now;
  bad_in_a_row_ = 0;
  if (quarantined_) {
    quarantined_ = false;
    probe_after_ = kProbeFirst;
    cycle_ = now;
    std::fill(stopped_.begin(), stopped_.end(), false);
  }
  if (!link_up_) {
    decoder_.link_is_up();
    link_up_ = true;
    link_known_ = true;
    change_ = LinkChange{true, "unit " + std::to_string(settings_.unit) + " answers"};
  }
}

void UnitPoller::failed(MonoTime now, Failure failure) {
  if (says_later(failure)) return busy(now);
  const Step asked = step_;
  const bool is_values = asked == Step::block || asked == Step::ring;
  const bool is_wrong_map = says_wrong_map(failure);
  if (is_wrong_map && is_values) {
    stop_block(failure.exception);
    if (!is_all_stopped()) return next_step(now);
  }
  if (says_fault(failure)) device_failure();
  // Time for another count, so that a late reply to this request cannot pass for the next one.
  if (asked == Step::block) padded_[block_] = !padded_[block_];
  static constexpr std::string_view kWhy[] = {"no answer", "a broken answer", "an exception",
                                              "an answer of another unit"};
  if (failure.kind == PollError::another_unit) {
    notes_.lasting(
        sink_, "another_unit", true,
        "another unit answers for unit " + std::to_string(settings_.unit) + ": not used");
  }
  bad_poll(now, std::string(kWhy[static_cast<size_t>(failure.kind)]));
  if (is_wrong_map && !is_values && quarantined_) {
    refuse("map", "the device refuses its first block (exception " +
                      std::to_string(failure.exception) + "): the register map is wrong for it");
  }
}

void UnitPoller::stop_block(int exception) {
  const size_t which = step_ == Step::ring ? map_.blocks.size() : block_;
  stopped_[which] = true;
  told_refused_[which] = true;
  const std::string name = step_ == Step::ring ? "ring" : map_.blocks[which].name;
  const std::string why = "the device refuses block '" + name + "' (exception " +
                          std::to_string(exception) + "): the register map is wrong for it";
  notes_.lasting(sink_, "map_refused", true, why);
  refuse("map", why);
}

// The device itself says that it cannot read its values.
void UnitPoller::device_failure() {
  notes_.lasting(sink_, "device_failure", true, "the device answers that it has failed");
  if (step_ != Step::block || quarantined_) return;
  Verdict verdict;
  verdict.all_missing = Reason::device_fault;
  const std::vector<uint16_t> nothing(map_.blocks[block_].count, 0);
  decoder_.decode(static_cast<int>(block_), nothing, verdict, sink_);
}

// It lives, so that it is no bad poll; but it tells nothing, and for 10 s that is a lost link.
void UnitPoller::busy(MonoTime now) {
  if (quarantined_ || now - last_good_ >= kSilenceMax) return bad_poll(now, "busy");
  if (step_ == Step::block || step_ == Step::ring) return next_step(now);
  next_cycle(now);
}

void UnitPoller::bad_poll(MonoTime now, const std::string& why) {
  ++bad_in_a_row_;
  const bool is_lost =
      bad_in_a_row_ >= kBadPollsMax || now - last_good_ >= kSilenceMax || is_all_stopped();
  if (!is_lost && !quarantined_) {
    if (step_ == Step::ring) step_ = Step::block;  // what is now comes before what was
    return next_cycle(now);
  }
  if (quarantined_) {
    probe_after_ = std::min(probe_after_ * 2, kProbeLast);
  } else {
    quarantined_ = true;
    probe_after_ = kProbeFirst;
    if (live_.is_shutting_down()) {
      notes_.lasting(sink_, "switched_off", true, "the device said that it shuts down");
    }
  }
  if (link_up_ || !link_known_) {
    link_up_ = false;
    link_known_ = true;
    change_ = LinkChange{false, is_all_stopped() ? "the device refuses the register map"
                                                 : why + ", three polls in a row or 10 s"};
  }
  live_.begin();
  step_ = first_step();
  block_ = first_block();
  due_ = now + probe_after_;
}

void UnitPoller::reopened(MonoTime now) {
  live_.begin();
  step_ = first_step();
  block_ = first_block();
  due_ = std::max(due_, now);
  if (!port_was_lost_) return;
  port_was_lost_ = false;
  quarantined_ = false;
  probe_after_ = kProbeFirst;
  bad_in_a_row_ = 0;
  last_good_ = now;
  due_ = cycle_ = now;
}

// Only here and where a poll says it: a bus that is merely opened again has told nobody anything.
void UnitPoller::told_lost() {
  link_up_ = false;  // the next good answer says that it is up
  link_known_ = true;
  if (live_.is_shutting_down()) {
    notes_.lasting(sink_, "switched_off", true, "the device said that it shuts down");
  }
  if (!is_all_stopped()) std::fill(stopped_.begin(), stopped_.end(), false);
}

std::optional<UnitPoller::LinkChange> UnitPoller::take_link_change() {
  auto change = std::move(change_);
  change_.reset();
  return change;
}

}  // namespace lamplight::modbus
