// Any bytes as a rules text: parsed, checked, compiled and explained without a crash, in bounded
// time, and a program comes out exactly when no error was found.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rules/language/compile.h"
#include "rules/language/explain.h"
#include "rules/language/test_ast.h"
#include "rules/model/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight::rules;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<SourceText> rules = {{"f.rules", text}};
  const CompileResult result = compile(rules, nullptr);
  LL_ASSERT(result.compiled.has_value() == !has_errors(result.diagnostics));
  size_t bytes = 0;
  for (const Diagnostic& d : result.diagnostics) bytes += render(d).size() + render_json(d).size();
  LL_ASSERT(bytes < 1'000'000);
  if (result.compiled) LL_ASSERT(!explain(*result.compiled).empty());
  CompileOptions lenient;
  lenient.catalogue = false;
  lenient.policy = false;
  const CompileResult loose = compile(rules, nullptr, lenient);
  LL_ASSERT(!result.compiled || loose.compiled);
  LL_ASSERT(parse_tests(rules[0]).diagnostics.size() <= kErrorsMax);
  return 0;
}
