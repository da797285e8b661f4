// Faults that tests ask lamplightd for. Compiled to nothing except in lamplightd_test.
#pragma once

#include "gateway/core/input.h"

#ifdef LL_TEST_BUILD
#include <cstdlib>
#include <string_view>

#include "rules/model/assert.h"
#endif

namespace lamplight {

// With LL_TEST_POISON=NAME in a test build, an acknowledgement by NAME is an input that asserts.
inline void assert_unless_harmless([[maybe_unused]] const core::Input& input) {
#ifdef LL_TEST_BUILD
  const char* poison = std::getenv("LL_TEST_POISON");
  const auto* act = std::get_if<core::Acknowledge>(&input);
  LL_ASSERT(poison == nullptr || act == nullptr || act->by != poison);
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
