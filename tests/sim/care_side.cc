#include "tests/sim/care_side.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "rules/model/assert.h"

namespace lamplight::world {
namespace {
using Json = nlohmann::json;
constexpr size_t kWindow = 100;

bool ends_with(const std::string& text, std::string_view tail) {
  return text.size() >= tail.size() &&
         text.compare(text.size() - tail.size(), tail.size(), tail) == 0;
}

// What two copies of one journal event may differ in.
std::string without_flags(std::string payload) {
  for (const std::string_view flag :
       {"\"durable\":true", "\"durable\":false", ",\"historical\":true"}) {
    const auto at = payload.find(flag);
    if (at != std::string::npos) payload.erase(at, flag.size());
  }
  return payload;
}
// Takes the payload out of a message of the core, unescaped; leaves the rest to be parsed whole.
// Payloads are most of all that is said in a campaign.
std::string cut_payload(std::string& json) {
  static constexpr std::string_view kKey = R"("payload":")";
  const auto at = json.find(kKey);
  if (at == std::string::npos) return {};
  const size_t begin = at + kKey.size();
  std::string payload;
  payload.reserve(json.size() - begin);
  size_t i = begin;
  for (; i < json.size() && json[i] != '"'; ++i) {
    if (json[i] == '\\') {
      ++i;
      LL_ASSERT(i < json.size() && json[i] != 'u');  // nothing here has control characters
    }
    payload += json[i];
  }
  json.erase(begin, i - begin);
  return payload;
}
}  // namespace

void CareSide::process_begins(ToCore to_core) {
  ++life_;
  to_core_ = std::move(to_core);
  asked_.clear();
  live_ = back_ = Connection{};
  connect(live_, "live");
  connect(back_, "backlog");
  watch_progress();
}

void CareSide::process_dies() {
  ++life_;
  to_core_ = nullptr;
  live_.up = back_.up = false;
  live_.in_flight.clear();
  back_.in_flight.clear();
}

void CareSide::connect(Connection& c, const std::string& name) {
  const Duration wait = milliseconds(world_.dice.between(50, 300));
  world_.after(wait, [this, &c, name, life = life_] {
    if (life != life_ || c.up) return;
    if (!broker_up_) return connect(c, name);
    c.up = true;
    ++c.generation;
    c.in_flight.clear();
    c.progress = world_.now();
    c.line_free = world_.now();
    to_core_(R"({"type":"link","conn":")" + name + R"(","state":"connected","generation":)" +
             std::to_string(c.generation) + R"(,"why":""})");
  });
}

void CareSide::drop(Connection& c, const std::string& name, const std::string& why) {
  if (!c.up) return;
  c.up = false;
  c.in_flight.clear();
  const uint32_t generation = c.generation;
  world_.after(milliseconds(1), [this, &c, name, why, generation, life = life_] {
    if (life != life_) return;
    to_core_(R"({"type":"link","conn":")" + name + R"(","state":"lost","generation":)" +
             std::to_string(generation) + R"(,"why":")" + why + "\"}");
    connect(c, name);
  });
}

void CareSide::watch_progress() {
  world_.after(milliseconds(500), [this, life = life_] {
    if (life != life_) return;
    for (const char* name : {"live", "backlog"}) {
      Connection& c = connection(name);
      if (c.up && !c.in_flight.empty() && world_.now() - c.progress > seconds(3)) {
        drop(c, name, "no_progress");
      }
    }
    watch_progress();
  });
}

void CareSide::broker(bool up) {
  if (up == broker_up_) return;
  broker_up_ = up;
  if (up) {
    world_.after(milliseconds(400), [this] { ask_for_the_rest(); });
    return;
  }
  // Killed: what it had acknowledged and not yet handed on or saved is gone.
  for (const auto& [lane, seq] : unsaved_) {
    if (!world_.dice.one_in(2)) continue;
    got_[static_cast<size_t>(lane)].erase(seq);
    erased_.insert({lane, seq});
  }
  unsaved_.clear();
  drop(live_, "live", "closed");
  drop(back_, "backlog", "closed");
}

