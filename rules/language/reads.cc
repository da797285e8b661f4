// Which signals an expression reads. Lets are followed once each, so that a chain of lets that
// double (let b = a and a …) costs nothing.
#include <set>

#include "rules/language/settings.h"

namespace lamplight::rules {
namespace {

using ast::Factor;

class Reads {
 public:
  Reads(const ast::File& file, const Scope& scope, std::vector<bool>& out)
      : file_(file), scope_(scope), out_(out) {
    out_.resize(file.signals.size());
  }

  void condition(const ast::Condition& c) {
    for (const ast::Condition& part : c.parts) condition(part);
    for (const ast::Sum& s : c.sums) sum(s);
    sum(c.subject);
  }

  void sum(const ast::Sum& s) {
    for (const ast::Term& term : s.terms) {
      const Factor& f = term.factor;
      if (f.kind != Factor::Kind::quantity) name(f.name.text);
      for (const ast::Condition& c : f.condition) condition(c);
    }
  }

 private:
  void name(const std::string& text) {
    const auto symbol = scope_.find(text);
    if (!symbol) return;
    if (symbol->kind == SymbolKind::signal) out_[symbol->index] = true;
    if (symbol->kind == SymbolKind::let && seen_.insert(symbol->index).second) {
      condition(file_.lets[symbol->index].body);
    }
  }

  const ast::File& file_;
  const Scope& scope_;
  std::vector<bool>& out_;
  std::set<size_t> seen_;
};

}  // namespace

void mark_signals(const ast::File& file, const Scope& scope, const ast::Condition& c,
                  std::vector<bool>& result) {
  Reads(file, scope, result).condition(c);
}

void mark_signals(const ast::File& file, const Scope& scope, const ast::Sum& sum,
                  std::vector<bool>& result) {
  Reads(file, scope, result).sum(sum);
}

std::vector<bool> signals_of(const ast::File& file, const Scope& scope, const ast::Alarm& alarm) {
  std::vector<bool> out(file.signals.size());
  Reads reads(file, scope, out);
  reads.condition(*alarm.when);
  if (alarm.clear) reads.condition(*alarm.clear);
  if (alarm.worsens) reads.condition(alarm.worsens->when);
  return out;
}

std::string_view role_part(std::string_view path) { return path.substr(0, path.find('.')); }

}  // namespace lamplight::rules
