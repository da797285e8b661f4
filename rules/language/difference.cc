#include "rules/language/difference.h"

#include <algorithm>

#include "rules/language/check.h"
#include "rules/language/difference_condition.h"
#include "rules/language/random_trace.h"

namespace lamplight::rules {
namespace {

std::string rank_words(const Rank& r) {
  return std::string(name_of(priority(r))) + " (" + std::string(name_of(r.severity)) + ", " +
         std::string(name_of(r.onset)) + ")";
}

std::string text_words(const ast::Text& text) {
  std::string out;
  for (size_t i = 0; i < text.literals.size(); ++i) {
    out += text.literals[i];
    if (i < text.holes.size()) out += "{" + text.holes[i].source + "}";
  }
  return out;
}
std::string text_words(const std::optional<ast::Text>& text) {
  return text ? text_words(*text) : "";
}

std::string steps_words(const std::vector<ast::EscalationStep>& steps) {
  std::string out;
  for (const ast::EscalationStep& s : steps) {
    out += (out.empty() ? "" : ", ") + s.role.text +
           (s.after.ns == 0 ? " now" : " after " + to_text(s.after));
  }
  return out.empty() ? "the roster" : out;
}

std::string clock_words(const ast::TimeRange& t) {
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const auto one = [&](ast::TimeOfDay at) {
    return two(at.minutes / 60) + ":" + two(at.minutes % 60);
  };
  return one(t.from) + ".." + one(t.to);
}

std::string names(const std::vector<ast::Name>& all) {
  std::string out;
  for (const ast::Name& n : all) out += (out.empty() ? "" : ", ") + n.text;
  return out.empty() ? "anybody" : out;
}

class Differ {
 public:
  Differ(const Compiled& before, const Compiled& after) : a_(before), b_(after) {}

  std::vector<Difference> run() {
    value("rules", "", "version", std::to_string(a_.file.version), std::to_string(b_.file.version));
    value("rules", "", "name", a_.file.title, b_.file.title);
    pairs(a_.file.signals, b_.file.signals, "signal ", &Differ::signal);
    pairs(a_.file.buttons, b_.file.buttons, "button ", &Differ::button);
    pairs(a_.file.profiles, b_.file.profiles, "profile ", &Differ::profile);
    pairs(a_.file.limits, b_.file.limits, "limit ", &Differ::limit);
    pairs(a_.file.alarms, b_.file.alarms, "alarm ", &Differ::alarm);
    lost_alarms();
    leases();
    rest();
    return std::move(out_);
  }

 private:
  template <class T>
  void pairs(const std::vector<T>& before, const std::vector<T>& after, const std::string& what,
             void (Differ::*judge)(const std::string&, const T&, const T&)) {
    const auto find = [](const std::vector<T>& all, const std::string& name) {
      return std::find_if(all.begin(), all.end(), [&](const T& x) { return x.name.text == name; });
    };
    for (const T& x : before) {
      const auto y = find(after, x.name.text);
      if (y == after.end()) add("gone", what + x.name.text, "is gone", "", "");
      if (y != after.end()) (this->*judge)(what + x.name.text, x, *y);
    }
    for (const T& y : after) {
      if (find(before, y.name.text) != before.end()) continue;
      add("new", what + y.name.text, "is new" + what_it_does(y), "", "");
    }
  }
  template <class T>
  std::string what_it_does(const T&) const {
    return "";
  }
  std::string what_it_does(const ast::Alarm& a) const {
    return ": " + rank_words(a.rank.rank) + ", rings when " + b_.wording.condition(*a.when);
  }

  void add(const std::string& kind, const std::string& subject, const std::string& sentence,
           const std::string& before, const std::string& after) {
    out_.push_back({kind, subject, sentence, before, after});
  }

  void value(const std::string& kind, const std::string& subject, const std::string& name,
             const std::string& before, const std::string& after) {
    if (before == after) return;
    const auto shown = [](const std::string& s) { return s.empty() ? "nothing" : s; };
    add(kind, subject, name + " " + shown(after) + " instead of " + shown(before), before, after);
  }

  void signal(const std::string& subject, const ast::Signal& x, const ast::Signal& y) {
    value("signal", subject, "from", x.path.text, y.path.text);
    value("signal", subject, "every", to_text(x.every), to_text(y.every));
    const std::string before = to_text(x.stale_after);
    const std::string after = to_text(y.stale_after);
    value("signal", subject, "unknown after", before, after);
    const auto of = [](const Side& s, const std::string& name) -> const engine::Signal& {
      return s.compiled.program.signals[s.scope.find(name)->index];
    };
    const engine::Signal& from = of(a_, x.name.text);
    const engine::Signal& to = of(b_, y.name.text);
    const auto range = [](const engine::Signal& s) {
      std::string out = std::to_string(s.min) + ".." + std::to_string(s.max) + " steps of " +
                        std::to_string(s.step.num) + "/" + std::to_string(s.step.den) + " " +
                        s.unit;
      for (const std::string& word : s.enumerators) out += ", " + word;
      return out;
    };
    value("signal", subject, "range", range(from), range(to));
  }

