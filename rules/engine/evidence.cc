// Evidence and texts as strings: after the step, from what the step froze.
#include "rules/engine/evidence.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "rules/engine/engine.h"

namespace lamplight::engine {
namespace {

using Wide = __int128;

// value·step rounded half away from zero to `decimals` places, as an integer of that scale.
int64_t scaled(int64_t value, Ratio step, int decimals) {
  Wide num = Wide{value} * step.num;
  Wide den = step.den;
  for (int i = 0; i < decimals; ++i) num *= 10;
  if (den < 0) num = -num;
  if (den < 0) den = -den;
  const Wide half = den / 2;
  const Wide rounded = num < 0 ? -((-num + half) / den) : (num + half) / den;
  return static_cast<int64_t>(rounded);
}

// "12 s", "3 min", "3 min 20 s": a duration as people say it.
void append_spoken(std::string& out, Duration d) {
  const int64_t whole = d.ns / 1'000'000'000;
  if (whole < 60) {
    out += std::to_string(whole) + " s";
    return;
  }
  out += std::to_string(whole / 60) + " min";
  if (whole % 60 == 0) return;
  out += ' ';
  out += std::to_string(whole % 60);
  out += " s";
}

void append_reasons(std::string& out, ReasonSet reasons) {
  bool first = true;
  for (int i = 1; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (!reasons.has(reason)) continue;
    if (!first) out += ", ";
    out += name_of(reason);
    first = false;
  }
}

void append_quantity(std::string& out, const Quantity& q, int64_t value) {
  append_decimal(out, scaled(value, q.step, q.decimals), q.decimals);
  if (q.unit.empty()) return;
  out += ' ';
  out += q.unit;
}

int64_t value_of_limits(const Program& program, const Linear& linear, ProfileSet profiles) {
  int64_t value = linear.constant;
  for (const Term& t : linear.limits) {
    value += t.coefficient * limit_value(program.limits[t.index], profiles);
  }
  return value;
}

void write_reasons(ReasonSet reasons, JsonWriter& out) {
  out.key("reasons").begin_array();
  for (int i = 1; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (reasons.has(reason)) out.string(name_of(reason));
  }
  out.end_array();
}

void write_value(const Program& program, const Operation& op, int64_t value, JsonWriter& out) {
  if (op.kind == OpKind::is_value) {
    const Signal& signal = program.signals[op.a];
    const auto index = static_cast<size_t>(value);
    if (signal.kind == SignalKind::boolean) {
      out.boolean(value != 0);
    } else if (index < signal.enumerators.size()) {
      out.string(signal.enumerators[index]);
    } else {
      out.integer(value);
    }
    return;
  }
  const Show& show = program.shows[op.show];
  out.decimal(scaled(value, show.step, show.decimals), show.decimals);
}

void write_atom(const Program& program, const EvidenceAtom& atom, const Event& event, MonoTime zero,
                JsonWriter& out) {
  const Operation& op = program.operations[atom.op];
  out.begin_object();
  out.key("text").string(atom_text(program, atom.op, event.profiles));
  out.key("truth").string(name_of(atom.truth));
  out.key("since").decimal((atom.since - zero).ns, 9);
  out.key("worst");
  if (atom.has_value) write_value(program, op, atom.worst, out);
  if (!atom.has_value) out.null();
  out.key("last");
  if (atom.has_value) write_value(program, op, atom.last, out);
  if (!atom.has_value) out.null();
  out.key("samples").integer(atom.samples);
  out.end_object();
}

TextIndex text_of(const Alarm& alarm, Wording which) {
  switch (which) {
    case Wording::title:
      return alarm.title;
    case Wording::say:
      return alarm.say;
    case Wording::instruction:
      return alarm.instruction;
  }
  return alarm.title;
}

// Index of the first hole of this text among the event's holes.
size_t first_hole(const Program& program, const Alarm& alarm, Wording which) {
  size_t count = 0;
  for (const Wording w : {Wording::title, Wording::say, Wording::instruction}) {
    if (w == which) break;
    const TextIndex text = text_of(alarm, w);
    if (text == kNone) continue;
    for (const Piece& p : program.texts[text].pieces) {
      count += p.kind == Piece::Kind::quantity ? 1 : 0;
    }
  }
  return count;
}

void append_hole(std::string& out, const Quantity& q, const HoleValue& hole) {
  if (hole.known) return append_quantity(out, q, hole.value);
  out += "not measured (";
  append_reasons(out, hole.reasons);
  out += ")";
}

// What one piece says at the event.
std::string spoken(const Program&, const EffectList& effects, const Event& event,
                   const Piece& piece, size_t hole, std::string_view child) {
  std::string out;
  switch (piece.kind) {
    case Piece::Kind::literal:
      out = piece.literal;
      break;
    case Piece::Kind::child:
      out = child;
      break;
    case Piece::Kind::held:
      append_spoken(out, event.held);
      break;
    case Piece::Kind::reason:
      append_reasons(out, event.reasons);
      break;
    case Piece::Kind::quantity: {
      const auto holes = effects.holes(event);
      if (hole < holes.size()) append_hole(out, piece.quantity, holes[hole]);
      break;
    }
  }
  return out;
}

// A number as it is now: limits of the profiles that hold, the newest value of each signal.
std::string quantity_now(const Engine& engine, const Quantity& q) {
  std::string out;
  append_hole(out, q, engine.value_now(q.value));
  return out;
}

// Why it is unknown now; nothing once it is known again.
std::string reasons_now(const Engine& engine, AlarmIndex index, const Alarm& alarm) {
  ReasonSet reasons = engine.view(index).reasons;
  if (alarm.lost_signal != kNone) {
    const SignalView signal = engine.signal_view(alarm.lost_signal);
    if (!signal.valid) reasons.add(signal.reason);
  }
  std::string out;
  append_reasons(out, reasons);
  return out;
}

// Empty if there is nothing to say.
std::string spoken_now(const Engine& engine, AlarmIndex index, const Alarm& alarm,
                       const Piece& piece, std::string_view child) {
  switch (piece.kind) {
    case Piece::Kind::literal:
      return piece.literal;
    case Piece::Kind::child:
      return std::string(child);
    case Piece::Kind::held:
      return "some time";  // only the event knows it to the second
    case Piece::Kind::reason:
      return reasons_now(engine, index, alarm);
    case Piece::Kind::quantity:
      return quantity_now(engine, piece.quantity);
  }
  return {};
}

}  // namespace

std::string atom_text(const Program& program, OpIndex op, ProfileSet profiles) {
  const Show& show = program.shows[program.operations[op].show];
  std::string out;
  for (const Piece& piece : program.texts[show.text].pieces) {
    if (piece.kind == Piece::Kind::quantity) {
      append_quantity(out, piece.quantity,
                      value_of_limits(program, piece.quantity.value, profiles));
    } else {
      out += piece.literal;
    }
  }
  return out;
}

void write_evidence_json(const Program& program, const EffectList& effects, const Event& event,
                         MonoTime zero, JsonWriter& out) {
  out.begin_object();
  out.key("held").decimal(event.held.ns, 9);
  out.key("atoms").begin_array();
  for (const EvidenceAtom& atom : effects.evidence(event)) {
    write_atom(program, atom, event, zero, out);
  }
  out.end_array();
  write_reasons(event.reasons, out);
  out.end_object();
}

std::string sentence(const Program& program, const Alarm& alarm, const EffectList& effects,
                     const Event& event, Wording which, std::string_view child) {
  std::string out;
  const TextIndex text = text_of(alarm, which);
  if (text == kNone) return out;
  size_t hole = first_hole(program, alarm, which);
  for (const Piece& piece : program.texts[text].pieces) {
    out += spoken(program, effects, event, piece, hole, child);
    hole += piece.kind == Piece::Kind::quantity ? 1 : 0;
  }
  return out;
}

std::string template_text(const Program& program, TextIndex text) {
  std::string out;
  if (text == kNone) return out;
  for (const Piece& piece : program.texts[text].pieces) {
    const bool hole = piece.kind != Piece::Kind::literal;
    if (hole) out += '{';
    out += piece.literal;
    if (hole) out += '}';
  }
  return out;
}

void write_args_json(const Program& program, const Alarm& alarm, const EffectList& effects,
                     const Event& event, Wording which, JsonWriter& out) {
  out.begin_object();
  const TextIndex text = text_of(alarm, which);
  if (text != kNone) {
    size_t hole = first_hole(program, alarm, which);
    std::vector<std::string_view> written;
    for (const Piece& piece : program.texts[text].pieces) {
      const size_t own = hole;
      hole += piece.kind == Piece::Kind::quantity ? 1 : 0;
      // The child's name never leaves the home: {child} is no argument.
      if (piece.kind == Piece::Kind::literal || piece.kind == Piece::Kind::child) continue;
      if (std::find(written.begin(), written.end(), piece.literal) != written.end()) continue;
      written.push_back(piece.literal);
      out.key(piece.literal).string(spoken(program, effects, event, piece, own, "the child"));
    }
  }
  out.end_object();
}

std::string text_now(const Engine& engine, AlarmIndex index, TextIndex text,
                     std::string_view child) {
  std::string out;
  if (text == kNone) return out;
  const Alarm& alarm = engine.alarm(index);
  bool drop_bracket = false;
  for (const Piece& piece : engine.program().texts[text].pieces) {
    if (piece.kind == Piece::Kind::literal) {
      const std::string_view words = piece.literal;
      out += words.substr(drop_bracket && words.starts_with(')') ? 1 : 0);
      drop_bracket = false;
      continue;
    }
    const std::string filling = spoken_now(engine, index, alarm, piece, child);
    out += filling;
    drop_bracket = filling.empty() && out.ends_with('(');
    if (!drop_bracket) continue;
    out.pop_back();
    if (out.ends_with(' ')) out.pop_back();
  }
  return out;
}

}  // namespace lamplight::engine
