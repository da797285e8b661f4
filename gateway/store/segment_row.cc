#include "gateway/store/segment_row.h"

namespace lamplight::store {
namespace {

std::optional<int32_t> int32_at(const Query& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  const int64_t value = query.integer(column);
  // A damaged row may hold anything; what does not fit decodes to an error.
  if (value < INT32_MIN || value > INT32_MAX) return std::nullopt;
  return static_cast<int32_t>(value);
}

std::optional<std::span<const std::byte>> blob_at(const Query& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  return query.blob(column);
}

}  // namespace

SegmentRow segment_at(const Query& query) {
  SegmentRow row;
  row.id = query.integer(0);
  row.signal = query.integer(1);
  row.boot = query.text(2);
  row.view.first_seq = query.unsigned_integer(3);
  row.view.last_seq = query.unsigned_integer(4);
  row.view.t0 = query.integer(5);
  row.view.t1 = query.integer(6);
  row.view.n = query.unsigned_integer(7);
  row.view.min = int32_at(query, 8);
  row.view.max = int32_at(query, 9);
  row.view.seqs = query.blob(10);
  row.view.runs = query.blob(11);
  row.view.vals = query.blob(12);
  row.view.valid = blob_at(query, 13);
  row.view.reason = blob_at(query, 14);
  return row;
}

void insert_segment(Db& db, int64_t signal, Lane lane, std::string_view boot,
                    const Segment& segment) {
  Query query(db, "INSERT INTO segment VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const auto bind_blob = [&](const std::optional<std::vector<std::byte>>& blob) {
    blob ? query.bind(std::span<const std::byte>(*blob)) : query.bind_null();
  };
  query.bind(signal).bind(name_of(lane)).bind(boot);
  query.bind(segment.first_seq).bind(segment.last_seq).bind(segment.t0).bind(segment.t1);
  query.bind(segment.n).bind(segment.min).bind(segment.max);
  query.bind(std::span<const std::byte>(segment.seqs));
  query.bind(std::span<const std::byte>(segment.runs));
  query.bind(std::span<const std::byte>(segment.vals));
  bind_blob(segment.valid);
  bind_blob(segment.reason);
  query.run();
}

}  // namespace lamplight::store
