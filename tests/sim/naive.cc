#include "tests/sim/naive.h"

#include <algorithm>

namespace lamplight::world {
namespace {
constexpr int64_t kSecond = 1'000'000'000;
}

const char* const kRules = R"rules(rules 1 "simulated-home"
roles caregiver, nurse
signal spo2  : percent from oximeter.spo2  step 0.1 range 0..100 every 1 s stale after 5 s
signal pulse : bpm     from oximeter.pulse step 0.1 range 0..320 every 1 s stale after 5 s
signal pip   : cmH2O   from ventilator.pip step 0.1 range -20..150 every 1 s stale after 6 s
signal rate  : mL/h    from pump.rate      step 0.1 range 0..1200 every 1 s stale after 8 s
signal blocked : bool  from pump.alarm.patient_tube_blocked every 1 s stale after 8 s
profile night = 21:00..07:00
limit spo2_low = 90 percent allowed 80..95 at night 88 percent
button care : lasts at most 60 s rests 20 s
alarm low "Oxygen low" severity irreversible onset prompt
  when spo2 < spo2_low for 10 s
  clear when spo2 >= spo2_low + 2 percent for 5 s
end
alarm crash "Oxygen very low" severity irreversible onset immediate
  never inhibited
  when spo2 < 80 percent for 5 s
  clear when spo2 >= 85 percent for 5 s
end
alarm pressure "Pressure high" severity reversible onset prompt
  when pip > 35 cmH2O for 6 s
  clear when pip <= 33 cmH2O for 5 s
end
alarm racing "Fast pulse at low oxygen" severity reversible onset delayed
  when pulse > 150 bpm for 5 s and spo2 < 95 percent for 5 s
end
alarm tube "Feeding tube blocked" severity reversible onset immediate
  when blocked for 0 s
end
inhibit low while care
lost spo2 for 20 s: severity reversible onset prompt "Oxygen is not measured ({reason})"
lost pulse for 30 s: severity reversible onset delayed "Pulse is not measured ({reason})"
lost pip for 20 s: severity irreversible onset prompt "The ventilator is not read ({reason})"
lost rate for 30 s: severity minor onset delayed "The pump is not read ({reason})"
)rules";

void Track::take(int64_t effect, int64_t measured, bool valid, int32_t value) {
  measured = std::min(measured, effect);
  const bool older = !points_.empty() && measured < points_.back().measured;
  if (older || effect >= measured + stale_) return;  // late: history, not evaluated
  points_.push_back({effect, measured, valid, value});
}

void Track::forget() { points_.clear(); }

const Track::Point* Track::at(int64_t t) const {
  const Point* found = nullptr;
  for (auto p = points_.rbegin(); p != points_.rend(); ++p) {
    if (p->effect <= t) {
      found = &*p;
      break;
    }
  }
  return found;
}

bool Track::valid_at(int64_t t) const {
  const Point* p = at(t);
  return p != nullptr && p->valid && t < p->measured + stale_;
}

int32_t Track::value_at(int64_t t) const { return at(t)->value; }

void Track::changes(int64_t from, int64_t to, std::vector<int64_t>& out) const {
  for (auto p = points_.rbegin(); p != points_.rend(); ++p) {
    if (p->effect > from && p->effect <= to) out.push_back(p->effect);
    const int64_t ends = p->measured + stale_;
    if (ends > from && ends <= to) out.push_back(ends);
    if (p->effect <= from) break;  // the value that holds at `from` was the last to look at
  }
}

Naive::Naive() {
  tracks_.emplace("oximeter.spo2", Track(5 * kSecond));
  tracks_.emplace("oximeter.pulse", Track(5 * kSecond));
  tracks_.emplace("ventilator.pip", Track(6 * kSecond));
  tracks_.emplace("pump.rate", Track(8 * kSecond));
  tracks_.emplace("pump.alarm.patient_tube_blocked", Track(8 * kSecond));
  limits_.emplace_back(INT64_MIN, 900);
  add_alarms();
}

void Naive::start(int64_t t) {
  start_ = t;
  for (auto& [path, track] : tracks_) track.forget();
}

void Naive::limit(int64_t t, int32_t tenths) { limits_.emplace_back(t, tenths); }

