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
  Explainer(const Compiled& compiled, Language language)
      : compiled_(compiled),
        file_(compiled.file),
        reporter_({}),
        scope_(file_, reporter_),
        wording_(file_, scope_, compiled.settings, compiled.plan ? compiled.plan->child : "",
                 language),
        language_(language) {}

  std::string run() {
    head();
    for (const ast::Declaration& d : file_.order) {
      if (d.kind == ast::DeclarationKind::alarm) alarm(d.index);
      if (d.kind == ast::DeclarationKind::lost) lost(file_.losts[d.index]);
    }
    taken_away();
    const engine::Program& p = compiled_.program;
    add(Phrase::totals, {std::to_string(p.signals.size()), std::to_string(p.alarms.size()),
                         std::to_string(p.operations.size()), std::to_string(p.state_bytes())});
    out_ += "\n";
    return std::move(out_);
  }

 private:
  void add(Phrase phrase, std::initializer_list<std::string_view> slots) {
    out_ += say(language_, phrase, slots);
  }
  std::string words(Phrase phrase) const { return say(language_, phrase, {}); }

  void head() {
    const std::string version = std::to_string(file_.version);
    if (compiled_.plan) {
      add(Phrase::head_with_plan,
          {version, file_.title, std::to_string(compiled_.plan->version), compiled_.plan->child});
    } else {
      add(Phrase::head, {version, file_.title});
    }
    out_ += "\n";
    for (size_t i = 0; i < file_.profiles.size(); ++i) {
      const ast::TimeRange& hours = compiled_.settings.hours[i];
      add(Phrase::profile_hours, {spaced(file_.profiles[i].name.text), clock(hours.from),
                                  clock(hours.to), days(file_.profiles[i].days)});
      out_ += "\n";
    }
    out_ += "\n";
  }

  static std::string clock(ast::TimeOfDay t) {
    const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return two(t.minutes / 60) + ":" + two(t.minutes % 60);
  }

  std::string days(uint8_t set) const {
    if (set == 0x7f) return "";
    std::string out;
    for (int i = 0; i < 7; ++i) {
      if (((set >> i) & 1) == 0) continue;
      out += (out.empty() ? "" : ", ") +
             words(static_cast<Phrase>(static_cast<int>(Phrase::monday) + i));
    }
    return say(language_, Phrase::on_days, {out});
  }

  std::string priority_words(Priority p) const {
    return words(
        static_cast<Phrase>(static_cast<int>(Phrase::priority_info) + static_cast<int>(p)));
  }

  void alarm(size_t i) {
    if (compiled_.settings.alarm_off[i] || compiled_.settings.alarm_removed[i]) return;
    const ast::Alarm& a = file_.alarms[i];
    const Priority rank = priority(a.rank.rank);
    add(rank == Priority::info ? Phrase::is_shown_when : Phrase::rings_when,
        {a.title, priority_words(rank), wording_.condition(*a.when)});
    stops(a);
    if (a.worsens) {
      const Priority to = priority(a.worsens->to.rank);
      const std::string when = wording_.condition(a.worsens->when);
      if (to == priority(a.rank.rank)) {
        add(Phrase::becomes_more_urgent, {when});
      } else {
        add(Phrase::becomes, {priority_words(to), when});
      }
    }
    missing(i);
    if (a.unknown && a.unknown->clears) {
      add(Phrase::unknown_ends, {wording_.duration(a.unknown->after)});
    }
    held_back(a.name.text, false);
    if (a.never_inhibited) add(Phrase::never_held_back, {});
    people(a.escalate);
    if (a.remind) add(Phrase::reminds, {wording_.duration(*a.remind)});
    if (a.notify && !a.never_inhibited) {
      add(Phrase::told_at_most,
          {std::to_string(a.notify->at_most), wording_.duration(a.notify->per)});
    }
    lets();
    out_ += "\n\n";
  }

  void stops(const ast::Alarm& a) {
    std::string how = words(Phrase::when_over);
    if (a.clear) {
      // A bound alone is understood as one of the reading that rings.
      const ast::Signal* signal = wording_.bounded(*a.clear);
      const bool same = signal != nullptr && signal == wording_.bounded(*a.when);
      how = same ? say(language_, Phrase::at_bound, {wording_.bound(*a.clear)})
                 : say(language_, Phrase::when_condition, {wording_.condition(*a.clear)});
    }
    add(a.latch ? Phrase::stops_latched : Phrase::stops_by_itself, {how});
  }

  // The separate alarms for readings that are not there.
  void missing(size_t i) {
    const std::vector<bool> reads = signals_of(file_, scope_, file_.alarms[i]);
    for (const ast::Lost& l : file_.losts) {
      const auto symbol = scope_.find(l.signal.text);
      if (!symbol || !reads[symbol->index] || compiled_.settings.signal_removed[symbol->index]) {
        continue;
      }
      add(Phrase::missing,
          {wording_.quantity_name(file_.signals[symbol->index]), wording_.span(l.span)});
    }
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
      const std::string when = wording_.condition(inhibit.condition);
      if (most) {
        add(Phrase::held_back_at_most, {when, wording_.duration(*most)});
      } else {
        add(Phrase::held_back, {when});
      }
    }
  }

  // The engine keeps the plan of who is called and calls nobody itself: a promise would be a lie.
  void people(const std::vector<ast::EscalationStep>& steps) {
    for (const ast::EscalationStep& step : steps) {
      const std::string role = spaced(step.role.text);
      if (step.after.ns == 0) {
        add(Phrase::called_at_once, {role});
      } else {
        add(Phrase::called_after, {role, wording_.duration(step.after)});
      }
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
        add(Phrase::means,
            {spaced(file_.lets[i].name.text), wording_.condition(file_.lets[i].body)});
      }
      if (!any) return;
    }
  }

  void lost(const ast::Lost& l) {
    const auto symbol = scope_.find(l.signal.text);
    if (compiled_.settings.signal_removed[symbol->index]) return;
    const std::string title = plain(l.text);
    add(Phrase::lost_rings,
        {capital(title), priority_words(priority(l.rank.rank)),
         wording_.quantity_name(file_.signals[symbol->index]), wording_.span(l.span), share(l)});
    held_back(l.signal.text, true);
    people(l.escalate);
    out_ += "\n\n";
  }

  std::string share(const ast::Lost& l) const {
    if (!l.share) return "";
    return say(language_, Phrase::lost_share,
               {to_text(l.share->percent), wording_.duration(l.share->of)});
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
    for (const ast::PlanSwitch& off : compiled_.plan->off) {
      const auto symbol = scope_.find(off.name.text);
      signed_line(Phrase::turned_off, file_.alarms[symbol->index].title, off.note);
    }
    for (const ast::PlanSwitch& without : compiled_.plan->without) {
      signed_line(Phrase::without, without.name.text, without.note);
      for (const ast::Signal& s : file_.signals) {
        if (role_part(s.path.text) == without.name.text) line(Phrase::not_read, s.name.text);
      }
      for (size_t i = 0; i < file_.alarms.size(); ++i) {
        if (reads_role(i, without.name.text)) line(Phrase::does_not_ring, file_.alarms[i].title);
      }
      for (const ast::Lost& l : file_.losts) {
        const auto symbol = scope_.find(l.signal.text);
        if (role_part(file_.signals[symbol->index].path.text) == without.name.text) {
          line(Phrase::does_not_ring, "lost " + l.signal.text);
        }
      }
    }
    if (!compiled_.plan->off.empty() || !compiled_.plan->without.empty()) out_ += "\n";
  }

  void line(Phrase phrase, std::string_view what) {
    add(phrase, {what});
    out_ += "\n";
  }
  void signed_line(Phrase phrase, std::string_view what, const ast::Note& note) {
    add(phrase, {what, note.by, note.on, note.because});
    out_ += "\n";
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
  Language language_;
  std::string out_;
};

}  // namespace

std::string explain(const Compiled& compiled, Language language) {
  return Explainer(compiled, language).run();
}

}  // namespace lamplight::rules
