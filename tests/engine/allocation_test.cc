// A step never allocates: the heap may be exhausted or slow at the very moment a child needs the
// alarm. Counted by our operator new and by the linker's wrap of malloc.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/engine/programs.h"

namespace {
bool g_counting = false;
size_t g_count = 0;
void count() {
  if (g_counting) ++g_count;
}
}  // namespace

extern "C" {
void* __real_malloc(size_t size);              // NOLINT: the linker's name
void* __real_calloc(size_t n, size_t size);    // NOLINT
void* __real_realloc(void* old, size_t size);  // NOLINT
void* __wrap_malloc(size_t size) {             // NOLINT
  count();
  return __real_malloc(size);
}
void* __wrap_calloc(size_t n, size_t size) {  // NOLINT
  count();
  return __real_calloc(n, size);
}
void* __wrap_realloc(void* old, size_t size) {  // NOLINT
  count();
  return __real_realloc(old, size);
}
}

// Counts through malloc itself.
// Not inlined: the compiler would pair the malloc of one with the free of the other and complain.
[[gnu::noinline]] void* operator new(size_t size) {
  void* p = std::malloc(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace lamplight::engine {
namespace {

TEST(Allocation, NoStepAllocatesWhateverHappensInIt) {
  const Program program = torture_program();
  Engine engine(program, {.start = {0}, .devices = {Role::oximeter, Role::ventilator}});
  EffectList effects;
  size_t events = 0;
  size_t most = 0;
  const auto step = [&](int64_t t, const Input& input) {
    effects.clear();
    const size_t before = g_count;
    g_counting = true;
    const auto status = engine.step({t}, input, effects);
    g_counting = false;
    most = std::max(most, g_count - before);
    events += effects.events().size();
    ASSERT_EQ(status, StepStatus::done);
  };
  for (int64_t i = 0; i < 20'000; ++i) {
    const int64_t t = i * kSecond;
    const bool off = i % 500 > 450;
    const InputSample sample{{t},
                             i % 100 < 60 ? 97 : 85,
                             0,
                             off ? Quality::missing : Quality::ok,
                             off ? Reason::probe_off : Reason::none};
    const Command command{CommandKind::acknowledge, engine.view(0).occurrence, kNone,
                          make_actor("ana", "nurse", Place::bedside), 0};
    const TechnicalChange change{Technical::record_failing, 0, i % 7 == 0};
    Input input{.samples = {&sample, i % 300 < 270 ? 1U : 0U}, .technical = {&change, 1}};
    if (i % 11 == 0) input.commands = {&command, 1};
    if (i % 1000 == 0) input.profiles = static_cast<ProfileSet>(i / 1000 % 2);
    step(t, input);
  }
  step(40'000 * kSecond, {.gap = Gap::unknown});
  EXPECT_GT(events, 1000U);
  EXPECT_EQ(most, 0U);
}

TEST(Allocation, TheCounterCounts) {
  g_count = 0;
  g_counting = true;
  void* p = ::operator new(10);  // called by name: the compiler may leave out a new-expression
  void* (*volatile allocate)(size_t) = std::malloc;
  void* q = allocate(10);
  g_counting = false;
  ::operator delete(p);
  std::free(q);
  EXPECT_EQ(g_count, 2U);
}

}  // namespace
}  // namespace lamplight::engine
