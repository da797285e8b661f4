// The front end in one call: rules texts and perhaps a plan in, a program and everything there is
// to say about the texts out. No I/O; the caller has read the texts. All errors in one go.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/engine/program.h"
#include "rules/language/ast.h"
#include "rules/language/diagnostic.h"
#include "rules/language/parse.h"
#include "rules/language/settings.h"

namespace lamplight::rules {

struct CompileOptions {
  // Ask the signal catalogue (E12 in part, W12, W13, W14): `check` and lamplightd. Replay of a CSV
  // file and `.test` files bind no device and turn it off.
  bool catalogue = true;
  // The judgements on good rules (E2 to E4, E6 to E9, E11, unused names, warnings). Off only in
  // tests of the engine that need a rule nobody should ship.
  bool policy = true;
  // Limits set on top of the plan, as a `.test` case does; positions belong to `set_source`.
  std::vector<ast::PlanSet> sets = {};
  const SourceText* set_source = nullptr;
};

struct Compiled {
  ast::File file;  // all rules texts as one
  std::optional<ast::Plan> plan;
  Settings settings;
  engine::Program program;
};

struct CompileResult {
  std::optional<Compiled> compiled;  // there if and only if no error was found
  std::vector<Diagnostic> diagnostics;
};

// Several rules texts make one program; each bears the same first line. `plan` may be null: the
// limits' own values then hold.
CompileResult compile(std::span<const SourceText> rules, const SourceText* plan,
                      const CompileOptions& options = {});

// The same from a tree that was parsed before, and perhaps changed; `rules` are the texts its
// positions point into.
CompileResult compile_tree(const ast::File& file, std::span<const SourceText> rules,
                           const CompileOptions& options = {});

}  // namespace lamplight::rules
