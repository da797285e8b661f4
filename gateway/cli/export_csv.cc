#include "gateway/cli/export_csv.h"

#include <algorithm>
#include <string>
#include <vector>

#include "rules/model/json_writer.h"

namespace lamplight::cli {
namespace {

constexpr Duration kWindow = hours(1);

bool is_exported(SignalId signal) { return signal_info(signal).kind != SignalKind::waveform; }

// The cell of a missing reading. Conclusions (never, stale, not_watching) cannot be fed in: the
// cell is empty and the old value holds until it is stale by itself.
std::string_view reason_cell(const SignalInfo& info, Reason reason) {
  const auto word = feedable_reason(name_of(reason));
  if (!word) return {};
  const auto& words = info.enumerators;
  // A state called self_test would be read as that state; it must stay unknown.
  if (std::find(words.begin(), words.end(), name_of(reason)) != words.end()) return "artefact";
  return name_of(reason);
}

void append_cell(std::string& out, const store::Reading& r) {
  const SignalInfo& info = signal_info(r.signal);
  if (r.quality == Quality::missing) {
    out += reason_cell(info, r.reason);
    return;
  }
  switch (info.kind) {
    case SignalKind::numeric:
    case SignalKind::waveform:
      append_decimal(out, r.value, info.decimals);
      return;
    case SignalKind::boolean:
      out += r.value != 0 ? "true" : "false";
      return;
    case SignalKind::enumeration:
      if (r.value >= 0 && static_cast<size_t>(r.value) < info.enumerators.size()) {
        out += info.enumerators[static_cast<size_t>(r.value)];
      } else {
        out += name_of(Reason::out_of_range);
      }
      return;
  }
}

// Gathers the cells of one instant and writes them as a row.
class Rows {
 public:
  Rows(std::vector<SignalId> columns, const std::function<void(std::string_view)>& write)
      : columns_(std::move(columns)), cells_(columns_.size()), write_(write) {
    std::string header = "t";
    for (const SignalId signal : columns_) header += "," + path_of(signal);
    write_(header + "\n");
  }

  void add(int64_t t, const store::Reading& reading) {
    const auto at = std::find(columns_.begin(), columns_.end(), reading.signal);
    if (at == columns_.end()) return;
    std::string& cell = cells_[static_cast<size_t>(at - columns_.begin())];
    // Times rise strictly; of one signal, a second reading of one instant comes 1 ns later.
    if (t > t_ || !cell.empty()) flush();
    append_cell(cell, reading);
    if (cell.empty()) return;
    if (!has_cells_) t_ = std::max(t, has_rows_ ? t_ + 1 : t);
    has_cells_ = true;
  }

  void flush() {
    if (!has_cells_) return;
    std::string row;
    append_decimal(row, t_, 9);
    for (std::string& cell : cells_) {
      row += ',';
      row += cell;
      cell.clear();
    }
    write_(row + "\n");
    if (done.rows++ == 0) done.first_t = t_;
    has_cells_ = false;
    has_rows_ = true;
  }

  int64_t last_t() const { return t_; }
  Exported done;

 private:
  std::vector<SignalId> columns_;
  std::vector<std::string> cells_;
  const std::function<void(std::string_view)>& write_;
  int64_t t_ = INT64_MIN;
  bool has_cells_ = false;
  bool has_rows_ = false;
};

// What is added to a boot's engine time to stand on the scale of the file.
struct Scale {
  int64_t offset = 0;
  std::optional<int64_t> wall_minus_t;

  void next_boot(const store::Stretch& stretch, int64_t last_t) {
    const bool is_known = stretch.to_label.clock == ClockState::synchronised;
    const int64_t wall_minus_mono = stretch.to_label.unix_ns - stretch.to.ns;
    if (wall_minus_t && is_known) {
      offset = std::max(wall_minus_mono - *wall_minus_t, last_t + 1 - stretch.from.ns);
    } else if (last_t != INT64_MIN) {
      offset = last_t + seconds(1).ns - stretch.from.ns;
    }
    wall_minus_t = is_known ? std::optional(wall_minus_mono - offset) : std::nullopt;
  }
};

}  // namespace

Result<Exported> export_csv(store::Reader& reader, std::optional<int64_t> since,
                            std::optional<int64_t> until,
                            const std::function<void(std::string_view)>& write) {
  auto signals = reader.signals();
  if (!signals) return failure(signals.error());
  std::vector<SignalId> columns;
  for (const store::StoredSignal& s : *signals) {
    if (s.signal && is_exported(*s.signal)) columns.push_back(*s.signal);
  }
  std::erase_if(*signals, [](const auto& s) { return !s.signal || !is_exported(*s.signal); });
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  const auto stretches = reader.stretches(since, until);
  if (!stretches) return failure(stretches.error());
  Rows rows(std::move(columns), write);
  Scale scale;
  std::optional<int64_t> first_wall_minus_t;
  for (const store::Stretch& stretch : *stretches) {
    rows.flush();
    scale.next_boot(stretch, rows.last_t());
    if (rows.done.rows == 0) first_wall_minus_t = scale.wall_minus_t;
    for (MonoTime from = stretch.from; from < stretch.to; from = from + kWindow) {
      const MonoTime to = std::min(from + kWindow, stretch.to);
      const auto readings = reader.readings(*signals, stretch.boot, from, to);
      if (!readings) return failure(readings.error());
      for (const store::Reading& r : *readings) rows.add(r.measured_at.ns + scale.offset, r);
    }
  }
  rows.flush();
  if (first_wall_minus_t && rows.done.rows > 0) {
    rows.done.first_wall = *first_wall_minus_t + rows.done.first_t;
  }
  return rows.done;
}

}  // namespace lamplight::cli
