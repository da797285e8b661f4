#include <algorithm>
#include <set>

#include "rules/language/check.h"
#include "rules/language/cursor.h"
#include "rules/language/lower.h"
#include "rules/model/catalogue.h"

namespace lamplight::rules {
namespace {

void check_shape(const CheckContext& c, const ast::Signal& s) {
  const bool numeric = s.type.kind == ast::Type::Kind::quantity;
  if (!numeric && (s.step || s.range)) {
    c.reporter.report(s.step ? s.step_at : s.range->at, "E1",
                      in_quotes(s.name.text) + " is no number; a step or a range means nothing",
                      "remove it");
  }
  if (numeric && s.step && s.step->digits == 0) {
    c.reporter.report(s.step_at, "E10", "a step is a number above 0", "write `step 0.1`");
  }
  if (numeric && !s.step && s.type.unit.dimension == second().dimension) {
    c.reporter.report(s.name.at, "E1", in_quotes(s.name.text) + " is a time and states no step",
                      "write `step 0.1` after its path");
  }
  if (s.range && compare(to_ratio(s.range->low), to_ratio(s.range->high)) > 0) {
    c.reporter.report(
        s.range->at, "E1",
        "range " + to_text(s.range->low) + ".." + to_text(s.range->high) + " lets nothing through",
        "write the lower end first");
  }
  std::set<std::string_view> seen;
  for (const ast::Name& word : s.type.words) {
    if (seen.insert(word.text).second) continue;
    c.reporter.report(word.at, "E12", "the state " + in_quotes(word.text) + " is listed twice",
                      "keep one of them");
  }
}

void check_cadence(const CheckContext& c, const ast::Signal& s) {
  if (s.every.ns <= 0) {
    c.reporter.report(s.every_at, "E8", "a cadence is more than 0", "write `every 1 s`");
    return;
  }
  if (s.stale_after.ns > hours(24).ns) {
    c.reporter.report(s.stale_at, "E10", "`stale after` is at most 24 h", "write a shorter one");
    return;
  }
  if (s.stale_after.ns >= 2 * s.every.ns) return;
  c.reporter.report(s.stale_at, "E8",
                    "one lost sample makes " + in_quotes(s.name.text) + " unknown",
                    "`stale after " + to_text(s.every * 2) + "` or more");
}

std::string_view kind_words(SignalKind kind) {
  switch (kind) {
    case SignalKind::numeric:
      return "a number";
    case SignalKind::enumeration:
      return "a state";
    case SignalKind::boolean:
      return "true or false";
    case SignalKind::waveform:
      return "a waveform";
  }
  return "";
}

void check_words(const CheckContext& c, const ast::Signal& s, const SignalInfo& info) {
  for (const ast::Name& word : s.type.words) {
    const auto known = info.enumerators;
    if (std::find(known.begin(), known.end(), word.text) != known.end()) continue;
    const std::string near = nearest_word(word.text, known);
    c.reporter.report(
        word.at, "E12", in_quotes(s.path.text) + " has no state " + in_quotes(word.text),
        near.empty() ? "use the states of the catalogue" : "did you mean " + in_quotes(near) + "?");
  }
}

void check_number(const CheckContext& c, const ast::Signal& s, const SignalInfo& info) {
  const std::string unit = s.type.unit.name.empty() ? "none" : s.type.unit.name;
  if (unit != info.unit) {
    c.reporter.report(s.type.at, "E12",
                      in_quotes(s.path.text) + " comes in " + in_quotes(info.unit) + ", not in " +
                          in_quotes(unit),
                      "write " + in_quotes(info.unit));
    return;
  }
  Ratio sent{1, 1};
  for (int i = 0; i < info.decimals; ++i) sent.den *= 10;
  const auto ratio = divide(sent, signal_step(s));
  if (!ratio || whole(*ratio)) return;
  c.reporter.report(s.step ? s.step_at : s.name.at, "W12",
                    "the step of " + in_quotes(s.name.text) + " does not divide the catalogue's " +
                        to_text(sent) + "; lamplightd refuses it",
                    "write `step " + to_text(sent) + "`");
}

void check_catalogue(const CheckContext& c, const ast::Signal& s) {
  const std::string_view role_name = role_part(s.path.text);
  const auto role = role_of(role_name);
  if (!role) {
    c.reporter.report(s.path.at, "E12", in_quotes(role_name) + ": no such role of a device",
                      "write oximeter, ventilator, pump or contact");
    return;
  }
  const auto id = find_signal(s.path.text);
  if (!id) {
    std::vector<std::string_view> known;
    for (const SignalInfo& info : catalogue()) {
      if (info.role == *role) known.push_back(info.name);
    }
    const std::string near = nearest_word(s.path.text.substr(role_name.size() + 1), known);
    c.reporter.report(s.path.at, "E12", in_quotes(s.path.text) + ": no such signal",
                      near.empty() ? "use a name of the signal catalogue"
                                   : "did you mean `" + std::string(role_name) + "." + near + "`?");
    return;
  }
  const SignalInfo& info = signal_info(*id);
  const bool fits =
      (info.kind == SignalKind::numeric && s.type.kind == ast::Type::Kind::quantity) ||
      (info.kind == SignalKind::boolean && s.type.kind == ast::Type::Kind::boolean) ||
      (info.kind == SignalKind::enumeration && s.type.kind == ast::Type::Kind::enumeration);
  if (!fits) {
    const bool waveform = info.kind == SignalKind::waveform;
    c.reporter.report(
        waveform ? s.path.at : s.type.at, "E12",
        in_quotes(s.path.text) + " is " + std::string(kind_words(info.kind)) +
            (waveform ? "; no rule reads one" : ""),
        waveform ? "use the values that the device computes from it" : "declare it as what it is");
    return;
  }
  if (info.kind == SignalKind::enumeration) check_words(c, s, info);
  if (info.kind == SignalKind::numeric) check_number(c, s, info);
}

}  // namespace

void check_signals(const CheckContext& c, bool catalogue) {
  std::set<std::string_view> paths;
  for (const ast::Signal& s : c.file.signals) {
    check_shape(c, s);
    check_cadence(c, s);
    if (catalogue) check_catalogue(c, s);
    if (paths.insert(s.path.text).second) continue;
    c.reporter.report(s.path.at, "E12", in_quotes(s.path.text) + " is bound twice",
                      "use one name for it");
  }
}

}  // namespace lamplight::rules
