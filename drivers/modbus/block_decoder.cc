#include "drivers/modbus/block_decoder.h"

#include <algorithm>
#include <string>

#include "drivers/modbus/exact.h"
#include "drivers/sdk/signals.h"

namespace lamplight::modbus {
namespace {

using sdk::Reading;

uint32_t raw_of(RegisterType type, WordOrder order, Registers at) {
  const bool is_wide =
      type == RegisterType::u32 || type == RegisterType::s32 || type == RegisterType::float32;
  return is_wide ? wide(at[0], at[1], order) : at[0];
}

int64_t signed_of(RegisterType type, uint32_t raw) {
  if (type == RegisterType::s16) return static_cast<int16_t>(raw);
  if (type == RegisterType::s32) return static_cast<int32_t>(raw);
  return raw;
}

// As the map says, or as the device says in the same answer.
std::optional<WordOrder> order_of(const RegisterRow& row, const Block& block, Registers values) {
  if (!row.chosen_order) return row.order;
  const uint16_t number = values[static_cast<size_t>(row.chosen_order->address - block.first)];
  for (const auto& [value, order] : row.chosen_order->orders) {
    if (value == number) return order;
  }
  return std::nullopt;
}

}  // namespace

BlockDecoder::BlockDecoder(const RegisterMap& map, Role role)
    : map_(map), other_(sdk::signal(role, "alarm.other")) {
  for (const RegisterRow& row : map.registers) {
    if (row.type == RegisterType::text) {
      texts_.push_back({&row, {}});
    } else {
      rows_.push_back({&row, sdk::signal(role, row.signal)});
    }
  }
  for (const ConditionRow& row : map.conditions) {
    conditions_.push_back({&row, sdk::signal(role, "alarm." + row.name)});
  }
  if (!map.states.empty()) state_signal_ = sdk::signal(role, "state");
}

void BlockDecoder::not_fitted(const std::vector<std::string_view>& names) {
  for (Row& entry : rows_) {
    entry.is_fitted = std::find(names.begin(), names.end(), entry.row->signal) == names.end();
  }
}

void BlockDecoder::link_is_up() {
  for (Text& entry : texts_) entry.told.clear();
}

Reading BlockDecoder::reading_of(const RegisterRow& row, WordOrder order, Registers at) {
  const uint32_t raw = raw_of(row.type, order, at);
  // A device that has no value now says so by a number; which of the reasons it has, it keeps to
  // itself. `stale` claims nothing about a sensor. Of a bit it is the whole register that says so.
  if (row.missing && raw == *row.missing) return Reading::missing(Reason::stale);
  if (row.type == RegisterType::bit) return Reading::ok(static_cast<int32_t>((raw >> row.bit) & 1));
  const int64_t value = signed_of(row.type, raw);
  const bool is_float = row.type == RegisterType::float32;
  const bool outside = is_float ? float_is_outside(raw, row.range_low, row.range_high)
                                : (row.range_low && value < *row.range_low) ||
                                      (row.range_high && value > *row.range_high);
  const auto scaled = is_float ? apply_float(row.scaling, raw) : apply(row.scaling, value);
  if (outside || !scaled) {
    ++out_of_range_;
    return Reading::missing(Reason::out_of_range);
  }
  return Reading::ok(*scaled);
}

void BlockDecoder::numbers(int block, Registers values, const Verdict& verdict, sdk::Sink& sink) {
  for (const Row& entry : rows_) {
    const RegisterRow& row = *entry.row;
    if (row.block != block) continue;
    const auto offset =
        static_cast<size_t>(row.address - map_.blocks[static_cast<size_t>(block)].first);
    Reason missing = verdict.all_missing;
    if (missing == Reason::none && !entry.is_fitted) missing = Reason::stale;  // as if it said so
    const auto order = order_of(row, map_.blocks[static_cast<size_t>(block)], values);
    // An order that the map does not know: no number can be made of it.
    if (missing == Reason::none && !order) missing = Reason::device_fault;
    sink.sample(entry.signal, missing == Reason::none
                                  ? reading_of(row, *order, values.subspan(offset, row.length))
                                  : Reading::missing(missing));
  }
}

// Who the device is, by a map that has no identity block: told when it is heard first, and when it
// changes.
void BlockDecoder::texts(int block, Registers values, sdk::Sink& sink) {
  for (Text& entry : texts_) {
    const RegisterRow& row = *entry.row;
    if (row.block != block) continue;
    const auto offset =
        static_cast<size_t>(row.address - map_.blocks[static_cast<size_t>(block)].first);
    const std::string text = text_of(values.subspan(offset, row.length), row.order);
    if (text.empty() || text == entry.told) continue;
    entry.told = text;
    sink.fact({.kind = sdk::FactKind::identity, .name = row.signal, .text = text});
  }
}

void BlockDecoder::conditions(int block, Registers values, const Verdict& verdict,
                              sdk::Sink& sink) {
  bool has_other = false;
  for (const Condition& entry : conditions_) {
    const ConditionRow& row = *entry.row;
    if (row.block != block) continue;
    has_other = has_other || entry.signal == other_;
    if (verdict.all_missing != Reason::none) {
      sink.sample(entry.signal, Reading::missing(verdict.all_missing));
      continue;
    }
    const auto offset =
        static_cast<size_t>(row.address - map_.blocks[static_cast<size_t>(block)].first);
    bool present = ((raw_of(row.type, row.order, values.subspan(offset)) >> row.bit) & 1) != 0;
    present = present || (entry.signal == other_ && verdict.other_alarm);
    present = present || std::find(verdict.present.begin(), verdict.present.end(), entry.signal) !=
                             verdict.present.end();
    sink.sample(entry.signal, Reading::ok(present ? 1 : 0));
  }
  const bool is_real = verdict.all_missing == Reason::none;
  if (!has_other && verdict.other_alarm && is_real) sink.sample(other_, Reading::ok(1));
}

void BlockDecoder::state(const StateRow& row, Registers values, const Verdict& verdict,
                         sdk::Sink& sink) {
  if (verdict.all_missing != Reason::none) {
    sink.sample(*state_signal_, Reading::missing(verdict.all_missing));
    return;
  }
  const Block& block = map_.blocks[static_cast<size_t>(row.block)];
  const uint16_t number = values[static_cast<size_t>(row.address - block.first)];
  for (const auto& [value, word] : row.values) {
    if (value != number) continue;
    const auto words = signal_info(*state_signal_).enumerators;
    const auto at = std::find(words.begin(), words.end(), word) - words.begin();
    sink.sample(*state_signal_, Reading::ok(static_cast<int32_t>(at)));
    notes_.lasting(sink, "unknown_state", false);
    return;
  }
  sink.sample(*state_signal_, Reading::missing(Reason::device_fault));
  notes_.lasting(sink, "unknown_state", true, "unknown state " + std::to_string(number));
}

void BlockDecoder::decode(int block, Registers values, const Verdict& verdict, sdk::Sink& sink) {
  if (verdict.all_missing == Reason::none) texts(block, values, sink);
  numbers(block, values, verdict, sink);
  for (const StateRow& row : map_.states) {
    if (row.block == block) state(row, values, verdict, sink);
  }
  conditions(block, values, verdict, sink);
}

}  // namespace lamplight::modbus
