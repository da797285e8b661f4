// The care team judges a new limit on what the store kept: replay from it must say what an export
// of it says, whatever order and instants the samples came in, and what is no readable store must
// be told as such, with what to do, and never be half read.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "gateway/cli/export_csv.h"
#include "gateway/cli/stored_columns.h"
#include "gateway/store/db.h"
#include "gateway/store/label.h"
#include "gateway/store/store.h"
#include "rules/language/compile.h"
#include "rules/replay/replay.h"
#include "tests/oracle/generator.h"

namespace lamplight::cli {
namespace {

using oracle::Random;

constexpr const char* kRules =
    "rules 1 \"stored\"\n"
    "signal spo2 : percent from oximeter.spo2 step 0.05 range 0..100 every 1 s stale after 5 s\n"
    "signal pulse : bpm from oximeter.pulse step 0.1 range 20..300 every 1 s stale after 5 s\n"
    "signal feed : {feeding, hold} from pump.state every 1 s stale after 8 s\n"
    "signal tube : bool from pump.alarm.patient_tube_blocked every 1 s stale after 8 s\n"
    "profile night = 22:00..06:00\n"
    "limit low = 90 percent allowed 80..95 at night 88 percent\n"
    "alarm dip \"Dip\" severity irreversible onset prompt\n"
    "  when spo2 < low for 4 s\n  clear when spo2 >= low + 2 percent for 2 s\nend\n"
    "alarm fast \"Fast\" severity reversible onset prompt\n"
    "  when mean of pulse over 20 s >= 140 bpm\nend\n"
    "alarm stopped \"Stopped\" severity reversible onset delayed\n"
    "  when feed is hold and tube\nend\n"
    "lost spo2 for 20 s: severity reversible onset prompt \"gone\"\n"
    "lost feed for 10 s: severity minor onset prompt \"gone\"\n";

engine::Program program_of_text(const std::string& text) {
  const rules::SourceText source{"stored.rules", text};
  rules::CompileOptions options;
  options.catalogue = false;
  options.policy = false;
  auto result = rules::compile({&source, 1}, nullptr, options);
  EXPECT_TRUE(result.compiled) << rules::render(result.diagnostics.front());
  return std::move(result.compiled->program);
}

class StoredTest : public testing::Test {
 protected:
  StoredTest() {
    std::string name = testing::TempDir() + "ll-stored-XXXXXX";
    dir_ = ::mkdtemp(name.data());
    options_.dir = dir_;
    options_.home = "h-1";
    options_.boot = "boot-1";
    options_.free_floor = 0;
    options_.devices = {{"ox1", Role::oximeter}, {"pump1", Role::pump}};
    open();
  }
  ~StoredTest() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  void open() {
    store_ = std::make_unique<store::Store>(options_);
    store_->open(MonoTime{1}, answers_);
  }
  void close() { store_.reset(); }

