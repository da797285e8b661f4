#include "rules/language/explain.h"

#include <algorithm>

#include "rules/language/inhibits.h"
#include "rules/language/wording.h"

namespace lamplight::rules {
namespace {

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

std::string spaced(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

class Explainer {
 public:
  explicit Explainer(const Compiled& compiled)
      : compiled_(compiled),
        file_(compiled.file),
        reporter_({}),
        scope_(file_, reporter_),
        wording_(file_, scope_, compiled.settings,
                 compiled.plan ? compiled.plan->child : "the child") {}

  std::string run() {
    head();
    for (const ast::Declaration& d : file_.order) {
      if (d.kind == ast::DeclarationKind::alarm) alarm(d.index);
      if (d.kind == ast::DeclarationKind::lost) lost(file_.losts[d.index]);
    }
    taken_away();
    const engine::Program& p = compiled_.program;
    out_ += std::to_string(p.signals.size()) + " signals, " + std::to_string(p.alarms.size()) +
            " alarms, " + std::to_string(p.operations.size()) + " operations, " +
            std::to_string(p.state_bytes()) + " bytes of state.\n";
    return std::move(out_);
  }

 private:
  void head() {
    out_ += "Rules " + std::to_string(file_.version) + " \"" + file_.title + "\"";
    if (compiled_.plan) {
      out_ += ", plan " + std::to_string(compiled_.plan->version) + " for " + compiled_.plan->child;
    }
    out_ += ".\n";
    for (size_t i = 0; i < file_.profiles.size(); ++i) {
      const ast::TimeRange& hours = compiled_.settings.hours[i];
      out_ += "'" + spaced(file_.profiles[i].name.text) + "' is " + clock(hours.from) + " to " +
              clock(hours.to) + days(file_.profiles[i].days) + ".\n";
    }
    out_ += "\n";
  }

  static std::string clock(ast::TimeOfDay t) {
    const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return two(t.minutes / 60) + ":" + two(t.minutes % 60);
  }

  static std::string days(uint8_t set) {
    static constexpr std::string_view kNames[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                  "Friday", "Saturday", "Sunday"};
    if (set == 0x7f) return "";
    std::string out;
    for (int i = 0; i < 7; ++i) {
      if (((set >> i) & 1) != 0) out += (out.empty() ? " on " : ", ") + std::string(kNames[i]);
    }
    return out;
  }

  void alarm(size_t i) {
    if (compiled_.settings.alarm_off[i] || compiled_.settings.alarm_removed[i]) return;
    const ast::Alarm& a = file_.alarms[i];
    out_ += a.title + " (" + std::string(name_of(priority(a.rank.rank))) + "): rings when " +
            wording_.condition(*a.when) + ".";
    stops(a);
    if (a.worsens) {
      const Priority to = priority(a.worsens->to.rank);
      out_ += " Becomes " +
              (to == priority(a.rank.rank) ? "more urgent" : std::string(name_of(to))) + " when " +
              wording_.condition(a.worsens->when) + ".";
    }
    missing(i);
    if (a.unknown && a.unknown->clears) {
      out_ += " Ends by itself after it could not be judged for " +
              Wording::duration(a.unknown->after) + ".";
    }
    held_back(a.name.text, false);
    if (a.never_inhibited) out_ += " Nothing can hold it back.";
    people(a.escalate);
    if (a.remind) out_ += " Reminds every " + Wording::duration(*a.remind) + " once acknowledged.";
    if (a.notify) {
      out_ += " People are told of it at most " + std::to_string(a.notify->at_most) + " times in " +
              Wording::duration(a.notify->per) + ".";
    }
    lets();
    out_ += "\n\n";
  }

  void stops(const ast::Alarm& a) {
    std::string how = "when this has been over for 5 seconds";
    if (a.clear) {
      // A bound alone is understood as one of the reading that rings.
      const ast::Signal* signal = wording_.bounded(*a.clear);
      const bool same = signal != nullptr && signal == wording_.bounded(*a.when);
      how = same ? "at " + wording_.bound(*a.clear) : "when " + wording_.condition(*a.clear);
    }
    out_ += a.latch ? " Stops " + how + " and somebody has acknowledged it at the bedside."
                    : " Stops by itself " + how + ".";
  }

  // The separate alarms for readings that are not there.
  void missing(size_t i) {
    const std::vector<bool> reads = signals_of(file_, scope_, file_.alarms[i]);
    for (const ast::Lost& l : file_.losts) {
      const auto symbol = scope_.find(l.signal.text);
      if (!symbol || !reads[symbol->index] || compiled_.settings.signal_removed[symbol->index]) {
        continue;
      }
      out_ += " If " + the(file_.signals[symbol->index]) + " cannot be measured for " +
              wording_.span(l.span) + " a separate alarm rings.";
    }
  }

  std::string the(const ast::Signal& s) const {
    const std::string name = wording_.quantity_name(s);
    return name == "oxygen" ? name : "the " + name;
  }

  // The inhibitions that name it.
  void held_back(const std::string& name, bool is_lost) {
    for (const ast::Inhibit& inhibit : file_.inhibits) {
      const bool named =
          std::any_of(inhibit.alarms.begin(), inhibit.alarms.end(), [&](const ast::AlarmRef& ref) {
            return ref.is_lost == is_lost && ref.name.text == name;
          });
      if (!named || is_dropped(file_, scope_, compiled_.settings, inhibit)) continue;
      const auto symbol = lone_symbol(scope_, inhibit.condition);
      auto most = inhibit.at_most;
      if (symbol && symbol->kind == SymbolKind::button) {
        const Duration lasts = file_.buttons[symbol->index].lasts_at_most;
        most = most ? std::min(*most, lasts) : lasts;
      }
      out_ += " Not rung while " + wording_.condition(inhibit.condition) +
              (most ? " (" + Wording::duration(*most) + " at most)." : ".");
    }
  }

  // The engine keeps the plan of who is called and calls nobody itself: a promise would be a lie.
  void people(const std::vector<ast::EscalationStep>& steps) {
    for (const ast::EscalationStep& step : steps) {
      out_ += " The " + spaced(step.role.text) + " is called " +
              (step.after.ns == 0 ? "at once"
                                  : "if nobody reacts in " + Wording::duration(step.after)) +
              " (not carried out yet).";
    }
  }

  // What the quoted names mean; a let may name others.
  void lets() {
    std::vector<bool> told(file_.lets.size());
    for (std::vector<size_t> open = wording_.take_lets(); !open.empty();
         open = wording_.take_lets()) {
      bool any = false;
      for (const size_t i : open) {
        if (told[i]) continue;
        told[i] = true;
        any = true;
        out_ += " '" + spaced(file_.lets[i].name.text) +
                "' means: " + wording_.condition(file_.lets[i].body) + ".";
      }
      if (!any) return;
    }
  }

  void lost(const ast::Lost& l) {
    const auto symbol = scope_.find(l.signal.text);
    if (compiled_.settings.signal_removed[symbol->index]) return;
    const std::string title = plain(l.text);
    const std::string name = the(file_.signals[symbol->index]);
    out_ += capital(title) + " (" + std::string(name_of(priority(l.rank.rank))) + "): rings when " +
            name + " cannot be measured for " + wording_.span(l.span) + share(l) +
            ". Stops by itself when it has been measured again for 5 seconds.";
    held_back(l.signal.text, true);
    people(l.escalate);
    out_ += "\n\n";
  }

  static std::string share(const ast::Lost& l) {
    if (!l.share) return "";
    return ", or for " + to_text(l.share->percent) + " % of " + Wording::duration(l.share->of);
  }

  static std::string plain(const ast::Text& text) {
    std::string out;
    for (size_t i = 0; i < text.literals.size(); ++i) {
      out += text.literals[i];
      if (i < text.holes.size()) out += "{" + text.holes[i].source + "}";
    }
    return out;
  }

  void taken_away() {
    if (!compiled_.plan) return;
    const auto signed_by = [](const ast::Note& n) {
      return " (by " + n.by + " on " + n.on + ": " + n.because + ").\n";
    };
    for (const ast::PlanSwitch& off : compiled_.plan->off) {
      const auto symbol = scope_.find(off.name.text);
      out_ += "Turned off: " + file_.alarms[symbol->index].title + signed_by(off.note);
    }
    for (const ast::PlanSwitch& without : compiled_.plan->without) {
      out_ += "Without " + without.name.text + signed_by(without.note);
      for (size_t i = 0; i < file_.signals.size(); ++i) {
        const ast::Signal& s = file_.signals[i];
        if (role_part(s.path.text) == without.name.text) {
          out_ += "  not read: " + s.name.text + "\n";
        }
      }
      for (size_t i = 0; i < file_.alarms.size(); ++i) {
        if (reads_role(i, without.name.text)) {
          out_ += "  does not ring: " + file_.alarms[i].title + "\n";
        }
      }
      for (const ast::Lost& l : file_.losts) {
        const auto symbol = scope_.find(l.signal.text);
        if (role_part(file_.signals[symbol->index].path.text) == without.name.text) {
          out_ += "  does not ring: lost " + l.signal.text + "\n";
        }
      }
    }
    if (!compiled_.plan->off.empty() || !compiled_.plan->without.empty()) out_ += "\n";
  }

  bool reads_role(size_t alarm_index, std::string_view role) const {
    const std::vector<bool> reads = signals_of(file_, scope_, file_.alarms[alarm_index]);
    for (size_t i = 0; i < reads.size(); ++i) {
      if (reads[i] && role_part(file_.signals[i].path.text) == role) return true;
    }
    return false;
  }

  const Compiled& compiled_;
  const ast::File& file_;
  Reporter reporter_;
  Scope scope_;
  Wording wording_;
  std::string out_;
};

}  // namespace

std::string explain(const Compiled& compiled) { return Explainer(compiled).run(); }

}  // namespace lamplight::rules
