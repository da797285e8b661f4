// What must hold: the simulator shares nothing with the drivers it tests. A table or a function in
// common would turn one misreading of a manual into two that agree.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

std::vector<std::string> forbidden_lines(const std::filesystem::path& file) {
  std::vector<std::string> bad;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.find("#include") == std::string::npos) continue;
    const auto quote = line.find('"');
    const bool is_ours = quote != std::string::npos;
    const bool is_allowed = is_ours && (line.compare(quote + 1, 13, "firmware-sim/") == 0 ||
                                        line.compare(quote + 1, 12, "rules/model/") == 0);
    const bool is_modbus = line.find("<modbus") != std::string::npos;
    if ((is_ours && !is_allowed) || is_modbus)
      bad.push_back(file.filename().string() + ": " + line);
  }
  return bad;
}

TEST(Independence, SourcesIncludeOnlyTheModelAndThemselves) {
  const std::filesystem::path root = std::filesystem::path(LL_SIM_DIR);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    ++files;
    EXPECT_THAT(forbidden_lines(entry.path()), testing::IsEmpty());
  }
  EXPECT_GT(files, 20U) << "looked in " << root;
}

TEST(Independence, BuildLinksNoDriver) {
  std::ifstream in(std::filesystem::path(LL_SIM_DIR) / "CMakeLists.txt");
  for (std::string line; std::getline(in, line);) {
    if (line.find("#") == 0) continue;
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("driver")));
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("modbus::")));
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("libmodbus")));
  }
}

}  // namespace
