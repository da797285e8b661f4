// Runs seeds of the simulation, prints what was checked under which fault, shrinks a failure.
//   world [--seeds N] [--first S] [--jobs J] [--plant NAME] [--replay FILE] [--keep DIR]
// Exit 0: clean (or, with --plant, the bug was caught). 1: a violation. 2: usage.
#include <atomic>
#include <csignal>
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
    {"long_window", Plant::long_window, Invariant::i12},
};

engine::Program program(Plant plant) {
  std::string rules = kRules;
  if (plant == Plant::long_window) {
    constexpr std::string_view kLasts = "lasts at most 60 s";
    rules.replace(rules.find(kLasts), kLasts.size(), "lasts at most 9 min");
  }
  const rules::SourceText text{"sim.rules", rules};
  rules::CompileOptions options;
  options.policy = false;
  auto result = rules::compile({&text, 1}, nullptr, options);
  for (const auto& d : result.diagnostics) {
    if (!result.compiled) std::fprintf(stderr, "%s\n", rules::render(d).c_str());
  }
  if (!result.compiled) std::exit(2);
  return std::move(result.compiled->program);
}

Ledger live(const Script& script, const engine::Program& program, Plant plant, uint64_t& steps) {
  Ledger ledger;
  House house(script, ledger, program, plant);
  house.live();
  steps = house.steps();
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
  uint64_t seeds = 0, steps = 0, mishaps = 0, crashes = 0;
};

struct Found {
  Script script;
  Violation violation;
};

// An assertion of the code under test says which seed it died in.
thread_local uint64_t t_seed = 0;
void on_abort(int) {
  std::fprintf(stderr, "sim: died in seed %llu\n", static_cast<unsigned long long>(t_seed));
}

void say(const Found& found) {
  const Violation& v = found.violation;
  std::printf("seed %llu, step %llu, %s at %lld ms: %s\n",
              static_cast<unsigned long long>(found.script.seed),
              static_cast<unsigned long long>(v.step),
              kInvariantNames[static_cast<size_t>(v.invariant)].data(),
              static_cast<long long>(v.at_ms), v.what.c_str());
  std::fflush(stdout);
}

void keep_shrunk(const Found& found, const engine::Program& program, Plant plant,
                 const std::string& keep) {
  const Script small = shrink(found.script, program, plant, found.violation.invariant);
  const std::string path = keep + "/seed-" + std::to_string(found.script.seed) + ".script";
  std::ofstream(path) << to_text(small);
  std::printf("%zu of %zu mishaps are enough; play it again with: world --replay %s\n%s",
              small.mishaps.size(), found.script.mishaps.size(), path.c_str(),
              to_text(small).c_str());
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
  std::printf("%llu seeds, %llu mishaps (%llu crashes), %llu steps, %d empty cells\n",
              static_cast<unsigned long long>(totals.seeds),
              static_cast<unsigned long long>(totals.mishaps),
              static_cast<unsigned long long>(totals.crashes),
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
  t_seed = script->seed;
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

// Seeds on several threads; each world is its own, only the sums are shared.
class Campaign {
 public:
  Campaign(const Arguments& arguments, const engine::Program& program)
      : a_(arguments),
        program_(program),
        plant_(a_.plant != nullptr ? a_.plant->plant : Plant::none) {}

  void run() {
    std::vector<std::thread> workers;
    for (int i = 0; i < a_.jobs; ++i) workers.emplace_back([this] { work(); });
    for (auto& worker : workers) worker.join();
  }
  int judge_plant() const {
    const std::string name = a_.plant->name;
    if (found_.empty()) {
      std::printf("planted '%s': NOT caught in %llu seeds\n", name.c_str(),
                  static_cast<unsigned long long>(totals_.seeds));
      return 1;
    }
    const Violation& v = found_.front().violation;
    const bool caught = v.invariant == a_.plant->caught_by;
    std::printf("planted '%s': %s by %s in seed %llu: %.300s\n", name.c_str(),
                caught ? "caught" : "caught by the wrong judge,",
                kInvariantNames[static_cast<size_t>(v.invariant)].data(),
                static_cast<unsigned long long>(found_.front().script.seed), v.what.c_str());
    return caught ? 0 : 1;
  }
  int judge() const {
    const int empty = print_table(totals_);
    for (size_t i = 0; i < found_.size() && i < kShrunkMax; ++i) {
      keep_shrunk(found_[i], program_, plant_, a_.keep);
    }
    std::printf("%zu of %llu seeds failed\n", found_.size(),
                static_cast<unsigned long long>(totals_.seeds));
    // Few seeds cannot have every fault.
    return found_.empty() && (empty == 0 || totals_.seeds < 100) ? 0 : 1;
  }

 private:
  void work() {
    for (uint64_t n = next_++; n < a_.seeds && !stop_; n = next_++) {
      const Script script = draw_script(a_.first + n);
      t_seed = script.seed;
      uint64_t steps = 0;
      const Ledger ledger = live(script, program_, plant_, steps);
      const std::lock_guard lock(mutex_);
      add(script, ledger, steps);
    }
  }
  void add(const Script& script, const Ledger& ledger, uint64_t steps) {
    ++totals_.seeds;
    totals_.steps += steps;
    totals_.mishaps += script.mishaps.size();
    for (const Mishap& m : script.mishaps) {
      totals_.crashes += is_crash(m.fault) ? 1 : 0;
      for (size_t i = 0; i < kInvariantCount; ++i) {
        totals_.table[static_cast<size_t>(m.fault)][i] += ledger.checks[i];
      }
    }
    if (ledger.violation) {
      found_.push_back({script, *ledger.violation});
      if (a_.plant == nullptr) say(found_.back());
      stop_ = a_.plant != nullptr || found_.size() >= kFailuresMax;
    }
    if (totals_.seeds % 100 == 0) {
      std::fprintf(stderr, "%llu of %llu seeds, %zu failed\n",
                   static_cast<unsigned long long>(totals_.seeds),
                   static_cast<unsigned long long>(a_.seeds), found_.size());
    }
  }

  static constexpr size_t kFailuresMax = 50;
  static constexpr size_t kShrunkMax = 3;
  const Arguments& a_;
  const engine::Program& program_;
  const Plant plant_;
  std::atomic<uint64_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  Totals totals_;
  std::vector<Found> found_;
};

int run(const Arguments& a) {
  const Plant plant = a.plant != nullptr ? a.plant->plant : Plant::none;
  const engine::Program compiled = program(plant);
  if (!a.replay.empty()) return replay(a.replay, compiled, plant);
  Campaign campaign(a, compiled);
  campaign.run();
  return a.plant != nullptr ? campaign.judge_plant() : campaign.judge();
}

}  // namespace
}  // namespace lamplight::world

int main(int argc, char** argv) {
  lamplight::world::Arguments arguments;
  if (!lamplight::world::parse(argc, argv, arguments)) {
    std::fprintf(stderr,
                 "usage: world [--seeds N] [--first S] [--jobs J] [--plant NAME] [--replay FILE] "
                 "[--keep DIR]\nplants:");
    for (const auto& p : lamplight::world::kPlants) std::fprintf(stderr, " %s", p.name);
    std::fprintf(stderr, "\n");
    return 2;
  }
  std::signal(SIGABRT, lamplight::world::on_abort);
  return lamplight::world::run(arguments);
}
