// lamplight-driver: the process that owns one port. `run` speaks to the core on fd 3; `describe`
// and `decode` need nothing and nobody.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "drivers/main/registry.h"
#include "drivers/sdk/decode_command.h"
#include "drivers/sdk/run.h"

namespace {

using lamplight::sdk::DecodeRequest;

constexpr int kUsage = 2;

struct Arguments {
  std::string protocol;
  DecodeRequest decode;
  int rate = 0;
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

void add_decode(CLI::App& decode, Arguments& arguments) {
  decode.add_option("PROTOCOL", arguments.decode.protocol, "masimo, nonin-df2 ...")->required();
  decode.add_flag("--hex", arguments.decode.is_hex, "the input is text of hexadecimal bytes");
  decode.add_option("--map", arguments.decode.options.map, "a shipped map's name, or a file");
  decode.add_option("--rate", arguments.rate, "samples a second, where the bytes do not say it")
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
  CLI::App* run_command = app.add_subcommand("run", "reads a port for lamplightd, on fd 3");
  run_command->add_option("PROTOCOL", arguments.protocol, "as the port's driver key");
  CLI::App* decode_command = app.add_subcommand("decode", "bytes to readings, without a device");
  add_decode(*decode_command, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  const auto protocols = lamplight::driver::registry();
  if (describe_command->parsed()) return describe(arguments, protocols);
  if (run_command->parsed()) return lamplight::sdk::run_driver(protocols, arguments.protocol);
  if (arguments.rate > 0) arguments.decode.options.rate = arguments.rate;
  return lamplight::sdk::decode(arguments.decode, protocols);
}
