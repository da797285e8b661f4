// Whatever bytes claim to be a CSV: both readers refuse it alike, or both take it, and then columns
// and the engine tell the same events.
#include <cstdlib>
#include <string_view>

#include "rules/replay/csv_recording.h"
#include "rules/replay/evaluate.h"
#include "rules/replay/replay.h"
#include "tests/engine/programs.h"

namespace lamplight::replay {
namespace {

engine::Program fuzzed_program() {
  engine::ProgramBuilder b;
  engine::Signal percent = engine::percent_signal();
  percent.step = {1, 10};
  percent.max = 1000;
  const auto spo2 = b.add_signal(percent);
  engine::Signal state;
  state.name = "feed";
  state.path = "pump.state";
  state.kind = SignalKind::enumeration;
  state.enumerators = {"feeding", "hold"};
  state.max = 1;
  state.every = seconds(1);
  state.stale = seconds(8);
  const auto feed = b.add_signal(state);
  engine::Signal tube = state;
  tube.name = "tube";
  tube.path = "pump.alarm.patient_tube_blocked";
  tube.kind = SignalKind::boolean;
  tube.enumerators = {};
  const auto blocked = b.add_signal(tube);
  const auto low = b.hold_for(engine::below(b, spo2, 900), engine::span(seconds(3)));
  b.add_alarm(engine::alarm_of("low", engine::kHigh, low));
  const auto held = b.both(b.is_value(feed, 1, {}), b.is_value(blocked, 1, {}));
  b.add_alarm(engine::alarm_of("held", engine::kMedium, held));
  const auto lost = b.hold_for(b.is_lost(spo2, {}), engine::span(seconds(5)));
  b.add_alarm(engine::alarm_of("lost", engine::kMedium, lost));
  return *b.build();
}

void check(std::string_view text) {
  static const engine::Program program = fuzzed_program();
  const CsvRecording read = record_csv(program, text, {}, {});
  CsvReplay request;
  request.csv = text;
  const ReplayResult lines = replay_csv(program, request);
  if (read.errors.empty() != (lines.exit_code == 0)) std::abort();
  if (!read.errors.empty() && !lines.out.empty()) std::abort();
  if (!read.errors.empty() || !read.has_rows) return;
#ifdef LL_PLANTED_BUG  // proves that the target reaches rows of all three kinds of cell
  if (read.recording.samples > 3 && text.find("self_test") != std::string_view::npos) std::abort();
#endif
  AtomCache cache;
  const Evaluated fast = evaluate(program, read.recording, cache);
  const Evaluated slow = evaluate(program, read.recording, cache, {.by = BackEnd::online});
  if (fast.outcome.events != slow.outcome.events) std::abort();
}

}  // namespace
}  // namespace lamplight::replay

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lamplight::replay::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
