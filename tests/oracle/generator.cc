#include "tests/oracle/generator.h"

#include <array>

namespace lamplight::oracle {
namespace {

constexpr int64_t kHalf = 500'000'000;

template <size_t N>
const char* pick(Random& random, const std::array<const char*, N>& words) {
  return words[random.below(N)];
}

class Writer {
 public:
  explicit Writer(Random& random) : random_(random) {}

  std::string file() {
    std::string text =
        "rules 1 \"random\"\n"
        "signal a : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 3 s\n"
        "signal b : percent from oximeter.perfusion step 0.5 range 0..20 every 1 s stale after 5 "
        "s\n"
        "signal p : cmH2O from ventilator.pip step 0.1 range 0..60 every 2 s stale after 4 s\n"
        "signal q : kPa from pump.pressure_down step 0.1 range 0..6 every 2 s stale after 7 s\n"
        "signal m : {idle, run, hold} from pump.state every 1 s stale after 4 s\n"
        "signal k : bool from pump.alarm.low_battery every 1 s stale after 6 s\n"
        "button care : lasts at most 6 s rests 3 s\n"
        "button probe : lasts at most 2500 ms\n"
        "profile night = 21:00..07:00\n"
        "profile noon = 12:00..13:00\n"
        "limit low = 90 percent allowed 0..100 at night 86 percent at noon 93 percent\n"
        "limit top = 30 cmH2O allowed 0..60 at noon 25.5 cmH2O\n"
        "limit wait = 3 s allowed 0..60 at night 5 s\n"
        "limit bridge = 1 s allowed 0..10 at noon 2 s\n"
        "limit budget = 12 percent*s allowed 1..90 at night 7.5 percent*s\n"
        "let typical = mean of a over 12 s needs 30 percent valid\n"
        "let dip = a < low\n"
        "let slack = low - 2 percent\n";
    const uint64_t alarms = 1 + random_.below(4);
    for (uint64_t i = 0; i < alarms; ++i) alarm(text, i);
    for (const char* signal : {"a", "p", "m"}) {
      if (random_.chance(40)) {
        text += std::string("lost ") + signal + " for " + span() +
                (random_.chance(30) ? " or 40 percent of 10 s" : "") +
                ": severity reversible onset prompt \"gone ({reason})\"\n";
      }
    }
    inhibits(text, alarms);
    return text;
  }

 private:
  // Rules without a circle: an inhibition reads alarms after the one it names.
  void inhibits(std::string& text, uint64_t alarms) {
    for (uint64_t i = 0; i < alarms; ++i) {
      if (!random_.chance(40)) continue;
      const std::string named = "inhibit alarm" + std::to_string(i) + " while ";
      switch (random_.below(4)) {
        case 0:
          text += named + "care\n";
          break;
        case 1:
          text += named + "probe or " + comparison() + " at most 4 s\n";
          break;
        case 2:
          text += named + "(" + expression(1) + ") for 1 s at most 7 s\n";
          break;
        default:
          if (i + 1 < alarms) text += named + "alarm" + std::to_string(alarms - 1) + "\n";
      }
    }
  }

  std::string span() {
    return pick(random_, std::array{"0 s", "1 s", "2 s", "3 s", "0.5 s", "5 s", "1.5 s", "wait",
                                    "10 s", "2500 ms"});
  }
  std::string gap() { return pick(random_, std::array{"0 s", "1 s", "2 s", "bridge", "0.5 s"}); }

  std::string comparison() {
    static constexpr std::array kRelations = {" < ", " <= ", " > ", " >= "};
    static constexpr std::array kSums = {"a#90 percent",
                                         "a#low",
                                         "a#low - 4 percent",
                                         "a#slack + 3 percent",
                                         "a - b#80 percent",
                                         "b#a - 85 percent",
                                         "b * 2#9.5 percent",
                                         "b#4.25 percent",
                                         "p#top",
                                         "p#2.5 kPa",
                                         "q#top",
                                         "q - 0.5 kPa#p",
                                         "p + 3 cmH2O#top",
                                         "a / 2#low / 2",
                                         "85 percent#a",
                                         "low#88 percent"};
    std::string text = pick(random_, kSums);
    text.replace(text.find('#'), 1, pick(random_, kRelations));
    return text;
  }

