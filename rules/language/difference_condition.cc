#include "rules/language/difference_condition.h"

#include "rules/language/check.h"

namespace lamplight::rules {

using ast::Condition;
using ast::ConditionKind;

Side::Side(const Compiled& c)
    : compiled(c),
      file(c.file),
      reporter({}),
      scope(file, reporter),
      wording(file, scope, c.settings, "") {}

Duration Side::length(const ast::Span& s) const {
  if (s.literal) return *s.literal;
  const auto symbol = scope.find(s.limit.text);
  if (!symbol || symbol->kind != SymbolKind::limit) return {};
  return Duration{compiled.program.limits[symbol->index].base};
}

std::string Side::told(const Condition& c) const {
  wording.take_lets();  // of sentences before
  std::string out = wording.condition(c);
  std::vector<bool> is_told(file.lets.size());
  for (auto open = wording.take_lets(); !open.empty(); open = wording.take_lets()) {
    for (const size_t i : open) {
      if (is_told[i]) continue;
      is_told[i] = true;
      out += " ('" + file.lets[i].name.text + "': " + wording.condition(file.lets[i].body) + ")";
    }
  }
  return out;
}

const Condition& Side::resolved(const Condition& c) const {
  const Condition* out = &c;
  while (out->kind == ConditionKind::value && out->sums.front().terms.size() == 1) {
    const ast::Factor& f = out->sums.front().terms.front().factor;
    if (f.kind != ast::Factor::Kind::name) break;
    const auto symbol = scope.find(f.name.text);
    if (!symbol || symbol->kind != SymbolKind::let) break;
    const Condition& body = file.lets[symbol->index].body;
    // A let that is a number stays a name.
    if (body.kind == ConditionKind::value && body.sums.front().terms.size() != 1) break;
    out = &body;
  }
  return *out;
}

namespace {

class Comparison {
 public:
  Comparison(const Side& a, const Side& b, const std::string& subject, const std::string& does,
             std::vector<Difference>& out)
      : a_(a), b_(b), subject_(subject), does_(does), out_(out) {}

  void run(const Condition& before, const Condition& after) {
    const size_t first = out_.size();
    if (walk(before, after, false)) return;
    out_.resize(first);  // too different for single sentences
    whole(before, after);
  }

 private:
  // False if the two have not the same shape.
  bool walk(const Condition& x, const Condition& y, bool is_negated) {
    const Condition& before = a_.resolved(x);
    const Condition& after = b_.resolved(y);
    if (before.kind != after.kind || before.parts.size() != after.parts.size()) return false;
    if (before.kind == ConditionKind::count) return words(before, after);
    const bool inside = is_negated != (before.kind == ConditionKind::negation);
    for (size_t i = 0; i < before.parts.size(); ++i) {
      if (!walk(before.parts[i], after.parts[i], inside)) return false;
    }
    switch (before.kind) {
      case ConditionKind::any:
      case ConditionKind::all:
      case ConditionKind::negation:
      case ConditionKind::since:
        return true;
      case ConditionKind::held:
        held(before, after, is_negated);
        return true;
      case ConditionKind::within:
        within(before, after);
        return true;
      case ConditionKind::count:
      case ConditionKind::shortfall:
      case ConditionKind::excess:
      case ConditionKind::value:
      case ConditionKind::compare:
      case ConditionKind::between:
      case ConditionKind::is_lost:
      case ConditionKind::is_valid:
      case ConditionKind::is_word:
        break;
    }
    return words(before, after);
  }

  void add(const char* kind, const std::string& sentence, const std::string& before,
           const std::string& after) {
    out_.push_back({kind, subject_, sentence, before, after});
  }

  void held(const Condition& x, const Condition& y, bool is_negated) {
    const Duration before = a_.length(x.span);
    const Duration after = b_.length(y.span);
    const std::string values = " (for " + to_text(after) + " instead of " + to_text(before) + ")";
    if (before != after && !is_negated) {
      const bool is_later = after > before;
      const Duration by = is_later ? after - before : before - after;
      add("delay", does_ + " " + to_text(by) + (is_later ? " later" : " sooner") + values,
          to_text(before), to_text(after));
    } else if (before != after) {
      add("delay", does_ + " otherwise" + values, to_text(before), to_text(after));
    } else if (a_.span(x.span) != b_.span(y.span)) {
      add("delay", does_ + " after " + b_.span(y.span) + " instead of " + a_.span(x.span),
          a_.span(x.span), b_.span(y.span));
    }
    gaps(x, y);
  }

  void gaps(const Condition& x, const Condition& y) {
    const Duration before = x.gaps ? a_.length(*x.gaps) : Duration{};
    const Duration after = y.gaps ? b_.length(*y.gaps) : Duration{};
    if (before == after) return;
    add("gaps",
        does_ + " across gaps of up to " + to_text(after) + " instead of " + to_text(before),
        to_text(before), to_text(after));
  }

  void within(const Condition& x, const Condition& y) {
    const std::string before = a_.span(x.span);
    const std::string after = b_.span(y.span);
    if (before == after) return;
    add("window", does_ + " looking back " + after + " instead of " + before, before, after);
  }

  bool words(const Condition& x, const Condition& y) {
    const std::string before = a_.told(x);
    const std::string after = b_.told(y);
    if (before != after) {
      add("condition", does_ + " when " + after + ", instead of when " + before, before, after);
    }
    return true;
  }

  void whole(const Condition& x, const Condition& y) {
    const std::string before = a_.told(a_.resolved(x));
    const std::string after = b_.told(b_.resolved(y));
    add("condition", does_ + " when " + after + ", instead of when " + before, before, after);
  }

  const Side& a_;
  const Side& b_;
  const std::string& subject_;
  const std::string& does_;
  std::vector<Difference>& out_;
};

}  // namespace

void compare_conditions(const Side& a, const Condition& before, const Side& b,
                        const Condition& after, const std::string& subject, const std::string& does,
                        std::vector<Difference>& out) {
  Comparison(a, b, subject, does, out).run(before, after);
}

}  // namespace lamplight::rules
