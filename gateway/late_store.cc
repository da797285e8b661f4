// A disk that hangs while the record is opened must not keep anybody from watching. Then a
// provisional core begins with nothing: it sounds, and publishes under a store id of its own, so
// that no (store_id, lane, seq) ever names two contents. Its inputs are in the ring like all
// others. When the store answers at last, a second core is restored from the record and hears the
// whole ring, and what the first one decided is decided again, with the record's own numbers. So
// does the core of the next life if this one ends before.
#include "gateway/app.h"

namespace lamplight {
namespace {

// Beyond every number that the record can have given: an acknowledgement of a provisional
// occurrence, heard again by the second core, can touch no other one.
constexpr uint64_t kProvisionalOccurrences = uint64_t{1} << 40U;
constexpr uint64_t kAllReserved = uint64_t{1} << 40U;

}  // namespace

void App::start_provisional() {
  log_.line(LogLevel::error, "the record does not open: watching without it for now");
  const auto records = ring_->records();
  if (!records.empty()) last_now_ = std::max(last_now_, records.back().now);
  const MonoTime at = now();
  store::Opened nothing;
  nothing.store_id = "p-" + boot_.substr(0, 8) + "-" + std::to_string(at.ns);
  for (store::LaneState& lane : nothing.lanes) lane.reserved = kAllReserved;
  core_.emplace(core_setup(), program_);
  core_->restore(nothing, core::Restore::resume, true);
  auto booted = std::get<core::Booted>(core_->boot_input(at, clock_now()));
  booted.kind = core::BootKind::provisional;
  booted.first_occurrence = kProvisionalOccurrences;
  // step() takes the next instant for the record, which is how the second core finds it.
  provisional_since_ = at;
  step(booted);
  provisional_since_ = last_step_;
  finish_pending();
}

void App::open_late(const store::Opened& opened) {
  // A goodbye is under way, and the store's part of it behind us: the next life hears the ring.
  if (!is_provisional() || stopping_) return;
  log_.line(LogLevel::warn, "the record has opened at last");
  pending_.clear();
  // A replay like that of a start: an input that kills it is set aside by the next life.
  ring_->begin_start();
  const bool knows_all = start_core(opened);
  ring_->end_start();
  if (control_) {
    control_->broadcast({core::FollowKind::annunciate, core_->annunciate_json()});
    if (!knows_all) control_->tell_sounders_again();
  }
  if (!supervisor_) return;
  if (knows_all) {
    supervisor_->restart_uplink("the record has opened");
  } else {
    supervisor_->restart_all("the record has opened");
  }
}

}  // namespace lamplight
