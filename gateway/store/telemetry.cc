#include "gateway/store/telemetry.h"

#include <algorithm>

#include "gateway/store/label.h"
#include "gateway/store/segment_row.h"
#include "rules/model/assert.h"

namespace lamplight::store {
namespace {

constexpr uint32_t key_of(DeviceNumber device, SignalId signal) {
  return static_cast<uint32_t>(device) << 16 | signal;
}

std::string device_id(DeviceNumber number, const Options& options) {
  if (number >= 1 && number <= options.devices.size()) return options.devices[number - 1].id;
  return "device" + std::to_string(number);  // never configured: still not lost
}

// The batch as one column a signal, each in order of arrival.
std::vector<std::pair<uint32_t, Column>> columns_of(const AppendBatch& batch) {
  std::vector<std::pair<uint32_t, Column>> columns;
  std::unordered_map<uint32_t, size_t> place;
  for (const BatchSample& s : batch.samples) {
    const uint32_t key = key_of(s.device, s.sample.signal);
    const auto [at, is_new] = place.try_emplace(key, columns.size());
    if (is_new) columns.emplace_back(key, Column{batch.seq, {0}, {}, {}, {}});
    Column& column = columns[at->second].second;
    ++column.per_seq[0];
    column.t.push_back(s.sample.measured_at.ns);
    column.worth.push_back(worth_of(s.sample.quality, s.sample.reason));
    column.value.push_back(s.sample.quality == Quality::missing ? 0 : s.sample.value);
  }
  return columns;
}

}  // namespace

uint64_t TelemetryFile::newest_seq(Lane lane) {
  Query query(db_, "SELECT max(seq) FROM batch WHERE lane = ?");
  return query.bind(name_of(lane)).next() ? query.unsigned_integer(0) : 0;
}

TelemetryFile::LastBatch TelemetryFile::last_batch(Lane lane, const std::string& boot) {
  Query query(db_, "SELECT t, at, clock, boot FROM batch WHERE lane = ? ORDER BY seq DESC LIMIT 1");
  LastBatch last;
  if (!query.bind(name_of(lane)).next() || query.text(3) != boot) return last;
  last.t = MonoTime{query.integer(0)};
  last.at = wall_time_of(query.text(1), query.text(2));
  last.found = true;
  return last;
}

int64_t TelemetryFile::signal_row(DeviceNumber device, SignalId signal, const Options& options) {
  const auto known = signals_.find(key_of(device, signal));
  if (known != signals_.end()) return known->second;
  LL_ASSERT(signal < catalogue().size());
  const SignalInfo& info = signal_info(signal);
  const std::string id = device_id(device, options);
  int64_t row = 0;
  {
    Query find(db_, "SELECT id FROM signal WHERE device = ? AND name = ?");
    if (find.bind(id).bind(info.name).next()) row = find.integer(0);
  }
  if (row == 0) {
    std::string step;
    for (int i = 0; i < info.decimals; ++i) step += i == 0 ? "0." : "0";
    step += '1';
    Query insert(db_, "INSERT INTO signal VALUES(NULL, ?, ?, ?, ?)");
    insert.bind(id).bind(info.name).bind(info.unit).bind(step).run();
    row = db_.last_rowid();
  }
  if (db_.ok()) signals_.emplace(key_of(device, signal), row);
  return row;
}

Appended TelemetryFile::append(const AppendBatch& batch, const Options& options) {
  LL_ASSERT(batch.lane != Lane::alarm && batch.lane != Lane::system);
  LL_ASSERT(batch.seq > 0);
  {
    Query find(db_, "SELECT t FROM batch WHERE lane = ? AND seq = ?");
    if (find.bind(name_of(batch.lane)).bind(batch.seq).next()) {
      return find.integer(0) == batch.t.ns ? Appended::repeated : Appended::conflict;
    }
  }
  const std::string at = label_of(batch.at);
  Query insert(db_, "INSERT INTO batch VALUES(?, ?, ?, ?, ?, ?)");
  insert.bind(name_of(batch.lane)).bind(batch.seq).bind(options.boot).bind(batch.t.ns);
  insert.bind(at).bind(std::string_view(name_of(batch.at.clock))).run();
  for (const auto& [key, column] : columns_of(batch)) {
    const auto device = static_cast<DeviceNumber>(key >> 16);
    const auto signal = static_cast<SignalId>(key & 0xffff);
    const int64_t row = signal_row(device, signal, options);
    insert_segment(db_, row, batch.lane, options.boot, encode(column));
  }
  return Appended::added;
}

std::optional<BatchSample> TelemetryFile::known_signal(int64_t row, const Options& options) {
  Query query(db_, "SELECT device, name FROM signal WHERE id = ?");
  if (!query.bind(row).next()) return std::nullopt;
  for (size_t i = 0; i < options.devices.size(); ++i) {
    if (options.devices[i].id != query.text(0)) continue;
    const auto signal = find_signal(options.devices[i].role, query.text(1));
    if (!signal) continue;
    BatchSample sample;
    sample.device = static_cast<DeviceNumber>(i + 1);
    sample.sample.signal = *signal;
    return sample;
  }
  return std::nullopt;
}

void TelemetryFile::read_range(const ReadRange& ask, const Options& options, RangeRead& answer) {
  if (ask.from > static_cast<uint64_t>(INT64_MAX) - ask.count) return;
  const uint64_t end = ask.from + ask.count;
  std::unordered_map<uint64_t, size_t> row_of;
  Query batches(db_,
                "SELECT seq, t, at, clock, boot FROM batch "
                "WHERE lane = ? AND seq >= ? AND seq < ? ORDER BY seq");
  batches.bind(name_of(ask.lane)).bind(ask.from).bind(end);
  while (batches.next()) {
    RangeRow row;
    row.seq = batches.unsigned_integer(0);
    row.t = MonoTime{batches.integer(1)};
    row.at = wall_time_of(batches.text(2), batches.text(3));
    row.boot = batches.text(4);
    row_of.emplace(row.seq, answer.rows.size());
    answer.rows.push_back(std::move(row));
  }
  Query segments(db_, "SELECT " LL_SEGMENT_COLUMNS
                      " FROM segment WHERE lane = ? AND first_seq > ? - 4096 "
                      "AND first_seq < ? AND last_seq >= ? ORDER BY first_seq, signal");
  static_assert(kSegmentSeqsMax == 4096);
  segments.bind(name_of(ask.lane)).bind(ask.from).bind(end).bind(ask.from);
  while (segments.next()) {
    const SegmentRow row = segment_at(segments);
    const auto signal = known_signal(row.signal, options);
    const auto column = decode(row.view);
    if (!column) {  // never a silent hole
      RecordGap gap{ask.lane, row.view.first_seq, row.view.last_seq, {}, {}, "salvaged"};
      answer.damaged.push_back(std::move(gap));
    }
    if (!signal || !column) continue;
    size_t i = 0;
    for (size_t s = 0; s < column->per_seq.size(); ++s) {
      const auto place = row_of.find(column->first_seq + s);
      for (const size_t stop = i + column->per_seq[s]; i < stop; ++i) {
        if (place == row_of.end()) continue;
        RangeRow& out = answer.rows[place->second];
        BatchSample sample = *signal;
        sample.received_at = out.t;
        sample.sample.measured_at = MonoTime{column->t[i]};
        sample.sample.value = column->value[i];
        sample.sample.quality = quality_of(column->worth[i]);
        sample.sample.reason = reason_of(column->worth[i]);
        out.samples.push_back(sample);
      }
    }
  }
}

}  // namespace lamplight::store