  std::string looking_back() {
    static constexpr std::array kRelations = {" < ", " <= ", " > ", " >= "};
    static constexpr std::array kSums = {
        "mean of a over 8 s#low",
        "mean of a over 6 s needs 50 percent valid#slack",
        "typical + 1 percent#low",
        "a - mean of a over 6 s needs 30 percent valid#2 percent",
        "mean of p over 7 s needs 20 percent valid#2.75 kPa",
        "max of p over 5 s needs 20 percent valid#top",
        "max of a over 4 s - min of a over 9 s#6 percent",
        "min of b over 4 s needs 0 percent valid#4.25 percent",
        "drop of a over 10 s needs 40 percent valid#4 percent",
        "rise of a over 6 s#3 percent",
        "change of q over 5 s needs 30 percent valid#0.5 kPa",
        "change of a over 9 s#b - 3 percent",
        "share of time (dip) over 8 s#40 percent",
        "share of time (?) over 9 s needs 50 percent valid#25 percent",
        "age of a#2.5 s",
        "age of p - age of q * 2#1 s"};
    std::string text = pick(random_, kSums);
    text.replace(text.find('#'), 1, pick(random_, kRelations));
    if (const auto hole = text.find('?'); hole != std::string::npos) {
      text.replace(hole, 1, comparison() + " for " + span());
    }
    return text;
  }

  std::string area() {
    static constexpr std::array kAreas = {"shortfall of a below low# >= budget",
                                          "shortfall of a below slack + 4 percent# >= 20 percent*s",
                                          "shortfall of a below b + 80 percent# >= budget / 3",
                                          "shortfall of q below 2.75 kPa# >= 3 cmH2O*s",
                                          "excess of a above low# >= budget",
                                          "excess of p above top# >= 0.7 kPa*s",
                                          "excess of b above 4.25 percent# >= 5.125 percent*s"};
    std::string text = pick(random_, kAreas);
    text.replace(text.find('#'), 1, random_.chance(50) ? "" : " forget after " + span());
    return text;
  }

  std::string count(int depth) {
    return "count of (" + (random_.chance(50) ? comparison() : expression(depth - 1)) +
           ") starting within " +
           pick(random_, std::array{"4 s", "10 s", "2500 ms", "0.5 s", "30 s"}) +
           " >= " + std::to_string(1 + random_.below(4));
  }

  std::string test(int depth) {
    if (random_.chance(3)) return "care";
    if (random_.chance(10)) return area();
    if (random_.chance(15)) return looking_back();
    if (depth > 0 && random_.chance(12)) return count(depth);
    const uint64_t kind = random_.below(depth > 0 ? 14 : 10);
    if (kind < 5) return comparison();
    if (kind == 5) return pick(random_, std::array{"m is run", "m is not hold", "m is idle"});
    if (kind == 6) return "k";
    if (kind == 7) return pick(random_, std::array{"a is lost", "b is not lost", "m is valid"});
    if (kind == 8) return "dip";
    if (kind == 9) return "a between slack and low + 3 percent";
    return "(" + expression(depth - 1) + ")";
  }

  std::string timed(int depth) {
    const std::string inner = test(depth);
    switch (random_.below(7)) {
      case 0:
      case 1:
        return inner + " for " + span();
      case 2:
        return inner + " for " + span() + " ignoring gaps up to " + gap();
      case 3:
        return inner + " within last " + span();
      case 4:
        return depth > 0 ? inner + " since " + test(depth - 1) : inner;
      default:
        return inner;
    }
  }

  std::string expression(int depth) {
    std::string text = (random_.chance(20) ? "not " : "") + timed(depth);
    while (random_.chance(35)) {
      text += random_.chance(60) ? " and " : " or ";
      text += (random_.chance(20) ? "not " : "") + timed(depth);
    }
    return text;
  }

  std::string rank() {
    return std::string("severity ") +
           pick(random_, std::array{"irreversible", "reversible", "minor"}) + " onset " +
           pick(random_, std::array{"immediate", "prompt", "delayed"});
  }

