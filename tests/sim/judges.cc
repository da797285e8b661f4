// The judges: each looks at what goes in and out of the core, and at nothing inside it but its
// read-outs and its digest.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "rules/model/assert.h"
#include "tests/sim/house.h"

namespace lamplight::world {
namespace {
using Json = nlohmann::json;

// A member near the head of an event's body; events are judged by the thousand, and whole JSON
// documents cost.
std::string_view member(std::string_view body, std::string_view key) {
  const std::string quoted = "\"" + std::string(key) + "\":";
  const size_t at = body.find(quoted);
  LL_ASSERT(at != std::string_view::npos);
  std::string_view value = body.substr(at + quoted.size());
  if (value.front() != '"') return value.substr(0, value.find_first_of(",}"));
  value.remove_prefix(1);
  return value.substr(0, value.find('"'));
}

int64_t number(std::string_view body, std::string_view key) {
  const std::string_view digits = member(body, key);
  int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  LL_ASSERT(read.ec == std::errc{});
  return value;
}
}  // namespace

std::optional<std::string> alarm_event(const core::Follow& follow) {
  static constexpr std::string_view kHead = R"({"type":"event","event":)";
  if (follow.kind != core::FollowKind::event ||
      follow.json.find("\"lane\":\"alarm\",\"seq\"") == std::string::npos) {
    return std::nullopt;
  }
  return follow.json.substr(kHead.size(), follow.json.size() - kHead.size() - 1);
}

std::string told(std::string_view body) {
  std::string out(member(body, "t"));
  for (const std::string_view key : {"event", "rule", "occurrence"}) {
    out += " " + std::string(member(body, key));
  }
  return out;
}

std::string House::when(int64_t t) const {
  return " at " + std::to_string((t - seconds(20).ns) / 1'000'000) + " ms";
}

// What the engine will know, told to the naive reading as it goes in.
void House::note_input(MonoTime now, const core::Input& input) {
  const int64_t t = now.ns + boot_base_;
  if (const auto* in = std::get_if<core::SamplesIn>(&input)) {
    for (const Sample& s : in->samples) {
      const std::string path = path_of(s.signal);
      const int64_t measured = s.measured_at.ns + boot_base_;
      if (path == "oximeter.spo2" && probe_off_since_ >= 0 &&
          measured >= probe_off_since_ + milliseconds(1100).ns && !bedside_.was_forged(measured)) {
        ledger_.check(Invariant::i3, s.quality == Quality::missing,
                      "a probe that is off gives SpO2 " + std::to_string(s.value) + when(t));
      }
      if (naive_.reads(path)) {
        naive_.track(path).take(t, measured, s.quality != Quality::missing, s.value);
      }
    }
  } else if (const auto* child = std::get_if<core::ChildChange>(&input)) {
    if (child->state != core::ChildState::died) return;
    const std::string role = child->name == "rad8"   ? "oximeter"
                             : child->name == "lfp1" ? "pump"
                                                     : "ventilator";
    for (const char* path : {"oximeter.spo2", "oximeter.pulse", "ventilator.pip", "pump.rate",
                             "pump.alarm.patient_tube_blocked"}) {
      if (std::string(path).rfind(role, 0) == 0) naive_.track(path).take(t, t, false, 0);
    }
  } else if (const auto* wall = std::get_if<core::WallChange>(&input)) {
    const bool is_night = wall->profiles != 0 && wall->synchronised;
    naive_.limit(t, is_night ? 880 : 900);
  } else if (const auto* boot = std::get_if<core::Booted>(&input)) {
    const bool is_night = boot->profiles != 0 && boot->synchronised;
    naive_.limit(t, is_night ? 880 : 900);
  }
}

void House::judge_effects(const core::Effects& effects) {
  std::string sound;
  for (const core::Follow& f : effects.followers) {
    // What is only to be seen makes no sound.
    if (f.kind == core::FollowKind::annunciate) sound = f.json.substr(0, f.json.find("visible"));
  }
  for (const core::Follow& f : effects.followers) {
    const auto body = alarm_event(f);
    if (!body) continue;
    judge_event(*body);
    if (member(*body, "event") != "alarm.raised") continue;
    const std::string occurrence = "\"occurrence\":" + std::string(member(*body, "occurrence"));
    const bool is_audible = member(*body, "signalled_at") != "null";
    ledger_.check_lazy(
        Invariant::i11,
        !sound.empty() && (!is_audible || sound.find(occurrence + ",") != sound.npos),
        [&] { return "raised, and nothing sounded in the same turn: " + *body; });
  }
}

void House::judge_event(const std::string& body) {
  const std::string name(member(body, "event")), rule(member(body, "rule"));
  const int64_t t = number(body, "t") + boot_base_;
  life_->story.push_back(told(body));
  if (name == "alarm.cleared" || name == "alarm.reset" || name == "alarm.closed") {
    closed_since_death_.insert(static_cast<uint64_t>(number(body, "occurrence")));
  }
  if (!naive_.rules().contains(rule) || !is_exact(t)) return;
  const Naive::Rule& is = naive_.rules().at(rule);
  if (name == "alarm.raised") {
    ledger_.check_lazy(Invariant::i2, is.when(t) == Truth3::t, [&] {
      return rule + " was raised though its condition did not hold" + when(t);
    });
  } else if (name == "alarm.cleared") {
    ledger_.check_lazy(Invariant::i3, is.clear(t) == Truth3::t && is.when(t) != Truth3::t, [&] {
      return rule + " was cleared though its clear did not hold" + when(t);
    });
  } else if (name == "alarm.unconfirmed") {
    ledger_.check_lazy(Invariant::i3, is.now_part(t) == Truth3::u, [&] {
      return rule + " was unconfirmed though its condition is known" + when(t);
    });
  } else if (name == "alarm.confirmed") {
    ledger_.check_lazy(Invariant::i3, is.now_part(t) != Truth3::u, [&] {
      return rule + " was confirmed though its condition is unknown" + when(t);
    });
  }
}

// I1: durable first, or 500 ms late and flagged.
void House::judge_publish(Lane lane, uint64_t seq, const std::string& payload) {
  const bool committed = store_.has(lane, seq);
  const bool flagged = payload.find("\"durable\":false") != std::string::npos;
  bool allowed = committed;
  if (!committed && flagged && (lane == Lane::alarm || lane == Lane::system)) {
    const Json body = Json::parse(payload);
    const int64_t emitted = body.contains("emitted")
                                ? body.at("emitted").get<int64_t>()
                                : body.at("mono_ms").get<int64_t>() * 1'000'000;
    allowed = last_mono_.ns - emitted >= milliseconds(499).ns;
  }
  ledger_.check_lazy(Invariant::i1, allowed, [&] {
    return "lane " + std::string(name_of(lane)) + " seq " + std::to_string(seq) +
           " was published before it was durable:\n" + payload;
  });
  ledger_.check(Invariant::i1, store_.conflict().empty(), store_.conflict());
}

std::set<uint64_t> House::open_now() const {
  std::set<uint64_t> open;
  const Json rows = Json::parse(core_->alarms_json(last_mono_, false));
  for (const auto& row : rows.at("alarms")) {
    if (row.at("condition") != "idle") open.insert(row.at("occurrence").get<uint64_t>());
  }
  return open;
}

std::set<uint64_t> House::fold() const {
  std::set<uint64_t> open;
  for (const auto& [seq, row] : store_.events(Lane::alarm)) {
    if (!row.occurrence) continue;
    if (row.name == "alarm.raised") open.insert(*row.occurrence);
    if (row.name == "alarm.cleared" || row.name == "alarm.reset" || row.name == "alarm.closed") {
      open.erase(*row.occurrence);
    }
  }
  return open;
}

void House::judge_every_second() {
  world_.after(seconds(1), [this] {
    judge_every_second();
    if (!core_ || asleep_) return;
    const int64_t t = world_.now().ns;
    std::set<std::string> open;
    const Json rows = Json::parse(core_->alarms_json(last_mono_, false));
    for (const auto& row : rows.at("alarms")) {
      if (row.at("condition") != "idle") open.insert(row.at("rule").get<std::string>());
    }
    const bool stepped = last_mono_.ns + boot_base_ >= t - milliseconds(1).ns ||
                         core_->next_deadline().ns + boot_base_ > t;
    for (const auto& [rule, is] : naive_.rules()) {
      // One tick is allowed: what holds now held a moment ago as well.
      const int64_t before = t - milliseconds(20).ns;
      if (!stepped && plant_ != Plant::late_ticks) break;
      if (!is_exact(before)) break;
      ledger_.check_lazy(
          Invariant::i2,
          is.when(before) != Truth3::t || is.when(t) != Truth3::t || open.contains(rule),
          [&] { return rule + " holds and is not raised" + when(t); });
    }
    if (stepped) judge_quiet(rows, t);
    // A process that began in the stall has known it only since then.
    const bool long_stalled = stalled_since_ != kNever && store_.waiting() > 0 &&
                              world_.now() - std::max(stalled_since_, began_) > seconds(8);
    if (long_stalled) {
      ledger_.check(Invariant::i11, core_->store_is_known_stalled(),
                    "the disk hangs and the watchdog would starve" + when(t));
    }
  });
}

// I12: what should ring is quiet only under an act that somebody was granted less than its longest
// time ago, and a floor only under its own.
void House::judge_quiet(const Json& rows, int64_t t) {
  const auto is_within = [&](int64_t since, Duration most) {
    return t - since < (most + milliseconds(20)).ns;
  };
  for (const auto& row : rows.at("alarms")) {
    const auto occurrence = row.at("occurrence").get<uint64_t>();
    const bool is_paused = row.contains("paused_for_ms");
    const bool is_held = row.contains("inhibited");
    const auto paused = paused_since_.find(occurrence);
    const Duration most = row.at("priority") == "low" ? minutes(10) : minutes(2);
    const bool is_pause_good =
        !is_paused || (paused != paused_since_.end() && is_within(paused->second, most));
    const bool is_held_well =
        !is_held || (row.at("rule") == "low" && is_within(pressed_since_, kCareLasts));
    const bool must_ring =
        row.at("signal") == "on" && !is_paused && !is_held && !row.at("grouped").get<bool>();
    ledger_.check_lazy(
        Invariant::i12,
        is_pause_good && is_held_well && (!must_ring || row.at("audible").get<bool>()),
        [&] { return "quiet that nobody asked for, or that is over: " + row.dump() + when(t); });
  }
}

// I4: an act changes the occurrence it names, and nothing else; one from afar (no target) changes
// neither sound nor condition of any.
void House::judge_act(const core::Input& act, std::optional<uint64_t> target) {
  // What falls due up to the act's own instant is no consequence of the act.
  for (int i = 0; i == 0 || (i < 50 && core_->next_deadline() <= last_mono_ + nanoseconds(1));
       ++i) {
    input(core::Tick{});
    if (!core_) return;
  }
  const auto states = [this] {
    std::map<uint64_t, std::string> out;
    const Json rows = Json::parse(core_->alarms_json(last_mono_, false));
    for (const auto& row : rows.at("alarms")) {
      out[row.at("occurrence").get<uint64_t>()] = row.at("signal").get<std::string>() + "/" +
                                                  row.at("condition").get<std::string>() +
                                                  (row.contains("paused_for_ms") ? "/paused" : "");
    }
    return out;
  };
  const auto is_pressed = [this] {
    return !Json::parse(core_->alarms_json(last_mono_, false)).at("windows").empty();
  };
  const auto* said = std::get_if<core::BedsideAct>(&act);
  const bool is_acknowledgement = said != nullptr && said->kind == core::ActKind::acknowledge;
  const bool was_pressed = is_pressed();
  const auto before = states();
  step(act);
  const auto after = states();
  if (!was_pressed && is_pressed()) pressed_since_ = world_.now().ns;
  for (const auto& [occurrence, state] : after) {
    const auto old = before.find(occurrence);
    const bool was_paused = old != before.end() && old->second.ends_with("/paused");
    if (!was_paused && state.ends_with("/paused")) paused_since_[occurrence] = world_.now().ns;
  }
  ledger_.check(Invariant::i4, said != nullptr || was_pressed == is_pressed(),
                "an act from afar moved a window");
  settle();
  for (const auto& [occurrence, state] : before) {
    const auto found = after.find(occurrence);
    const std::string now = found == after.end() ? "gone" : found->second;
    const bool is_target = target && occurrence == *target;
    ledger_.check(Invariant::i4, is_target || now == state,
                  "an act on another occurrence turned " + std::to_string(occurrence) + " from " +
                      state + " to " + now);
    if (is_target && is_acknowledgement && state.rfind("on/", 0) == 0) {
      // Of a latched occurrence the acknowledgement is the reset.
      const bool is_latched = state.find("/latched") != std::string::npos;
      ledger_.check(Invariant::i4, now.rfind("acknowledged/", 0) == 0 || is_latched,
                    "the acknowledged occurrence is " + now);
    }
  }
}

// I6 and I8: in calm everything durable has arrived once, in order; every hole is explained; no
// alarm was shed.
void House::judge_arrivals() {
  for (const Lane lane : {Lane::alarm, Lane::system, Lane::vitals}) {
    const uint64_t newest = store_.newest(lane);
    const uint64_t slack = lane == Lane::vitals ? 5 : 0;  // batches on their way
    for (uint64_t seq = 1; seq + slack <= newest; ++seq) {
      const bool arrived = care_.got(lane).contains(seq);
      ledger_.check_lazy(Invariant::i6, arrived || care_.explained(lane, seq), [&] {
        return "lane " + std::string(name_of(lane)) + ": seq " + std::to_string(seq) + " of " +
               std::to_string(newest) +
               " never arrived and no gap explains it; the store has it: " +
               (store_.has(lane, seq) ? "yes" : "no");
      });
    }
  }
  if (const auto id = care_.unanswered(world_.now() - seconds(30))) {
    ledger_.check(Invariant::i4, false, "command " + *id + " was never answered");
  }
  for (const auto& gap : store_.gaps()) {
    const bool shed = gap.why == "quota" || gap.why == "overflow";
    ledger_.check(Invariant::i8, !shed || gap.lane != Lane::alarm, "an alarm was shed");
  }
  // Every occurrence ever raised is told of, whatever died in between.
  for (const auto& [seq, row] : store_.events(Lane::alarm)) {
    if (row.name == "alarm.raised") {
      ledger_.check(Invariant::i6, care_.got(Lane::alarm).contains(seq),
                    "an alarm never reached the care team");
    }
  }
}

}  // namespace lamplight::world
