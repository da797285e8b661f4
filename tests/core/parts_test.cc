// The small parts, each by itself: labels, runs, ring records, batches, names of signals.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "gateway/core/batcher.h"
#include "gateway/core/interval_set.h"
#include "gateway/core/nomenclature.h"
#include "gateway/core/outbox.h"
#include "gateway/core/recorder.h"
#include "gateway/core/uplink_message.h"
#include "tests/core/house.h"

namespace lamplight::core {
namespace {

TEST(IntervalSet, AgreesWithASetOfNumbers) {
  // An acknowledgement in any order moves the cursor to exactly where all before it came.
  IntervalSet runs;
  std::set<uint64_t> plain;
  uint64_t cursor = 0;
  uint64_t expected = 0;
  uint64_t random = 42;
  for (int i = 0; i < 5000; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    const uint64_t n = cursor + 1 + (random >> 33) % 40;
    runs.add(n, n);
    plain.insert(n);
    cursor = runs.absorb(cursor);
    while (plain.contains(expected + 1)) ++expected;
    ASSERT_EQ(cursor, expected);
  }
}

// One of every kind, by the name of its file in the fuzzing corpus.
const std::vector<std::pair<std::string, Input>>& every_kind() {
  static const Sample kSample{{5}, -7, 3, Quality::low, Reason::none, 9};
  static const Booted kBooted{"b",
                              "a",
                              BootKind::crash,
                              {1, ClockState::stepped},
                              5,
                              seconds(3),
                              7,
                              8,
                              9,
                              {"damaged"},
                              {{Lane::alarm, 1, 2, {}, MonoTime{4}, "quota"}},
                              {}};
  static const std::vector<std::pair<std::string, Input>> kAll = {
      {"booted", kBooted},
      {"samples", SamplesIn{1, {&kSample, 1}}},
      {"fact", DeviceFact{2, FactKind::note, "n", "t", false, 1, 2, 3, 4, 5, true}},
      {"child", ChildChange{"oxi", ChildState::flooding, "why", 12}},
      {"ack", BedsideAct{1, 2, "Anna", ActKind::pause, "care", seconds(9), "why"}},
      {"command", RemoteCommand{"{}", true, false}},
      {"link", LinkChange{Conn::backlog, LinkState::refused, 3, "no"}},
      {"wall", WallChange{{-5, ClockState::synchronised}, 6}},
      {"technical", TechnicalChange{engine::Technical::clock_unset, 0, true, "1970"}},
      {"store", StoreChange{StoreState::stalled, "slow"}},
      {"gap", GapFound{{Lane::vitals, {}, {}, MonoTime{1}, MonoTime{2}, "overflow"}}},
      {"tick", Tick{}},
      {"shutdown", Shutdown{"bye"}},
      {"sounder", SounderReport{true, "daily", false, true, "no card"}},
  };
  return kAll;
}

TEST(InputRecord, EveryKindReadsBack) {
  // What was journaled is what is replayed.
  ASSERT_EQ(every_kind().size(), std::variant_size_v<Input>);
  for (const auto& [name, input] : every_kind()) {
    std::vector<std::byte> bytes;
    encode_input(input, bytes);
    std::vector<Sample> samples;
    const auto decoded = decode_input(bytes, samples);
    ASSERT_TRUE(decoded) << name << ' ' << decoded.error();
    EXPECT_EQ(decoded->index(), input.index());
    std::vector<std::byte> again;
    encode_input(*decoded, again);
    EXPECT_EQ(again, bytes);
    for (size_t cut = 0; cut < bytes.size(); ++cut) {
      EXPECT_FALSE(decode_input(std::span(bytes).first(cut), samples)) << "torn at " << cut;
    }
  }
}

// With LL_WRITE_CORPUS set the files are written instead of judged.
void expect_in_corpus(const std::string& name, const std::vector<std::byte>& bytes) {
  const std::string path = std::string(LL_SOURCE_DIR) + "/tests/fuzz/corpus/core_input/" + name;
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (std::getenv("LL_WRITE_CORPUS") != nullptr) std::ofstream(path, std::ios::binary) << text;
  std::stringstream kept;
  kept << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_TRUE(kept.str() == text) << path << " is of an older format: LL_WRITE_CORPUS=1 core_test";
}

TEST(InputRecord, TheFuzzingCorpusIsOfTodaysFormat) {
  // A corpus that is refused at its first byte would fuzz nothing, and look well.
  for (const auto& [name, input] : every_kind()) {
    std::vector<std::byte> bytes;
    encode_input(input, bytes);
    expect_in_corpus(name, bytes);
  }
  std::vector<std::byte> bytes;
  encode_state(State{}, bytes);
  expect_in_corpus("state", bytes);
}

TEST(Nomenclature, PublishesOnlyWhatTheTableAllows) {
  // A wrong public code would make another system misread the child.
  std::ifstream file(std::string(LL_SOURCE_DIR) + "/../shared/reference/nomenclature/metrics.csv");
  if (!file) GTEST_SKIP() << "no reference beside the source";
  std::map<std::string, std::string> allowed;  // reference → code
  for (std::string line; std::getline(file, line);) {
    // Fields may be quoted; the reference, the code and may_publish hold no comma.
    const bool yes = line.find(",yes,") != std::string::npos;
    const std::string reference = line.substr(0, line.find(','));
    if (yes) allowed[reference] = line;
  }
  int codes = 0;
  for (SignalId id = 0; id < catalogue().size(); ++id) {
    const Code* code = code_of(id);
    if (code == nullptr) {
      EXPECT_EQ(urn_of(id), "urn:lamplight:signal:" + path_of(id));
      continue;
    }
    ++codes;
    const auto row = allowed.find(std::string(code->reference));
    ASSERT_NE(row, allowed.end()) << code->reference;
    EXPECT_NE(row->second.find(',' + std::to_string(code->number) + ','), std::string::npos);
    if (!code->loinc.empty()) {
      EXPECT_NE(row->second.find(code->loinc), std::string::npos) << code->reference;
    }
    EXPECT_NE(row->second.find(std::string(ucum_of(id))), std::string::npos);
  }
  EXPECT_EQ(codes, 19);
}

core::Setup two_devices() {
  Setup setup;
  setup.devices = {{1, "ox1", Role::oximeter, "oxi"}, {2, "vent1", Role::ventilator, "bus"}};
  return setup;
}

TEST(Batcher, FirstBatchClosesAtOnceThenOnceAPeriod) {
  // The first numbers of the night are there at once.
  const core::Setup setup = two_devices();
  Batcher batcher(setup);
  std::vector<Closed> closed;
  const Sample s{{5}, 970, *find_signal("oximeter.spo2"), Quality::ok, Reason::none, 0};
  const MonoTime start{seconds(10).ns};
  batcher.add(start, 1, {&s, 1}, {}, closed);
  batcher.close_due(start, {}, closed);
  ASSERT_EQ(closed.size(), 1U);
  batcher.add(start + milliseconds(100), 1, {&s, 1}, {}, closed);
  batcher.close_due(start + milliseconds(999), {}, closed);
  EXPECT_EQ(closed.size(), 1U);
  batcher.close_due(start + milliseconds(1000), {}, closed);
  ASSERT_EQ(closed.size(), 2U);
  EXPECT_EQ(closed[1].seq, 2U);
  EXPECT_EQ(closed[1].t, start + milliseconds(100));
}

TEST(Batcher, LargeBatchesCloseEarlyAndHoldWholeInputs) {
  // One message must fit one datagram, and no input may be torn between two seqs.
  const core::Setup setup = two_devices();
  Batcher batcher(setup);
  std::vector<Closed> closed;
  const std::vector<Sample> many(
      1000, Sample{{5}, 970, *find_signal("oximeter.spo2"), Quality::ok, Reason::none, 0});
  for (int i = 0; i < 20; ++i) {
    batcher.add(MonoTime{seconds(10).ns + i}, 1, many, {}, closed);
  }
  ASSERT_GE(closed.size(), 4U);
  for (const Closed& c : closed) {
    EXPECT_EQ(c.samples.size() % 1000, 0U);
    EXPECT_LE(c.samples.size(), Batcher::kSamplesMax);
  }
}

TEST(Batcher, APortThatDiesLosesNoSampleOfItsDevicesAndTearsNoInstant) {
  // Two devices with curves on one port: "missing" is added for both at one instant, and the second
  // finds its batch full. Closed then, it would pass over what the first and it still have to say.
  const core::Setup setup = two_devices();
  for (const char* lane : {"wave", "vitals"}) {
    const bool wave = lane == std::string("wave");
    const Sample one{
        {5},         97,           *find_signal(wave ? "oximeter.pleth" : "oximeter.spo2"),
        Quality::ok, Reason::none, 0};
    const Sample other{
        {5},         97,           *find_signal(wave ? "ventilator.flow" : "ventilator.peep"),
        Quality::ok, Reason::none, 0};
    const Sample more[] = {other, other};
    // How many fill a batch.
    Batcher scratch(setup);
    std::vector<Closed> closed;
    MonoTime now{seconds(10).ns};
    size_t most = 0;
    for (; closed.empty(); ++most, now = now + nanoseconds(1)) {
      ASSERT_LT(most, Batcher::kSamplesMax + 2);
      scratch.add(now, 2, {&other, 1}, {}, closed);
    }
    closed.clear();
    Batcher batcher(setup);
    for (size_t i = 0; i + 2 < most; ++i, now = now + nanoseconds(1)) {
      batcher.add(now, 2, {&other, 1}, {}, closed);
    }
    ASSERT_TRUE(closed.empty()) << lane;
    batcher.add(now, 1, {&one, 1}, {}, closed);  // the port dies
    batcher.add(now, 2, more, {}, closed);
    batcher.close_all({}, closed);
    size_t samples = 0;
    MonoTime said{INT64_MIN};  // inputs up to here are said to be in a batch
    for (const Closed& c : closed) {
      for (const store::BatchSample& s : c.samples) EXPECT_GT(s.received_at, said) << lane;
      said = std::max(said, c.t);
      samples += c.samples.size();
    }
    EXPECT_EQ(samples, most - 2 + 3) << lane;
    EXPECT_EQ(said, now) << lane;
  }
}

TEST(Batcher, SilentStoreGivesUpTheOldestAndSaysWhich) {
  // 32 MiB is all that a dead disk may cost; what is lost is named.
  const core::Setup setup = two_devices();
  Batcher batcher(setup);
  std::vector<store::RecordGap> gaps;
  Effects effects;
  const store::BatchSample one{1, {{5}, 970, 0, Quality::ok, Reason::none, 0}, {5}};
  uint64_t seq = 0;
  for (int i = 0; i < 600; ++i) {
    batcher.hand_over({Lane::vitals, ++seq, -1, {5}, {}, std::vector(4000, one)}, {9}, gaps);
    batcher.flush({9}, effects);
  }
  EXPECT_EQ(effects.jobs.size(), Batcher::kUnansweredMax);
  ASSERT_FALSE(gaps.empty());
  EXPECT_EQ(gaps[0].first, Batcher::kUnansweredMax + 1);
  EXPECT_EQ(gaps[0].why, "disk_failed");
}

TEST(Recorder, ADeadDiskGivesUpOldSystemEventsAndSaysWhichAndNoAlarm) {
  // Months on a dead card must not end the watch for want of memory, and alarms come first.
  const core::Setup setup = two_devices();
  State state;
  Recorder recorder(setup, state);
  recorder.opened({});
  const std::string text(1000, 's');
  const auto words = [&](JsonWriter& out) { out.key("text").string(text); };
  Effects effects;
  recorder.append({.lane = Lane::system, .t = {}, .event = "system.boot"}, words);
  recorder.flush({1}, false, [] { return store::Snapshot{}; }, effects);  // hangs from now on
  recorder.append({.lane = Lane::alarm, .t = {}, .event = "alarm.raised"}, words);
  std::vector<store::RecordGap> gaps;
  for (int i = 0; i < 50'000; ++i) {
    state.now = state.now + seconds(1);
    recorder.append({.lane = Lane::system, .t = state.now, .event = "system.process"}, words);
    recorder.take_new();
    for (auto& gap : recorder.take_given_up()) gaps.push_back(gap);
  }
  ASSERT_GE(gaps.size(), 2U);
  uint64_t next = 2;
  for (const auto& gap : gaps) {
    EXPECT_EQ(gap.lane, Lane::system);
    EXPECT_EQ(gap.first, next);
    next = *gap.last + 1;
  }
  recorder.on_durable(Lane::system, 1);
  recorder.flush({2}, false, [] { return store::Snapshot{}; }, effects);
  const auto& rows = std::get<store::AppendEvents>(effects.jobs.back()).rows;
  EXPECT_EQ(rows.front().lane, Lane::alarm);
  EXPECT_EQ(rows[1].seq, next);
  EXPECT_EQ(rows.size(), 1 + 50'001 - (next - 1));
  size_t bytes = 0;
  for (const auto& row : rows) bytes += row.body.size();
  EXPECT_LE(bytes, Recorder::kRowsBytesMax);
}

TEST(Recorder, NoGapRecordCoversARowThatIsKept) {
  // What tells of an older gap is stored later: told as lost, its receiver would hear of neither.
  const core::Setup setup = two_devices();
  State state;
  Recorder recorder(setup, state);
  recorder.opened({});
  const std::string text(1000, 's');
  const auto words = [&](JsonWriter& out) { out.key("text").string(text); };
  std::set<uint64_t> kept;
  MonoTime first_kept = kNever;
  std::vector<store::RecordGap> gaps;
  for (int i = 0; i < 30'000; ++i) {
    state.now = state.now + seconds(1);
    Recorder::What what{.lane = Lane::system, .t = state.now, .event = "system.process"};
    if (i % 1000 == 500) {
      what.event = "system.gap";
      what.gap = store::RecordGap{Lane::vitals, 1, 2, {}, {}, "overflow"};
      first_kept = std::min(first_kept, state.now);
    }
    const uint64_t seq = recorder.append(what, words);
    if (what.gap) kept.insert(seq);
    recorder.take_new();
    for (auto& gap : recorder.take_given_up()) gaps.push_back(gap);
  }
  ASSERT_GE(gaps.size(), 2U);
  EXPECT_EQ(recorder.oldest_waiting(), first_kept) << "the kept row is still owed";
  Effects effects;
  recorder.flush({2}, false, [] { return store::Snapshot{}; }, effects);
  std::set<uint64_t> stored;
  for (const auto& row : std::get<store::AppendEvents>(effects.jobs.back()).rows) {
    stored.insert(row.seq);
  }
  for (const uint64_t seq : kept) EXPECT_TRUE(stored.contains(seq)) << seq;
  // Every seq is either stored or told as given up, none both and none neither.
  std::map<uint64_t, int> seen;
  for (const uint64_t seq : stored) ++seen[seq];
  for (const auto& gap : gaps) {
    for (uint64_t seq = *gap.first; seq <= *gap.last; ++seq) ++seen[seq];
  }
  EXPECT_EQ(seen.size(), 30'000U);
  for (const auto& [seq, times] : seen) EXPECT_EQ(times, 1) << seq;
}

struct NoDocuments final : Documents {
  std::string status(MonoTime) override { return "{}"; }
  std::string alarms(MonoTime, bool) override { return "{}"; }
  std::string device(size_t, MonoTime) override { return "{}"; }
};

TEST(Outbox, ADeadDiskCostsNoMoreMemoryHereThanInTheRecorder) {
  // What the recorder gave up is not kept here either, and what is left still goes out.
  const core::Setup setup = two_devices();
  State state;
  Recorder recorder(setup, state);
  recorder.opened({});
  NoDocuments documents;
  Outbox outbox(setup, documents);
  outbox.opened({});
  const std::string text(1000, 's');
  const auto words = [&](JsonWriter& out) { out.key("text").string(text); };
  uint64_t given_up = 0;
  for (int i = 0; i < 60'000; ++i) {
    state.now = state.now + seconds(1);
    recorder.append({.lane = Lane::system, .t = state.now, .event = "system.process"}, words);
    for (Recorded& event : recorder.take_new()) {
      outbox.add_event(event.lane, event.seq, event.emitted, std::move(event.body));
    }
    const auto gaps = recorder.take_given_up();
    outbox.drop(Lane::system, gaps);
    if (!gaps.empty()) given_up = *gaps.back().last;
    ASSERT_LE(outbox.cached_bytes(Lane::system), Recorder::kRowsBytesMax);
  }
  ASSERT_GT(given_up, 0U);
  for (const Conn conn : {Conn::live, Conn::backlog}) {
    outbox.on_link({conn, LinkState::connected, 1, ""});
  }
  Effects effects;
  EXPECT_TRUE(outbox.pump(state.now + seconds(1), effects)) << "half a second is over";
  EXPECT_TRUE(effects.jobs.empty()) << "what was given up cannot be read";
  uint64_t first = 0;
  for (const std::string& message : effects.uplink) {
    const Json sent = Json::parse(message);
    if (first == 0 && sent.contains("seq")) first = sent["seq"];
  }
  EXPECT_EQ(first, given_up + 1);
  EXPECT_EQ(outbox.broker_seq(Lane::system), 0U) << "no claim before the gap record is read";
}

TEST(UplinkMessage, GarbageIsRefused) {
  // The uplink's library may die in any state.
  for (const char* bad :
       {"", "[]", "{\"type\":\"link\"}", R"({"type":"published","conn":"live","generation":1})",
        R"({"type":"published","conn":"x","generation":1,"token":1})",
        R"({"type":"link","conn":"live","generation":-1,"state":"lost"})",
        R"({"type":"command","topic":"other","payload":"{}"})",
        R"({"type":"command","topic":"stored","payload":"["})"}) {
    EXPECT_FALSE(decode_uplink(bad)) << bad;
  }
  const auto ok =
      decode_uplink(R"({"type":"published","conn":"live","generation":4,"lane":"alarm","seq":7})");
  ASSERT_TRUE(ok);
  const auto& published = std::get<Published>(*ok);
  EXPECT_EQ(published.key, (Key{true, Lane::alarm, 7}));
}

}  // namespace
}  // namespace lamplight::core
