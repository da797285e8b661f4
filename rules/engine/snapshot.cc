// The state as bytes. Every table entry is written under its own key (a node's structural hash, a
// signal's name and step, an alarm's id), so the same reader serves a restart of the same program
// and the swap to a new one. The bytes come from a disk: lengths, checksum and enumerations are
// checked, never asserted.
#include <algorithm>
#include <cstring>
#include <string>

#include "rules/engine/core.h"
#include "rules/engine/hash.h"
#include "rules/model/assert.h"

namespace lamplight::engine {
namespace {

constexpr const char* kBadTables = "the snapshot is damaged: bad tables";
constexpr uint32_t kMagic = 0x33534C4C;  // "LLS3"

struct Head {
  uint32_t magic = kMagic;
  uint32_t signals = 0;
  uint64_t program_hash = 0;
  Totals totals;
  uint32_t operations = 0;
  uint32_t alarms = 0;
  uint32_t devices = 0;
  uint32_t unused = 0;
};
static_assert(std::has_unique_object_representations_v<Head>);

class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) : out_(out) { out_.clear(); }
  template <class T>
  void put(const T& value) {
    const size_t at = out_.size();
    out_.resize(at + sizeof(T));
    std::memcpy(out_.data() + at, &value, sizeof(T));
  }
  void put_text(const std::string& text) {
    put(static_cast<uint16_t>(text.size()));
    for (const char c : text) put(c);
  }

 private:
  std::vector<std::byte>& out_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <class T>
  bool take(T& value) {
    if (bytes_.size() < sizeof(T)) return false;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_ = bytes_.subspan(sizeof(T));
    return true;
  }
  bool take_text(std::string& text) {
    uint16_t length = 0;
    if (!take(length) || bytes_.size() < length) return false;
    text.resize(length);
    std::memcpy(text.data(), bytes_.data(), length);
    bytes_ = bytes_.subspan(length);
    return true;
  }
  bool take_bytes(std::vector<std::byte>& out) {
    uint16_t length = 0;
    if (!take(length) || bytes_.size() < length) return false;
    out.assign(bytes_.begin(), bytes_.begin() + length);
    bytes_ = bytes_.subspan(length);
    return true;
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
};

// With the kind and the words: a state is kept as its place among them, which in other words would
// be another state.
uint64_t key_of(const Signal& s) {
  Hasher h;
  h.add(s.name).add(s.path).add(s.step.num).add(s.step.den).add(static_cast<int>(s.kind));
  for (const std::string& word : s.enumerators) h.add(word);
  return h.value();
}

// What the program that is given now would not have believed, it does not inherit either.
void drop_out_of_range(const Signal& signal, ReadingState& s) {
  if (s.stale_at == kOpen || (s.value >= signal.min && s.value <= signal.max)) return;
  s.quality = static_cast<uint8_t>(Quality::missing);
  s.reason = static_cast<uint8_t>(Reason::out_of_range);
  s.stale_at = kOpen;
}

struct OpRecord {
  uint64_t key = 0;
  OpState state;
  int64_t due = kOpen;         // of its timer
  std::vector<std::byte> own;  // its entry in the table of its kind
};

struct AlarmRecord {
  std::string id;
  uint64_t when = 0;
  AlarmState state;
};

// Everything of a snapshot, read before anything is used.
struct Content {
  Head head;
  std::vector<std::pair<uint64_t, ReadingState>> signals;
  std::vector<OpRecord> operations;
  std::vector<AlarmRecord> alarms;
  std::vector<std::pair<uint8_t, DeviceState>> devices;
};

// What keeps quiet and ends by itself.
bool is_lease(OpKind kind) { return kind == OpKind::button || kind == OpKind::lease; }

bool sane(const Content& c) {
  for (const auto& [key, s] : c.signals) {
    if (s.quality > 2 || s.reason >= kReasonCount) return false;
  }
  for (const OpRecord& op : c.operations) {
    if (op.state.truth > 2) return false;
  }
  for (const AlarmRecord& a : c.alarms) {
    if (a.state.condition > 3 || a.state.signal > 3) return false;
    if (a.state.severity > 2 || a.state.onset > 2) return false;
  }
  return true;
}

bool read_tables(Reader& in, Content& c) {
  c.signals.resize(c.head.signals);
  for (auto& [key, state] : c.signals) {
    if (!in.take(key) || !in.take(state)) return false;
  }
  c.operations.resize(c.head.operations);
  for (OpRecord& op : c.operations) {
    if (!in.take(op.key) || !in.take(op.state) || !in.take(op.due)) return false;
    if (!in.take_bytes(op.own)) return false;
  }
  c.alarms.resize(c.head.alarms);
  for (AlarmRecord& a : c.alarms) {
    if (!in.take_text(a.id) || !in.take(a.when) || !in.take(a.state)) return false;
  }
  c.devices.resize(c.head.devices);
  for (auto& [role, state] : c.devices) {
    if (!in.take(role) || !in.take(state)) return false;
  }
  return in.at_end();
}

Result<Head> checked_head(std::span<const std::byte> bytes) {
  Head head;
  uint64_t sum = 0;
  if (bytes.size() < sizeof(Head) + sizeof(sum)) return failure("the snapshot is too short");
  Reader(bytes).take(head);
  if (head.magic != kMagic) return failure("not a snapshot of this version");
  std::memcpy(&sum, bytes.data() + bytes.size() - sizeof(sum), sizeof(sum));
  if (Hasher().add(bytes.first(bytes.size() - sizeof(sum))).value() != sum) {
    return failure("the snapshot is damaged: its checksum is wrong");
  }
  constexpr uint32_t kMost = 100'000;  // far above every bound; keeps a bad count from allocating
  if (head.signals > kMost || head.operations > kMost || head.alarms > kMost ||
      head.devices > kMost) {
    return failure("the snapshot is damaged: impossible counts");
  }
  return head;
}

Result<Content> read(std::span<const std::byte> bytes) {
  Content c;
  const auto head = checked_head(bytes);
  if (!head) return failure(head.error());
  const auto body = bytes.first(bytes.size() - sizeof(uint64_t)).subspan(sizeof(Head));
  c.head = *head;
  Reader in(body);
  if (!read_tables(in, c) || !sane(c)) return failure("the snapshot is damaged: bad tables");
  return c;
}

// Where `key` is in a table of keyed entries, looking first where it was when nothing changed.
template <class Table, class Key>
auto find_key(const Table& table, size_t hint, Key key_of_entry) {
  if (hint < table.size() && key_of_entry(table[hint])) {
    return table.begin() + static_cast<std::ptrdiff_t>(hint);
  }
  return std::find_if(table.begin(), table.end(), key_of_entry);
}

}  // namespace

