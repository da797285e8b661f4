// The configuration of a gateway, read from TOML (gateway design, section 4). parse_config()
// either gives a Config in which every key is known, in range and consistent with the others, or
// every error of the text at once, each with its place and a remedy. Paths are resolved against
// the file's directory. Whether the named files exist is for ../load.h.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/quantity.h"
#include "gateway/config/tree.h"
#include "rules/language/diagnostic.h"
#include "rules/model/catalogue.h"

namespace lamplight::config {

using Path = std::filesystem::path;

// A file that another step opens, and where it was named.
struct NamedFile {
  Path path;
  Position at;
};

enum class LogLevel : uint8_t { debug, info, warn, error };

struct GatewayKeys {
  Path state_dir = "/var/lib/lamplight";
  Path run_dir = "/run/lamplight";
  std::vector<NamedFile> rules;
  std::optional<NamedFile> plan;
  LogLevel log_level = LogLevel::info;
  int64_t black_box = 4LL << 20;  // bytes of raw input kept a port; 0: none
  bool sounder = false;           // a lamplight-sounder must be connected: its absence is an alarm
};

struct StoreKeys {  // bytes
  int64_t record_quota = 256LL << 20;
  int64_t telemetry_quota = 2LL << 30;
  int64_t free_floor = 256LL << 20;
};

enum class MqttProtocol : uint8_t { v5, v3_1_1 };

struct BrokerKeys {
  std::string host;
  int port = 8883;
  MqttProtocol protocol = MqttProtocol::v5;
  bool insecure = false;
  std::optional<NamedFile> ca, cert, key;
  Duration vitals_every = seconds(1);
};

struct DeviceKeys {
  std::string id;
  Role role = Role::oximeter;
  std::optional<int> unit;  // on a bus
  std::string map;          // a shipped map's name or a file; empty: none
  std::string serial;       // enrolled serial number; empty: any
  Position at;
  Position role_at;
  std::optional<Position> map_at;  // where one is named
};

// A key of the port that belongs to its driver, as it stood: a JSON scalar.
struct Option {
  std::string key;
  std::string json;
  Position at;
};

struct PortKeys {
  std::string name;
  std::string driver;  // a built-in name, or the absolute path of an executable
  bool is_built_in = true;
  Address address;
  Duration period = seconds(1);
  std::vector<Option> options;
  std::vector<DeviceKeys> devices;
  Position driver_at;
  Path black_box;  // no key: where lamplightd lets the driver keep it; empty: nowhere
  int64_t black_box_bytes = 0;
};

struct Config {
  std::string home;
  GatewayKeys gateway;
  StoreKeys store;
  std::optional<BrokerKeys> broker;  // none: nothing is published
  std::vector<PortKeys> ports;
};

struct Outcome {
  std::optional<Config> config;  // only without errors
  std::vector<rules::Diagnostic> diagnostics;
};

// `file` is the name shown in errors; its directory is the base of relative paths.
Outcome parse_config(std::string_view text, const Path& file);

// The diagnostic of a problem in a text, with its source line; render() gives the printed form.
rules::Diagnostic diagnosed(const Problem& problem, std::string_view text, const Path& file);

}  // namespace lamplight::config
