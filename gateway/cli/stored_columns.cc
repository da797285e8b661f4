#include "gateway/cli/stored_columns.h"

#include <algorithm>

#include "gateway/cli/scale.h"
#include "gateway/store/codec.h"
#include "rules/replay/csv_recording.h"

namespace lamplight::cli {
namespace {

constexpr Duration kWindow = hours(1);

bool is_fed(const SignalInfo& info, uint8_t worth) {
  return has_value(worth) || fed_reason(info, reason_of(worth)) != Reason::none;
}

// A catalogue value as the program counts it, and what it is worth there. A state that the program
// does not list is unknown; one called self_test is then the reason of that name, as in a CSV.
struct Converted {
  int32_t value = 0;
  uint8_t worth = static_cast<uint8_t>(Reason::out_of_range);
};
Converted converted(const engine::Signal& signal, const SignalInfo& info, int32_t value,
                    uint8_t worth) {
  if (!has_value(worth)) {
    return {0, static_cast<uint8_t>(fed_reason(info, reason_of(worth)))};
  }
  if (info.kind != SignalKind::enumeration) {
    const int64_t product = int64_t{value} * signal.multiplier;
    if (product < INT32_MIN || product > INT32_MAX) return {};
    return {static_cast<int32_t>(product), worth};
  }
  if (value < 0 || static_cast<size_t>(value) >= info.enumerators.size()) return {};
  const std::string_view word = info.enumerators[static_cast<size_t>(value)];
  const auto listed = std::find(signal.enumerators.begin(), signal.enumerators.end(), word);
  if (listed != signal.enumerators.end()) {
    return {static_cast<int32_t>(listed - signal.enumerators.begin()), worth};
  }
  return {0, static_cast<uint8_t>(feedable_reason(word).value_or(Reason::out_of_range))};
}

replay::Column convert(const replay::Column& from, const engine::Signal& signal,
                       const SignalInfo& info) {
  replay::ColumnBuilder builder;
  for (size_t i = 0; i < from.size(); ++i) {
    const Converted c = converted(signal, info, from.value(i), from.worth(i));
    builder.append(from.time(i), c.value, c.worth);
  }
  return builder.take();
}

}  // namespace

// Signal by signal, boot by boot.
class StoredColumns::Loader {
 public:
  Loader(store::Reader& reader, const Ask& ask) : reader_(reader), ask_(ask) {}

  [[nodiscard]] Result<StoredColumns> run() {
    auto signals = reader_.signals();
    if (!signals) return failure(signals.error());
    std::erase_if(*signals, [](const store::StoredSignal& s) {
      return !s.signal || signal_info(*s.signal).kind == SignalKind::waveform;
    });
    const auto stretches = reader_.stretches(ask_.since, ask_.until);
    if (!stretches) return failure(stretches.error());
    for (const SignalId id : ask_.wanted) builders_[id];
    const size_t steps = stretches->size() * std::max<size_t>(builders_.size(), 1);
    size_t step = 0;
    for (const store::Stretch& stretch : *stretches) {
      if (auto status = find_ends(stretch, *signals); !status) return failure(status.error());
      for (auto& [id, builder] : builders_) {
        if (auto status = load(stretch, *signals, id, builder); !status) {
          return failure(status.error());
        }
        ++step;
        if (ask_.done) ask_.done(static_cast<double>(step) / static_cast<double>(steps));
      }
    }
    for (auto& [id, builder] : builders_) out_.columns_[id] = builder.column.take();
    return std::move(out_);
  }

 private:
  struct Growing {
    replay::ColumnBuilder column;
    int64_t last = INT64_MIN;
  };
  struct Sample {
    int64_t t;
    int32_t value;
    uint8_t worth;
  };

  // The instants of the first and the last sample of all signals: where the recording begins and
  // ends, and where this boot stands on the scale.
  [[nodiscard]] Status find_ends(const store::Stretch& stretch,
                                 const std::vector<store::StoredSignal>& signals) {
    const bool is_first = out_.first_ == INT64_MAX;
    scale_.next_boot(stretch, is_first ? INT64_MIN : out_.last_);
    const auto wall = reader_.wall_of(stretch);
    if (!wall) return failure(wall.error());
    if (is_first) out_.wall_ = {};  // boots without a sample are not on the scale
    for (const store::WallSpan& span : *wall) {
      std::optional<int64_t> wall_minus_t = span.wall_minus_mono;
      if (wall_minus_t) *wall_minus_t -= scale_.offset;
      out_.wall_.set(span.from.ns + scale_.offset, wall_minus_t);
    }
    const auto is_cell = [](const store::Reading& r) {
      return r.quality != Quality::missing ||
             fed_reason(signal_info(r.signal), r.reason) != Reason::none;
    };
    for (MonoTime to = stretch.to; to > stretch.from; to = to - kWindow) {
      const MonoTime from = std::max(to - kWindow, stretch.from);
      const auto readings = reader_.readings(signals, stretch.boot, from, to);
      if (!readings) return failure(readings.error());
      const auto last = std::find_if(readings->rbegin(), readings->rend(), is_cell);
      if (last == readings->rend()) continue;
      out_.last_ = std::max(out_.last_, last->measured_at.ns + scale_.offset);
      break;
    }
    for (MonoTime from = stretch.from; is_first && from < stretch.to; from = from + kWindow) {
      const MonoTime to = std::min(from + kWindow, stretch.to);
      const auto readings = reader_.readings(signals, stretch.boot, from, to);
      if (!readings) return failure(readings.error());
      const auto first = std::find_if(readings->begin(), readings->end(), is_cell);
      if (first == readings->end()) continue;
      out_.first_ = first->measured_at.ns + scale_.offset;
      break;
    }
    return {};
  }

