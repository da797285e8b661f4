#include "tests/core/house.h"

#include <gtest/gtest.h>

#include "rules/model/catalogue.h"
#include "rules/model/limits.h"

namespace lamplight::core {
namespace {

using engine::Linear;
using engine::ProgramBuilder;

engine::TextIndex say(ProgramBuilder& b) {
  engine::Text text;
  const auto literal = [](const char* words) {
    engine::Piece piece;
    piece.literal = words;
    return piece;
  };
  engine::Piece child;
  child.kind = engine::Piece::Kind::child;
  child.literal = "child";
  text.pieces = {literal("Oxygen of "), child, literal(" is low.")};
  return b.add_text(text);
}

std::string without_flags(std::string text) {
  for (const char* flag : {",\"historical\":true", ",\"durable\":true", ",\"durable\":false"}) {
    const size_t at = text.find(flag);
    if (at != std::string::npos) text.erase(at, std::string_view(flag).size());
  }
  return text;
}

std::string key(std::string_view lane, uint64_t seq) {
  return std::string(lane) + '/' + std::to_string(seq);
}

}  // namespace

engine::Signal oximeter_signal(const std::string& name, const std::string& unit, int32_t max) {
  engine::Signal s;
  s.name = name;
  s.path = "oximeter." + name;
  s.role = Role::oximeter;
  s.unit = unit;
  s.step = {1, 10};
  s.decimals = 1;
  s.max = max;
  s.every = seconds(1);
  s.stale = seconds(5);
  return s;
}

engine::Program test_program() {
  ProgramBuilder b;
  b.name = "test";
  b.plan_version = 3;
  b.child = kChild;
  b.roles = {"caregiver", "nurse"};
  const auto spo2 = b.add_signal(oximeter_signal("spo2", "percent", 1000));
  const auto pulse = b.add_signal(oximeter_signal("pulse", "bpm", 3000));
  const auto low =
      b.compare(Linear{{{spo2, 1}}, {}, -900}, {.text = b.add_literal("spo2 < 90 percent"),
                                                .step = {1, 10},
                                                .decimals = 1,
                                                .unit = "percent"});
  const auto fast = b.compare(
      Linear{{{pulse, -1}}, {}, 1500},
      {.text = b.add_literal("pulse > 150 bpm"), .step = {-1, 10}, .decimals = 1, .unit = "bpm"});
  engine::Alarm oxygen;
  oxygen.id = "oxygen_low";
  oxygen.title = b.add_literal("Oxygen low");
  oxygen.say = say(b);
  oxygen.instruction = b.add_literal("Look at the child.");
  oxygen.rank = {Severity::irreversible, Onset::prompt};
  oxygen.when = b.hold_for(low, {.literal = seconds(10), .limit = engine::kNone});
  b.add_alarm(oxygen);
  engine::Alarm heart;
  heart.id = "pulse_fast";
  heart.title = b.add_literal("Pulse high");
  heart.rank = {Severity::reversible, Onset::prompt};
  heart.when = b.hold_for(fast, {.literal = Duration{}, .limit = engine::kNone});
  b.add_alarm(heart);
  engine::Alarm lost;
  lost.title = b.add_literal("Oxygen is not being measured");
  lost.rank = {Severity::reversible, Onset::prompt};
  b.add_lost(spo2, {.literal = seconds(20), .limit = engine::kNone}, lost);
  auto built = b.build();
  if (!built) ADD_FAILURE() << built.error();
  return std::move(*built);
}

engine::Program storm_program(size_t alarms) {
  ProgramBuilder b;
  b.name = "storm";
  const auto pulse = b.add_signal(oximeter_signal("pulse", "bpm", 3000));
  for (size_t i = 0; i < alarms; ++i) {
    // Each with a limit of its own, so that no two share an operation.
    const auto fast = b.compare(
        Linear{{{pulse, -1}}, {}, 1500 - static_cast<int64_t>(i)},
        {.text = b.add_literal("pulse is high"), .step = {-1, 10}, .decimals = 1, .unit = "bpm"});
    engine::Alarm alarm;
    alarm.id = "storm_" + std::to_string(i);
    alarm.title = b.add_literal("Pulse high");
    alarm.rank = {Severity::reversible, Onset::prompt};
    alarm.when = fast;
    alarm.clear = b.negate(fast);
    b.add_alarm(alarm);
  }
  auto built = b.build();
  if (!built) ADD_FAILURE() << built.error();
  return std::move(*built);
}

std::vector<store::Answer> FakeStore::commit(const std::string& boot, size_t count) {
  std::vector<store::Answer> answers;
  std::set<Lane> moved;
  bool events = false;
  for (; count > 0 && !queue.empty(); --count) {
    store::Job job = std::move(queue.front());
    queue.pop_front();
    if (auto* append = std::get_if<store::AppendEvents>(&job)) {
      for (auto& row : append->rows) {
        events = true;
        moved.insert(row.lane);
        boots.try_emplace(key(name_of(row.lane), row.seq), boot);
        if (row.gap) gaps.push_back(*row.gap);
        const auto [at, is_new] = rows[static_cast<size_t>(row.lane)].try_emplace(row.seq, row);
        if (!is_new) {
          EXPECT_EQ(at->second.body, row.body) << "one seq, two contents";
        }
      }
      if (append->snapshot) {
        snapshot = std::move(append->snapshot);
        answers.emplace_back(store::SnapshotKept{snapshot->mono});
      }
    } else if (auto* batch = std::get_if<store::AppendBatch>(&job)) {
      if (silent.contains(batch->lane)) continue;
      moved.insert(batch->lane);
      boots.try_emplace(key(name_of(batch->lane), batch->seq), boot);
      auto& lane = batches[static_cast<size_t>(batch->lane)];
      const bool is_new = lane.try_emplace(batch->seq, *batch).second;
      EXPECT_TRUE(is_new) << "batch " << batch->seq << " given twice";
    } else if (auto* move = std::get_if<store::MoveCursor>(&job)) {
      cursors[static_cast<size_t>(move->lane)] = *move;
    } else if (auto* read = std::get_if<store::ReadRange>(&job)) {
      answers.emplace_back(answer_to(*read));
    } else {
      stopped = true;
    }
  }
  ++commits;
  if (events) ++transactions_with_events;
  for (const Lane lane : moved) {
    answers.insert(answers.begin(), store::Durable{lane, newest(lane), newest(lane) + 1000});
  }
  return answers;
}

store::RangeRead FakeStore::answer_to(const store::ReadRange& read) {
  store::RangeRead range{read.ticket, read.lane, read.from, {}, {}, 0};
  range.newest = newest(read.lane);
  for (const store::RecordGap& gap : gaps) {  // as the store does: a gap that was told is known
    if (gap.lane == read.lane) range.newest = std::max(range.newest, gap.last.value_or(0));
  }
  if (reads_fail) {
    range.failed = true;
    ++failed_reads;
    return range;
  }
  const auto index = static_cast<size_t>(read.lane);
  // As the store does: so many seqs, be there rows or a hole.
  const uint64_t end = read.from + read.count;
  for (auto at = rows[index].lower_bound(read.from); at != rows[index].end() && at->first < end;
       ++at) {
    range.rows.push_back({at->first, at->second.t, at->second.at, "", at->second.body, {}});
  }
  for (auto at = batches[index].lower_bound(read.from);
       at != batches[index].end() && at->first < end; ++at) {
    range.rows.push_back({at->first, at->second.t, at->second.at,
                          boots.at(key(name_of(read.lane), at->first)), "", at->second.samples});
    if (unreadable.contains(at->first)) range.rows.back().samples.clear();
  }
  const auto touches = [&](const store::RecordGap& hole) {
    return hole.lane == read.lane && hole.first && *hole.first < end && hole.last >= read.from;
  };
  std::copy_if(gaps.begin(), gaps.end(), std::back_inserter(range.gaps), touches);
  std::copy_if(damaged.begin(), damaged.end(), std::back_inserter(range.damaged), touches);
  return range;
}

uint64_t FakeStore::newest(Lane lane) const {
  const auto i = static_cast<size_t>(lane);
  const uint64_t a = rows[i].empty() ? 0 : rows[i].rbegin()->first;
  const uint64_t b = batches[i].empty() ? 0 : batches[i].rbegin()->first;
  return std::max(a, b);
}

store::Opened FakeStore::open(const std::string& boot, const std::string& last_boot) const {
  store::Opened opened;
  opened.store_id = store_id;
  opened.clean_stop = stopped;
  opened.same_boot = boot == last_boot;
  opened.last_boot = last_boot;
  opened.snapshot = snapshot;
  for (int i = 0; i < kLaneCount; ++i) {
    const auto lane = static_cast<Lane>(i);
    const auto index = static_cast<size_t>(i);
    store::LaneState& state = opened.lanes[index];
    state.next_seq = newest(lane) + 1;
    state.reserved = newest(lane) + 1000;
    if (!last_boot.empty() && !opened.same_boot && !stopped && i < 2) {
      const uint64_t first = state.next_seq;
      state.next_seq = state.reserved + 1;
      opened.gaps.push_back({lane, first, state.reserved, {}, {}, "power_lost"});
    }
    state.broker_seq = cursors[index].broker_seq;
    state.stored_seq = cursors[index].stored_seq;
    if (!batches[index].empty()) state.last_batch_t = batches[index].rbegin()->second.t;
    for (const auto& [seq, row] : rows[index]) {
      opened.last_alive = std::max(opened.last_alive, row.emitted);
      opened.last_wall = row.at;
      const Json body = Json::parse(row.body);
      if (!body.contains("command")) continue;
      const Json& command = body["command"];
      const Json& why = command["why"];
      opened.commands.push_back({command["id"], command["outcome"],
                                 why.is_null() ? "" : why.get<std::string>(), seq, row.at});
    }
  }
  return opened;
}

std::vector<Json> FakeStore::bodies(Lane lane) const {
  std::vector<Json> out;
  for (const auto& [seq, row] : rows[static_cast<size_t>(lane)]) {
    out.push_back(Json::parse(row.body));
  }
  return out;
}

std::vector<std::string> FakeStore::names(Lane lane) const {
  std::vector<std::string> out;
  for (const auto& [seq, row] : rows[static_cast<size_t>(lane)]) out.push_back(row.name);
  return out;
}

House::House(engine::Program p, bool has_broker) : program(std::move(p)) {
  setup.home = "h-1";
  setup.boot = "boot-a";
  setup.version = "0.1.0";
  setup.has_broker = has_broker;
  setup.devices = {{1, "ox1", Role::oximeter, "oxi"}, {2, "pump1", Role::pump, "bus"}};
}

void House::boot(Restore how, bool ring_complete) {
  core = std::make_unique<Core>(setup, program);
  core->restore(real_store ? real_store->open() : store.open(setup.boot, last_boot), how,
                ring_complete);
  store.stopped = false;
  const MonoTime from = core->replay_from();
  for (const auto& [at, bytes] : ring) {
    if (at <= from) continue;
    std::vector<Sample> samples;
    const auto in = decode_input(bytes, samples);
    ASSERT_TRUE(in) << in.error();
    Effects effects;
    core->replay(at, *in, effects);
    EXPECT_TRUE(effects.followers.empty());
    EXPECT_TRUE(effects.uplink.empty());
    apply(effects);
  }
  now = now + milliseconds(300);
  number_ = 0;
  last_boot = setup.boot;
  input(core->boot_input(now, {{wall.unix_ns + now.ns, wall.clock}, 0}), Duration{});
}

void House::crash() {
  core.reset();
  store.queue.clear();
  unacknowledged_.clear();
}

void House::power_cut(const std::string& next_boot) {
  crash();
  ring.clear();
  wall.unix_ns += now.ns + minutes(3).ns - seconds(20).ns;
  now = MonoTime{seconds(20).ns};
  setup.boot = next_boot;
}

void House::input(const Input& in, Duration after) {
  if (after.ns > 0) pass(after - nanoseconds(1));
  now = now + nanoseconds(1);
  std::vector<std::byte> bytes;
  encode_input(in, bytes);
  ring.emplace_back(now, bytes);
  std::vector<Sample> samples;
  const auto decoded = decode_input(bytes, samples);
  ASSERT_TRUE(decoded) << decoded.error();
  Effects effects;
  core->step(now, *decoded, effects);
  apply(effects);
  settle_once();
}

void House::pass(Duration time) {
  const MonoTime end = now + time;
  while (core->next_deadline() <= end) {
    now = std::max(core->next_deadline(), now + nanoseconds(1));
    std::vector<std::byte> bytes;
    encode_input(Tick{}, bytes);
    ring.emplace_back(now, bytes);
    Effects effects;
    core->step(now, Tick{}, effects);
    apply(effects);
    settle_once();
  }
  now = std::max(now, end);
}

void House::spo2(double percent, Duration after) {
  pass(after - nanoseconds(1));
  const Sample sample{.measured_at = now,
                      .value = static_cast<int32_t>(percent * 10),
                      .signal = *find_signal("oximeter.spo2"),
                      .quality = Quality::ok,
                      .reason = Reason::none,
                      .number = number_++};
  input(SamplesIn{1, {&sample, 1}}, nanoseconds(1));
}

void House::pulse(double bpm, Duration after) {
  pass(after - nanoseconds(1));
  const Sample sample{.measured_at = now,
                      .value = static_cast<int32_t>(bpm * 10),
                      .signal = *find_signal("oximeter.pulse"),
                      .quality = Quality::ok,
                      .reason = Reason::none,
                      .number = number_++};
  input(SamplesIn{1, {&sample, 1}}, nanoseconds(1));
}

void House::spo2_for(double percent, int times) {
  for (int i = 0; i < times; ++i) spo2(percent);
}

void House::connect(Conn conn) {
  input(LinkChange{conn, LinkState::connected, ++generation_[conn], ""});
}

void House::lose(Conn conn) {
  std::erase_if(unacknowledged_, [&](const Sent& s) { return s.conn == conn; });
  input(LinkChange{conn, LinkState::lost, generation_[conn], "kicked"});
}

void House::receive(const std::string& json) {
  now = now + milliseconds(1);
  Effects effects;
  core->on_uplink(now, json, effects);
  apply(effects);
}

void House::command(const std::string& text, bool retained, bool too_large) {
  const Json message = {{"type", "command"},    {"topic", "command"},     {"payload", text},
                        {"retained", retained}, {"too_large", too_large}, {"size", text.size()}};
  receive(message.dump());
  settle_once();
}

void House::stored(const std::string& text) {
  const Json message = {{"type", "command"}, {"topic", "stored"},  {"payload", text},
                        {"retained", false}, {"too_large", false}, {"size", text.size()}};
  receive(message.dump());
  settle_once();
}

void House::commit() {
  const auto answers_now =
      real_store ? real_store->commit(store.queue, now) : store.commit(setup.boot);
  for (const store::Answer& answer : answers_now) {
    Effects effects;
    core->on_store(now, answer, effects);
    apply(effects);
  }
}

void House::acknowledge_all() {
  std::deque<Sent> flying;
  flying.swap(unacknowledged_);
  for (const Sent& s : flying) {
    Json ack = {{"type", "published"},
                {"conn", s.message["conn"]},
                {"generation", s.message["generation"]}};
    for (const char* field : {"lane", "seq", "token"}) {
      if (s.message.contains(field)) ack[field] = s.message[field];
    }
    Effects effects;
    core->on_uplink(now, ack.dump(), effects);
    apply(effects);
  }
}

void House::settle_once() {
  for (int i = 0; i < 10'000; ++i) {
    const bool jobs = auto_commit && !store.queue.empty();
    const bool acks = auto_acknowledge && !unacknowledged_.empty();
    if (!jobs && !acks) return;
    if (jobs) commit();
    if (acks) acknowledge_all();
  }
  ADD_FAILURE() << "the house never comes to rest";
}

void House::settle() {
  const bool commits = std::exchange(auto_commit, true);
  const bool acks = std::exchange(auto_acknowledge, true);
  settle_once();
  auto_commit = commits;
  auto_acknowledge = acks;
}

void House::apply(Effects& effects) {
  for (const Follow& f : effects.followers) followers.push_back(Json::parse(f.json));
  for (const Answered& a : effects.answers) answers.push_back(Json::parse(a.json));
  for (const LogLine& line : effects.log) log.push_back(line.text);
  for (store::Job& job : effects.jobs) store.queue.push_back(std::move(job));
  for (const std::string& text : effects.uplink) {
    every_message.push_back(text);
    EXPECT_LE(text.size(), limits::kDatagramMax - limits::kWireHeaderBytes);
    Sent s;
    s.message = Json::parse(text);
    if (s.message["type"] == "urgent") {
      urgent.push_back(s.message["waiting"]);
      continue;
    }
    s.conn = s.message["conn"] == "live" ? Conn::live : Conn::backlog;
    parts_[s.conn] += s.message["payload"].get<std::string>();
    if (s.message.contains("more")) continue;
    s.generation = s.message["generation"];
    s.topic = s.message["topic"].get<std::string>().substr(std::string("lamplight/v1/h-1/").size());
    s.text = std::exchange(parts_[s.conn], {});
    s.payload = Json::parse(s.text);
    if (s.has_seq()) {
      const std::string k = key(s.message["lane"].get<std::string>(), s.message["seq"]);
      const auto [at, is_new] = published_.try_emplace(k, without_flags(s.text));
      if (!is_new) {
        EXPECT_EQ(at->second, without_flags(s.text)) << "one seq, two contents " << k;
      }
    }
    sent.push_back(s);
    if (s.message["qos"] == 1) unacknowledged_.push_back(s);
  }
  const std::vector<Input> journal = std::move(effects.journal);
  for (const Input& in : journal) input(in, nanoseconds(1));
}

std::vector<Sent> House::sent_on(const std::string& topic) const {
  std::vector<Sent> out;
  for (const Sent& s : sent) {
    if (s.topic == topic) out.push_back(s);
  }
  return out;
}

std::vector<Json> House::results() const {
  std::vector<Json> out;
  for (const Sent& s : sent_on("command-result")) out.push_back(s.payload);
  return out;
}

std::vector<uint64_t> House::seqs(Lane lane, size_t from) const {
  std::vector<uint64_t> out;
  for (size_t i = from; i < sent.size(); ++i) {
    if (sent[i].has_seq() && sent[i].message["lane"] == std::string(name_of(lane))) {
      out.push_back(sent[i].message["seq"]);
    }
  }
  return out;
}

Json House::event(const std::string& name) const {
  for (auto at = followers.rbegin(); at != followers.rend(); ++at) {
    if ((*at)["type"] == "event" && (*at)["event"]["event"] == name) return (*at)["event"];
  }
  return {};
}

size_t House::count(const std::string& name) const {
  size_t n = 0;
  for (const Json& f : followers) {
    if (f["type"] == "event" && f["event"]["event"] == name) ++n;
  }
  return n;
}

}  // namespace lamplight::core
