// From the name of a configuration file to everything lamplightd needs: the configuration, the
// program compiled from rules and plan, and all there is to say about their texts, in the form in
// which it is printed. Reads files; used at start and by --check only.
#pragma once

#include <optional>
#include <string>

#include "gateway/config/config.h"
#include "rules/engine/program.h"

namespace lamplight {

struct Loaded {
  config::Config config;
  engine::Program program;
};

struct LoadResult {
  std::optional<Loaded> loaded;  // only without errors
  std::string messages;          // errors and warnings, rendered; each ends in a newline
  bool is_readable = true;       // false: the configuration file itself could not be read
};

enum class LoadFor : uint8_t {
  // A certificate that cannot be read is the uplink's to report, a register map its driver's:
  // monitoring goes on with the rest.
  run,
  check,  // both are errors, and foreign drivers are asked whether they know their keys
};

// `programs` is the directory of lamplight-driver.
LoadResult load(const config::Path& file, LoadFor purpose, const config::Path& programs);

}  // namespace lamplight
