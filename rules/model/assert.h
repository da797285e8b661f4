// LL_ASSERT: our own bug, found. Active in every build; never used on outside input.
// A failed assertion prints where and aborts; the supervisor restarts the process.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace lamplight {
// Called once before abort() when set, so that a process can add its state digest to the log.
inline void (*g_before_abort)() = nullptr;  // NOLINT: the one hook, set by main() only

[[noreturn]] inline void assertion_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, what);
  if (g_before_abort != nullptr) g_before_abort();
  std::abort();
}
}  // namespace lamplight

#define LL_ASSERT(cond)                                                                    \
  (__builtin_expect(!(cond), 0)                                   /* GCOVR_EXCL_BR_LINE */ \
       ? ::lamplight::assertion_failed(#cond, __FILE__, __LINE__) /* GCOVR_EXCL_LINE */    \
       : static_cast<void>(0))
