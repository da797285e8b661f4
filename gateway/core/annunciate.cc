// What must sound and be seen at home now, for whoever sounds it: the whole set, so that one
// message is enough. Order: that of the engine, file order first.
#include "gateway/core/parts.h"
#include "gateway/core/signals_read.h"
#include "rules/engine/evidence.h"

namespace lamplight::core {
namespace {

// The role of the first reading that a condition looks at; none if it looks at none of a device.
std::optional<Role> first_role(const engine::Program& program, engine::OpIndex root) {
  for (const engine::SignalIndex signal : signals_under(program, root)) {
    if (program.signals[signal].role) return program.signals[signal].role;
  }
  return std::nullopt;
}

// Which melody tells where to look. Empty: none does.
std::string_view category_of(const engine::Program& program, const engine::Alarm& alarm) {
  if (alarm.klass == engine::AlarmClass::technical) return "equipment";
  const auto role = first_role(program, alarm.when);
  if (!role) return {};
  switch (*role) {
    case Role::ventilator:
      return "ventilation";
    case Role::oximeter:
      return "oxygen";
    case Role::pump:
      return "feeding";
    case Role::contact:
      return "equipment";
  }
  return {};
}

}  // namespace

std::string Core::Parts::annunciate_json() const {
  std::string text;
  std::string visible;
  JsonWriter out(text);
  JsonWriter seen(visible);
  out.begin_object().key("type").string("annunciate").key("audible").begin_array();
  seen.begin_array();
  for (engine::AlarmIndex i = 0; engine && i < engine->alarm_count(); ++i) {
    const engine::AlarmView view = engine->view(i);
    const engine::Alarm& alarm = engine->alarm(i);
    const auto write = [&](JsonWriter& to) {
      to.begin_object().key("occurrence").integer(static_cast<int64_t>(view.occurrence));
      to.key("rule").string(alarm.id).key("priority").string(lamplight::name_of(view.priority));
    };
    if (view.audible) {
      write(out);
      out.key("title").string(engine::text_now(*engine, i, alarm.title, "the child"));
      const std::string_view category = category_of(engine->program(), alarm);
      if (!category.empty()) out.key("category").string(category);
      out.end_object();
    }
    if (view.signal != engine::SignalState::off) {
      write(seen);
      seen.key("signal").string(engine::name_of(view.signal)).end_object();
    }
  }
  seen.end_array();
  out.end_array().key("visible").raw(visible);
  out.key("remind").begin_array();
  for (const uint64_t occurrence : reminded) out.integer(static_cast<int64_t>(occurrence));
  out.end_array().end_object();
  return text;
}

}  // namespace lamplight::core
