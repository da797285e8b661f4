// Acts of people: at the bedside by name, from the care team by command.
#include <algorithm>

#include "gateway/core/parts.h"
#include "rules/model/text.h"

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
    // No command of the house presses a button yet.
    case engine::RejectWhy::no_button:
    case engine::RejectWhy::already_pressed:
    case engine::RejectWhy::not_pressed:
    case engine::RejectWhy::resting:
      return Why::closed;
  }
  return Why::closed;
}

std::string bedside_json(std::string_view outcome, std::string_view why, uint64_t occurrence,
                         std::optional<uint64_t> seq, bool durable) {
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("type").string("answer").key("outcome").string(outcome).key("why");
  why.empty() ? out.null() : out.string(why);
  out.key("occurrence").integer(static_cast<int64_t>(occurrence)).key("seq");
  seq ? out.integer(static_cast<int64_t>(*seq)) : out.null();
  out.key("durable").boolean(durable).end_object();
  return text;
}

}  // namespace

// A home carer is published as role and number: the name stays in the box.
std::string Core::Parts::carer(const std::string& by) {
  const std::string name(cut_text(by, 64));
  auto at = std::find(state.carers.begin(), state.carers.end(), name);
  if (at == state.carers.end()) {
    if (state.carers.size() >= kCarersMax) return "caregiver";
    state.carers.push_back(name);
    at = state.carers.end() - 1;
  }
  return "caregiver-" + std::to_string(at - state.carers.begin() + 1);
}

void Core::Parts::on_acknowledge(const Acknowledge& act) {
  const auto actor = engine::make_actor(carer(act.by), "caregiver", engine::Place::bedside);
  ask_engine(act.occurrence, actor, {.client = act.client, .id = {}});
}

void Core::Parts::ask_engine(uint64_t occurrence, const engine::Actor& actor, Asked who) {
  const uint64_t tag = state.next_tag++;
  turn.commands.push_back({.occurrence = occurrence, .actor = actor, .tag = tag});
  asked.emplace(tag, std::move(who));
}

void Core::Parts::answered_by_engine(const engine::Event& event, Lane lane, uint64_t seq) {
  const auto at = asked.find(event.tag);
  if (at == asked.end()) return;
  const Asked who = at->second;
  const bool rejected = event.kind == engine::EventKind::command_rejected;
  const Why why = rejected ? why_of(event.why) : Why::none;
  if (rejected) {
    seq = system_event("command.rejected", [&](JsonWriter& out) {
      out.key("occurrence").integer(static_cast<int64_t>(event.occurrence));
      out.key("actor").string(event.actor.id_text()).key("role").string(event.actor.role_text());
      out.key("place").string(engine::name_of(event.actor.place));
      out.key("why").string(engine::name_of(event.why));
      if (who.remote) write_command(out, {who.id, "rejected", name_of(why)});
    });
  } else if (event.kind != engine::EventKind::seen &&
             event.kind != engine::EventKind::acknowledged &&
             event.kind != engine::EventKind::reset) {
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
    if (rejected) {
      answers.push_back({who.client, bedside_json("rejected", engine::name_of(event.why),
                                                  event.occurrence, seq, false)});
    } else {
      confirming.push_back({who.client, event.occurrence, lane, seq, state.now});
    }
  }
}

// "Confirmed" is shown when it is durable, or after 500 ms as not durable.
void Core::Parts::confirm(MonoTime now) {
  std::erase_if(confirming, [&](const Confirming& c) {
    const bool durable = c.seq <= recorder.durable(c.lane);
    if (!durable && now - c.emitted < milliseconds(limits::kDurableBudgetMs)) return false;
    answers.push_back({c.client, bedside_json("done", "", c.occurrence, c.seq, durable)});
    return true;
  });
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
      ask_engine(act.occurrence, engine::make_actor(act.actor, act.role, engine::Place::remote),
                 {.remote = true, .id = act.id, .expiry_unchecked = unchecked});
      return;
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