  void button(const std::string& subject, const ast::Button& x, const ast::Button& y) {
    value("button", subject, "lasts at most", to_text(x.lasts_at_most), to_text(y.lasts_at_most));
    value("button", subject, "rests", to_text(x.rests.value_or(Duration{})),
          to_text(y.rests.value_or(Duration{})));
  }

  void profile(const std::string& subject, const ast::Profile& x, const ast::Profile& y) {
    value("profile", subject, "is", clock_words(x.hours), clock_words(y.hours));
    if (x.days != y.days) add("profile", subject, "holds on other days", "", "");
  }

  void limit(const std::string& subject, const ast::Limit& x, const ast::Limit& y) {
    const auto quantity = [](const ast::Quantity& q) {
      return to_text(q.number) + (q.unit ? " " + q.unit->name : "");
    };
    value("limit", subject, "is", quantity(x.value), quantity(y.value));
    const auto at = [&](const ast::Limit& l, const std::string& profile) {
      for (const ast::ProfileValue& v : l.at) {
        if (v.profile.text == profile) return quantity(v.value);
      }
      return std::string();
    };
    for (const ast::ProfileValue& v : x.at) {
      const std::string& profile = v.profile.text;
      value("limit", subject, "at " + profile, at(x, profile), at(y, profile));
    }
    for (const ast::ProfileValue& v : y.at) {
      if (at(x, v.profile.text).empty()) {
        value("limit", subject, "at " + v.profile.text, "", at(y, v.profile.text));
      }
    }
    allowed(subject, x.allowed, y.allowed);
    value("limit", subject, "may be changed by", names(x.by), names(y.by));
  }

  void allowed(const std::string& subject, const ast::Range& x, const ast::Range& y) {
    const int low = compare(to_ratio(y.low), to_ratio(x.low));
    const int high = compare(to_ratio(y.high), to_ratio(x.high));
    if (low == 0 && high == 0) return;
    const std::string before = to_text(x.low) + ".." + to_text(x.high);
    const std::string after = to_text(y.low) + ".." + to_text(y.high);
    const char* how = low <= 0 && high >= 0   ? "may be set more widely: "
                      : low >= 0 && high <= 0 ? "may be set less widely: "
                                              : "may be set otherwise: ";
    add("allowed", subject, how + after + " instead of " + before, before, after);
  }

  void rank(const std::string& subject, const std::string& name, const Rank& x, const Rank& y) {
    if (x != y) value("severity", subject, name, rank_words(x), rank_words(y));
  }

  void alarm(const std::string& subject, const ast::Alarm& x, const ast::Alarm& y) {
    value("text", subject, "is called", x.title, y.title);
    rank(subject, "is", x.rank.rank, y.rank.rank);
    const size_t before_conditions = out_.size();
    conditions(subject, x, y);
    const bool silent = out_.size() == before_conditions;
    if (x.never_inhibited != y.never_inhibited) {
      add("inhibit", subject, y.never_inhibited ? "can no longer be held back" : "can be held back",
          "", "");
    }
    if (x.latch != y.latch) {
      add("latch", subject, y.latch ? "now latches until acknowledged" : "no longer latches", "",
          "");
    }
    const auto clears = [](const ast::Alarm& a) {
      return a.unknown && a.unknown->clears ? to_text(a.unknown->after) : std::string();
    };
    value("unknown", subject, "ends when unknown for", clears(x), clears(y));
    value("text", subject, "says", text_words(x.say), text_words(y.say));
    value("text", subject, "tells to do", text_words(x.act), text_words(y.act));
    value("text", subject, "because", x.because.value_or(""), y.because.value_or(""));
    value("escalate", subject, "calls", steps_words(x.escalate), steps_words(y.escalate));
    const auto remind = [](const ast::Alarm& a) { return a.remind ? to_text(*a.remind) : ""; };
    value("remind", subject, "reminds every", remind(x), remind(y));
    const auto notify = [](const ast::Alarm& a) {
      return a.notify ? std::to_string(a.notify->at_most) + " in " + to_text(a.notify->per) : "";
    };
    value("notify", subject, "tells people at most", notify(x), notify(y));
    if (silent && !is_same(x, y)) {
      add("condition", subject, "is decided otherwise", "", "");
    }
  }

  // What the sentences may have overlooked.
  bool is_same(const ast::Alarm& x, const ast::Alarm& y) const {
    const auto hashes = [](const Side& s, const ast::Alarm& a) {
      const engine::Program& p = s.compiled.program;
      std::vector<uint64_t> out;
      const auto index = p.find_alarm(a.name.text);
      if (!index) return out;
      const engine::Alarm& alarm = p.alarms[*index];
      for (const engine::OpIndex op : {alarm.when, alarm.clear, alarm.worsens}) {
        out.push_back(op == engine::kNone ? 0 : p.operation_hashes[op]);
      }
      return out;
    };
    return hashes(a_, x) == hashes(b_, y);
  }

