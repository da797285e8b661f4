// Read-only access to a store's files, beside a running lamplightd or on a copy: journal events
// and gaps for the command line, columns of samples for export and replay. Reads in short pieces,
// because an open read pins the writer's log. Any one thread of any process.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/store/codec.h"
#include "gateway/store/db.h"
#include "gateway/store/messages.h"
#include "rules/model/catalogue.h"
#include "rules/model/result.h"

namespace lamplight::store {

struct EventFilter {
  std::optional<Lane> lane{};      // alarm or system; none: both
  std::optional<int64_t> since{};  // wall labels, unix ns, both ends included
  std::optional<int64_t> until{};
  std::optional<uint64_t> occurrence{};
  std::string name{};                   // "alarm.raised", or all that begin so: "alarm."
  std::optional<uint64_t> after_seq{};  // of `lane`, which must be given
  size_t newest = SIZE_MAX;             // only the newest so many
};

struct StoredEvent {
  Lane lane = Lane::alarm;
  uint64_t seq = 0;
  MonoTime t, emitted;
  WallTime at;
  std::string boot, name, rule;
  std::optional<uint64_t> occurrence;
  std::string body;
};

// One signal of telemetry.db.
struct StoredSignal {
  int64_t id = 0;
  std::string device;
  std::optional<SignalId> signal;  // none: this program's catalogue does not know it
  std::string path;                // "oximeter.spo2"
};

// A stretch of one boot: [from, to] in engine time, and the wall label of `to`.
struct Stretch {
  std::string boot;
  MonoTime from, to;
  WallTime to_label;
  uint64_t first_seq = 0, last_seq = 0;  // of lane vitals
};

// From an instant of a boot on, how the wall stood to its engine time; none: the clock was not set.
struct WallSpan {
  MonoTime from;
  std::optional<int64_t> wall_minus_mono;
};

struct Reading {
  SignalId signal = 0;
  MonoTime measured_at;
  int32_t value = 0;
  Quality quality = Quality::ok;
  Reason reason = Reason::none;
};

class Reader {
 public:
  // `place`: the state directory, or either file in it. What cannot be opened is an error that
  // says what to try.
  [[nodiscard]] static Result<Reader> open(const std::string& place);

  // In order of emission; of equal instants lane alarm first.
  [[nodiscard]] Result<std::vector<StoredEvent>> events(const EventFilter& filter);
  [[nodiscard]] Result<std::vector<RecordGap>> gaps();
  std::string meta(const char* key);
  // True: each row of the lane hashes to what it says and to what the next one says.
  [[nodiscard]] Result<bool> chain_is_whole(Lane lane);

  [[nodiscard]] Result<std::vector<StoredSignal>> signals();
  // Boots in order, by the labels of lane vitals.
  [[nodiscard]] Result<std::vector<Stretch>> stretches(std::optional<int64_t> since,
                                                       std::optional<int64_t> until);
  // What the wall showed in a stretch, by the labels of its batches: the first from its beginning
  // on, then one wherever the clock was set or changed its worth.
  [[nodiscard]] Result<std::vector<WallSpan>> wall_of(const Stretch& stretch);
  // Readings with from < measured_at <= to of the given signals, in order of time; of equal times
  // in order of the list. Meant for windows of minutes to an hour: all of it is in memory.
  [[nodiscard]] Result<std::vector<Reading>> readings(const std::vector<StoredSignal>& of,
                                                      const std::string& boot, MonoTime from,
                                                      MonoTime to);
  // The same of one signal, for months of it: `take` is given whole segments as they are stored,
  // in order of their first sample, those that touch (from, to]. Its error ends the reading.
  using TakeColumn = std::function<Status(const Column& column)>;
  [[nodiscard]] Status columns(const StoredSignal& of, const std::string& boot, MonoTime from,
                               MonoTime to, const TakeColumn& take);

 private:
  Reader(Db record, Db telemetry) : record_(std::move(record)), telemetry_(std::move(telemetry)) {}
  [[nodiscard]] Status lane_events(Lane lane, const EventFilter& filter,
                                   std::vector<StoredEvent>& found);

  Db record_;
  Db telemetry_;
};

}  // namespace lamplight::store
