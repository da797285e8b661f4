// Runs seeds of the simulation, prints what was checked under which fault, shrinks a failure.
//   sim [--seeds N] [--first S] [--jobs J] [--plant NAME] [--replay FILE] [--keep DIR]
// Exit 0: clean (or, with --plant, the bug was caught). 1: a violation. 2: usage.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include "rules/language/compile.h"
#include "tests/sim/house.h"

namespace lamplight::world {
namespace {

struct PlantName {
  const char* name;
  Plant plant;
  Invariant caught_by;
};
constexpr PlantName kPlants[] = {
    {"early_durable", Plant::early_durable, Invariant::i1},
    {"late_ticks", Plant::late_ticks, Invariant::i2},
    {"zero", Plant::zero, Invariant::i3},
    {"wrong_ack", Plant::wrong_ack, Invariant::i4},
    {"drop", Plant::drop, Invariant::i6},
    {"wall_decides", Plant::wall_decides, Invariant::i7},
    {"window", Plant::window, Invariant::i8},
    {"lost_input", Plant::lost_input, Invariant::i9},
    {"torn_ring", Plant::torn_ring, Invariant::i10},
    {"sound_waits", Plant::sound_waits, Invariant::i11},
};

engine::Program program() {
  const rules::SourceText text{"sim.rules", kRules};
  rules::CompileOptions options;
  options.policy = false;
  auto result = rules::compile({&text, 1}, nullptr, options);
  for (const auto& d : result.diagnostics) {
    if (!result.compiled) std::fprintf(stderr, "%s\n", rules::render(d).c_str());
  }
  if (!result.compiled) std::exit(2);
  return std::move(result.compiled->program);
}

bool has(const Script& script, Fault fault) {
  for (const Mishap& m : script.mishaps) {
    if (m.fault == fault) return true;
  }
  return false;
}

// One seed: its night, and for I7 the same night without the clock's jumps.
Ledger live(const Script& script, const engine::Program& program, Plant plant, uint64_t& steps) {
  Ledger ledger;
  House house(script, ledger, program, plant);
  house.live();
  steps = house.steps();
  if (ledger.violation || !has(script, Fault::wall_jump) || has(script, Fault::box_death)) {
    return ledger;
  }
  Ledger unused;
  House twin(script, unused, program, plant);
  twin.ignores_wall_jumps = true;
  twin.live();
  const auto& a = house.alarm_story();
  const auto& b = twin.alarm_story();
  const size_t n = std::min(a.size(), b.size());
  for (size_t i = 0; i < n; ++i) {
    ledger.check(Invariant::i7, a[i] == b[i],
                 "with the jumps: " + a[i] + "; without them: " + b[i]);
  }
  ledger.check(Invariant::i7, a.size() == b.size(), "more alarms with the jumps than without");
  return ledger;
}

// Drops mishaps while the same invariant still breaks.
Script shrink(Script script, const engine::Program& program, Plant plant, Invariant which) {
  for (size_t i = 0; i < script.mishaps.size();) {
    Script shorter = script;
    shorter.mishaps.erase(shorter.mishaps.begin() + static_cast<std::ptrdiff_t>(i));
    uint64_t steps = 0;
    const Ledger ledger = live(shorter, program, plant, steps);
    if (ledger.violation && ledger.violation->invariant == which) {
      script = std::move(shorter);
    } else {
      ++i;
    }
  }
  return script;
}

struct Totals {
  std::array<std::array<uint64_t, kInvariantCount>, kFaultCount> table{};
  uint64_t seeds = 0, steps = 0, mishaps = 0;
};

void report(const Script& script, const Violation& v, const engine::Program& program, Plant plant,
            const std::string& keep) {
  std::printf("seed %llu, step %llu, %s at %lld ms: %s\n",
              static_cast<unsigned long long>(script.seed), static_cast<unsigned long long>(v.step),
              kInvariantNames[static_cast<size_t>(v.invariant)].data(),
              static_cast<long long>(v.at_ms), v.what.c_str());
  const Script small = shrink(script, program, plant, v.invariant);
  const std::string path = keep + "/seed-" + std::to_string(script.seed) + ".script";
  std::ofstream(path) << to_text(small);
  std::printf("%zu of %zu mishaps are enough; play it again with: sim --replay %s\n%s",
              small.mishaps.size(), script.mishaps.size(), path.c_str(), to_text(small).c_str());
}

int print_table(const Totals& totals) {
  std::printf("%-16s", "fault \\ checks");
  for (const auto& name : kInvariantNames) std::printf("%12s", name.data());
  std::printf("\n");
  int empty = 0;
  for (size_t f = 0; f < kFaultCount; ++f) {
    std::printf("%-16s", kFaultNames[f].data());
    for (size_t i = 0; i < kInvariantCount; ++i) {
      std::printf("%12llu", static_cast<unsigned long long>(totals.table[f][i]));
      empty += totals.table[f][i] == 0 ? 1 : 0;
    }
    std::printf("\n");
  }
  std::printf("%llu seeds, %llu mishaps, %llu steps, %d empty cells\n",
              static_cast<unsigned long long>(totals.seeds),
              static_cast<unsigned long long>(totals.mishaps),
              static_cast<unsigned long long>(totals.steps), empty);
  return empty;
}

struct Arguments {
  uint64_t seeds = 200, first = 1;
  int jobs = 1;
  const PlantName* plant = nullptr;
  std::string replay, keep = ".";
};

bool parse(int argc, char** argv, Arguments& a) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (value == nullptr) return false;
    ++i;
    if (word == "--seeds") {
      a.seeds = std::strtoull(value, nullptr, 10);
    } else if (word == "--first") {
      a.first = std::strtoull(value, nullptr, 10);
    } else if (word == "--jobs") {
      a.jobs = std::max(1, std::atoi(value));
    } else if (word == "--replay") {
      a.replay = value;
    } else if (word == "--keep") {
      a.keep = value;
    } else if (word == "--plant") {
      for (const PlantName& p : kPlants) {
        if (std::strcmp(p.name, value) == 0) a.plant = &p;
      }
      if (a.plant == nullptr) return false;
    } else {
      return false;
    }
  }
  return true;
}