  void alarm(std::string& text, uint64_t number) {
    const bool low = random_.chance(25);
    text += "alarm alarm" + std::to_string(number) + " \"An alarm\" " +
            (low ? "severity minor onset prompt" : rank()) + "\n";
    text += "  when " + expression(2) + "\n";
    if (random_.chance(60)) text += "  clear when " + expression(1) + "\n";
    if (random_.chance(25)) text += "  worsens when " + expression(1) + " to " + rank() + "\n";
    if (random_.chance(25)) text += "  latch until acknowledged\n";
    if (low) text += "  unknown clears after " + std::to_string(1 + random_.below(9)) + " s\n";
    text += "end\n";
  }

  Random& random_;
};

Reading random_reading(Random& random, const rules::ast::Signal& signal, int64_t t) {
  Reading r;
  r.signal = signal.name.text;
  r.measured_at = t;
  if (random.chance(6)) r.measured_at -= static_cast<int64_t>(random.below(16)) * kHalf;
  if (random.chance(3)) r.measured_at += kHalf;
  r.missing = random.chance(10);
  if (signal.type.kind == rules::ast::Type::Kind::boolean) {
    r.steps = static_cast<int64_t>(random.below(2));
  } else if (signal.type.kind == rules::ast::Type::Kind::enumeration) {
    r.steps = static_cast<int64_t>(random.below(random.chance(5) ? 5 : 3));
  } else if (r.signal == "a") {
    r.steps = static_cast<int64_t>(83 + random.below(random.chance(3) ? 40 : 13));
  } else if (r.signal == "b") {
    r.steps = static_cast<int64_t>(6 + random.below(6));
  } else if (r.signal == "p") {
    r.steps = static_cast<int64_t>(240 + random.below(80));
  } else {
    r.steps = static_cast<int64_t>(22 + random.below(12));
  }
  return r;
}

}  // namespace

std::string random_rules(Random& random) { return Writer(random).file(); }

Trace random_trace(Random& random, const rules::ast::File& file) {
  Trace trace;
  trace.start = static_cast<int64_t>(random.below(3)) * 1'000'000'007;
  const bool jitter = random.chance(30);
  const int64_t presence = static_cast<int64_t>(30 + random.below(60));
  int64_t t = trace.start;
  const uint64_t count = 20 + random.below(80);
  size_t samples = 0;
  for (uint64_t i = 0; i < count || samples < kSamplesMin; ++i) {
    Moment m;
    m.t = t;
    for (const auto& signal : file.signals) {
      if (random.chance(static_cast<uint64_t>(presence))) {
        m.readings.push_back(random_reading(random, signal, t));
      }
      if (random.chance(4)) m.readings.push_back(random_reading(random, signal, t));
    }
    if (random.chance(8)) {
      m.profiles.emplace();
      if (random.chance(50)) m.profiles->insert(random.chance(50) ? "night" : "noon");
    }
    if (random.chance(15) && !file.buttons.empty()) {
      const auto& button = file.buttons[random.below(file.buttons.size())];
      m.presses.push_back({button.name.text, random.chance(25)});
    }
    if (random.chance(8) && !file.alarms.empty()) {
      m.acts.push_back(
          {file.alarms[random.below(file.alarms.size())].name.text, random.chance(70)});
    }
    for (const auto& [kind, percent] :
         {std::pair{ActKind::stand_down, 12}, std::pair{ActKind::pause, 6}}) {
      if (file.alarms.empty() || !random.chance(static_cast<uint64_t>(percent))) continue;
      const auto& named = file.alarms[random.below(file.alarms.size())];
      m.acts.push_back({named.name.text, random.chance(90), kind});
    }
    samples += m.readings.size();
    trace.moments.push_back(std::move(m));
    t += static_cast<int64_t>(1 + random.below(random.chance(10) ? 14 : 3)) * kHalf;
    if (jitter) t += static_cast<int64_t>(random.below(400'000'000));
  }
  trace.end = t + static_cast<int64_t>(random.below(40)) * kHalf;
  return trace;
}

}  // namespace lamplight::oracle
