// lamplight-driver: the process that owns one port. `run` speaks to the core on fd 3; `describe`,
// `check` and `decode` need nothing and nobody.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "drivers/main/decode.h"
#include "drivers/main/registry.h"
#include "drivers/sdk/run.h"

namespace {

using lamplight::driver::DecodeRequest;

constexpr int kUsage = 2;

struct Arguments {
  std::string protocol;
  DecodeRequest decode;
};

int describe(const Arguments& arguments, std::vector<lamplight::sdk::Protocol> protocols) {
  if (!arguments.protocol.empty()) {
    std::erase_if(protocols, [&](const auto& p) { return p.name != arguments.protocol; });
    if (protocols.empty()) {
      std::fprintf(stderr, "unknown protocol '%s'\n", arguments.protocol.c_str());
      return kUsage;
    }
  }
  std::puts(lamplight::sdk::describe(protocols).c_str());
  return 0;
}

// What is wrong goes to standard output: it is the answer, and lamplightd --check shows it.
int check(const std::string& protocol, std::span<const lamplight::sdk::Protocol> protocols) {
  constexpr size_t kConfigureMax = 1 << 20;
  std::string json;
  std::array<char, 4096> block{};
  while (const size_t got = std::fread(block.data(), 1, block.size(), stdin)) {
    json.append(block.data(), got);
    if (json.size() > kConfigureMax) return kUsage;
  }
  const auto checked = lamplight::sdk::check_configure(protocols, protocol, json);
  if (checked) return 0;
  std::puts(checked.error().c_str());
  return 1;
}

void add_decode(CLI::App& decode, Arguments& arguments,
                std::span<const lamplight::sdk::Protocol> protocols) {
  std::string inputs = "What FILE holds:\n";
  for (const auto& protocol : protocols) {
    for (const auto& format : protocol.formats) {
      inputs += "  " + std::string(format.name) + ": " + std::string(format.input) + "\n";
    }
  }
  decode.footer(inputs);
  decode.add_option("PROTOCOL", arguments.decode.protocol, "masimo, nonin-df2 ...")->required();
  decode.add_flag("--hex", arguments.decode.is_hex, "the input is text of hexadecimal bytes");
  decode.add_option("--map", arguments.decode.options.map, "a shipped map's name, or a file");
  decode
      .add_option("--rate", arguments.decode.rate,
                  "samples a second of a waveform whose bytes do not say it; no format so far")
      ->check(CLI::PositiveNumber);
  decode.add_option("FILE", arguments.decode.file, "what to read; - is standard input")->required();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Reads a medical device's port for lamplightd. Secondary notification only: stay "
      "within hearing of the bedside devices.");
  app.require_subcommand(1);
  Arguments arguments;
  CLI::App* describe_command = app.add_subcommand("describe", "what this driver can do, as JSON");
  describe_command->add_option("PROTOCOL", arguments.protocol, "only this one");
  CLI::App* check_command = app.add_subcommand(
      "check",
      "could a port work like this? The message configure on standard input; no port opens");
  check_command->add_option("PROTOCOL", arguments.protocol, "as the port's driver key");
  CLI::App* run_command = app.add_subcommand("run", "reads a port for lamplightd, on fd 3");
  run_command->add_option("PROTOCOL", arguments.protocol, "as the port's driver key");
  CLI::App* decode_command = app.add_subcommand("decode", "bytes to readings, without a device");
  const auto protocols = lamplight::driver::registry();
  add_decode(*decode_command, arguments, protocols);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (describe_command->parsed()) return describe(arguments, protocols);
  if (check_command->parsed()) return check(arguments.protocol, protocols);
  if (run_command->parsed()) return lamplight::sdk::run_driver(protocols, arguments.protocol);
  return lamplight::driver::decode(arguments.decode, protocols);
}
