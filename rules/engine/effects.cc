// Words of events, and the list they are collected in.
#include "rules/engine/effects.h"

#include <algorithm>

#include "rules/model/assert.h"
#include "rules/model/text.h"

namespace lamplight::engine {
namespace {

constexpr std::array<std::string_view, kEventKindCount> kKinds = {
    "raised",        "unconfirmed",    "confirmed",    "worsened",    "cleared",   "latched",
    "reset",         "closed",         "inhibited",    "uninhibited", "signal_on", "signal_off",
    "marked",        "acknowledged",   "seen",         "ack_expired", "reminder",  "audio_paused",
    "audio_resumed", "window_started", "window_ended", "rejected"};

template <size_t N>
void fill(std::array<char, N>& to, std::string_view from) {
  to.fill('\0');
  const std::string_view kept = cut_text(from, N);
  std::copy(kept.begin(), kept.end(), to.begin());
}

template <size_t N>
std::string_view text_of(const std::array<char, N>& from) {
  return {from.data(),
          static_cast<size_t>(std::find(from.begin(), from.end(), '\0') - from.begin())};
}

}  // namespace

std::string_view name_of(EventKind kind) { return kKinds[static_cast<size_t>(kind)]; }

std::optional<EventKind> event_kind_of(std::string_view word) {
  const auto found = std::find(kKinds.begin(), kKinds.end(), word);
  if (found == kKinds.end()) return std::nullopt;
  return static_cast<EventKind>(found - kKinds.begin());
}

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::none:
      return "none";
    case Cause::limit_changed:
      return "limit_changed";
    case Cause::rules_changed:
      return "rules_changed";
    case Cause::unknown:
      return "unknown";
    case Cause::turned_off:
      return "turned_off";
    case Cause::to_lost:
      return "to_lost";
  }
  return "none";
}

std::string_view name_of(RejectWhy why) {
  switch (why) {
    case RejectWhy::none:
      return "none";
    case RejectWhy::unknown_occurrence:
      return "unknown_occurrence";
    case RejectWhy::closed:
      return "closed";
    case RejectWhy::nothing_to_acknowledge:
      return "nothing_to_acknowledge";
    case RejectWhy::no_button:
      return "no_button";
    case RejectWhy::not_at_bedside:
      return "not_at_bedside";
    case RejectWhy::already_pressed:
      return "already_pressed";
    case RejectWhy::not_pressed:
      return "not_pressed";
    case RejectWhy::resting:
      return "resting";
    case RejectWhy::nothing_to_pause:
      return "nothing_to_pause";
    case RejectWhy::already_paused:
      return "already_paused";
    case RejectWhy::not_paused:
      return "not_paused";
    case RejectWhy::too_long:
      return "too_long";
    case RejectWhy::not_unconfirmed:
      return "not_unconfirmed";
    case RejectWhy::lost_not_open:
      return "lost_not_open";
  }
  return "none";
}

std::string_view Actor::id_text() const { return text_of(id); }
std::string_view Actor::role_text() const { return text_of(role); }

Actor make_actor(std::string_view id, std::string_view role, Place place) {
  Actor actor;
  fill(actor.id, id);
  fill(actor.role, role);
  actor.place = place;
  return actor;
}

EffectList::EffectList() : events_(kEventsMax), atoms_(kAtomsMax), holes_(kHolesMax) {}

void EffectList::clear() {
  event_count_ = 0;
  atom_count_ = 0;
  hole_count_ = 0;
  annunciate_ = false;
}

std::span<const EvidenceAtom> EffectList::evidence(const Event& e) const {
  return {atoms_.data() + e.evidence_first, e.evidence_count};
}

std::span<const HoleValue> EffectList::holes(const Event& e) const {
  return {holes_.data() + e.hole_first, e.hole_count};
}

Event& EffectList::append() {
  LL_ASSERT(event_count_ < kEventsMax);
  Event& e = events_[event_count_++];
  e = Event{};
  e.evidence_first = static_cast<uint16_t>(atom_count_);
  e.hole_first = static_cast<uint16_t>(hole_count_);
  return e;
}

bool EffectList::append_atom(Event& e, const EvidenceAtom& atom) {
  if (e.evidence_count >= kAtomsPerEvent || atom_count_ >= kAtomsMax) return false;
  LL_ASSERT(e.evidence_first + e.evidence_count == atom_count_);
  atoms_[atom_count_++] = atom;
  ++e.evidence_count;
  return true;
}

bool EffectList::append_hole(Event& e, const HoleValue& hole) {
  if (e.hole_count >= kHolesPerEvent || hole_count_ >= kHolesMax) return false;
  LL_ASSERT(e.hole_first + e.hole_count == hole_count_);
  holes_[hole_count_++] = hole;
  ++e.hole_count;
  return true;
}

}  // namespace lamplight::engine
