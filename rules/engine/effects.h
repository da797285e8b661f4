// What one step of the engine says happened: events in order, and whether what should be heard or
// seen at home changed. Fixed storage, allocated once by its owner and reused; no event holds a
// pointer, so a list may be copied, journaled and compared byte for byte.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rules/engine/program.h"
#include "rules/model/quality.h"

namespace lamplight::engine {

// Journal names are "alarm." + name_of(kind), but for "command.rejected", "window.started" and
// "window.ended".
enum class EventKind : uint8_t {
  raised,
  unconfirmed,
  confirmed,
  worsened,
  cleared,
  latched,
  reset,
  closed,  // region A
  inhibited,
  uninhibited,
  signal_on,
  signal_off,
  marked,
  acknowledged,
  seen,
  ack_expired,
  reminder,
  audio_paused,
  audio_resumed,  // region B
  window_started,
  window_ended,  // a button, of no alarm
  command_rejected,
};
inline constexpr int kEventKindCount = 22;
std::string_view name_of(EventKind kind);
std::optional<EventKind> event_kind_of(std::string_view word);
// The kinds that replay prints.
constexpr bool is_condition_event(EventKind k) { return k <= EventKind::uninhibited; }

// to_lost: a person stood it down; the `lost` alarm of its reading goes on.
enum class Cause : uint8_t { none, limit_changed, rules_changed, unknown, turned_off, to_lost };
std::string_view name_of(Cause cause);

enum class RejectWhy : uint8_t {
  none,
  unknown_occurrence,
  closed,
  nothing_to_acknowledge,
  no_button,
  not_at_bedside,
  already_pressed,
  not_pressed,
  resting,
  nothing_to_pause,
  already_paused,
  not_paused,
  too_long,
  not_unconfirmed,
  lost_not_open,
};
std::string_view name_of(RejectWhy why);

enum class Place : uint8_t { bedside, remote };
constexpr std::string_view name_of(Place p) { return p == Place::bedside ? "bedside" : "remote"; }

// Who did it, as published: the care team's opaque id, or a home carer's name or number.
// NUL-padded.
struct Actor {
  static constexpr size_t kIdMax = 64;  // bytes
  static constexpr size_t kRoleMax = 23;
  std::array<char, kIdMax> id{};
  std::array<char, kRoleMax> role{};
  Place place = Place::bedside;
  std::string_view id_text() const;
  std::string_view role_text() const;
  bool operator==(const Actor&) const = default;
};
// Cuts what is too long, between characters.
Actor make_actor(std::string_view id, std::string_view role, Place place);

// One atom that decided an event, frozen at the event's instant.
struct EvidenceAtom {
  OpIndex op = kNone;
  Truth truth = Truth::unknown;
  bool has_value = false;
  uint32_t samples = 0;  // in this run of the atom's truth
  MonoTime since{};
  int64_t worst = 0;  // Σ of the comparison's signal terms; enumerations: the value
  int64_t last = 0;
};

// The value of one quantity hole of title, say and do, in this order, frozen likewise.
struct HoleValue {
  int64_t value = 0;
  bool known = false;
  ReasonSet reasons{};  // why not
};

struct Event {
  EventKind kind = EventKind::raised;
  Cause cause = Cause::none;
  RejectWhy why = RejectWhy::none;
  Priority priority = Priority::info;  // after the event
  Rank rank{};
  AlarmIndex alarm = kNone;  // index for Engine::alarm(); kNone: of no alarm
  uint16_t button = kNone;   // of a window
  uint16_t inhibit = kNone;  // the lease that keeps it quiet: index into Program::inhibits
  bool inhibited = false;    // raised under a lease, or a lease began over it
  uint16_t again = 0;        // raises while latched
  uint32_t flaps = 0;        // returns of the condition before clear, of this occurrence so far
  ReasonSet reasons{};       // why the condition (or, of a lost alarm, its signal) is unknown
  uint64_t occurrence = 0;
  uint64_t previous = 0;  // the marked occurrence before it; 0 = none
  MonoTime t{};           // the instant it became true
  MonoTime emitted{};     // the step that emitted it
  MonoTime until{};       // end of a lease (acknowledged, audio_paused, inhibited, window_started)
  MonoTime raised_at{};
  MonoTime measured_at{};   // newest of the deciding signals; kNever = no sample ever came
  MonoTime received_at{};   // when that sample took effect; kNever likewise
  Duration held{};          // how long the condition had held
  ProfileSet profiles = 0;  // active at t: limits in texts are those of this set
  uint16_t evidence_first = 0;
  uint16_t evidence_count = 0;
  uint16_t hole_first = 0;
  uint16_t hole_count = 0;
  uint64_t tag = 0;  // of the command that caused it
  Actor actor{};     // of an act
};

class EffectList {
 public:
  static constexpr size_t kEventsMax = 3072;
  static constexpr size_t kAtomsMax = 8192;
  static constexpr size_t kHolesMax = 4096;
  static constexpr size_t kAtomsPerEvent = 16;  // more are left out of the evidence
  static constexpr size_t kHolesPerEvent = 16;

  EffectList();  // the only allocation
  void clear();

  std::span<const Event> events() const { return {events_.data(), event_count_}; }
  std::span<const EvidenceAtom> evidence(const Event& e) const;
  std::span<const HoleValue> holes(const Event& e) const;
  // The annunciate effect: something audible or visible changed; ask Engine::view().
  bool annunciate() const { return annunciate_; }

  // For the engine.
  size_t room() const { return kEventsMax - event_count_; }
  Event& append();
  bool append_atom(Event& e, const EvidenceAtom& atom);
  bool append_hole(Event& e, const HoleValue& hole);
  void set_annunciate() { annunciate_ = true; }

 private:
  std::vector<Event> events_{};
  std::vector<EvidenceAtom> atoms_{};
  std::vector<HoleValue> holes_{};
  size_t event_count_ = 0;
  size_t atom_count_ = 0;
  size_t hole_count_ = 0;
  bool annunciate_ = false;
};

}  // namespace lamplight::engine
