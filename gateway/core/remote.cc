// Acts of people: from the care team by command; and the engine's answer to whoever acted.
#include <algorithm>

#include "gateway/core/parts.h"

namespace lamplight::core {
namespace {

Why why_of(engine::RejectWhy why) {
  switch (why) {
    case engine::RejectWhy::none:
      return Why::none;
    case engine::RejectWhy::unknown_occurrence:
      return Why::unknown_occurrence;
    case engine::RejectWhy::closed:
    case engine::RejectWhy::nothing_to_acknowledge:
      return Why::closed;
    case engine::RejectWhy::not_at_bedside:
      return Why::not_at_bedside;
    // Of acts that only the bedside can do.
    case engine::RejectWhy::no_button:
    case engine::RejectWhy::already_pressed:
    case engine::RejectWhy::not_pressed:
    case engine::RejectWhy::resting:
    case engine::RejectWhy::nothing_to_pause:
    case engine::RejectWhy::already_paused:
    case engine::RejectWhy::not_paused:
    case engine::RejectWhy::too_long:
    case engine::RejectWhy::not_unconfirmed:
    case engine::RejectWhy::lost_not_open:
      return Why::closed;
  }
  return Why::closed;
}

// Of several events of one command, the one that says it is done.
bool is_answer(engine::EventKind kind) {
  using engine::EventKind;
  constexpr EventKind kAnswers[] = {
      EventKind::seen,         EventKind::acknowledged,   EventKind::reset,
      EventKind::audio_paused, EventKind::audio_resumed,  EventKind::closed,
      EventKind::window_ended, EventKind::window_started,
  };
  return std::find(std::begin(kAnswers), std::end(kAnswers), kind) != std::end(kAnswers);
}

}  // namespace

void Core::Parts::ask_engine(engine::Command command, Asked who) {
  command.tag = state.next_tag++;
  turn.commands.push_back(command);
  asked.emplace(command.tag, std::move(who));
}

uint64_t Core::Parts::rejected_event(const engine::Event& event, const Asked& who, Why why) {
  return system_event("command.rejected", [&](JsonWriter& out) {
    if (event.occurrence != 0) {
      out.key("occurrence").integer(static_cast<int64_t>(event.occurrence));
    }
    if (!who.act.button.empty()) out.key("button").string(who.act.button);
    out.key("act").string(name_of(who.act.kind));
    out.key("actor").string(event.actor.id_text()).key("role").string(event.actor.role_text());
    out.key("place").string(engine::name_of(event.actor.place));
    out.key("why").string(engine::name_of(event.why));
    if (who.remote) write_command(out, {who.id, "rejected", name_of(why)});
  });
}

void Core::Parts::answered_by_engine(const engine::Event& event, Lane lane, uint64_t seq) {
  const auto at = asked.find(event.tag);
  if (at == asked.end()) return;
  const Asked who = at->second;
  const bool rejected = event.kind == engine::EventKind::command_rejected;
  const Why why = rejected ? why_of(event.why) : Why::none;
  if (rejected) {
    seq = rejected_event(event, who, why);
  } else if (!is_answer(event.kind)) {
    return;  // a consequence (signal_off …), not the answer
  }
  asked.erase(at);
  if (who.remote) {
    outbox.add_result(lane, seq,
                      answer_json({.id = who.id,
                                   .outcome = rejected ? "rejected" : "done",
                                   .why = why,
                                   .seq = seq,
                                   .expiry_unchecked = who.expiry_unchecked}));
    memory.remember(state.now, who.id, {seq, lane});
  } else if (!replaying) {
    BedsideAnswer answer = answer_to(who.act, event);
    if (rejected) return refuse_bedside(answer, seq);
    confirming.push_back({std::move(answer), lane, seq, state.now});
  }
}

// Journaled only where a person's act on an occurrence was meant; garbage is answered, not kept.
void Core::Parts::reject(const Decoded& decoded, Why why, bool expiry_unchecked) {
  std::optional<uint64_t> seq;
  if (decoded.why == Why::none) {
    const RemoteAct& act = decoded.act;
    seq = system_event("command.rejected", [&](JsonWriter& out) {
      if (act.occurrence != 0) out.key("occurrence").integer(static_cast<int64_t>(act.occurrence));
      out.key("actor").string(act.actor).key("role").string(act.role);
      out.key("place").string("remote").key("why").string(name_of(why));
      write_command(out, {act.id, "rejected", name_of(why)});
    });
    memory.remember(state.now, act.id, {seq, Lane::system});
  }
  outbox.add_result(Lane::system, seq.value_or(0),
                    answer_json({.id = decoded.id,
                                 .outcome = "rejected",
                                 .why = why,
                                 .seq = seq,
                                 .expiry_unchecked = expiry_unchecked}));
}

void Core::Parts::on_command(const RemoteCommand& command) {
  const Decoded decoded = decode_command(command);
  if (decoded.why != Why::none) return reject(decoded, decoded.why, false);
  const RemoteAct& act = decoded.act;
  if (const auto* first = memory.find(act.id)) {
    uint64_t row = 0;
    if (first->seq) {
      row = system_event("command.duplicate", [&](JsonWriter& out) {
        out.key("actor").string(act.actor).key("role").string(act.role);
        out.key("place").string("remote");
        write_command(out, {act.id, "duplicate", {}});
      });
    }
    outbox.add_result(Lane::system, row,
                      answer_json({.id = act.id, .outcome = "duplicate", .seq = first->seq}));
    return;
  }
  const bool can_judge = state.wall.wall.clock == ClockState::synchronised;
  const bool unchecked = act.expires_ns.has_value() && !can_judge;
  if (act.expires_ns && can_judge && state.wall.at(state.now).unix_ns > *act.expires_ns) {
    return reject(decoded, Why::expired, false);
  }
  const bool names_store = !act.store_id.empty();
  if (names_store && act.store_id != recorder.store_id()) {
    return reject(decoded, Why::other_store, unchecked);
  }
  const auto done = [&] {
    memory.remember(state.now, act.id, {std::nullopt, Lane::system});
    outbox.add_result(
        Lane::system, 0,
        answer_json({.id = act.id, .outcome = "done", .expiry_unchecked = unchecked}));
  };
  switch (act.type) {
    case CommandType::acknowledge:
      ask_engine({.occurrence = act.occurrence,
                  .actor = engine::make_actor(act.actor, act.role, engine::Place::remote)},
                 {.remote = true, .id = act.id, .expiry_unchecked = unchecked});
      return;
    case CommandType::bedside_only:
      return reject(decoded, Why::not_at_bedside, unchecked);
    case CommandType::watch: {
      for (size_t i = 0; i < setup.devices.size(); ++i) {
        if (setup.devices[i].id != act.device) continue;
        watched_until[i] = state.now + kWatchLease;
        return done();
      }
      return reject(decoded, Why::malformed, unchecked);
    }
    case CommandType::resend_from:
      if (!outbox.resend_from(act.lane, act.seq)) {
        return reject(decoded, Why::unsupported, unchecked);
      }
      return done();
    case CommandType::accept:
    case CommandType::reject:
    case CommandType::withdraw:
    case CommandType::message:
    case CommandType::set_plan:
      return reject(decoded, Why::unsupported, unchecked);
  }
}

}  // namespace lamplight::core