void CareSide::from_core(std::string json) {
  std::string payload = cut_payload(json);
  const Json body = Json::parse(json);
  if (body.at("type") != "publish") return;
  Message m;
  m.conn = body.at("conn");
  m.topic = body.at("topic");
  m.payload = std::move(payload);
  m.generation = body.at("generation");
  m.lane = body.value("lane", "");
  m.has_seq = body.contains("seq");
  if (m.has_seq) m.seq = body.at("seq");
  if (body.contains("token")) m.token = body.at("token");
  if (m.has_seq && on_publish) on_publish(*lane_of(m.lane), m.seq, m.payload);
  Connection& c = connection(m.conn);
  if (!c.up || c.generation != m.generation) return;
  const uint64_t number = next_number_++;
  c.in_flight.emplace(number, m);
  ledger_.check(Invariant::i8, c.in_flight.size() <= kWindow,
                "more than 100 messages wait for the broker on " + m.conn);
  if (planted_window) {  // tells the core of an acknowledgement that has not come
    world_.after(nanoseconds(1), [this, m, life = life_] {
      if (life != life_) return;
      to_core_(R"({"type":"published","conn":")" + m.conn + R"(","generation":)" +
               std::to_string(m.generation) +
               (m.has_seq ? R"(,"lane":")" + m.lane + R"(","seq":)" + std::to_string(m.seq)
                          : R"(,"token":)" + std::to_string(m.token)) +
               "}");
    });
  }
  if (c.in_flight.size() == 1) c.progress = world_.now();
  Duration wait = milliseconds(world_.dice.between(1, 5));
  if (slow_) wait = milliseconds(world_.dice.between(100, 1500));
  c.line_free = std::max(c.line_free, world_.now() + wait);
  world_.at(c.line_free, [this, &c, m, number, life = life_] {
    if (!broker_up_ || life != life_ || !c.up || c.generation != m.generation) return;
    const bool swallowed = planted_drop && m.has_seq && world_.dice.one_in(50);
    if (!swallowed) arrive(m);
    if (duplicate_ && world_.dice.one_in(3)) arrive(m);
    if (lose_pubacks_ && world_.dice.one_in(3)) return;
    Duration back = milliseconds(world_.dice.between(1, 4));
    if (lose_pubacks_ && world_.dice.one_in(4)) back = seconds(2);  // late
    world_.after(back, [this, &c, m, number, life] {
      if (life != life_ || !c.up || c.generation != m.generation) return;
      c.in_flight.erase(number);
      c.progress = world_.now();
      std::string said = R"({"type":"published","conn":")" + m.conn + R"(","generation":)" +
                         std::to_string(m.generation);
      said += m.has_seq ? R"(,"lane":")" + m.lane + R"(","seq":)" + std::to_string(m.seq)
                        : R"(,"token":)" + std::to_string(m.token);
      to_core_(said + "}");
    });
  });
}

void CareSide::arrive(const Message& m) {
  if (ends_with(m.topic, "/alarms")) {
    alarms_ = m.payload;
  } else if (ends_with(m.topic, "/command-result")) {
    const Json body = Json::parse(m.payload);
    if (body.at("id").is_string()) {
      answers_.insert(body.at("id").get<std::string>());
    }
  } else if (m.has_seq) {
    note_journal(m);
  }
}