  // A batch a second of an evening that goes over into night: jitter, holes, reasons, states that
  // the rules do not list, late samples and several of one instant.
  void live(Random& random, int seconds_long, int64_t mono, int64_t wall, ClockState clock) {
    int32_t spo2 = 950;
    for (int i = 0; i < seconds_long; ++i) {
      store::AppendBatch batch;
      batch.lane = Lane::vitals;
      batch.seq = ++seq_;
      batch.t = MonoTime{mono + (i + 1) * seconds(1).ns};
      batch.at = {wall + (i + 1) * seconds(1).ns, clock};
      const auto add = [&](const char* path, store::BatchSample s, int32_t value) {
        s.sample.signal = *find_signal(path);
        s.sample.value = value;
        s.sample.quality = random.chance(3) ? Quality::low : Quality::ok;
        if (random.chance(4)) {
          s.sample.quality = Quality::missing;
          s.sample.reason = static_cast<Reason>(1 + random.below(10));
          s.sample.value = 0;
        }
        batch.samples.push_back(s);
      };
      if (random.chance(3)) spo2 = static_cast<int32_t>(820 + random.below(170));
      for (uint64_t n = 0; n < 1 + (random.chance(10) ? random.below(3) : 0); ++n) {
        store::BatchSample s;
        s.device = 1;
        s.received_at = batch.t;
        s.sample.measured_at = batch.t - milliseconds(static_cast<int64_t>(random.below(900)));
        if (random.chance(3)) s.sample.measured_at = s.sample.measured_at - seconds(3);
        if (random.chance(10)) s.sample.measured_at = batch.t - milliseconds(500);
        s.sample.reason = Reason::none;
        if (random.chance(95)) add("oximeter.spo2", s, spo2);
        if (random.chance(90)) {
          add("oximeter.pulse", s, static_cast<int32_t>(1300 + random.below(200)));
        }
      }
      store::BatchSample s;
      s.device = 2;
      s.received_at = batch.t;
      s.sample.measured_at = batch.t - milliseconds(500);
      s.sample.reason = Reason::none;
      if (random.chance(80)) add("pump.state", s, static_cast<int32_t>(random.below(14)) - 1);
      if (random.chance(80)) {
        add("pump.alarm.patient_tube_blocked", s, static_cast<int32_t>(random.below(2)));
      }
      if (random.chance(50)) add("pump.rate", s, 500);  // read by no rule
      store_->perform(std::move(batch), batch.t, answers_);
    }
  }

  struct Read {
    StoredColumns columns;
    replay::Recording recording;
  };
  Read read(const engine::Program& program) {
    auto reader = store::Reader::open(dir_);
    EXPECT_TRUE(reader) << reader.error();
    auto columns =
        StoredColumns::load(*reader, {.since = {}, .until = {}, .wanted = signals_of(program)});
    EXPECT_TRUE(columns) << columns.error();
    auto recording = columns->for_program(program, replay::utc_time);
    EXPECT_TRUE(recording) << recording.error();
    return {std::move(*columns), std::move(*recording)};
  }
  static std::vector<engine::ProfileSet> actives(const replay::Recording& recording) {
    std::vector<engine::ProfileSet> out;
    for (const replay::ProfileStep& step : recording.profiles) out.push_back(step.active);
    return out;
  }

