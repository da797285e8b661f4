// Faults that tests ask lamplightd for. Compiled to nothing except in lamplightd_test.
#pragma once

#include "gateway/core/input.h"

#ifdef LL_TEST_BUILD
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "rules/model/assert.h"
#endif

namespace lamplight {

// With LL_TEST_POISON=NAME in a test build, an act by NAME is an input that asserts.
inline void assert_unless_harmless([[maybe_unused]] const core::Input& input) {
#ifdef LL_TEST_BUILD
  const char* poison = std::getenv("LL_TEST_POISON");
  const auto* act = std::get_if<core::BedsideAct>(&input);
  LL_ASSERT(poison == nullptr || act == nullptr || act->by != poison);
#endif
}

// In a test build state_dir hangs for what is written there without SQLite while the file named by
// LL_TEST_HANG with ".state" behind it exists.
inline void hang_with_state_dir() {
#ifdef LL_TEST_BUILD
  const char* path = std::getenv("LL_TEST_HANG");
  while (path != nullptr && ::access((std::string(path) + ".state").c_str(), F_OK) == 0) {
    ::poll(nullptr, 0, 10);
  }
#endif
}

// The SQLite file system that the store is given; a test build may name one that it registered.
inline const char* test_vfs() {
#ifdef LL_TEST_BUILD
  return std::getenv("LL_TEST_VFS");
#else
  return nullptr;
#endif
}

}  // namespace lamplight
