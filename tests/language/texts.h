// What the tests of the language share: reading the project's texts, and compiling a text given in
// the test itself.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "rules/language/compile.h"

namespace lamplight::rules::testing {

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A text of the source tree, named by its last part.
inline SourceText source(const std::string& path) {
  return {path.substr(path.rfind('/') + 1), read_file(std::string(LL_SOURCE_DIR) + "/" + path)};
}

inline CompileResult compile_text(const std::string& text, bool catalogue = false,
                                  bool policy = true) {
  const std::vector<SourceText> rules = {{"t.rules", text}};
  CompileOptions options;
  options.catalogue = catalogue;
  options.policy = policy;
  return compile(rules, nullptr, options);
}

// The codes of all diagnostics, in order: "E1 W8".
inline std::string codes(const std::vector<Diagnostic>& all) {
  std::string out;
  for (const Diagnostic& d : all) out += (out.empty() ? "" : " ") + d.code;
  return out;
}

inline std::string rendered(const std::vector<Diagnostic>& all) {
  std::string out;
  for (const Diagnostic& d : all) out += render(d);
  return out;
}

inline constexpr std::string_view kHead =
    "rules 1 \"t\"\n"
    "signal spo2 : percent from oximeter.spo2 step 0.1 range 0..100 every 1 s stale after 5 s\n"
    "signal hr : bpm from oximeter.pulse step 0.1 range 20..300 every 1 s stale after 5 s\n"
    "signal off_finger : bool from oximeter.alarm.probe_off every 1 s stale after 5 s\n"
    "signal feed : {self_test, feeding, hold} from pump.state every 10 s stale after 30 s\n"
    "profile night = 21:00..07:00\n"
    "limit spo2_low = 90 percent allowed 80..95 at night 88 percent\n"
    "limit delay = 10 s allowed 5..20\n"
    "let is_low = spo2 < spo2_low\n"
    "let margin = spo2_low + 2 percent\n"
    "lost spo2 for 20 s: severity reversible onset prompt \"spo2 gone ({reason})\"\n"
    "lost hr for 20 s: severity reversible onset prompt \"hr gone\"\n"
    "lost feed for delay: severity reversible onset prompt \"feed gone\"\n";

// One alarm over the signals and limits above; policy off, so that unused names do not matter.
inline CompileResult compile_when(const std::string& when, const std::string& clauses = "") {
  return compile_text(std::string(kHead) +
                          "alarm a \"A\" severity irreversible onset prompt\n  when " + when +
                          "\n" + clauses + "end\n",
                      false, false);
}

}  // namespace lamplight::rules::testing
