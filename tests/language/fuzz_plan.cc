// Any bytes as a plan over good rules: merged or refused, never a crash, and no limit ever leaves
// what the rules allow.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rules/language/compile.h"
#include "rules/language/explain.h"
#include "rules/model/assert.h"

namespace {

constexpr const char* kRules =
    "rules 1 \"base\"\n"
    "roles nurse\n"
    "signal spo2 : percent from oximeter.spo2 step 0.1 range 0..100 every 1 s stale after 5 s\n"
    "signal pip : cmH2O from ventilator.pip step 0.1 range 0..120 every 1 s stale after 5 s\n"
    "profile night = 21:00..07:00\n"
    "profile noon = 12:00..14:00 on sat, sun\n"
    "limit spo2_low = 90 percent allowed 80..95 by nurse at night 88 percent\n"
    "limit delay = 10 s allowed 5..20\n"
    "limit pip_high = 35 cmH2O allowed 15..60 at noon 40 cmH2O\n"
    "alarm low \"Low\" severity irreversible onset immediate\n"
    "  never inhibited\n"
    "  when spo2 < spo2_low for delay\n"
    "  clear when spo2 >= spo2_low + 2 percent for 5 s\n"
    "end\n"
    "alarm high \"High\" severity reversible onset prompt\n"
    "  when pip > pip_high for 10 s\n"
    "  clear when pip <= pip_high - 2 cmH2O for 5 s\n"
    "  say \"{child}: {pip}\"\n"
    "end\n"
    "lost spo2 for 20 s: severity reversible onset prompt \"gone ({reason})\"\n"
    "lost pip for 20 s: severity reversible onset prompt \"gone ({reason})\"\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lamplight::rules;
  const std::vector<SourceText> rules = {{"base.rules", kRules}};
  const SourceText plan{"f.plan", std::string(reinterpret_cast<const char*>(data), size)};
  const CompileResult result = compile(rules, &plan);
  LL_ASSERT(result.compiled.has_value() == !has_errors(result.diagnostics));
  for (const Diagnostic& d : result.diagnostics) LL_ASSERT(!render(d).empty());
  if (!result.compiled) return 0;
  for (const lamplight::engine::Limit& l : result.compiled->program.limits) {
    LL_ASSERT(l.base >= l.allowed_min);
    LL_ASSERT(l.base <= l.allowed_max);
    for (const auto& value : l.at) {
      LL_ASSERT(!value || *value >= l.allowed_min);
      LL_ASSERT(!value || *value <= l.allowed_max);
    }
  }
  LL_ASSERT(result.compiled->program.find_alarm("low").has_value());
  LL_ASSERT(!explain(*result.compiled).empty());
  return 0;
}
