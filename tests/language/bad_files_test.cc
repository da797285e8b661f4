// Every mistake that the checks know has a file that makes it and the exact answer beside it, so
// that nobody's error message changes unnoticed: people and tools read them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "tests/language/texts.h"

namespace lamplight::rules::testing {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> bad_files(const std::string& ending) {
  std::vector<fs::path> out;
  for (const auto& entry :
       fs::directory_iterator(std::string(LL_SOURCE_DIR) + "/tests/language/bad")) {
    if (entry.path().extension() == ending) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Unread device conditions would drown every other finding; one file shows them.
std::vector<Diagnostic> without_w13(std::vector<Diagnostic> all, const std::string& name) {
  if (!name.starts_with("w13")) {
    std::erase_if(all, [](const Diagnostic& d) { return d.code == "W13"; });
  }
  return all;
}

void expect_answer(const fs::path& path, const std::vector<Diagnostic>& all) {
  const std::string name = path.filename().string();
  const auto found = without_w13(all, name);
  EXPECT_EQ(read_file(path.string() + ".expected"), rendered(found)) << name;
  ASSERT_FALSE(found.empty()) << name << " is not bad";
  const std::string wanted = name.substr(0, name.find('_'));
  const bool has_code = std::any_of(found.begin(), found.end(), [&](const Diagnostic& d) {
    return d.code.size() == wanted.size() && d.code.substr(1) == wanted.substr(1) &&
           (d.code[0] == 'E') == (wanted[0] == 'e');
  });
  EXPECT_TRUE(has_code) << name << " does not show the check it is named after";
}

TEST(BadFiles, EachRulesFileGetsItsExactAnswer) {
  const auto files = bad_files(".rules");
  ASSERT_GE(files.size(), 60U);
  for (const fs::path& path : files) {
    const std::vector<SourceText> rules = {{path.filename().string(), read_file(path.string())}};
    expect_answer(path, compile(rules, nullptr).diagnostics);
  }
}

TEST(BadFiles, EachPlanGetsItsExactAnswer) {
  const std::vector<SourceText> rules = {source("tests/language/data/plan_base.rules")};
  ASSERT_TRUE(compile(rules, nullptr).compiled.has_value());
  const auto files = bad_files(".plan");
  ASSERT_GE(files.size(), 12U);
  for (const fs::path& path : files) {
    const SourceText plan{path.filename().string(), read_file(path.string())};
    expect_answer(path, compile(rules, &plan).diagnostics);
  }
}

TEST(BadFiles, ShowEveryCheckThatIsBuilt) {
  std::set<std::string> shown;
  for (const std::string ending : {".rules", ".plan"}) {
    for (const fs::path& path : bad_files(ending)) {
      const std::string name = path.filename().string();
      shown.insert(name.substr(0, name.find('_')));
    }
  }
  for (const std::string code :
       {"e0",  "e1",  "e2",  "e3", "e4", "e5", "e6",  "e7",  "e8",  "e9", "e10",
        "e11", "e12", "e13", "w1", "w4", "w8", "w11", "w12", "w13", "w14"}) {
    EXPECT_TRUE(shown.contains(code)) << code;
  }
}

// The first line and the fix line are a contract with editors.
TEST(BadFiles, TheRenderedFormIsFileLineColumnCodeThenFix) {
  const auto result = compile_text("rules 1 \"t\"\nlimit a = 3 percent allowed 5..1\n");
  ASSERT_FALSE(result.diagnostics.empty());
  EXPECT_EQ(render(result.diagnostics[0]),
            "t.rules:2:7: E12: the limit `a` is not used by anything\n"
            "limit a = 3 percent allowed 5..1\n"
            "      ^\n"
            "  fix: use it, or remove it\n");
}

TEST(BadFiles, ColumnsCountCharactersAndTheCaretFollowsTabs) {
  const auto result = compile_text(std::string(kHead) +
                                       "alarm a \"Ä\" severity irreversible onset prompt\n"
                                       "\twhen spo2 < 90 percent /* \n  say \"üü {x\"\nend\n",
                                   false, false);
  ASSERT_EQ(result.diagnostics.size(), 2U);
  EXPECT_EQ(result.diagnostics[0].column, 26U);
  const std::string text = render(result.diagnostics[0]);
  EXPECT_NE(text.find("\n\t                        ^\n"), std::string::npos) << text;
  EXPECT_EQ(result.diagnostics[1].code, "E13");
  EXPECT_EQ(result.diagnostics[1].column, 12U);
}

}  // namespace
}  // namespace lamplight::rules::testing
