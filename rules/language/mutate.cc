#include "rules/language/mutate.h"

#include <algorithm>
#include <utility>

#include "rules/language/check.h"
#include "rules/language/mutate_condition.h"

namespace lamplight::rules {
namespace {

// The severity beside this one that makes another priority.
std::optional<Severity> beside(Rank rank, int direction) {
  Rank out = rank;
  for (int s = static_cast<int>(rank.severity) + direction; s >= 0 && s <= 2; s += direction) {
    out.severity = static_cast<Severity>(s);
    if (priority(out) != priority(rank)) return out.severity;
  }
  return std::nullopt;
}

class FileMutator {
 public:
  FileMutator(ast::File& file, MutantList& list)
      : file_(file), reporter_({}), scope_(file, reporter_), list_(list), conditions_(list) {}

  void run() {
    for (ast::Limit& l : file_.limits) limit(l);
    for (ast::Button& b : file_.buttons) button(b);
    for (ast::Let& l : file_.lets) {
      list_.begin("let " + l.name.text, cadence({&l.body}));
      conditions_.condition(l.body);
    }
    for (ast::Alarm& a : file_.alarms) alarm(a);
    for (size_t i = 0; i < file_.inhibits.size(); ++i) inhibit(i);
    for (ast::Lost& l : file_.losts) lost(l);
  }

 private:
  // The shortest cadence of what these read; of nothing, a second.
  Duration cadence(const std::vector<const ast::Condition*>& read) const {
    std::vector<bool> signals(file_.signals.size());
    for (const ast::Condition* c : read) mark_signals(file_, scope_, *c, signals);
    return shortest(signals);
  }

  Duration shortest(const std::vector<bool>& signals) const {
    std::optional<Duration> out;
    for (size_t i = 0; i < signals.size(); ++i) {
      if (signals[i]) out = std::min(out.value_or(file_.signals[i].every), file_.signals[i].every);
    }
    return out.value_or(seconds(1));
  }

  void limit(ast::Limit& l) {
    list_.begin("limit " + l.name.text, shortest(std::vector<bool>(file_.signals.size(), true)));
    value(l, l.value, "");
    for (ast::ProfileValue& v : l.at) value(l, v.value, " at " + v.profile.text);
  }

  // Out of `allowed` is no matter here: the tests must notice.
  void value(ast::Limit& l, ast::Quantity& q, const std::string& at) {
    for (const int sign : {-1, 1}) {
      const auto moved = list_.moved(q, sign);
      if (!moved) continue;
      if (!list_.take(l.name.text + at + " = " + words_of(q) + " → " + words_of(*moved), q.at)) {
        continue;
      }
      q = *moved;
      l.allowed.low = smaller(l.allowed.low, moved->number);
      l.allowed.high = larger(l.allowed.high, moved->number);
    }
  }

  void button(ast::Button& b) {
    list_.begin("button " + b.name.text, seconds(1));
    list_.duration("lasts at most ", b.lasts_at_most, b.name.at);
    // A press that is refused fails a test, so that no test can tell a shorter rest.
    if (b.rests) list_.duration("rests ", *b.rests, b.name.at, /*up_only=*/true);
  }

  void rank(ast::RankText& r, std::optional<Priority> above = std::nullopt) {
    for (const int direction : {-1, 1}) {
      const auto severity = beside(r.rank, direction);
      if (!severity) continue;
      const Rank changed{*severity, r.rank.onset};
      if (above && priority(changed) <= *above) continue;
      const std::string words = "severity " + std::string(name_of(r.rank.severity)) + " → " +
                                std::string(name_of(*severity));
      if (list_.take(words, r.at)) r.rank.severity = *severity;
    }
  }