void CareSide::note_journal(const Message& m) {
  const Lane lane = *lane_of(m.lane);
  auto& lane_got = got_[static_cast<size_t>(lane)];
  Received received;
  received.durable = m.payload.find("\"durable\":false") == std::string::npos;
  received.historical = m.payload.find("\"historical\":true") != std::string::npos;
  // Live it comes on the topic `gap`, as history on `backlog/system`.
  if (m.payload.find("\"event\":\"system.gap\"") != std::string::npos) {
    const Json missing = Json::parse(m.payload).at("missing");
    const auto of = lane_of(missing.at("lane").get<std::string>());
    if (of && missing.at("first").is_number()) {
      gaps_.push_back({*of, missing.at("first"), missing.at("last")});
    }
  }
  // Events are compared whole; of batches a live and a historical form exist, alike in meaning.
  const bool is_event = lane == Lane::alarm || lane == Lane::system;
  received.payload = is_event ? without_flags(m.payload) : std::string();
  const auto [at, is_new] = lane_got.emplace(m.seq, received);
  ledger_.check_lazy(
      Invariant::i1, is_new || !is_event || at->second.payload == received.payload, [&] {
        return "lane " + m.lane + " seq " + std::to_string(m.seq) + " names two contents:\n" +
               at->second.payload + "\n" + received.payload;
      });
  uint64_t& high = high_[static_cast<size_t>(lane)];
  const bool may_come_late = received.historical || erased_.contains({lane, m.seq});
  if (is_event && is_new) {
    ledger_.check(Invariant::i6, m.seq > high || may_come_late,
                  "lane " + m.lane + ": seq " + std::to_string(m.seq) + " came after " +
                      std::to_string(high));
  }
  high = std::max(high, m.seq);
  unsaved_.emplace_back(lane, m.seq);
  if (unsaved_.size() > 20) unsaved_.pop_front();
}

bool CareSide::explained(Lane lane, uint64_t seq) const {
  return std::any_of(gaps_.begin(), gaps_.end(), [&](const Span& gap) {
    return gap.lane == lane && seq >= gap.first && seq <= gap.last;
  });
}

std::vector<uint64_t> CareSide::open_occurrences() const {
  std::vector<uint64_t> open;
  if (alarms_.empty()) return open;
  const Json body = Json::parse(alarms_);
  for (const auto& row : body.at("alarms")) open.push_back(row.at("occurrence"));
  return open;
}

void CareSide::command(const std::string& json, bool retained) {
  if (!live_.up || !to_core_) return;
  world_.after(milliseconds(world_.dice.between(1, 20)), [this, json, retained, life = life_] {
    if (life != life_) return;
    const Json message = {{"type", "command"},    {"topic", "command"}, {"payload", json},
                          {"retained", retained}, {"too_large", false}, {"size", json.size()}};
    const Json read = Json::parse(json, nullptr, false);
    if (read.is_object()) asked_.emplace(read.at("id"), world_.now());
    to_core_(message.dump());
  });
}

std::optional<std::string> CareSide::unanswered(MonoTime until) const {
  for (const auto& [id, at] : asked_) {
    if (at < until && !answers_.contains(id)) return id;
  }
  return std::nullopt;
}

uint64_t CareSide::contiguous(Lane lane) const {
  uint64_t last = 0;
  for (const auto& [seq, received] : got(lane)) {
    while (last + 1 < seq && explained(lane, last + 1)) ++last;
    if (seq != last + 1) break;
    last = seq;
  }
  return last;
}

void CareSide::ask_for_the_rest() {
  for (const Lane lane : {Lane::alarm, Lane::system, Lane::vitals}) {
    static constexpr std::string_view kPrefix = "resend-";
    command(R"({"v":1,"id":")" + std::string(kPrefix) + std::to_string(next_number_++) +
            R"(","type":"resend-from","store_id":")" + store_id_ + R"(","lane":")" +
            std::string(name_of(lane)) + R"(","seq":)" + std::to_string(contiguous(lane) + 1) +
            R"(,"actor":"svc-1","role":"service"})");
  }
  say_stored();
}

void CareSide::say_stored() {
  if (!live_.up || !to_core_) return;
  if (odd_stored_ && world_.dice.one_in(2)) return;  // lost
  const Json stored = {{"v", 1}, {"store_id", store_id_}, {"alarm", contiguous(Lane::alarm)}};
  const Json message = {{"type", "command"}, {"topic", "stored"},  {"payload", stored.dump()},
                        {"retained", false}, {"too_large", false}, {"size", 40}};
  const int times = odd_stored_ ? static_cast<int>(world_.dice.between(1, 2)) : 1;
  for (int i = 0; i < times; ++i) {
    const Duration wait = odd_stored_ ? seconds(world_.dice.between(0, 5)) : Duration{};
    world_.after(wait, [this, text = message.dump(), life = life_] {
      if (life == life_ && live_.up) to_core_(text);
    });
  }
}

}  // namespace lamplight::world