int32_t Naive::limit_at(int64_t t) const {
  int32_t value = limits_.front().second;
  for (const auto& [since, tenths] : limits_) {
    if (since <= t) value = tenths;
  }
  return value;
}

Naive::Condition Naive::compare(const std::string& path, bool below,
                                std::function<int32_t(int64_t)> bound) {
  return [this, path, below, bound = std::move(bound)](int64_t t) {
    const Track& track = tracks_.at(path);
    if (t < start_ || !track.valid_at(t)) return Truth3::u;
    const int32_t value = track.value_at(t);
    return (below ? value < bound(t) : value > bound(t)) ? Truth3::t : Truth3::f;
  };
}

// T on all of [t − D, t], F somewhere in it, else unknown.
Naive::Condition Naive::hold(Condition inner, int64_t duration) {
  return [this, inner = std::move(inner), duration](int64_t t) {
    std::vector<int64_t> instants = {t - duration, t};
    for (const auto& [path, track] : tracks_) track.changes(t - duration, t, instants);
    for (const auto& [since, tenths] : limits_) {
      if (since > t - duration && since <= t) instants.push_back(since);
    }
    if (start_ > t - duration && start_ <= t) instants.push_back(start_);
    bool all = true;
    for (const int64_t at : instants) {
      const Truth3 truth = inner(at);
      if (truth == Truth3::f) return Truth3::f;
      all = all && truth == Truth3::t;
    }
    return all ? Truth3::t : Truth3::u;
  };
}

Naive::Condition Naive::both(Condition a, Condition b) {
  return [a = std::move(a), b = std::move(b)](int64_t t) {
    const Truth3 x = a(t), y = b(t);
    if (x == Truth3::f || y == Truth3::f) return Truth3::f;
    return x == Truth3::t && y == Truth3::t ? Truth3::t : Truth3::u;
  };
}

Naive::Condition Naive::negate(Condition a) {
  return [a = std::move(a)](int64_t t) {
    const Truth3 x = a(t);
    return x == Truth3::u ? x : (x == Truth3::t ? Truth3::f : Truth3::t);
  };
}

void Naive::add_lost(const std::string& path, int64_t after) {
  const Condition lost = [this, path](int64_t t) {
    if (t < start_) return Truth3::u;
    return tracks_.at(path).valid_at(t) ? Truth3::f : Truth3::t;
  };
  const std::string name = path.substr(path.find('.') + 1);
  rules_["lost." + name] = {hold(lost, after), lost, hold(negate(lost), 5 * kSecond)};
}

void Naive::add_alarms() {
  const auto fixed = [](int32_t value) { return [value](int64_t) { return value; }; };
  const auto low = compare("oximeter.spo2", true, [this](int64_t t) { return limit_at(t); });
  const auto high_again =
      negate(compare("oximeter.spo2", true, [this](int64_t t) { return limit_at(t) + 20; }));
  rules_["low"] = {hold(low, 10 * kSecond), low, hold(high_again, 5 * kSecond)};
  const auto crash = compare("oximeter.spo2", true, fixed(800));
  rules_["crash"] = {hold(crash, 5 * kSecond), crash,
                     hold(negate(compare("oximeter.spo2", true, fixed(850))), 5 * kSecond)};
  const auto pressure = compare("ventilator.pip", false, fixed(350));
  rules_["pressure"] = {hold(pressure, 6 * kSecond), pressure,
                        hold(negate(compare("ventilator.pip", false, fixed(330))), 5 * kSecond)};
  const auto fast = compare("oximeter.pulse", false, fixed(1500));
  const auto lowish = compare("oximeter.spo2", true, fixed(950));
  const auto racing = both(fast, lowish);
  rules_["racing"] = {both(hold(fast, 5 * kSecond), hold(lowish, 5 * kSecond)), racing,
                      hold(negate(racing), 5 * kSecond)};
  const auto tube = compare("pump.alarm.patient_tube_blocked", false, fixed(0));
  rules_["tube"] = {tube, tube, hold(negate(tube), 5 * kSecond)};
  add_lost("oximeter.spo2", 20 * kSecond);
  add_lost("oximeter.pulse", 30 * kSecond);
  add_lost("ventilator.pip", 20 * kSecond);
  add_lost("pump.rate", 30 * kSecond);
}

}  // namespace lamplight::world
