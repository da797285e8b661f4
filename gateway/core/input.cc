// Record bodies of the input ring: u8 format · u8 kind · fields in declaration order.
#include "gateway/core/input.h"

#include "gateway/core/bytes.h"
#include "rules/model/limits.h"

namespace lamplight::core {
namespace {

constexpr uint8_t kFormat = 4;
constexpr size_t kListMax = 256;  // gaps or problems of one start

void put(ByteWriter& w, MonoTime t) { w.number(t.ns); }
void put(ByteWriter& w, const WallTime& t) {
  w.number(t.unix_ns);
  w.word(t.clock);
}
template <class T>
void put_optional(ByteWriter& w, const std::optional<T>& value, auto&& write) {
  w.flag(value.has_value());
  if (value) write(*value);
}
void put(ByteWriter& w, const store::RecordGap& g) {
  w.word(g.lane);
  for (const auto& seq : {g.first, g.last}) put_optional(w, seq, [&](uint64_t n) { w.number(n); });
  for (const auto& t : {g.t0, g.t1}) put_optional(w, t, [&](MonoTime m) { put(w, m); });
  w.text(g.why);
}

WallTime get_wall(ByteReader& r) {
  WallTime t;
  t.unix_ns = r.number<int64_t>();
  t.clock = r.word(ClockState::stepped);
  return t;
}
std::optional<uint64_t> get_seq(ByteReader& r) {
  return r.flag() ? std::optional(r.number<uint64_t>()) : std::nullopt;
}
std::optional<MonoTime> get_time(ByteReader& r) {
  return r.flag() ? std::optional(MonoTime{r.number<int64_t>()}) : std::nullopt;
}
store::RecordGap get_gap(ByteReader& r) {
  store::RecordGap g;
  g.lane = r.word(Lane::debug);
  g.first = get_seq(r);
  g.last = get_seq(r);
  g.t0 = get_time(r);
  g.t1 = get_time(r);
  g.why = r.text();
  return g;
}

struct Encode {
  ByteWriter& w;