  [[nodiscard]] Status load(const store::Stretch& stretch,
                            const std::vector<store::StoredSignal>& signals, SignalId id,
                            Growing& growing) {
    const SignalInfo& info = signal_info(id);
    std::vector<Sample> samples;
    for (const store::StoredSignal& signal : signals) {
      if (signal.signal != id) continue;
      const auto take = [&](const store::Column& c) -> Status {
        for (size_t i = 0; i < c.t.size(); ++i) {
          if (c.t[i] <= stretch.from.ns || c.t[i] > stretch.to.ns) continue;
          if (!is_fed(info, c.worth[i])) continue;
          samples.push_back({c.t[i] + scale_.offset, c.value[i], c.worth[i]});
        }
        return {};
      };
      if (auto s = reader_.columns(signal, stretch.boot, stretch.from, stretch.to, take); !s) {
        return s;
      }
    }
    const auto earlier = [](const Sample& a, const Sample& b) { return a.t < b.t; };
    // Late samples take their place, as in an export.
    const bool rises = std::is_sorted(samples.begin(), samples.end(), earlier);
    if (!rises) std::stable_sort(samples.begin(), samples.end(), earlier);
    for (const Sample& s : samples) {
      // A second reading of one instant comes 1 ns later.
      growing.last = growing.last == INT64_MIN ? s.t : std::max(s.t, growing.last + 1);
      growing.column.append(growing.last, s.value, s.worth);
    }
    // What came 1 ns later may be the very last.
    if (!samples.empty()) out_.last_ = std::max(out_.last_, growing.last);
    out_.samples_ += samples.size();
    return {};
  }

  store::Reader& reader_;
  const Ask& ask_;
  Scale scale_;
  std::map<SignalId, Growing> builders_;
  StoredColumns out_;
};

Result<StoredColumns> StoredColumns::load(store::Reader& reader, const Ask& ask) {
  return Loader(reader, ask).run();
}

Result<replay::Recording> StoredColumns::for_program(const engine::Program& program,
                                                     const replay::CivilTime& civil) const {
  replay::Recording r;
  r.start = first_;
  r.end = last_;
  r.samples = samples_;
  for (const engine::Signal& signal : program.signals) {
    const auto refuse = [&](const std::string& why) {
      return failure("signal `" + signal.name + "`: " + why);
    };
    const auto id = find_signal(signal.path);
    if (!id) return refuse("no device sends `" + signal.path + "`; see lamplight rules check");
    const SignalInfo& info = signal_info(*id);
    if (info.kind != signal.kind) return refuse("`" + signal.path + "` is of another type");
    const bool is_numeric = info.kind == SignalKind::numeric;
    if (is_numeric && signal.multiplier <= 0) {
      return refuse("its step is coarser than what the store keeps; write a step of 0.1 or finer");
    }
    const std::string unit = signal.unit.empty() ? "none" : signal.unit;
    if (is_numeric && unit != info.unit) {
      return refuse("the store keeps it in " + std::string(info.unit) + ", not in " + unit);
    }
    replay::Reading reading{nullptr, signal.min, signal.max, signal.stale.ns};
    const auto found = columns_.find(*id);
    if (found != columns_.end()) {
      const bool as_it_is =
          info.kind == SignalKind::boolean || (is_numeric && signal.multiplier == 1);
      reading.column = &found->second;
      if (!as_it_is) {
        r.converted.push_back(
            std::make_unique<replay::Column>(convert(found->second, signal, info)));
        reading.column = r.converted.back().get();
      }
    }
    r.readings.push_back(reading);
  }
  r.profiles = replay::profile_steps(program, civil, wall_, r.start, r.end);
  return r;
}

std::set<SignalId> signals_of(const engine::Program& program) {
  std::set<SignalId> ids;
  for (const engine::Signal& signal : program.signals) {
    if (const auto id = find_signal(signal.path)) ids.insert(*id);
  }
  return ids;
}

}  // namespace lamplight::cli
