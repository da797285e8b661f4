#include "rules/language/scope.h"

#include <utility>

#include "rules/language/cursor.h"

namespace lamplight::rules {

std::string_view name_of(SymbolKind kind) {
  switch (kind) {
    case SymbolKind::signal:
      return "signal";
    case SymbolKind::button:
      return "button";
    case SymbolKind::profile:
      return "profile";
    case SymbolKind::limit:
      return "limit";
    case SymbolKind::let:
      return "let";
    case SymbolKind::alarm:
      return "alarm";
  }
  return "name";
}

Scope::Scope(const ast::File& file, Reporter& reporter) : file_(file), reporter_(reporter) {
  broken_.insert(file.broken.begin(), file.broken.end());
  const auto declare_all = [&](const auto& list, SymbolKind kind) {
    for (size_t i = 0; i < list.size(); ++i) declare(list[i].name, kind, i);
  };
  declare_all(file.signals, SymbolKind::signal);
  declare_all(file.buttons, SymbolKind::button);
  declare_all(file.profiles, SymbolKind::profile);
  declare_all(file.limits, SymbolKind::limit);
  declare_all(file.lets, SymbolKind::let);
  declare_all(file.alarms, SymbolKind::alarm);
  for (const ast::Alarm& a : file.broken_alarms) report_twice(a.name);
  for (const ast::Name& role : file.roles) {
    if (!roles_.insert(role.text).second) {
      reporter.report(role.at, "E12", "the role " + in_quotes(role.text) + " is declared twice",
                      "keep one of them");
    }
  }
}

void Scope::declare(const ast::Name& name, SymbolKind kind, size_t index) {
  if (symbols_.emplace(name.text, Symbol{kind, index, name.at}).second) return;
  report_twice(name);
}

void Scope::report_twice(const ast::Name& name) {
  const auto place = symbols_.find(name.text);
  if (place == symbols_.end()) return;
  // The later of the two is the one too many.
  const auto order = [](Position p) { return std::pair(p.file, p.offset); };
  const Position other = place->second.at;
  const bool is_first = order(name.at) < order(other);
  const SymbolKind kind = place->second.kind;
  reporter_.report(is_first ? other : name.at, "E12",
                   in_quotes(name.text) + " is declared already, as " +
                       (kind == SymbolKind::alarm ? "an " : "a ") + std::string(name_of(kind)) +
                       " in line " + std::to_string((is_first ? name.at : other).line),
                   "give one of them another name");
}

std::optional<Symbol> Scope::find(std::string_view name) const {
  const auto found = symbols_.find(name);
  if (found == symbols_.end()) return std::nullopt;
  return found->second;
}

bool Scope::is_broken(std::string_view name) const {
  return broken_.contains(name) || (file_.has_nameless_broken && !symbols_.contains(name));
}

bool Scope::has_broken() const { return !broken_.empty() || file_.has_nameless_broken; }

std::string Scope::did_you_mean(std::string_view name) const {
  if (reporter_.is_full()) return {};
  std::vector<std::string_view> known;
  known.reserve(symbols_.size());
  for (const auto& [text, symbol] : symbols_) known.push_back(text);
  const std::string near = nearest_word(name, known);
  return near.empty() ? "declare it, or correct the name" : "did you mean " + in_quotes(near) + "?";
}

std::optional<Symbol> Scope::use(const ast::Name& name, std::string_view what) {
  if (name.text.empty()) return std::nullopt;
  used_.insert(name.text);
  const auto symbol = find(name.text);
  if (symbol || is_broken(name.text)) return symbol;
  reporter_.report(name.at, "E12",
                   in_quotes(name.text) + ": no such name; " + std::string(what) + " is expected",
                   did_you_mean(name.text));
  return std::nullopt;
}

std::optional<Symbol> Scope::use(const ast::Name& name, SymbolKind wanted) {
  const std::string what =
      (wanted == SymbolKind::alarm ? "an " : "a ") + std::string(name_of(wanted));
  const auto symbol = use(name, what);
  if (!symbol || symbol->kind == wanted) return symbol;
  reporter_.report(name.at, "E12",
                   in_quotes(name.text) + " is a " + std::string(name_of(symbol->kind)) + ", and " +
                       what + " is expected",
                   "name " + what);
  return std::nullopt;
}

void Scope::use_role(const ast::Name& role) {
  used_roles_.insert(role.text);
  if (roles_.contains(role.text) || is_broken("roles")) return;
  std::vector<std::string_view> known(roles_.begin(), roles_.end());
  const std::string near = nearest_word(role.text, known);
  reporter_.report(
      role.at, "E12", "the role " + in_quotes(role.text) + " is not declared",
      near.empty() ? "add it: `roles " + role.text + "`" : "did you mean " + in_quotes(near) + "?");
}

void Scope::report_unused() {
  for (const auto& [name, symbol] : symbols_) {
    if (symbol.kind == SymbolKind::alarm || used_.contains(name)) continue;
    reporter_.report(symbol.at, "E12",
                     "the " + std::string(name_of(symbol.kind)) + " " + in_quotes(name) +
                         " is not used by anything",
                     "use it, or remove it");
  }
  for (const ast::Name& role : file_.roles) {
    if (used_roles_.contains(role.text)) continue;
    reporter_.report(role.at, "E12", "the role " + in_quotes(role.text) + " is not used",
                     "name it in an `escalate` or a limit's `by`, or remove it");
  }
}

}  // namespace lamplight::rules
