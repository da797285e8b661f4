#include "drivers/pb840/decoder.h"

#include <algorithm>

#include "drivers/sdk/signals.h"

namespace lamplight::pb840 {
namespace {

using sdk::FactKind;
using sdk::Reading;

SignalId ventilator(std::string_view name) { return sdk::signal(Role::ventilator, name); }
SignalId condition_signal(const Field& field) {
  return ventilator("alarm." + std::string(field.condition));
}

Reading measured(const Field& field, std::string_view column) {
  if (is_blank(column)) return Reading::missing(Reason::stale);
  const auto number = number_of(field, column);
  if (!number) return Reading::missing(Reason::out_of_range);
  // These columns print decimals. A bare 0 is one flipped bit away from a blank, and there is no
  // checksum to tell: no number is made of it.
  if (column == "0") return Reading::missing(Reason::out_of_range);
  return Reading::ok(*number);
}

enum class Word : uint8_t { normal, present, reset, blank, unknown };

Word alarm_word(Report report, std::string_view column) {
  if (is_blank(column)) return Word::blank;
  if (column == "NORMAL") return Word::normal;
  if (column == "RESET") return Word::reset;
  const bool is_urgency = column == "LOW" || column == "MEDIUM" || column == "HIGH";
  const bool is_present = report == Report::misca ? column == "ALARM" : is_urgency;
  return is_present ? Word::present : Word::unknown;
}

Reading alarm_reading(Word word) {
  switch (word) {
    case Word::normal:
    case Word::reset:
      return Reading::ok(0);
    case Word::present:
      return Reading::ok(1);
    case Word::blank:
      return Reading::missing(Reason::stale);
    case Word::unknown:
      return Reading::missing(Reason::device_fault);
  }
  return Reading::missing(Reason::device_fault);
}

// Of several columns for one condition: present if one is, unknown if one is and none is present.
Reading combined(Reading a, Reading b) {
  if (a == Reading::ok(1) || b == Reading::ok(1)) return Reading::ok(1);
  return a.is_missing() ? a : b;
}

void note(std::string_view name, std::string_view text, bool is_present, sdk::Sink& sink) {
  sink.fact({.kind = FactKind::note, .name = name, .text = text, .present = is_present});
}

// A word of no table: told with its column's name, so that nobody takes silence for normal.
void note_unknown(const Field& field, std::string_view column, sdk::Sink& sink) {
  std::string text(field.name);
  text += ' ';
  text += column;
  note("unknown_word", text, true, sink);
}

// "840 3510053249": model and serial number.
void publish_identity(std::string_view id, sdk::Sink& sink) {
  if (is_blank(id)) return;
  const size_t space = id.find(' ');
  if (space != std::string_view::npos) {
    sink.fact({.kind = FactKind::identity, .name = "model", .text = id.substr(0, space)});
    id.remove_prefix(id.find_last_of(' ') + 1);
  }
  sink.fact({.kind = FactKind::identity, .name = "serial", .text = id});
}

Reading silenced(const Field& field, std::string_view column, sdk::Sink& sink) {
  if (column == "ON") return Reading::ok(1);
  if (column == "OFF") return Reading::ok(0);
  if (is_blank(column)) return Reading::missing(Reason::stale);
  note_unknown(field, column, sink);
  return Reading::missing(Reason::device_fault);
}

}  // namespace

Decoder::Decoder() : layouts_{layout_of(Report::misca), layout_of(Report::miscf)} {}

Decoder::Layout Decoder::layout_of(Report report) {
  Layout layout;
  for (const Field& field : fields_of(report)) {
    Column column{.field = &field, .signal = 0, .reset_note = {}};
    if (field.kind == FieldKind::measured) column.signal = ventilator(field.name);
    if (field.kind == FieldKind::silenced) column.signal = ventilator("silenced");
    if (field.kind == FieldKind::alarm) {
      column.reset_note = std::string(field.name) + "_reset";
      const SignalId signal = condition_signal(field);
      auto at = std::ranges::find(layout.conditions, signal, &Condition::signal);
      if (at == layout.conditions.end()) {
        at = layout.conditions.insert(at, {.signal = signal, .columns = {}});
      }
      at->columns.push_back(&field);
    }
    layout.columns.push_back(std::move(column));
  }
  return layout;
}

void Decoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  framer_.feed(bytes, {.on_reply = [&](std::string_view text) { on_reply(text, at, sink); },
                       .on_skipped =
                           [&](size_t length, bool is_broken) {
                             counters_.bytes_skipped += length;
                             if (is_broken) ++counters_.frames_bad;
                           }});
}

void Decoder::end(sdk::Sink&) { counters_.bytes_skipped += framer_.drop(); }

void Decoder::on_reply(std::string_view text, MonoTime at, sdk::Sink& sink) {
  const auto reply = parse_reply(text);
  if (!reply) {
    ++counters_.frames_bad;
    counters_.bytes_skipped += text.size() + 1;
    return;
  }
  ++counters_.frames_good;
  sink.frame(at);
  publish(*reply, layouts_[static_cast<size_t>(reply->report)], sink);
}

void Decoder::publish(const Reply& reply, const Layout& layout, sdk::Sink& sink) {
  for (const Column& column : layout.columns) {
    const Field& field = *column.field;
    const std::string_view text = reply.at(field.number);
    switch (field.kind) {
      case FieldKind::identity:
        publish_identity(text, sink);
        break;
      case FieldKind::setting:
      case FieldKind::word:
      case FieldKind::alert:
        note(field.name, is_blank(text) ? std::string_view() : text, !is_blank(text), sink);
        break;
      case FieldKind::measured:
        sink.sample(column.signal, measured(field, text));
        break;
      case FieldKind::other:
        break;
      case FieldKind::silenced:
        sink.sample(column.signal, silenced(field, text, sink));
        break;
      case FieldKind::alarm: {
        const Word word = alarm_word(reply.report, text);
        const bool is_present = word == Word::present;
        note(field.name, is_present ? text : std::string_view(), is_present, sink);
        note(column.reset_note, {}, word == Word::reset, sink);
        if (word == Word::unknown) note_unknown(field, text, sink);
        break;
      }
    }
  }
  for (const Condition& condition : layout.conditions) {
    Reading reading = Reading::ok(0);
    for (const Field* field : condition.columns) {
      const Word word = alarm_word(reply.report, reply.at(field->number));
      reading = combined(reading, alarm_reading(word));
    }
    sink.sample(condition.signal, reading);
  }
}

std::vector<SignalId> signals_sent() {
  std::vector<SignalId> ids;
  for (const Report report : {Report::miscf, Report::misca}) {
    for (const Field& field : fields_of(report)) {
      if (field.kind == FieldKind::measured) ids.push_back(ventilator(field.name));
      if (field.kind == FieldKind::silenced) ids.push_back(ventilator("silenced"));
      if (field.kind == FieldKind::alarm) ids.push_back(condition_signal(field));
    }
  }
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  return ids;
}

}  // namespace lamplight::pb840