  void operator()(const Booted& b) const {
    w.text(b.boot);
    w.text(b.last_boot);
    w.word(b.kind);
    put(w, b.wall);
    w.number(b.profiles);
    put_optional(w, b.gap, [&](Duration d) { w.number(d.ns); });
    w.number(b.next_alarm);
    w.number(b.next_system);
    w.number(b.first_occurrence);
    const size_t problems = std::min(b.problems.size(), kListMax);
    w.number(static_cast<uint32_t>(problems));
    for (size_t i = 0; i < problems; ++i) w.text(b.problems[i], 120);
    for (const auto* list : {&b.gaps, &b.made}) {
      const size_t gaps = std::min(list->size(), kListMax);
      w.number(static_cast<uint32_t>(gaps));
      for (size_t i = 0; i < gaps; ++i) put(w, (*list)[i]);
    }
    w.flag(b.synchronised);
  }
  void operator()(const SamplesIn& s) const {
    w.number(s.device);
    const size_t n = std::min(s.samples.size(), kInputSamplesMax);
    w.number(static_cast<uint32_t>(n));
    for (const Sample& sample : s.samples.first(n)) {
      put(w, sample.measured_at);
      w.number(sample.value);
      w.number(sample.signal);
      w.word(sample.quality);
      w.word(sample.reason);
      w.number(sample.number);
    }
  }
  void operator()(const DeviceFact& f) const {
    w.number(f.device);
    w.word(f.kind);
    w.text(f.name);
    w.text(f.text);
    w.flag(f.present);
    for (const uint64_t n : {f.first, f.last, f.frames_good, f.frames_bad, f.bytes_skipped}) {
      w.number(n);
    }
    w.flag(f.happened);
  }
  void operator()(const ChildChange& c) const {
    w.text(c.name);
    w.word(c.state);
    w.text(c.why);
    w.number(c.dropped);
  }
  void operator()(const BedsideAct& a) const {
    w.number(a.client);
    w.number(a.occurrence);
    w.text(a.by);
    w.word(a.kind);
    w.text(a.button);
    w.number(a.length.ns);
    w.text(a.reason);
  }
  void operator()(const RemoteCommand& c) const {
    w.text(c.payload, limits::kCommandBytesMax);
    w.flag(c.retained);
    w.flag(c.too_large || c.payload.size() > limits::kCommandBytesMax);
  }
  void operator()(const LinkChange& l) const {
    w.word(l.conn);
    w.word(l.state);
    w.number(l.generation);
    w.text(l.why);
  }
  void operator()(const WallChange& c) const {
    put(w, c.wall);
    w.number(c.profiles);
    w.flag(c.synchronised);
  }
  void operator()(const TechnicalChange& t) const {
    w.word(t.kind);
    w.number(t.device);
    w.flag(t.on);
    w.text(t.why);
  }
  void operator()(const StoreChange& s) const {
    w.word(s.state);
    w.text(s.why);
  }
  void operator()(const GapFound& g) const { put(w, g.gap); }
  void operator()(const Tick&) const {}
  void operator()(const Shutdown& s) const { w.text(s.why); }
  void operator()(const SounderReport& s) const {
    w.flag(s.is_test);
    w.text(s.when);
    w.flag(s.passed);
    w.flag(s.failing);
    w.text(s.text);
  }
};

Input get_booted(ByteReader& r) {
  Booted b;
  b.boot = r.text();
  b.last_boot = r.text();
  b.kind = r.word(BootKind::provisional);
  b.wall = get_wall(r);
  b.profiles = r.number<engine::ProfileSet>();
  if (r.flag()) b.gap = Duration{r.number<int64_t>()};
  b.next_alarm = r.number<uint64_t>();
  b.next_system = r.number<uint64_t>();
  b.first_occurrence = r.number<uint64_t>();
  const size_t problems = std::min(r.count(4), kListMax);
  for (size_t i = 0; i < problems; ++i) b.problems.push_back(r.text());
  for (auto* list : {&b.gaps, &b.made}) {
    const size_t gaps = std::min(r.count(9), kListMax);
    for (size_t i = 0; i < gaps; ++i) list->push_back(get_gap(r));
  }
  b.synchronised = r.flag();
  return b;
}

Input get_samples(ByteReader& r, std::vector<Sample>& storage) {
  SamplesIn s;
  s.device = r.number<DeviceNumber>();
  const size_t n = std::min(r.count(limits::kWireSampleBytes - 4), kInputSamplesMax);
  storage.clear();
  for (size_t i = 0; i < n; ++i) {
    Sample sample;
    sample.measured_at = MonoTime{r.number<int64_t>()};
    sample.value = r.number<int32_t>();
    sample.signal = r.number<SignalId>();
    sample.quality = r.word(Quality::missing);
    sample.reason = r.word(Reason::not_watching);
    sample.number = r.number<uint32_t>();
    storage.push_back(sample);
  }
  s.samples = storage;
  return s;
}

Input get_fact(ByteReader& r) {
  DeviceFact f;
  f.device = r.number<DeviceNumber>();
  f.kind = r.word(FactKind::counters);
  f.name = r.text();
  f.text = r.text();
  f.present = r.flag();
  for (uint64_t* n : {&f.first, &f.last, &f.frames_good, &f.frames_bad, &f.bytes_skipped}) {
    *n = r.number<uint64_t>();
  }
  f.happened = r.flag();
  return f;
}

Input get_child(ByteReader& r) {
  ChildChange c;
  c.name = r.text();
  c.state = r.word(ChildState::flood_over);
  c.why = r.text();
  c.dropped = r.number<uint64_t>();
  return c;
}

Input get_act(ByteReader& r) {
  BedsideAct a;
  a.client = r.number<uint64_t>();
  a.occurrence = r.number<uint64_t>();
  a.by = r.text();
  a.kind = r.word(ActKind::release);
  a.button = r.text();
  a.length = Duration{r.number<int64_t>()};
  a.reason = r.text();
  return a;
}

Input get_technical(ByteReader& r) {
  TechnicalChange t;
  t.kind = r.word(engine::Technical::disk_low);
  t.device = r.number<DeviceNumber>();
  t.on = r.flag();
  t.why = r.text();
  return t;
}

Input get_link(ByteReader& r) {
  LinkChange l;
  l.conn = r.word(Conn::backlog);
  l.state = r.word(LinkState::refused);
  l.generation = r.number<uint32_t>();
  l.why = r.text();
  return l;
}

// The kinds in the order of the variant; the number is the variant's index.
Result<Input> get(uint8_t kind, ByteReader& r, std::vector<Sample>& storage) {
  switch (kind) {
    case 0:
      return get_booted(r);
    case 1:
      return get_samples(r, storage);
    case 2:
      return get_fact(r);
    case 3:
      return get_child(r);
    case 4:
      return get_act(r);
    case 5: {
      RemoteCommand c;
      c.payload = r.text(limits::kCommandBytesMax);
      c.retained = r.flag();
      c.too_large = r.flag();
      return c;
    }
    case 6:
      return get_link(r);
    case 7: {
      WallChange c;
      c.wall = get_wall(r);
      c.profiles = r.number<engine::ProfileSet>();
      c.synchronised = r.flag();
      return c;
    }
    case 8:
      return get_technical(r);
    case 9: {
      StoreChange s;
      s.state = r.word(StoreState::recovered);
      s.why = r.text();
      return s;
    }
    case 10: {
      GapFound g;
      g.gap = get_gap(r);
      return g;
    }
    case 11:
      return Tick{};
    case 12:
      return Shutdown{r.text()};
    case 13: {
      SounderReport s;
      s.is_test = r.flag();
      s.when = r.text();
      s.passed = r.flag();
      s.failing = r.flag();
      s.text = r.text();
      return s;
    }
    default:
      return failure("unknown kind of input");
  }
}
static_assert(std::variant_size_v<Input> == 14);

}  // namespace

void encode_input(const Input& input, std::vector<std::byte>& out) {
  ByteWriter w(out);
  w.number(kFormat);
  w.number(static_cast<uint8_t>(input.index()));
  std::visit(Encode{w}, input);
}

Result<Input> decode_input(std::span<const std::byte> bytes, std::vector<Sample>& samples) {
  ByteReader r(bytes);
  if (r.number<uint8_t>() != kFormat) return failure("not an input record of this format");
  const auto kind = r.number<uint8_t>();
  Result<Input> input = get(kind, r, samples);
  if (!input) return input;
  if (!r.ok()) return failure("input record: a field is out of bounds");
  if (!r.at_end()) return failure("input record: bytes left over");
  return input;
}

}  // namespace lamplight::core
