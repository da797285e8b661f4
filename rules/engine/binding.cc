// Wire samples to input samples, by table.
#include "rules/engine/binding.h"

#include <algorithm>

#include "rules/model/catalogue.h"

namespace lamplight::engine {

Result<Binding> Binding::make(const Program& program) {
  Binding b;
  b.by_id_.assign(catalogue().size(), kNone);
  for (size_t i = 0; i < program.signals.size(); ++i) {
    const Signal& s = program.signals[i];
    const auto id = find_signal(s.path);
    if (!id) return failure("signal `" + s.name + "`: the catalogue has no `" + s.path + "`");
    if (b.by_id_[*id] != kNone) return failure("`" + s.path + "` is bound to two signals");
    if (s.multiplier <= 0) {
      return failure("signal `" + s.name + "`: its step is coarser than the catalogue's");
    }
    const SignalInfo& info = signal_info(*id);
    if (info.kind != s.kind) {
      return failure("signal `" + s.name + "`: `" + s.path + "` is of another type");
    }
    Entry entry{.multiplier = s.multiplier, .enumerators = {}, .kind = s.kind};
    for (const std::string_view word : info.enumerators) {
      const auto found = std::find(s.enumerators.begin(), s.enumerators.end(), word);
      entry.enumerators.push_back(
          found == s.enumerators.end() ? -1 : static_cast<int32_t>(found - s.enumerators.begin()));
    }
    b.by_id_[*id] = static_cast<uint16_t>(i);
    b.entries_.push_back(std::move(entry));
  }
  return b;
}

std::optional<SignalIndex> Binding::signal(SignalId id) const {
  if (id >= by_id_.size() || by_id_[id] == kNone) return std::nullopt;
  return by_id_[id];
}

std::optional<InputSample> Binding::translate(const Sample& sample) const {
  const auto index = signal(sample.signal);
  if (!index) return std::nullopt;
  const Entry& entry = entries_[*index];
  InputSample in{.measured_at = sample.measured_at,
                 .value = 0,
                 .signal = *index,
                 .quality = sample.quality,
                 .reason = sample.reason};
  if (sample.quality == Quality::missing) return in;
  int64_t value = int64_t{sample.value} * entry.multiplier;
  if (entry.kind == SignalKind::enumeration) {
    const bool listed = sample.value >= 0 &&
                        static_cast<size_t>(sample.value) < entry.enumerators.size() &&
                        entry.enumerators[static_cast<size_t>(sample.value)] >= 0;
    value = listed ? entry.enumerators[static_cast<size_t>(sample.value)] : int64_t{INT32_MAX} + 1;
  }
  if (value < INT32_MIN || value > INT32_MAX) {
    in.quality = Quality::missing;
    in.reason = Reason::out_of_range;
    return in;
  }
  in.value = static_cast<int32_t>(value);
  return in;
}

}  // namespace lamplight::engine
