#include "gateway/load.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "gateway/describe.h"
#include "rules/engine/binding.h"
#include "rules/language/compile.h"

namespace lamplight {
namespace {

using config::NamedFile;
using config::Path;
using config::Problem;

constexpr size_t kFileBytesMax = 4 << 20;

// An error is the reason, in the system's words.
Result<std::string> read_text(const Path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) return failure(error.message());
  if (!std::filesystem::is_regular_file(status)) return failure("it is no regular file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return failure(std::generic_category().message(errno));
  std::string text;
  std::array<char, 16384> block{};
  while (in.read(block.data(), block.size()) || in.gcount() > 0) {
    text.append(block.data(), static_cast<size_t>(in.gcount()));
    if (text.size() > kFileBytesMax) return failure("it is larger than 4 MiB");
  }
  return text;
}

std::optional<rules::SourceText> read_source(const NamedFile& named, std::string_view what,
                                             std::vector<Problem>& problems) {
  auto text = read_text(named.path);
  if (text) return rules::SourceText{named.path.string(), *std::move(text)};
  problems.push_back(
      {named.at,
       "cannot read " + std::string(what) + " " + named.path.string() + ": " + text.error(),
       "relative paths count from the directory of this file"});
  return std::nullopt;
}

void check_certificates(const config::Config& config, std::vector<Problem>& problems) {
  if (!config.broker) return;
  for (const auto* named : {&config.broker->ca, &config.broker->cert, &config.broker->key}) {
    if (*named) (void)read_source(**named, "the PEM file", problems);
  }
}

void check_foreign_drivers(const config::Config& config, std::vector<Problem>& problems) {
  for (const config::PortKeys& port : config.ports) {
    if (port.is_built_in) continue;
    const auto description = describe_driver(port.driver);
    if (!description) {
      problems.push_back(
          {port.driver_at, description.error(),
           "what a driver answers to `DRIVER describe`: drivers/sdk/wire/messages.md"});
      continue;
    }
    for (const config::DeviceKeys& device : port.devices) {
      const auto& roles = description->roles;
      if (std::find(roles.begin(), roles.end(), device.role) != roles.end()) continue;
      problems.push_back(
          {device.role_at,
           "this driver sends no signal of the role `" + std::string(name_of(device.role)) + "`",
           "write the role of what it reads, or see what `DRIVER describe` lists"});
    }
    for (const config::Option& option : port.options) {
      const auto& known = description->options;
      if (std::find(known.begin(), known.end(), option.key) != known.end()) continue;
      problems.push_back({option.at,
                          "unknown key `" + option.key +
                              "`: neither a key of [[port]] nor an "
                              "option of this driver",
                          "remove it, or see what `DRIVER describe` lists"});
    }
  }
}

// As the driver itself would, at each of its starts: a register map that nobody can read leaves a
// device unwatched. False: something was said.
bool check_own_drivers(const config::Config& config, const Path& programs, std::string_view text,
                       const Path& file, LoadResult& result) {
  bool are_good = true;
  const auto tell = [&](const Problem& problem) {
    result.messages += rules::render(config::diagnosed(problem, text, file));
    are_good = false;
  };
  for (const config::PortKeys& port : config.ports) {
    if (!port.is_built_in) continue;
    for (const config::DeviceKeys& device : port.devices) {
      const auto told = check_device(programs, port, device);
      if (!told) {
        tell({port.driver_at, told.error(), "install the programs of Lamplight together"});
        return false;  // one program for all of them
      }
      if (told->empty()) continue;
      tell({device.map_at.value_or(port.driver_at),
            "the driver `" + port.driver + "` cannot read the device `" + device.id + "` like this",
            "mend what it says next"});
      result.messages += *told;
    }
  }
  return are_good;
}

// lamplightd samples at the catalogue's step: a coarser one in the rules would have to round.
void refuse_coarse_steps(std::vector<rules::Diagnostic>& diagnostics) {
  for (rules::Diagnostic& d : diagnostics) {
    if (d.code == "W12") d.gravity = rules::Gravity::error;
  }
}

// A signal that no configured device sends is never known: its `lost` alarm will ring.
std::string unserved_signals(const config::Config& config, const engine::Program& program) {
  std::array<bool, kRoleCount> has{};
  for (const config::PortKeys& port : config.ports) {
    for (const config::DeviceKeys& device : port.devices) has[static_cast<size_t>(device.role)] = 1;
  }
  std::string text;
  for (const engine::Signal& signal : program.signals) {
    if (!signal.role || has[static_cast<size_t>(*signal.role)]) continue;
    text += "warning: the rules read `" + signal.path + "` but no device has the role `" +
            std::string(name_of(*signal.role)) + "`: it will be lost for ever\n";
    has[static_cast<size_t>(*signal.role)] = true;  // once a role
  }
  return text;
}

// What is dropped for want of space is dropped as it comes. The directory need not exist yet.
std::string disk_warning(const config::Config& config) {
  std::error_code error;
  Path there = std::filesystem::absolute(config.gateway.state_dir, error);
  while (!std::filesystem::exists(there, error) && there.has_relative_path()) {
    there = there.parent_path();
  }
  const auto space = std::filesystem::space(there, error);
  const auto floor = static_cast<uint64_t>(config.store.free_floor);
  if (error || space.available >= floor) return {};
  return "warning: the disk of state_dir has " + std::to_string(space.available >> 20U) +
         " MiB free, less than free_floor (" + std::to_string(floor >> 20U) +
         " MiB): the oldest readings would be dropped at once\n";
}

// One may be connected all the same, but nobody would hear of it when it is not.
std::string sounder_warning(const config::Config& config) {
  if (config.gateway.sounder) return {};
  return "warning: [gateway] does not say `sounder = true`: unless a sounder is connected all the "
         "same, alarms will make no sound in this home\n";
}

void say(LoadResult& result, const std::vector<Problem>& problems, std::string_view text,
         const Path& file) {
  for (const Problem& p : problems) {
    result.messages += rules::render(config::diagnosed(p, text, file));
  }
}

}  // namespace

LoadResult load(const Path& file, LoadFor purpose, const Path& programs) {
  LoadResult result;
  const auto text = read_text(file);
  if (!text) {
    result.is_readable = false;
    result.messages = file.string() + ": error: cannot read this file: " + text.error() + "\n";
    return result;
  }
  config::Outcome outcome = config::parse_config(*text, file);
  for (const auto& d : outcome.diagnostics) result.messages += rules::render(d);
  if (!outcome.config) return result;

  std::vector<Problem> problems;
  std::vector<rules::SourceText> sources;
  for (const NamedFile& named : outcome.config->gateway.rules) {
    auto source = read_source(named, "the rules", problems);
    if (source) sources.push_back(*std::move(source));
  }
  std::optional<rules::SourceText> plan;
  if (outcome.config->gateway.plan) {
    plan = read_source(*outcome.config->gateway.plan, "the plan", problems);
  }
  if (purpose == LoadFor::check) {
    check_certificates(*outcome.config, problems);
    check_foreign_drivers(*outcome.config, problems);
  }
  say(result, problems, *text, file);
  const bool are_drivers_good = purpose != LoadFor::check ||
                                check_own_drivers(*outcome.config, programs, *text, file, result);
  if (sources.empty()) return result;

  auto compiled = rules::compile(sources, plan ? &*plan : nullptr);
  refuse_coarse_steps(compiled.diagnostics);
  for (const auto& d : compiled.diagnostics) result.messages += rules::render(d);
  if (!problems.empty() || !are_drivers_good || !compiled.compiled ||
      rules::has_errors(compiled.diagnostics)) {
    return result;
  }
  const auto binding = engine::Binding::make(compiled.compiled->program);
  if (!binding) {
    result.messages += file.string() + ": error: " + binding.error() + "\n";
    return result;
  }
  if (purpose == LoadFor::run) result.messages.clear();  // warnings are for --check
  result.messages += unserved_signals(*outcome.config, compiled.compiled->program);
  if (purpose == LoadFor::check) {
    result.messages += disk_warning(*outcome.config) + sounder_warning(*outcome.config);
  }
  result.loaded = Loaded{*std::move(outcome.config), std::move(compiled.compiled->program)};
  return result;
}

}  // namespace lamplight