  void alarm(ast::Alarm& a) {
    std::vector<const ast::Condition*> read = {&*a.when};
    if (a.clear) read.push_back(&*a.clear);
    if (a.worsens) read.push_back(&a.worsens->when);
    list_.begin(a.name.text, cadence(read));
    rank(a.rank);
    conditions_.condition(*a.when);
    if (a.clear) {
      const Position at = a.clear->at;
      conditions_.condition(*a.clear);
      if (list_.take("`clear when` left out", at)) a.clear.reset();
    }
    if (a.worsens) {
      const Position at = a.worsens->when.at;
      conditions_.condition(a.worsens->when);
      rank(a.worsens->to, priority(a.rank.rank));
      if (list_.take("`worsens` left out", at)) a.worsens.reset();
    }
    if (a.latch && list_.take("`latch` left out", a.latch_at)) a.latch = false;
    if (a.unknown && a.unknown->clears) {
      list_.duration("unknown clears after ", a.unknown->after, a.unknown->at);
      if (list_.take("`unknown clears` left out", a.unknown->at)) a.unknown.reset();
    }
  }

  void inhibit(size_t index) {
    ast::Inhibit& i = file_.inhibits[index];
    const Position at = i.at;
    list_.begin("inhibit " + (i.alarms[0].is_lost ? "lost " : std::string()) +
                    i.alarms[0].name.text + (i.alarms.size() > 1 ? ", …" : ""),
                cadence({&i.condition}));
    for (size_t k = 0; i.alarms.size() > 1 && k < i.alarms.size(); ++k) {
      const ast::AlarmRef ref = i.alarms[k];
      const std::string name = (ref.is_lost ? "lost " : "") + ref.name.text;
      if (list_.take(name + " left out of the line", ref.name.at)) {
        i.alarms.erase(i.alarms.begin() + static_cast<std::ptrdiff_t>(k));
        return;
      }
    }
    conditions_.condition(i.condition);
    if (i.at_most) list_.duration("at most ", *i.at_most, at);
    if (list_.take("the line left out", at)) erase_inhibit(index);
  }

  void erase_inhibit(size_t index) {
    constexpr auto kKind = ast::DeclarationKind::inhibit;
    std::erase_if(file_.order,
                  [&](const ast::Declaration& d) { return d.kind == kKind && d.index == index; });
    for (ast::Declaration& d : file_.order) {
      if (d.kind == kKind && d.index > index) --d.index;
    }
    file_.inhibits.erase(file_.inhibits.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void lost(ast::Lost& l) {
    const auto symbol = scope_.find(l.signal.text);
    list_.begin("lost " + l.signal.text, file_.signals[symbol->index].every);
    rank(l.rank);
    list_.span("for ", l.span);
    if (!l.share) return;
    for (const int64_t sign : {-1, 1}) {
      ast::Quantity percent{l.share->percent, find_unit("percent"), l.signal.at};
      percent.number.digits += sign * power_of_ten(percent.number.places);
      const std::string words =
          "or " + to_text(l.share->percent) + " percent → " + to_text(percent.number) + " percent";
      if (list_.take(words, l.signal.at)) l.share->percent = percent.number;
    }
    list_.duration("percent of ", l.share->of, l.signal.at);
    if (list_.take("`or … percent of …` left out", l.signal.at)) l.share.reset();
  }

  static int64_t power_of_ten(int places) {
    int64_t out = 1;
    for (int i = 0; i < places; ++i) out *= 10;
    return out;
  }
  static Decimal smaller(Decimal a, Decimal b) {
    return compare(to_ratio(a), to_ratio(b)) <= 0 ? a : b;
  }
  static Decimal larger(Decimal a, Decimal b) {
    return compare(to_ratio(a), to_ratio(b)) >= 0 ? a : b;
  }

  ast::File& file_;
  Reporter reporter_;
  Scope scope_;
  MutantList& list_;
  ConditionMutator conditions_;
};

ast::File walk(const ast::File& file, MutantList& list) {
  ast::File out = file;
  FileMutator(out, list).run();
  return out;
}

std::vector<const SourceText*> pointers(std::span<const SourceText> rules) {
  std::vector<const SourceText*> out;
  for (const SourceText& text : rules) out.push_back(&text);
  return out;
}

}  // namespace

std::vector<Mutant> list_mutants(const ast::File& file, std::span<const SourceText> rules) {
  MutantList list(pointers(rules), std::nullopt);
  walk(file, list);
  return list.all();
}

ast::File apply_mutant(const ast::File& file, std::span<const SourceText> rules, size_t which) {
  MutantList list(pointers(rules), which);
  return walk(file, list);
}

}  // namespace lamplight::rules
