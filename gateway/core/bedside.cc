// Acts at the bedside: asked of the engine under a home carer's number, remembered with the name
// while they last, answered with how long that is or with what is missing.
#include <algorithm>

#include "gateway/core/nameless.h"
#include "gateway/core/parts.h"
#include "gateway/core/signals_read.h"

namespace lamplight::core {
namespace {

using engine::EventKind;
using engine::RejectWhy;

constexpr std::string_view kCarer = "caregiver";

engine::CommandKind kind_of(ActKind kind) {
  switch (kind) {
    case ActKind::acknowledge:
      return engine::CommandKind::acknowledge;
    case ActKind::pause:
      return engine::CommandKind::pause;
    case ActKind::resume:
      return engine::CommandKind::resume;
    case ActKind::stand_down:
      return engine::CommandKind::stand_down;
    case ActKind::press:
      return engine::CommandKind::press;
    case ActKind::release:
      return engine::CommandKind::release;
  }
  return engine::CommandKind::acknowledge;
}

// The acts that go on after they were done.
std::optional<ActKind> lasting(const engine::Event& event) {
  if (event.kind == EventKind::acknowledged) return ActKind::acknowledge;
  if (event.kind == EventKind::audio_paused) return ActKind::pause;
  if (event.kind == EventKind::window_started) return ActKind::press;
  const bool is_down = event.kind == EventKind::closed && event.cause == engine::Cause::to_lost;
  return is_down ? std::optional(ActKind::stand_down) : std::nullopt;
}

std::string bedside_json(const BedsideAnswer& answer, std::optional<uint64_t> seq, bool durable) {
  std::string text;
  JsonWriter out(text);
  const bool done = answer.why.empty();
  out.begin_object().key("type").string("answer");
  out.key("outcome").string(done ? "done" : "rejected").key("why");
  done ? out.null() : out.string(answer.why);
  out.key("act").string(name_of(answer.act.kind));
  if (answer.act.occurrence != 0) {
    out.key("occurrence").integer(static_cast<int64_t>(answer.act.occurrence));
  }
  if (!answer.act.button.empty()) out.key("button").string(answer.act.button);
  if (answer.lasts) out.key("for_ms").integer(answer.lasts->ms());
  if (!answer.left_to.empty()) out.key("left_to").string(answer.left_to);
  if (!answer.buttons.empty()) {
    out.key("buttons").begin_array();
    for (const std::string& name : answer.buttons) out.string(name);
    out.end_array();
  }
  out.key("seq");
  seq ? out.integer(static_cast<int64_t>(*seq)) : out.null();
  out.key("durable").boolean(durable).end_object();
  return text;
}

}  // namespace

// A home carer is published as role and number: the name stays in the box.
std::string Core::Parts::carer(const std::string& by) {
  const std::string name(cut_characters(by, limits::kPersonCharsMax));
  auto at = std::find(state.carers.begin(), state.carers.end(), name);
  if (at == state.carers.end()) {
    if (state.carers.size() >= kCarersMax) return std::string(kCarer);
    state.carers.push_back(name);
    at = state.carers.end() - 1;
  }
  return std::string(kCarer) + "-" + std::to_string(at - state.carers.begin() + 1);
}

std::string Core::Parts::at_home(const std::string& by) const {
  for (size_t i = 0; i < state.carers.size(); ++i) {
    if (by == std::string(kCarer) + "-" + std::to_string(i + 1)) return state.carers[i];
  }
  return by;
}

std::string Core::Parts::publishable(const std::string& text) const {
  std::string out = without_name(text, program.child, "the child");
  for (size_t i = 0; i < state.carers.size(); ++i) {
    out = without_name(out, state.carers[i], std::string(kCarer) + "-" + std::to_string(i + 1));
  }
  return std::string(cut_characters(out, kActReasonCharsMax));
}

std::optional<uint16_t> Core::Parts::find_button(std::string_view name) const {
  for (size_t i = 0; i < program.buttons.size(); ++i) {
    if (program.buttons[i].name == name) return static_cast<uint16_t>(i);
  }
  return std::nullopt;
}

std::optional<engine::AlarmIndex> Core::Parts::find_occurrence(uint64_t occurrence) const {
  for (engine::AlarmIndex i = 0; i < engine->alarm_count(); ++i) {
    const engine::AlarmView view = engine->view(i);
    const bool is_open = view.condition != engine::ConditionState::idle;
    if (is_open && view.occurrence == occurrence) return i;
  }
  return std::nullopt;
}

void Core::Parts::on_bedside(const BedsideAct& said) {
  BedsideAct act = said;
  engine::Command command;
  command.kind = kind_of(act.kind);
  command.occurrence = act.occurrence;
  command.actor = engine::make_actor(carer(act.by), kCarer, engine::Place::bedside);
  command.length = std::max(act.length, Duration{});
  const auto button = find_button(act.button);
  command.button = button.value_or(engine::kNone);
  if (!button) act.button.clear();
  act.reason = publishable(act.reason);
  ask_engine(command, {.act = std::move(act)});
}

// ---- what lasts

// The `lost` alarm that speaks on for a reading of the alarm that was stood down: of two, the one
// whose reading is still missing.
std::string Core::Parts::left_to(const engine::Event& event) const {
  const auto signals = signals_under(engine->program(), engine->alarm(event.alarm).when);
  std::string open;
  for (engine::AlarmIndex i = 0; i < engine->alarm_count(); ++i) {
    const engine::Alarm& alarm = engine->alarm(i);
    const bool reads =
        std::find(signals.begin(), signals.end(), alarm.lost_signal) != signals.end();
    const bool is_open = engine->view(i).condition != engine::ConditionState::idle;
    if (!reads || !is_open) continue;
    if (engine->truth(alarm.now_part) == engine::Truth::yes) return alarm.id;
    if (open.empty()) open = alarm.id;
  }
  return open;
}

void Core::Parts::keep_act(const engine::Event& event) {
  const auto kind = lasting(event);
  if (!kind) return;
  StandingAct act{.kind = *kind,
                  .occurrence = event.occurrence,
                  .what = {},
                  .by = std::string(event.actor.id_text()),
                  .at = event.t,
                  .reason = {},
                  .left_to = {}};
  if (*kind == ActKind::press) act.what = engine->program().buttons[event.button].name;
  if (*kind == ActKind::stand_down) {
    act.what = engine->alarm(event.alarm).id;
    act.left_to = left_to(event);
    if (const auto who = asked.find(event.tag); who != asked.end()) {
      act.reason = who->second.act.reason;
    }
  }
  std::erase_if(state.acts, [&](const StandingAct& old) {
    return old.kind == act.kind && old.occurrence == act.occurrence && old.what == act.what;
  });
  state.acts.push_back(std::move(act));
}

bool Core::Parts::still_stands(const StandingAct& act) const {
  switch (act.kind) {
    case ActKind::press: {
      const auto button = find_button(act.what);
      return button && engine->pressed_until(*button) != kNever;
    }
    case ActKind::stand_down: {
      const auto rule = engine->program().find_alarm(act.what);
      const auto lost = engine->program().find_alarm(act.left_to);
      const bool rings_anew = rule && engine->view(*rule).condition != engine::ConditionState::idle;
      return !rings_anew && lost && engine->view(*lost).condition != engine::ConditionState::idle;
    }
    case ActKind::acknowledge:
    case ActKind::pause: {
      const auto alarm = find_occurrence(act.occurrence);
      if (!alarm) return false;
      const engine::AlarmView view = engine->view(*alarm);
      return act.kind == ActKind::pause ? view.paused
                                        : view.signal == engine::SignalState::acknowledged;
    }
    case ActKind::resume:
    case ActKind::release:
      return false;
  }
  return false;
}

void Core::Parts::drop_ended_acts() {
  std::erase_if(state.acts, [this](const StandingAct& act) { return !still_stands(act); });
}

const StandingAct* Core::Parts::act_on(uint64_t occurrence, ActKind kind) const {
  for (const StandingAct& act : state.acts) {
    if (act.kind == kind && act.occurrence == occurrence) return &act;
  }
  return nullptr;
}

// ---- answers

// How long what stands in the way still lasts; of a pause that is too long, how long it may be.
std::optional<Duration> Core::Parts::lasts(const BedsideAct& act, RejectWhy why) const {
  const auto left = [&](MonoTime until) {
    return until == kNever ? std::optional<Duration>() : until - engine->now();
  };
  const auto button = find_button(act.button);
  const auto alarm = find_occurrence(act.occurrence);
  if (why == RejectWhy::already_pressed && button) return left(engine->pressed_until(*button));
  if (why == RejectWhy::resting && button) return left(engine->rests_until(*button));
  if (why == RejectWhy::already_paused && alarm) return left(engine->view(*alarm).paused_until);
  if (why == RejectWhy::too_long && alarm) return engine->longest_pause(*alarm);
  return std::nullopt;
}

BedsideAnswer Core::Parts::answer_to(const BedsideAct& act, const engine::Event& event) const {
  BedsideAnswer answer{.act = act, .why = {}, .lasts = {}, .buttons = {}, .left_to = {}};
  if (event.kind != EventKind::command_rejected) {
    if (event.until != kNever) answer.lasts = event.until - event.t;
    if (event.cause == engine::Cause::to_lost) answer.left_to = left_to(event);
    return answer;
  }
  answer.why = engine::name_of(event.why);
  answer.lasts = lasts(act, event.why);
  if (event.why != RejectWhy::no_button) return answer;
  for (const engine::Button& button : program.buttons) answer.buttons.push_back(button.name);
  return answer;
}

void Core::Parts::refuse_bedside(const BedsideAnswer& answer, uint64_t seq) {
  answers.push_back({answer.act.client, bedside_json(answer, seq, false)});
}

// "Confirmed" is shown when it is durable, or after 500 ms as not durable.
void Core::Parts::confirm(MonoTime now) {
  std::erase_if(confirming, [&](const Confirming& c) {
    const bool durable = c.seq <= recorder.durable(c.lane);
    if (!durable && now - c.emitted < kDurableBudget) return false;
    answers.push_back({c.answer.act.client, bedside_json(c.answer, c.seq, durable)});
    return true;
  });
}

}  // namespace lamplight::core
