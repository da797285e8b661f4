// One function walks the fields for both directions, so that they cannot drift apart.
#include "gateway/core/state.h"

#include <type_traits>

#include "gateway/core/bytes.h"

namespace lamplight::core {
namespace {

constexpr uint8_t kFormat = 9;
constexpr size_t kEngineBytesMax = 1 << 20;
constexpr size_t kDevicesMax = 64;
constexpr size_t kListMax = 4096;

struct Put {
  ByteWriter& w;
  void operator()(bool b) { w.flag(b); }
  void operator()(const std::string& s) { w.text(s); }
  void operator()(MonoTime t) { w.number(t.ns); }
  template <class N>
    requires std::is_integral_v<N>
  void operator()(N n) {
    w.number(n);
  }
  void operator()(ClockState c) { w.word(c); }
  void operator()(ActKind k) { w.word(k); }
  template <class T>
  void list(const std::vector<T>& items, size_t) {
    w.number(static_cast<uint32_t>(items.size()));
  }
};

struct Get {
  ByteReader& r;
  void operator()(bool& b) { b = r.flag(); }
  void operator()(std::string& s) { s = r.text(); }
  void operator()(MonoTime& t) { t.ns = r.number<int64_t>(); }
  void operator()(uint16_t& n) { n = r.number<uint16_t>(); }
  void operator()(uint32_t& n) { n = r.number<uint32_t>(); }
  void operator()(uint64_t& n) { n = r.number<uint64_t>(); }
  void operator()(int64_t& n) { n = r.number<int64_t>(); }
  void operator()(ClockState& c) { c = r.word(ClockState::stepped); }
  void operator()(ActKind& k) { k = r.word(ActKind::release); }
  template <class T>
  void list(std::vector<T>& items, size_t most) {
    const size_t n = r.count(1);
    items.clear();
    items.resize(std::min(n, most));
  }
};

// D and S are const when put, mutable when got.
template <class F, class D>
void walk_device(F& f, D& d) {
  f(d.id);
  f(d.link_known), f(d.link_up), f(d.link_why), f(d.link_since), f(d.last_error), f(d.refused);
  f.list(d.identity, kFactsMax);
  for (auto& [name, text] : d.identity) f(name), f(text);
  f.list(d.notes, kNotesMax);
  for (auto& [name, text] : d.notes) f(name), f(text);
  f.list(d.happenings, kFactsMax);
  for (auto& h : d.happenings) f(h.name), f(h.text), f(h.told), f(h.more);
  f(d.frames_good), f(d.frames_bad), f(d.bytes_skipped), f(d.samples);
  f.list(d.seen, kListMax);
  for (auto& id : d.seen) f(id);
  f(d.has_number), f(d.next_number), f(d.known_until);
  f(d.lost_noticed), f(d.lost_from), f(d.lost_until), f(d.lost_total);
  f(d.flooding), f(d.failing);
}

template <class F, class S>
void walk(F& f, S& s) {
  f(s.boot), f(s.now), f(s.engine_offset_ns), f(s.since);
  f(s.next_alarm), f(s.next_system), f(s.next_tag);
  f(s.wall.mono), f(s.wall.wall.unix_ns), f(s.wall.wall.clock), f(s.profiles);
  f(s.store_failing), f(s.store_stalled);
  f(s.uplink_up), f(s.uplink_lost_told), f(s.uplink_alarm), f(s.uplink_failing), f(s.clock_unset);
  f(s.sounder_failing), f(s.over_quota), f(s.disk_low);
  f(s.uplink_since), f(s.uplink_lost_since), f(s.end_restarted), f(s.end_damaged);
  f.list(s.carers, kCarersMax);
  for (auto& name : s.carers) f(name);
  f.list(s.signalled, kListMax);
  for (auto& item : s.signalled) f(item.occurrence), f(item.at);
  f.list(s.acts, kListMax);
  for (auto& act : s.acts) {
    f(act.kind), f(act.occurrence), f(act.what), f(act.by), f(act.at), f(act.reason);
    f(act.left_to);
  }
  f.list(s.devices, kDevicesMax);
  for (auto& device : s.devices) walk_device(f, device);
}

}  // namespace

void encode_state(const State& state, std::vector<std::byte>& out) {
  ByteWriter w(out);
  Put put{w};
  walk(put, state);
}

Result<State> decode_state(std::span<const std::byte> bytes) {
  ByteReader r(bytes);
  Get get{r};
  State state;
  walk(get, state);
  if (!r.ok() || !r.at_end()) return failure("snapshot: the core's state is damaged");
  return state;
}

void encode_snapshot(const State& state, std::span<const std::byte> engine,
                     std::vector<std::byte>& out) {
  ByteWriter w(out);
  w.number(kFormat);
  std::vector<std::byte> bytes;
  encode_state(state, bytes);
  w.bytes(bytes);
  w.bytes(engine);
}

Result<Snapshot> decode_snapshot(std::span<const std::byte> bytes) {
  ByteReader r(bytes);
  if (r.number<uint8_t>() != kFormat) return failure("snapshot: another format");
  const auto state_bytes = r.bytes(kEngineBytesMax);
  const auto engine = r.bytes(kEngineBytesMax);
  if (!r.ok() || !r.at_end()) return failure("snapshot: damaged");
  Result<State> state = decode_state(state_bytes);
  if (!state) return failure(state.error());
  return Snapshot{std::move(*state), {engine.begin(), engine.end()}};
}

}  // namespace lamplight::core