  std::string dir_;
  store::Options options_;
  std::unique_ptr<store::Store> store_;
  store::Answers answers_;
  uint64_t seq_ = 0;
};

engine::LocalTime in_utc(int64_t unix_seconds) { return replay::utc_time(unix_seconds); }

std::string by_export(store::Reader& reader, const engine::Program& program) {
  std::string csv;
  const auto done = export_csv(reader, {}, {}, [&](std::string_view text) { csv += text; });
  EXPECT_TRUE(done) << done.error();
  replay::CsvReplay request;
  request.csv = csv;
  request.civil = in_utc;
  if (done->first_wall) {
    request.wall = store::label_of({*done->first_wall, ClockState::synchronised});
  }
  const auto result = replay::replay_csv(program, request);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.out;
}

std::string by_store(store::Reader& reader, const engine::Program& program) {
  const auto columns =
      StoredColumns::load(reader, {.since = {}, .until = {}, .wanted = signals_of(program)});
  EXPECT_TRUE(columns) << columns.error();
  const auto recording = columns->for_program(program, in_utc);
  EXPECT_TRUE(recording) << recording.error();
  return replay::replay_recording(program, *recording, {});
}

TEST_F(StoredTest, ExportThenCsvAndTheStoreItselfTellEqualEventsWithEvidence) {
  const engine::Program program = program_of_text(kRules);
  // 21:50 UTC: the night's limits begin on the way.
  const int64_t wall = 1'772'402'400'000'000'000;
  Random random(7);
  live(random, 700, seconds(5000).ns, wall - seconds(600).ns, ClockState::synchronised);
  close();
  options_.boot = "boot-2";
  open();
  live(random, 400, seconds(20).ns, wall + seconds(200).ns, ClockState::synchronised);
  close();
  options_.boot = "boot-3";
  open();
  {
    auto reader = store::Reader::open(dir_);
    ASSERT_TRUE(reader) << reader.error();
    EXPECT_EQ(by_export(*reader, program), by_store(*reader, program));
  }
  // Of a boot without a clock a CSV cannot tell that base values hold: with one value they agree.
  std::string without_night = kRules;
  without_night.erase(without_night.find(" at night 88 percent"), 20);
  const engine::Program plain = program_of_text(without_night);
  live(random, 300, seconds(30).ns, wall, ClockState::unsynchronised);
  auto reader = store::Reader::open(dir_);
  ASSERT_TRUE(reader) << reader.error();
  const std::string exported = by_export(*reader, plain);
  EXPECT_EQ(exported, by_store(*reader, plain));
  EXPECT_GT(std::count(exported.begin(), exported.end(), '\n'), 50);
  for (const char* id : {"dip", "fast", "stopped", "lost.spo2", "lost.feed"}) {
    EXPECT_NE(exported.find("\"" + std::string(id) + "\",\"event\":\"raised\""), std::string::npos)
        << id << " never rang: the test compares too little";
  }
  // Merging segments changes nothing.
  for (int i = 0; i < 50; ++i) {
    while (store_->housekeeping(MonoTime{hours(1).ns + i * seconds(60).ns}, answers_)) {
    }
  }
  EXPECT_EQ(exported, by_store(*reader, plain));
}

// The night of a whole store was that of its first boot: with a clock that was set later, a limit
// for the night was judged by day.
TEST_F(StoredTest, ProfilesFollowTheWallOfEachBoot) {
  const engine::Program program = program_of_text(kRules);
  const int64_t wall = 1'772'402'400'000'000'000;  // 22:00 UTC
  Random random(7);
  live(random, 60, seconds(1000).ns, 0, ClockState::unsynchronised);
  close();
  options_.boot = "boot-2";
  open();
  live(random, 60, seconds(20).ns, wall + seconds(600).ns, ClockState::synchronised);
  close();
  options_.boot = "boot-3";
  open();
  live(random, 60, seconds(30).ns, wall + hours(8).ns - seconds(30).ns, ClockState::synchronised);
  close();
  options_.boot = "boot-4";
  open();
  live(random, 60, seconds(40).ns, wall, ClockState::unsynchronised);
  const auto [columns, recording] = read(program);
  EXPECT_EQ(actives(recording), (std::vector<engine::ProfileSet>{0, 1, 0}));
  const auto& wall_of = columns.wall();
  EXPECT_FALSE(wall_of.at(recording.start));
  EXPECT_FALSE(wall_of.at(recording.end));
  const int64_t night = recording.profiles.at(1).t;
  EXPECT_NEAR(static_cast<double>(night + *wall_of.at(night)),
              static_cast<double>(wall + seconds(600).ns), 20e9);
  // 06:00 to the second, whatever the box did meanwhile.
  const int64_t morning = recording.profiles.at(2).t;
  EXPECT_EQ(morning + *wall_of.at(morning), wall + hours(8).ns);
}

TEST_F(StoredTest, ProfilesFollowAClockThatIsSetWhileTheBoxRuns) {
  const engine::Program program = program_of_text(kRules);
  const int64_t wall = 1'772'402'400'000'000'000;  // 22:00 UTC
  const int64_t mono = seconds(100).ns;
  const int64_t day = wall - hours(2).ns;
  Random random(7);
  live(random, 60, mono, day, ClockState::synchronised);
  // Three hours forward: one batch bears the step, the next one its worth.
  live(random, 1, mono + seconds(60).ns, day + hours(3).ns + seconds(60).ns, ClockState::stepped);
  live(random, 60, mono + seconds(61).ns, day + hours(3).ns + seconds(61).ns,
       ClockState::synchronised);
  // Set by hand: nobody knows whether it is night, and base values hold.
  live(random, 1, mono + seconds(121).ns, wall, ClockState::stepped);
  live(random, 60, mono + seconds(122).ns, wall + seconds(1).ns, ClockState::unsynchronised);
  const auto [columns, recording] = read(program);
  EXPECT_EQ(actives(recording), (std::vector<engine::ProfileSet>{0, 1, 0}));
  EXPECT_EQ(recording.profiles.at(1).t, mono + seconds(61).ns);
  EXPECT_EQ(recording.profiles.at(2).t, mono + seconds(122).ns);
  EXPECT_EQ(*columns.wall().at(mono + seconds(30).ns), day - mono);
  EXPECT_EQ(*columns.wall().at(mono + seconds(90).ns), day + hours(3).ns - mono);
  EXPECT_FALSE(columns.wall().at(mono + seconds(150).ns));
}

TEST_F(StoredTest, ReadingDoesNotDisturbTheWriter) {
  const engine::Program program = program_of_text(kRules);
  Random random(3);
  live(random, 60, seconds(100).ns, seconds(1'700'000'000).ns, ClockState::synchronised);
  auto reader = store::Reader::open(dir_);
  ASSERT_TRUE(reader);
  const std::string before = by_store(*reader, program);
  answers_.clear();
  live(random, 60, seconds(160).ns, seconds(1'700'000'060).ns, ClockState::synchronised);
  for (const store::Answer& a : answers_) {
    EXPECT_FALSE(std::holds_alternative<store::Failing>(a));
  }
  EXPECT_NE(before, by_store(*reader, program));
}

TEST_F(StoredTest, EndsOfTheRangeAreKept) {
  Random random(3);
  const int64_t wall = seconds(1'700'000'000).ns;
  live(random, 600, seconds(100).ns, wall, ClockState::synchronised);
  auto reader = store::Reader::open(dir_);
  const engine::Program program = program_of_text(kRules);
  const auto columns = StoredColumns::load(*reader, {.since = wall + seconds(200).ns,
                                                     .until = wall + seconds(300).ns,
                                                     .wanted = signals_of(program)});
  ASSERT_TRUE(columns);
  const auto recording = columns->for_program(program, in_utc);
  ASSERT_TRUE(recording);
  EXPECT_GT(recording->start, seconds(290).ns);
  EXPECT_LE(recording->end, seconds(400).ns + 10);
  const auto none =
      StoredColumns::load(*reader, {.since = wall + hours(9).ns, .until = {}, .wanted = {}});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->is_empty());
}

TEST_F(StoredTest, ASignalThatTheStoreCannotGiveIsNamed) {
  Random random(3);
  live(random, 10, seconds(100).ns, 0, ClockState::synchronised);
  auto reader = store::Reader::open(dir_);
  const auto refused = [&](const std::string& signal) {
    const engine::Program program =
        program_of_text("rules 1 \"x\"\nsignal x : " + signal + " every 1 s stale after 5 s\n");
    const auto columns =
        StoredColumns::load(*reader, {.since = {}, .until = {}, .wanted = signals_of(program)});
    const auto recording = columns->for_program(program, in_utc);
    return recording ? std::string("accepted") : recording.error();
  };
  EXPECT_NE(refused("percent from oximeter.spo2 step 1 range 0..100").find("coarser"),
            std::string::npos);
  EXPECT_NE(refused("bool from oximeter.spo2").find("another type"), std::string::npos);
  EXPECT_NE(refused("percent from oximeter.spo3 step 1 range 0..100").find("oximeter.spo3"),
            std::string::npos);
  EXPECT_NE(refused("kPa from ventilator.pip step 0.1 range 0..9").find("cmH2O"),
            std::string::npos);
  EXPECT_EQ(refused("percent from oximeter.spo2 step 0.1 range 0..100"), "accepted");
}

// ---- what is no readable store

std::string why_not(const std::string& place) {
  auto reader = store::Reader::open(place);
  if (!reader) return reader.error();
  const engine::Program program = program_of_text(kRules);
  const auto columns =
      StoredColumns::load(*reader, {.since = {}, .until = {}, .wanted = signals_of(program)});
  return columns ? "good" : columns.error();
}

TEST_F(StoredTest, AnOlderANewerAndAForeignFileAreRefusedByVersion) {
  Random random(3);
  live(random, 10, seconds(100).ns, 0, ClockState::synchronised);
  close();
  const auto set_version = [&](const char* sql) {
    auto db = store::Db::open(dir_ + "/telemetry.db", store::OpenAs::writer, nullptr);
    db->run(sql);
    ASSERT_TRUE(db->take_error());
  };
  set_version("PRAGMA user_version = 2");
  EXPECT_NE(why_not(dir_).find("schema version 2, this program reads 1; read it with the newer"),
            std::string::npos)
      << why_not(dir_);
  set_version("PRAGMA user_version = -1");
  EXPECT_NE(why_not(dir_).find("older"), std::string::npos) << why_not(dir_);
  set_version("PRAGMA user_version = 0");
  EXPECT_NE(why_not(dir_).find("no store of Lamplight"), std::string::npos) << why_not(dir_);
  set_version("PRAGMA user_version = 1");
  EXPECT_EQ(why_not(dir_), "good");
}

TEST_F(StoredTest, ATruncatedFileIsToldAndNothingIsMadeUpFromIt) {
  Random random(3);
  live(random, 400, seconds(100).ns, 0, ClockState::synchronised);
  store_->perform(store::Stop{}, MonoTime{seconds(600).ns}, answers_);
  close();
  const std::string file = dir_ + "/telemetry.db";
  const auto size = std::filesystem::file_size(file);
  ASSERT_GT(size, 100'000U);
  const std::string whole = dir_ + "/whole";
  std::filesystem::copy_file(file, whole);
  // At a page, within a page, and within the header.
  for (const uintmax_t to : {size / 2 / 4096 * 4096, size / 2 + 100, uintmax_t{50}}) {
    std::filesystem::remove(file);
    std::filesystem::copy_file(whole, file);
    std::filesystem::resize_file(file, to);
    const std::string why = why_not(dir_);
    EXPECT_NE(why, "good") << to;
    EXPECT_NE(why.find("telemetry.db"), std::string::npos) << why;
  }
  std::ofstream(file, std::ios::trunc).close();
  EXPECT_NE(why_not(dir_).find("empty"), std::string::npos) << why_not(dir_);
  std::ofstream(file) << "this is no database, but text that somebody put here\n";
  EXPECT_NE(why_not(dir_).find("telemetry.db"), std::string::npos) << why_not(dir_);
  std::filesystem::remove(file);
  EXPECT_NE(why_not(dir_).find("no such store"), std::string::npos) << why_not(dir_);
}

TEST_F(StoredTest, ADamagedSegmentIsNamed) {
  Random random(3);
  live(random, 10, seconds(100).ns, 0, ClockState::synchronised);
  close();
  {
    auto db = store::Db::open(dir_ + "/telemetry.db", store::OpenAs::writer, nullptr);
    db->run("UPDATE segment SET vals = x'0109' WHERE id = 3");
    ASSERT_TRUE(db->take_error());
  }
  EXPECT_NE(why_not(dir_).find("segment 3 of"), std::string::npos) << why_not(dir_);
}

TEST_F(StoredTest, ALockedFileIsToldWithWhatToDo) {
  Random random(3);
  live(random, 10, seconds(100).ns, 0, ClockState::synchronised);
  close();
  auto other = store::Db::open(dir_ + "/telemetry.db", store::OpenAs::writer, nullptr);
  other->run("PRAGMA locking_mode = EXCLUSIVE");
  other->run("BEGIN EXCLUSIVE");
  other->run("UPDATE segment SET n = n");
  ASSERT_TRUE(other->ok());
  const std::string why = why_not(dir_);
  EXPECT_NE(why.find("locked"), std::string::npos) << why;
  EXPECT_NE(why.find("try again"), std::string::npos) << why;
}

}  // namespace
}  // namespace lamplight::cli
