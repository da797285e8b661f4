// engine_bench: nanoseconds per sample with 1 and 10 rules, bytes of state, operations and
// allocations per step. One sample a step, as live; the trace dips below the limits now and then.
// Figures are of this machine and this build: build with -DCMAKE_BUILD_TYPE=Release.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "tests/engine/bench/clock.h"
#include "tests/engine/programs.h"

namespace {
size_t g_allocations = 0;
}

[[gnu::noinline]] void* operator new(size_t size) {
  ++g_allocations;
  void* p = std::malloc(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace lamplight::engine {
namespace {

// Low, high and lost rules by turns over two signals, each for a time, with a dead band.
Program program_of(int rules) {
  ProgramBuilder b;
  const auto x = b.add_signal(percent_signal("spo2"));
  const auto y = b.add_signal(percent_signal("pulse"));
  for (int i = 0; i < rules; ++i) {
    const auto signal = i % 2 == 0 ? x : y;
    const OpIndex low = b.hold_for(below(b, signal, 90 - i), span(seconds(10 + i)));
    const OpIndex clear = b.hold_for(at_least(b, signal, 92 - i), span(seconds(5)));
    b.add_alarm(alarm_of("alarm" + std::to_string(i), kHigh, low, clear));
  }
  return *b.build();
}

void measure(int rules) {
  constexpr int64_t kSamples = 100'000;
  const Program program = program_of(rules);
  double best = 1e9;
  size_t events = 0;
  size_t allocations = 0;
  uint64_t operations = 0;
  size_t bytes = 0;
  for (int round = 0; round < 60; ++round) {
    Engine engine(program, {});
    EffectList effects;
    events = 0;
    const size_t before = g_allocations;
    const int64_t start = bench::now_ns();
    for (int64_t i = 0; i < kSamples; ++i) {
      const int64_t t = i * kSecond / 2;
      const int32_t value = i % 600 < 540 ? 95 + static_cast<int32_t>(i % 3) : 80;
      const InputSample sample{
          {t}, value, static_cast<SignalIndex>(i % 2), Quality::ok, Reason::none};
      const Input input{.samples = {&sample, 1}};
      if (engine.step({t}, input, effects) != StepStatus::done) std::abort();
      events += effects.events().size();
      effects.clear();
    }
    const auto spent = static_cast<double>(bench::now_ns() - start);
    best = std::min(best, spent / static_cast<double>(kSamples));
    allocations = g_allocations - before;
    operations = engine.counters().operations_run;
    bytes = engine.state_bytes();
  }
  std::printf(
      "%2d rules: %6.1f ns a sample (best of 60 × %lld), %.2f operations a sample, "
      "%zu events, %zu bytes of state, %zu allocations in all steps\n",
      rules, best, static_cast<long long>(kSamples),
      static_cast<double>(operations) / static_cast<double>(kSamples), events, bytes, allocations);
}

}  // namespace
}  // namespace lamplight::engine

int main() {
  lamplight::engine::measure(1);
  lamplight::engine::measure(10);
  return 0;
}
