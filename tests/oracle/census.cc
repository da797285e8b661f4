#include "tests/oracle/census.h"

#include <algorithm>

namespace lamplight::oracle {
namespace {

// Every operator and clause that decides something, by how it is written.
constexpr std::array<std::string_view, 29> kOperators = {" for ",          " ignoring gaps ",
                                                         " within last ",  " since ",
                                                         "shortfall of ",  "excess of ",
                                                         " forget after ", "count of ",
                                                         "mean of ",       "min of ",
                                                         "max of ",        "drop of ",
                                                         "rise of ",       "change of ",
                                                         "share of time ", "age of ",
                                                         " between ",      " is lost",
                                                         " is valid",      " is ",
                                                         " is not ",       "not ",
                                                         " and ",          " or ",
                                                         "worsens when ",  "latch until",
                                                         "unknown clears", "inhibit ",
                                                         " at most "};

// The conditions alone: `for` of a `lost` line or of a button is none of them, and a `let` may be
// read by none.
std::string conditions_of(std::string_view rules) {
  std::string found;
  while (!rules.empty()) {
    const std::string_view line = rules.substr(0, rules.find('\n'));
    rules.remove_prefix(std::min(line.size() + 1, rules.size()));
    const bool declares = line.starts_with("signal ") || line.starts_with("lost ") ||
                          line.starts_with("button ") || line.starts_with("alarm ") ||
                          line.starts_with("let ");
    if (!declares) found += std::string(line) + "\n";
  }
  return found;
}

std::string share(uint64_t part, uint64_t whole) {
  const uint64_t tenths = whole == 0 ? 0 : part * 1000 / whole;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string_view trimmed(std::string_view word) {
  while (word.starts_with(' ')) word.remove_prefix(1);
  while (word.ends_with(' ')) word.remove_suffix(1);
  return word;
}

}  // namespace

void Census::add_program(std::string_view rules) {
  static_assert(kOperators.size() <= std::tuple_size_v<decltype(programs_with_)>);
  ++programs_;
  const std::string conditions = conditions_of(rules);
  for (size_t i = 0; i < kOperators.size(); ++i) {
    if (conditions.find(kOperators[i]) != std::string::npos) ++programs_with_[i];
  }
}

void Census::add_run(const Trace& trace, const std::vector<Told>& told) {
  ++runs_;
  size_t samples = 0;
  for (const Moment& m : trace.moments) samples += m.readings.size();
  fewest_samples_ = std::min(fewest_samples_, samples);
  bool raised = false;
  for (const Told& one : told) {
    const engine::EventKind kind = *engine::event_kind_of(one.event);
    ++events_[static_cast<size_t>(kind)];
    raised |= kind == engine::EventKind::raised;
  }
  runs_with_raise_ += raised ? 1 : 0;
}

std::string Census::text() const {
  std::string out = std::to_string(programs_) + " programs, " + std::to_string(runs_) + " runs, " +
                    share(runs_with_raise_, runs_) + " of them with a raise, at least " +
                    std::to_string(fewest_samples_) + " samples each\nprograms with:";
  for (size_t i = 0; i < kOperators.size(); ++i) {
    out += (i == 0 ? " " : ", ") + std::string(trimmed(kOperators[i])) + " " +
           share(programs_with_[i], programs_);
  }
  out += "\nevents:";
  for (size_t i = 0; i < events_.size(); ++i) {
    out += " " + std::string(engine::name_of(static_cast<engine::EventKind>(i))) + " " +
           std::to_string(events_[i]);
  }
  return out + "\n";
}

std::vector<std::string> Census::short_of() const {
  std::vector<std::string> found;
  for (size_t i = 0; i < kOperators.size(); ++i) {
    if (programs_with_[i] * 100 < programs_) {
      found.push_back(std::string(trimmed(kOperators[i])) + " in " +
                      share(programs_with_[i], programs_) + " of the programs");
    }
  }
  if (fewest_samples_ < 200) found.push_back("a trace of " + std::to_string(fewest_samples_));
  if (runs_with_raise_ * 5 < runs_) found.push_back("runs with a raise");
  return found;
}

}  // namespace lamplight::oracle