  void conditions(const std::string& subject, const ast::Alarm& x, const ast::Alarm& y) {
    compare_conditions(a_, *x.when, b_, *y.when, subject, "rings", out_);
    if (x.clear && y.clear) {
      compare_conditions(a_, *x.clear, b_, *y.clear, subject, "clears", out_);
    } else if (x.clear || y.clear) {
      const auto words = [](const Side& s, const ast::Alarm& a) {
        return a.clear ? s.wording.condition(*a.clear)
                       : std::string("this has been over for 5 seconds");
      };
      value("condition", subject, "clears when", words(a_, x), words(b_, y));
    }
    if (x.worsens && y.worsens) {
      compare_conditions(a_, x.worsens->when, b_, y.worsens->when, subject, "gets worse", out_);
      rank(subject, "gets worse to", x.worsens->to.rank, y.worsens->to.rank);
    } else if (x.worsens || y.worsens) {
      add("worsens", subject, y.worsens ? "now gets worse with time" : "no longer gets worse", "",
          "");
    }
  }

  void lost_alarms() {
    const auto find = [](const Side& s, const std::string& signal) -> const ast::Lost* {
      for (const ast::Lost& l : s.file.losts) {
        if (l.signal.text == signal) return &l;
      }
      return nullptr;
    };
    for (const ast::Lost& x : a_.file.losts) {
      const ast::Lost* y = find(b_, x.signal.text);
      if (y == nullptr) add("gone", "lost " + x.signal.text, "is gone", "", "");
      if (y != nullptr) lost("lost " + x.signal.text, x, *y);
    }
    for (const ast::Lost& y : b_.file.losts) {
      if (find(a_, y.signal.text) == nullptr) add("new", "lost " + y.signal.text, "is new", "", "");
    }
  }

  void lost(const std::string& subject, const ast::Lost& x, const ast::Lost& y) {
    const auto held = [](const ast::Lost& l) {
      ast::Condition inner;
      inner.kind = ast::ConditionKind::is_lost;
      ast::Term term;
      term.factor.kind = ast::Factor::Kind::name;
      term.factor.name = l.signal;
      inner.subject.terms.push_back(term);
      ast::Condition out;
      out.kind = ast::ConditionKind::held;
      out.span = l.span;
      out.parts.push_back(inner);
      return out;
    };
    compare_conditions(a_, held(x), b_, held(y), subject, "rings", out_);
    rank(subject, "is", x.rank.rank, y.rank.rank);
    const auto share = [](const ast::Lost& l) {
      return l.share ? to_text(l.share->percent) + " percent of " + to_text(l.share->of) : "";
    };
    value("share", subject, "rings also at", share(x), share(y));
    value("text", subject, "says", text_words(x.text), text_words(y.text));
    value("text", subject, "tells to do", text_words(x.act), text_words(y.act));
    value("escalate", subject, "calls", steps_words(x.escalate), steps_words(y.escalate));
  }

  // By alarm: what holds it back.
  void leases() {
    const auto of = [](const Side& s) {
      std::vector<std::pair<std::string, std::string>> out;
      for (const ast::Inhibit& i : s.file.inhibits) {
        for (const ast::AlarmRef& ref : i.alarms) {
          out.emplace_back(
              (ref.is_lost ? "lost " : "alarm ") + ref.name.text,
              s.told(i.condition) + (i.at_most ? ", at most " + to_text(*i.at_most) : ""));
        }
      }
      return out;
    };
    const auto before = of(a_);
    const auto after = of(b_);
    for (const auto& one : before) {
      if (std::find(after.begin(), after.end(), one) != after.end()) continue;
      add("inhibit", one.first, "is no longer held back while " + one.second, one.second, "");
    }
    for (const auto& one : after) {
      if (std::find(before.begin(), before.end(), one) != before.end()) continue;
      add("inhibit", one.first, "is now held back while " + one.second, "", one.second);
    }
  }

  // Nothing may be passed over in silence.
  void rest() {
    value("roles", "", "roles", names(a_.file.roles), names(b_.file.roles));
    if (!out_.empty() || a_.compiled.program.hash() == b_.compiled.program.hash()) return;
    const auto decides = [](const engine::Program& p) {
      std::vector<uint64_t> hashes;
      for (size_t i = 0; i < p.alarms.size(); ++i) {
        hashes.push_back(signature(p, static_cast<engine::AlarmIndex>(i)));
      }
      return hashes;
    };
    if (decides(a_.compiled.program) == decides(b_.compiled.program)) return;  // words of evidence
    add("other", "", "the rules decide something otherwise that has no sentence of its own", "",
        "");
  }

  Side a_;
  Side b_;
  std::vector<Difference> out_;
};

}  // namespace

std::vector<Difference> differences(const Compiled& before, const Compiled& after) {
  return Differ(before, after).run();
}

}  // namespace lamplight::rules
