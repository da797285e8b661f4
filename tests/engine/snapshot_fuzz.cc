// A snapshot comes from a disk. Damaged in any way, it is refused or taken whole: then the engine
// says the same snapshot again, and another engine takes that one. The input edits a snapshot that
// was lived: three bytes a change (where, where, what), one left over cuts the end, two leave the
// checksum wrong.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "rules/engine/engine.h"
#include "rules/engine/hash.h"
#include "rules/language/compile.h"

using namespace lamplight;
using namespace lamplight::engine;

namespace {

constexpr const char* kRules =
    "rules 1 \"fuzz\"\n"
    "signal spo2 : percent from oximeter.spo2 step 1 range 0..100 every 1 s stale after 5 s\n"
    "signal feed : {standby, feeding, hold} from pump.state every 1 s stale after 8 s\n"
    "button care : lasts at most 3 min rests 1 min\n"
    "profile night = 21:00..07:00\n"
    "limit low = 90 percent allowed 80..95 at night 88 percent\n"
    "alarm dip \"Dip\" severity irreversible onset prompt\n"
    "  when spo2 < low for 3 s ignoring gaps up to 1 s\n"
    "  latch until acknowledged\n"
    "end\n"
    "alarm budget \"Budget\" severity reversible onset prompt\n"
    "  when shortfall of spo2 below low >= 20 percent*s\n"
    "    or count of (spo2 < low) starting within 1 min >= 3\n"
    "    or drop of spo2 over 8 s >= 6 percent or mean of spo2 over 10 s < 80 percent\n"
    "end\n"
    "alarm paused \"Paused\" severity reversible onset delayed\n"
    "  when feed is hold for 5 s or (feed is hold since feed is feeding)\n"
    "end\n"
    "inhibit dip while care\n"
    "lost spo2 for 20 s: severity reversible onset prompt \"gone\"\n";

Program compiled() {
  const rules::SourceText source{"fuzz.rules", kRules};
  rules::CompileOptions options;
  options.catalogue = false;
  options.policy = false;
  auto result = rules::compile({&source, 1}, nullptr, options);
  if (!result.compiled) std::abort();
  return std::move(result.compiled->program);
}

const Program& program() {
  static const Program one = compiled();
  return one;
}

Engine fresh() { return {program(), {.start = {0}, .devices = {Role::oximeter, Role::pump}}}; }

// Half a minute with a fall, a pause of the feed, a press of the button and a probe that comes off.
std::vector<std::byte> lived() {
  Engine one = fresh();
  EffectList effects;
  for (int64_t s = 1; s <= 30; ++s) {
    const MonoTime now{s * 1'000'000'000};
    const int32_t spo2 = s < 8 ? 97 : 84 + static_cast<int32_t>(s % 3) * 4;
    InputSample oxygen{.measured_at = now, .value = spo2, .signal = 0, .quality = Quality::ok};
    if (s == 28) oxygen = {.measured_at = now, .signal = 0, .reason = Reason::probe_off};
    const std::array samples = {
        oxygen,
        InputSample{
            .measured_at = now, .value = s < 12 ? 1 : 2, .signal = 1, .quality = Quality::ok}};
    const std::array press = {Command{.kind = CommandKind::press, .button = 0}};
    Input input;
    input.samples = samples;
    if (s == 25) input.commands = press;
    effects.clear();
    if (one.step(now, input, effects) != StepStatus::done) std::abort();
  }
  std::vector<std::byte> bytes;
  one.snapshot(bytes);
  return bytes;
}

void seal(std::vector<std::byte>& bytes) {
  if (bytes.size() < sizeof(uint64_t)) return;
  const size_t body = bytes.size() - sizeof(uint64_t);
  const uint64_t sum = Hasher().add(std::span<const std::byte>(bytes).first(body)).value();
  std::memcpy(bytes.data() + body, &sum, sizeof(sum));
}

std::vector<std::byte> edited(const uint8_t* data, size_t size) {
  static const std::vector<std::byte> whole = lived();
  std::vector<std::byte> bytes = whole;
  const size_t left = size % 3;
  for (size_t i = 0; i + 3 <= size; i += 3) {
    const size_t at = (data[i] | size_t{data[i + 1]} << 8) % bytes.size();
    bytes[at] = static_cast<std::byte>(data[i + 2]);
  }
  if (left == 1) bytes.resize(bytes.size() - std::min<size_t>(bytes.size(), data[size - 1]));
  if (left != 2) seal(bytes);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::byte> bytes = edited(data, size);
  Engine alarms = fresh();
  static_cast<void>(alarms.restore_alarms_only(bytes));
  Engine first = fresh();
  if (!first.restore(bytes)) return 0;
#ifdef LL_PLANTED_BUG  // proves that what was edited is read: the engine's time
  if (first.now() != MonoTime{30'000'000'000}) std::abort();
#endif
  std::vector<std::byte> told;
  first.snapshot(told);
  Engine second = fresh();
  if (!second.restore(told)) std::abort();
  std::vector<std::byte> again;
  second.snapshot(again);
  if (again != told || second.digest() != first.digest()) std::abort();
  return 0;
}