Engine::Core::OwnState Engine::Core::own_state(size_t op) const {
  const size_t place = plan.record[op];
  const auto bytes = [](auto& entry) { return std::as_writable_bytes(std::span(&entry, 1)); };
  const OpKind kind = program.operations[op].kind;
  if (is_timed(kind)) return {bytes(timed[place]), {}};
  if (is_compare(kind)) return {bytes(compares[place]), {}};
  if (is_area(kind)) return {bytes(areas[place]), {}};
  if (kind == OpKind::button) return {bytes(buttons[place]), {}};
  if (kind == OpKind::lease) return {bytes(leases[place]), {}};
  if (is_window(kind)) {
    const auto ring = panes.subspan(place * kPanes, kPanes);
    return {bytes(windows[place]), std::as_writable_bytes(ring)};
  }
  if (kind == OpKind::count_starts) {
    const auto length = static_cast<size_t>(program.operations[op].value);
    const auto ring = starts.subspan(plan.ring_of[place], length);
    return {bytes(counts[place]), std::as_writable_bytes(ring)};
  }
  return {};
}

void Engine::Core::snapshot(std::vector<std::byte>& out) const {
  Writer writer(out);
  Head head;
  head.program_hash = given_hash;
  head.totals = totals;
  head.signals = static_cast<uint32_t>(signals.size());
  head.operations = static_cast<uint32_t>(ops.size());
  head.alarms = static_cast<uint32_t>(alarms.size());
  head.devices = static_cast<uint32_t>(devices.size());
  writer.put(head);
  for (size_t i = 0; i < signals.size(); ++i) {
    writer.put(key_of(program.signals[i]));
    writer.put(signals[i]);
  }
  for (size_t i = 0; i < ops.size(); ++i) {
    writer.put(program.operation_hashes[i]);
    writer.put(ops[i]);
    writer.put(plan.timer[i] == kNone ? kOpen : deadlines.due(plan.timer_slot(i)));
    const OwnState own = own_state(i);
    writer.put(static_cast<uint16_t>(own.entry.size() + own.tail.size()));
    for (const std::byte b : own.entry) writer.put(b);
    for (const std::byte b : own.tail) writer.put(b);
  }
  for (size_t a = 0; a < alarms.size(); ++a) {
    writer.put_text(program.alarms[a].id);
    writer.put(program.operation_hashes[program.alarms[a].when]);
    writer.put(alarms[a]);
  }
  for (size_t d = 0; d < devices.size(); ++d) {
    writer.put(static_cast<uint8_t>(plan.devices[d]));
    writer.put(devices[d]);
  }
  writer.put(Hasher().add(std::span<const std::byte>(out)).value());
}

bool Engine::Core::take_own(std::span<const std::byte> from, const OwnState& to) {
  if (from.size() != to.entry.size() + to.tail.size()) return false;
  const auto tail = from.subspan(to.entry.size());
  std::copy_n(from.begin(), to.entry.size(), to.entry.begin());
  std::copy(tail.begin(), tail.end(), to.tail.begin());
  return true;
}

