// Captured bytes that nobody of this project wrote; they live beside the repository, not in it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace lamplight::test {

inline std::optional<std::string> read_vector(const std::string& path) {
  std::ifstream file(std::string(LL_SOURCE_DIR) + "/../shared/vectors/" + path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace lamplight::test

// Absent: skipped on a desk, a failure in continuous integration.
#define LL_REQUIRE_VECTOR(content, path)                                              \
  const auto content##_file = lamplight::test::read_vector(path);                     \
  if (!content##_file) {                                                              \
    const char* const ci = std::getenv("CI");                                         \
    ASSERT_FALSE(ci != nullptr && std::string(ci) == "true") << path << " is absent"; \
    GTEST_SKIP() << path << " is absent";                                             \
  }                                                                                   \
  const std::string& content = *content##_file