int replay(const std::string& path, const engine::Program& program, Plant plant) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto script = script_of(text);
  if (!script) {
    std::fprintf(stderr, "sim: %s: %s\n", path.c_str(), script.error().c_str());
    return 2;
  }
  uint64_t steps = 0;
  const Ledger ledger = live(*script, program, plant, steps);
  if (!ledger.violation) {
    std::printf("clean, %llu steps\n", static_cast<unsigned long long>(steps));
    return 0;
  }
  std::printf("%s at %lld ms: %s\n",
              kInvariantNames[static_cast<size_t>(ledger.violation->invariant)].data(),
              static_cast<long long>(ledger.violation->at_ms), ledger.violation->what.c_str());
  return 1;
}

int run(const Arguments& a) {
  const engine::Program compiled = program();
  const Plant plant = a.plant != nullptr ? a.plant->plant : Plant::none;
  if (!a.replay.empty()) return replay(a.replay, compiled, plant);
  Totals totals;
  std::optional<std::pair<Script, Violation>> found;
  std::atomic<uint64_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  const auto work = [&] {
    for (uint64_t n = next++; n < a.seeds && !stop; n = next++) {
      const Script script = draw_script(a.first + n);
      uint64_t steps = 0;
      const Ledger ledger = live(script, compiled, plant, steps);
      const std::lock_guard lock(mutex);
      ++totals.seeds;
      totals.steps += steps;
      totals.mishaps += script.mishaps.size();
      for (const Mishap& m : script.mishaps) {
        for (size_t i = 0; i < kInvariantCount; ++i) {
          totals.table[static_cast<size_t>(m.fault)][i] += ledger.checks[i];
        }
      }
      if (ledger.violation && !found) {
        found = {script, *ledger.violation};
        stop = true;
      }
      if (totals.seeds % 100 == 0) {
        std::fprintf(stderr, "\r%llu of %llu seeds", static_cast<unsigned long long>(totals.seeds),
                     static_cast<unsigned long long>(a.seeds));
      }
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < a.jobs; ++i) workers.emplace_back(work);
  for (auto& worker : workers) worker.join();
  std::fprintf(stderr, "\n");
  if (a.plant != nullptr) {
    const bool caught = found && found->second.invariant == a.plant->caught_by;
    std::printf("planted '%s': %s\n", a.plant->name,
                caught ? ("caught by " +
                          std::string(kInvariantNames[static_cast<size_t>(a.plant->caught_by)]) +
                          ": " + found->second.what)
                             .substr(0, 300)
                             .c_str()
                       : (found ? "caught by another invariant" : "NOT caught"));
    if (found && !caught) std::printf("  %s\n", found->second.what.c_str());
    return caught ? 0 : 1;
  }
  if (found) {
    report(found->first, found->second, compiled, plant, a.keep);
    return 1;
  }
  return a.seeds >= 100 && print_table(totals) > 0 ? 1 : 0;
}

}  // namespace
}  // namespace lamplight::world

int main(int argc, char** argv) {
  lamplight::world::Arguments arguments;
  if (!lamplight::world::parse(argc, argv, arguments)) {
    std::fprintf(stderr,
                 "usage: sim [--seeds N] [--first S] [--jobs J] [--plant NAME] [--replay FILE] "
                 "[--keep DIR]\nplants:");
    for (const auto& p : lamplight::world::kPlants) std::fprintf(stderr, " %s", p.name);
    std::fprintf(stderr, "\n");
    return 2;
  }
  return lamplight::world::run(arguments);
}
