// The surface of Core: every call ends in finish(), so that nothing that arose stays behind.
#include "gateway/core/core.h"

#include <utility>

#include "gateway/core/parts.h"
#include "gateway/core/uplink_message.h"
#include "rules/model/assert.h"

namespace lamplight::core {

Core::Core(Setup setup, engine::Program program)
    : parts_(std::make_unique<Parts>(std::move(setup), std::move(program))) {}
Core::~Core() = default;

void Core::restore(const store::Opened& opened, Restore how, bool ring_complete) {
  parts_->restore(opened, how, ring_complete);
}

MonoTime Core::replay_from() const { return parts_->replay_from(); }

void Core::replay(MonoTime now, const Input& input, Effects& effects) {
  const auto* begun = std::get_if<Booted>(&input);
  if (begun != nullptr && begun->kind == BootKind::provisional) {
    const WallChange clock{begun->wall, begun->profiles, begun->synchronised};
    return replay(now, parts_->boot_input(now, clock), effects);
  }
  if (now > parts_->replay_state_after) {
    // A ring that is not in order is not ours to argue with: what cannot follow is passed over.
    if (parts_->engine && now <= parts_->state.now) return;
    parts_->step(now, input, /*is_replay=*/true);
  } else {
    parts_->replaying = true;
    parts_->rebatch(now, input);
  }
  parts_->finish(now, effects);
}

MonoTime Core::watching_since() const { return parts_->engine ? parts_->state.since : kNever; }

Input Core::boot_input(MonoTime now, const WallChange& clock) const {
  return parts_->boot_input(now, clock);
}

void Core::step(MonoTime now, const Input& input, Effects& effects) {
  LL_ASSERT(now > parts_->state.now || !parts_->engine);
  parts_->step(now, input, /*is_replay=*/false);
  parts_->finish(now, effects);
  if (!std::holds_alternative<Shutdown>(input)) return;
  parts_->flush_rows(now, /*force=*/true);
  parts_->outbox.write_cursors(effects);
  parts_->finish(now, effects);
  effects.jobs.emplace_back(store::Stop{});
}

void Core::on_store(MonoTime now, const store::Answer& answer, Effects& effects) {
  parts_->on_answer(now, answer, effects);
}

void Core::on_uplink(MonoTime now, std::string_view json, Effects& effects) {
  Parts& p = *parts_;
  p.replaying = false;
  const Result<UplinkMessage> message = decode_uplink(json);
  if (!message) {
    ++p.ignored_messages;
    return;
  }
  if (const auto* link = std::get_if<LinkChange>(&*message)) {
    effects.journal.emplace_back(*link);
  } else if (const auto* command = std::get_if<RemoteCommand>(&*message)) {
    effects.journal.emplace_back(*command);
  } else if (const auto* published = std::get_if<Published>(&*message)) {
    p.outbox.on_published(published->conn, published->generation, published->key);
    p.finish(now, effects);
  } else if (const auto* stored = std::get_if<Stored>(&*message)) {
    if (stored->store_id != p.recorder.store_id()) return;
    for (const auto& [lane, seq] : stored->lanes) p.outbox.on_stored(now, lane, seq);
    p.finish(now, effects);
  }
}

MonoTime Core::next_deadline() const { return parts_->next_deadline(); }

bool Core::store_is_known_stalled() const {
  return parts_->state.store_stalled || parts_->state.store_failing;
}

std::string Core::status_json(MonoTime now) const { return parts_->readout_status(now); }
std::string Core::alarms_json(MonoTime now, bool names) const {
  return parts_->readout_alarms(now, names);
}
std::string Core::vitals_json(MonoTime now) const { return parts_->readout_vitals(now); }
std::string Core::devices_json(MonoTime now) const { return parts_->readout_devices(now); }
std::string Core::annunciate_json() const { return parts_->annunciate_json(); }
std::string Core::last_will_json() const { return parts_->last_will(); }

uint64_t Core::digest() const {
  std::vector<std::byte> bytes;
  encode_state(parts_->state, bytes);
  uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const std::byte b : bytes) hash = (hash ^ std::to_integer<uint64_t>(b)) * 1099511628211ULL;
  return parts_->engine ? hash ^ parts_->engine->digest() : hash;
}

}  // namespace lamplight::core
