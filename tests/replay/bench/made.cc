#include "tests/replay/bench/made.h"

#include <cstdio>

#include "gateway/store/codec.h"
#include "gateway/store/db.h"
#include "gateway/store/label.h"
#include "gateway/store/segment_row.h"
#include "gateway/store/store.h"
#include "rules/language/compile.h"
#include "rules/model/json_writer.h"

namespace lamplight::bench {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMono0 = 1000 * kSecond;
constexpr int64_t kWall0 = 1'767'268'800 * kSecond;  // 2026-01-01 12:00 UTC
constexpr int64_t kSegment = 4096;

// Where each signal usually is, in its own steps, and where its rule rings below.
constexpr int32_t kUsual[kSignals] = {960, 1200, 30, 200, 50, 100, 800, 200, 500, 250};
constexpr int32_t kLow[kSignals] = {900, 800, 12, 120, 30, 60, 500, 120, 300, 150};

}  // namespace

const char* const kPaths[kSignals] = {
    "oximeter.spo2",   "oximeter.pulse", "oximeter.perfusion", "ventilator.pip", "ventilator.peep",
    "ventilator.leak", "ventilator.vte", "ventilator.rate",    "pump.rate",      "pump.delivered"};

std::string rules_text(size_t rules) {
  std::string text = "rules 1 \"bench\"\n";
  for (size_t i = 0; i < kSignals; ++i) {
    const SignalInfo& info = signal_info(*find_signal(kPaths[i]));
    std::string step;
    append_decimal(step, 1, info.decimals);
    std::string low;
    append_decimal(low, kLow[i], info.decimals);
    const std::string n = std::to_string(i);
    const std::string unit(info.unit);
    text += "signal s" + n + " : " + unit + " from " + kPaths[i] + " step " + step +
            " range 0..300 every 1 s stale after 5 s\n";
    text += "limit low" + n + " = " + low + " " + unit + " allowed 0..250\n";
    text += "limit wait" + n + " = 10 s allowed 0..60\n";
  }
  for (size_t r = 0; r < rules; ++r) {
    const std::string n = std::to_string(r % kSignals);
    text += "alarm a" + std::to_string(r) + " \"Low\" severity irreversible onset prompt\n";
    text += "  when s" + n + " < low" + n + " for wait" + n + "\n  clear when s" + n + " >= low" +
            n + " for 5 s\nend\n";
  }
  return text;
}

engine::Program compiled(const std::string& text) {
  const rules::SourceText source{"bench.rules", text};
  rules::CompileOptions options;
  options.catalogue = false;
  options.policy = false;
  auto result = rules::compile({&source, 1}, nullptr, options);
  if (!result.compiled) {
    std::fputs(rules::render(result.diagnostics.front()).c_str(), stderr);
    std::abort();
  }
  return std::move(result.compiled->program);
}

Life::Life(size_t signal, bool jitter)
    : signal_(signal), jitter_(jitter), state_(signal * 7919 + 17), base_(kUsual[signal]) {}

uint64_t Life::random() {
  state_ += 0x9E3779B97F4A7C15ULL;
  uint64_t x = state_;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// A walk around the usual; about every 40 minutes a dip of up to a minute, every six hours a probe
// that is off for some minutes.
Sample Life::next() {
  Sample s;
  s.t = kMono0 + second_++ * kSecond;
  const uint64_t dice = random();
  if (jitter_) s.t += static_cast<int64_t>(dice % 40'000'000);
  const auto step = static_cast<int32_t>(dice >> 8 & 3) - 1;
  drift_ += step == 2 ? 0 : step;
  if (drift_ > base_ / 50 || drift_ < -base_ / 50) drift_ = 0;
  if (dip_left_ == 0 && (dice >> 16) % 2400 == 0) {
    dip_left_ = static_cast<int>(3 + (dice >> 32) % 57);
    depth_ =
        static_cast<int32_t>(base_ / 25 + static_cast<int32_t>((dice >> 40) % 64) * base_ / 400);
  }
  if (off_left_ == 0 && (dice >> 16) % 21'600 == 1) {
    off_left_ = static_cast<int>(20 + (dice >> 32) % 300);
  }
  s.value = base_ + drift_;
  if (dip_left_ > 0) {
    --dip_left_;
    s.value -= depth_;
  }
  if (off_left_ > 0) {
    --off_left_;
    s.value = 0;
    s.worth = static_cast<uint8_t>(Reason::probe_off);
  }
  return s;
}

namespace {

bool write_batches(store::Db& db, int64_t seconds_long) {
  db.begin();
  for (int64_t i = 1; i <= seconds_long; ++i) {
    const std::string label = store::label_of({kWall0 + i * kSecond, ClockState::synchronised});
    store::Query query(db, "INSERT INTO batch VALUES('vitals', ?, 'boot-1', ?, ?, 'synchronised')");
    query.bind(i).bind(kMono0 + i * kSecond).bind(std::string_view(label));
    query.run();
  }
  return db.commit().has_value();
}

bool write_signal(store::Db& db, size_t signal, int64_t seconds_long) {
  const SignalInfo& info = signal_info(*find_signal(kPaths[signal]));
  db.begin();
  {
    std::string step;
    append_decimal(step, 1, info.decimals);
    const std::string device(std::string(name_of(info.role)) + "1");
    store::Query query(db, "INSERT INTO signal VALUES(?, ?, ?, ?, ?)");
    query.bind(static_cast<int64_t>(signal + 1)).bind(std::string_view(device));
    query.bind(info.name).bind(info.unit).bind(std::string_view(step));
    query.run();
  }
  Life life(signal, true);
  for (int64_t first = 0; first < seconds_long; first += kSegment) {
    store::Column column;
    column.first_seq = static_cast<uint64_t>(first + 1);
    for (int64_t i = first; i < std::min(first + kSegment, seconds_long); ++i) {
      const Sample s = life.next();
      column.per_seq.push_back(1);
      column.t.push_back(s.t);
      column.value.push_back(s.value);
      column.worth.push_back(s.worth);
    }
    store::insert_segment(db, static_cast<int64_t>(signal + 1), Lane::vitals, "boot-1",
                          store::encode(column));
  }
  return db.commit().has_value();
}

}  // namespace

bool make_store(const std::string& dir, int days) {
  store::Options options;
  options.dir = dir;
  options.home = "bench";
  options.boot = "boot-1";
  options.free_floor = 0;
  options.devices = {
      {"oximeter1", Role::oximeter}, {"ventilator1", Role::ventilator}, {"pump1", Role::pump}};
  {
    store::Store store(options);
    store::Answers answers;
    store.open(MonoTime{1}, answers);
    if (store.is_failing()) return false;
    store.perform(store::Stop{}, MonoTime{2}, answers);
  }
  auto db = store::Db::open(dir + "/telemetry.db", store::OpenAs::writer, nullptr);
  if (!db) return false;
  const int64_t seconds_long = int64_t{days} * 86'400;
  if (!write_batches(*db, seconds_long)) return false;
  for (size_t i = 0; i < kSignals; ++i) {
    if (!write_signal(*db, i, seconds_long)) return false;
  }
  db->run("PRAGMA wal_checkpoint(TRUNCATE)");
  return db->take_error().has_value();
}

}  // namespace lamplight::bench
