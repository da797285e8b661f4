// Names: what each one is, whether it is used, and what was probably meant by one that is not
// there. One name space for signals, buttons, profiles, limits, lets and alarms; one for roles.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "rules/language/ast.h"
#include "rules/language/reporter.h"

namespace lamplight::rules {

enum class SymbolKind : uint8_t { signal, button, profile, limit, let, alarm };
std::string_view name_of(SymbolKind kind);

struct Symbol {
  SymbolKind kind = SymbolKind::signal;
  size_t index = 0;
  Position at;
};

class Scope {
 public:
  // Reports names that are declared twice (E12).
  Scope(const ast::File& file, Reporter& reporter);

  std::optional<Symbol> find(std::string_view name) const;
  // find(), counted as a use; reports E12 if there is none. `what` says what would fit: "a limit".
  std::optional<Symbol> use(const ast::Name& name, std::string_view what);
  std::optional<Symbol> use(const ast::Name& name, SymbolKind wanted);
  void use_role(const ast::Name& role);
  // A declaration of this name had a syntax error: say nothing about it.
  bool is_broken(std::string_view name) const;
  bool has_broken() const;
  std::string did_you_mean(std::string_view name) const;

  // E12 for what nobody uses.
  void report_unused();

 private:
  void declare(const ast::Name& name, SymbolKind kind, size_t index);
  void report_twice(const ast::Name& name);

  const ast::File& file_;
  Reporter& reporter_;
  std::map<std::string, Symbol, std::less<>> symbols_;
  std::set<std::string, std::less<>> roles_;
  std::set<std::string, std::less<>> broken_;
  std::set<std::string, std::less<>> used_;
  std::set<std::string, std::less<>> used_roles_;
};

}  // namespace lamplight::rules
