// Our states in the words of IHE ACM (alarms design, section 10).
#include "gateway/core/alarm_body.h"

namespace lamplight::core {
namespace {

using engine::AlarmView;
using engine::ConditionState;
using engine::EventKind;
using engine::SignalState;

std::string_view state_word(const AlarmView& view) {
  switch (view.condition) {
    case ConditionState::idle:
      return "inactive";
    case ConditionState::raised:
    case ConditionState::unconfirmed:
      return "active";
    case ConditionState::latched:
      return "latched";
  }
  return "inactive";
}

std::string_view inactivation_word(const AlarmView& view) {
  if (view.inhibited) return "alarm-paused";
  if (view.signal == SignalState::acknowledged) return "alert-acknowledged";
  return view.paused ? "audio-paused" : "enabled";
}

}  // namespace

AcmWords acm_words(EventKind kind, const AlarmView& view, uint16_t again) {
  switch (kind) {
    case EventKind::raised:
      return {again == 0 ? "start" : "update", "active", "enabled"};
    case EventKind::unconfirmed:
    case EventKind::confirmed:
      return {"update", "active", inactivation_word(view)};
    case EventKind::worsened:
      return {"escalate", "active", "enabled"};
    case EventKind::cleared:
    case EventKind::closed:
      return {"end", "inactive", "enabled"};
    case EventKind::latched:
      return {"update", "latched", inactivation_word(view)};
    case EventKind::reset:
      return {"reset", "inactive", "enabled"};
    case EventKind::acknowledged:
    case EventKind::reminder:
      return {"update", state_word(view), "alert-acknowledged"};
    case EventKind::signal_on:
    case EventKind::ack_expired:
      return {"update", state_word(view), "enabled"};
    case EventKind::audio_paused:
      return {"update", state_word(view), "audio-paused"};
    case EventKind::inhibited:
      return {"update", state_word(view), "alarm-paused"};
    case EventKind::uninhibited:
      return {"update", state_word(view), "enabled"};
    case EventKind::audio_resumed:
    case EventKind::signal_off:
    case EventKind::marked:
    case EventKind::seen:
    case EventKind::window_started:
    case EventKind::window_ended:
    case EventKind::command_rejected:
      return {"update", state_word(view), inactivation_word(view)};
  }
  return {"update", state_word(view), inactivation_word(view)};
}

AcmWords acm_continue(const AlarmView& view) {
  return {"continue", state_word(view), inactivation_word(view)};
}

std::string_view acm_priority(Priority priority) {
  switch (priority) {
    case Priority::high:
      return "PH";
    case Priority::medium:
      return "PM";
    case Priority::low:
      return "PL";
    case Priority::info:
      return "PN";
  }
  return "PH";
}

std::string_view acm_type(engine::AlarmClass klass) {
  return klass == engine::AlarmClass::physiological ? "SP" : "ST";
}

std::string_view name_of(engine::AlarmClass klass) {
  return klass == engine::AlarmClass::physiological ? "physiological" : "technical";
}

}  // namespace lamplight::core