// One operation by its key; false if what stands there is damaged.
template <class Records>
bool Engine::Core::take_operation(size_t op, const Records& records) {
  const uint64_t key = program.operation_hashes[op];
  const auto found = find_key(records, op, [&](const auto& r) { return r.key == key; });
  if (found == records.end()) return true;
  if (!take_own(found->own, own_state(op)) || !is_sane(op)) return false;
  ops[op] = found->state;
  if (plan.timer[op] != kNone) deadlines.arm(plan.timer_slot(op), found->due);
  return true;
}

// What evaluation uses as a place must be one.
bool Engine::Core::is_sane(size_t op) const {
  if (is_window(program.operations[op].kind)) return is_sane_window(static_cast<OpIndex>(op));
  if (program.operations[op].kind != OpKind::count_starts) return true;
  const CountState& s = counts[plan.record[op]];
  const auto length = static_cast<int>(program.operations[op].value);
  return s.next < length && s.filled <= length && s.last_known <= 2;
}

Status Engine::Core::restore(std::span<const std::byte> bytes, bool alarms_only) {
  LL_ASSERT(totals.started == 0);
  auto content = read(bytes);
  if (!content) return failure(content.error());
  const Content& c = *content;
  const bool same = c.head.program_hash == given_hash && !alarms_only;
  const int64_t start = totals.now;
  const auto take_all = [&](auto wanted) {
    bool good = true;
    for (size_t i = 0; i < ops.size(); ++i) {
      if (wanted(program.operations[i].kind)) good = good && take_operation(i, c.operations);
    }
    return good;
  };
  for (size_t i = 0; i < alarms.size(); ++i) {
    const std::string& id = program.alarms[i].id;
    const auto found = find_key(c.alarms, i, [&](const AlarmRecord& r) { return r.id == id; });
    if (found == c.alarms.end()) continue;
    alarms[i] = found->state;
    const bool judged = found->when == program.operation_hashes[program.alarms[i].when];
    const bool is_open = found->state.occurrence != 0;
    if (is_open && !judged) alarms[i].changed = kDefinitionChanged;
    if (is_open && alarms_only) alarms[i].changed = kUnjudged;
  }
  for (const AlarmRecord& r : c.alarms) {
    if (r.state.occurrence == 0 || program.find_alarm(r.id)) continue;
    Alarm closed;
    closed.id = r.id;
    gone.push_back({static_cast<AlarmIndex>(program.alarms.size()), r.state});
    program.alarms.push_back(std::move(closed));
  }
  totals.next_occurrence = std::max(totals.next_occurrence, c.head.totals.next_occurrence);
  if (alarms_only) {
    if (!take_all(is_lease)) return failure(kBadTables);
    for (AlarmState& s : alarms) {
      for (int64_t* due : {&s.ack_due, &s.remind_due, &s.unknown_due, &s.pause_due}) {
        *due = std::max(*due, start);
      }
    }
    rearm_everything();
    return {};
  }
  for (size_t i = 0; i < signals.size(); ++i) {
    const uint64_t key = key_of(program.signals[i]);
    const auto found = find_key(c.signals, i, [&](const auto& e) { return e.first == key; });
    if (found == c.signals.end()) continue;
    signals[i] = found->second;
    drop_out_of_range(program.signals[i], signals[i]);
  }
  totals.origin = c.head.totals.origin;
  if (!take_all([](OpKind) { return true; })) return failure(kBadTables);
  for (const TechnicalInstance& instance : plan.technical) {
    flags[static_cast<size_t>(&instance - plan.technical.data())] =
        truth(instance.flag) == Truth::yes ? 1 : 0;
  }
  for (size_t d = 0; d < devices.size(); ++d) {
    const auto role = static_cast<uint8_t>(plan.devices[d]);
    const auto found = find_key(c.devices, d, [&](const auto& e) { return e.first == role; });
    if (found != c.devices.end()) devices[d] = found->second;
  }
  const uint64_t given_profiles = totals.profiles;
  const uint64_t next_occurrence = totals.next_occurrence;
  totals = c.head.totals;
  totals.next_occurrence = next_occurrence;
  if (!same) totals.profiles = given_profiles;
  evaluate_all = !same || totals.started == 0;
  rebuild_bounds();
  rearm_everything();
  return {};
}

Result<Engine::SnapshotHead> Engine::read_head(std::span<const std::byte> snapshot) {
  const auto head = checked_head(snapshot);
  if (!head) return failure(head.error());
  return SnapshotHead{head->program_hash, {head->totals.now}, head->totals.next_occurrence};
}

uint64_t Engine::Core::digest() const {
  return Hasher()
      .add(std::span<const std::byte>(block))
      .add(totals.now)
      .add(totals.next_occurrence)
      .add(totals.profiles)
      .value();
}

}  // namespace lamplight::engine
