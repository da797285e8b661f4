// A house around one Core for tests: a store that commits when told, a broker that acknowledges
// when told, the input ring, a monotonic clock that only the test moves. Every input crosses the
// ring's encoding on its way in. The store and the broker check for themselves that no
// (lane, seq) ever has two contents.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "gateway/core/core.h"
#include "rules/engine/builder.h"

namespace lamplight::core {

using Json = nlohmann::json;
inline constexpr const char* kChild = "Mia Example";

// Of the oximeter, in tenths, from 0 to `max` tenths, each second, unknown after 5 s.
engine::Signal oximeter_signal(const std::string& name, const std::string& unit, int32_t max);

// spo2 < 90 for 10 s, high; pulse > 150 at once, medium; lost spo2 for 20 s.
engine::Program test_program();

// So many alarms of a pulse above about 150 bpm, each at once and cleared at once: every sample
// that crosses it makes an event of each.
engine::Program storm_program(size_t alarms);

struct FakeStore {
  std::string store_id = "5f2c";
  std::array<std::map<uint64_t, store::EventRow>, kLaneCount> rows;
  std::array<std::map<uint64_t, store::AppendBatch>, kLaneCount> batches;
  std::array<store::MoveCursor, kLaneCount> cursors;
  std::vector<store::RecordGap> gaps;
  std::map<std::string, std::string> boots;  // "lane/seq" → boot
  std::optional<store::Snapshot> snapshot;
  std::deque<store::Job> queue;
  std::set<uint64_t> unreadable;          // vitals batches that come back without samples
  std::vector<store::RecordGap> damaged;  // told with every read that touches them
  std::set<Lane> silent;                  // lanes that are not committed at all
  bool reads_fail = false;                // a card that gives nothing back
  int failed_reads = 0;
  int commits = 0;
  int transactions_with_events = 0;
  bool stopped = false;

  // Carries out the first `count` jobs as one transaction; what it answers.
  std::vector<store::Answer> commit(const std::string& boot, size_t count = SIZE_MAX);
  store::Opened open(const std::string& boot, const std::string& last_boot) const;
  uint64_t newest(Lane lane) const;
  store::RangeRead answer_to(const store::ReadRange& read);
  std::vector<Json> bodies(Lane lane) const;
  std::vector<std::string> names(Lane lane) const;
};

// The store itself in place of the fake one: what it says at open, and of the jobs it is given.
struct RealStore {
  std::function<store::Opened()> open;
  std::function<std::vector<store::Answer>(std::deque<store::Job>&, MonoTime)> commit;
};

struct Sent {
  Conn conn;
  uint32_t generation;
  std::string topic;  // below lamplight/v1/h-1/
  std::string text;   // payload
  Json payload;
  Json message;  // the whole publish message
  bool has_seq() const { return message.contains("seq"); }
};

class House {
 public:
  explicit House(engine::Program program = test_program(), bool has_broker = true);

  // Life of the process. boot() = start and Booted; crash() = kill -9; power_cut() loses the ring
  // and the boot as well.
  void boot(Restore how = Restore::resume, bool ring_complete = true);
  void crash();
  void power_cut(const std::string& next_boot);

  // Time moves by `after`, then the input is journaled and stepped. Ticks for deadlines that fall
  // into the time are made on the way.
  void input(const Input& in, Duration after = milliseconds(1));
  void pass(Duration time);
  void spo2(double percent, Duration after = seconds(1));
  void pulse(double bpm, Duration after = seconds(1));
  void spo2_for(double percent, int times);  // once a second

  void connect(Conn conn = Conn::live);
  void lose(Conn conn = Conn::live);
  void connect_both() {
    connect(Conn::live);
    connect(Conn::backlog);
  }
  void command(const std::string& text, bool retained = false, bool too_large = false);
  void stored(const std::string& text);
  void settle();  // the store commits and the broker acknowledges until nothing moves
  void commit();
  void acknowledge_all();

  std::vector<Sent> sent_on(const std::string& topic) const;
  std::vector<Json> results() const;
  std::vector<uint64_t> seqs(Lane lane, size_t from = 0) const;  // as sent, in order
  // Since start: the newest journal event of that name; null if none.
  Json event(const std::string& name) const;
  size_t count(const std::string& name) const;
  // As the screens at home have it.
  bool is_open(const std::string& rule) const {
    const Json document = Json::parse(core->alarms_json(now, false));
    for (const Json& alarm : document["alarms"]) {
      if (alarm["rule"] == rule && alarm["condition"] != "idle") return true;
    }
    return false;
  }

  MonoTime now{seconds(100).ns};
  Setup setup;
  engine::Program program;
  std::unique_ptr<Core> core;
  FakeStore store;
  std::optional<RealStore> real_store;
  std::vector<Sent> sent;
  std::vector<Json> followers;
  std::vector<Json> answers;
  std::vector<std::pair<MonoTime, std::vector<std::byte>>> ring;
  std::string last_boot;
  WallTime wall{1'772'416'800'000'000'000, ClockState::synchronised};  // 2026-03-02T02:00:00Z
  bool auto_commit = true;
  bool auto_acknowledge = true;
  std::vector<bool> urgent;  // as the uplink was told, in order
  std::vector<std::string> log;
  std::vector<std::string> every_message;  // whole text of everything that left for the uplink

 private:
  void apply(Effects& effects);
  void settle_once();
  void receive(const std::string& json);

  std::map<Conn, uint32_t> generation_;
  std::map<Conn, std::string> parts_;             // of a payload that is not complete
  std::map<std::string, std::string> published_;  // "lane/seq" → payload without flags
  std::deque<Sent> unacknowledged_;
  uint32_t number_ = 0;
  MonoTime started_;
};

}  // namespace lamplight::core
