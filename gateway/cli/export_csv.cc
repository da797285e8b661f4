#include "gateway/cli/export_csv.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gateway/cli/scale.h"
#include "rules/model/json_writer.h"

namespace lamplight::cli {
namespace {

constexpr Duration kWindow = hours(1);

bool is_exported(SignalId signal) { return signal_info(signal).kind != SignalKind::waveform; }

void append_cell(std::string& out, const store::Reading& r) {
  const SignalInfo& info = signal_info(r.signal);
  if (r.quality == Quality::missing) {
    const Reason reason = fed_reason(info, r.reason);
    if (reason != Reason::none) out += name_of(reason);
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

  // `t` rises from row to row; the readings of one instant may come in any order.
  void add(int64_t t, SignalId signal, std::string cell) {
    if (t > t_) flush();
    if (!has_cells_) t_ = std::max(t, has_rows_ ? t_ + 1 : t);
    has_cells_ = true;
    cells_[place_of(signal)] = std::move(cell);
  }
  size_t place_of(SignalId signal) const {
    const auto at = std::lower_bound(columns_.begin(), columns_.end(), signal);
    return static_cast<size_t>(at - columns_.begin());
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

// The cells of a stretch of readings, each with its instant. Times of one signal rise strictly: a
// second reading of one instant comes 1 ns later, whatever other signals do.
class Instants {
 public:
  explicit Instants(size_t columns) : last_(columns, INT64_MIN) {}

  void take(const std::vector<store::Reading>& readings, int64_t offset, Rows& rows) {
    struct Placed {
      int64_t t;
      SignalId signal;
      std::string cell;
    };
    std::vector<Placed> placed;
    for (const store::Reading& r : readings) {
      std::string cell;
      append_cell(cell, r);
      if (cell.empty()) continue;
      int64_t& last = last_[rows.place_of(r.signal)];
      const int64_t t = r.measured_at.ns + offset;
      last = last == INT64_MIN ? t : std::max(t, last + 1);
      placed.push_back({last, r.signal, std::move(cell)});
    }
    std::stable_sort(placed.begin(), placed.end(),
                     [](const Placed& a, const Placed& b) { return a.t < b.t; });
    for (Placed& p : placed) rows.add(p.t, p.signal, std::move(p.cell));
  }

 private:
  std::vector<int64_t> last_;  // by column
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
  Instants instants(columns.size());
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
      instants.take(*readings, scale.offset, rows);
    }
  }
  rows.flush();
  if (first_wall_minus_t && rows.done.rows > 0) {
    rows.done.first_wall = *first_wall_minus_t + rows.done.first_t;
  }
  return rows.done;
}

}  // namespace lamplight::cli
