// lamplight-driver: the process that owns one port. `run` speaks to the core on fd 3; `describe`,
// `check` and `decode` need nothing and nobody.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "drivers/main/check.h"
#include "drivers/main/decode.h"
#include "drivers/main/devices.h"
#include "drivers/main/registry.h"
#include "drivers/sdk/run.h"

namespace {

using lamplight::driver::DecodeRequest;
using lamplight::driver::DevicesRequest;

constexpr int kUsage = 2;

struct Arguments {
  std::string protocol;
  DecodeRequest decode;
  DevicesRequest devices;
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
      .add_option("--rate", arguments.decode.options.rate,
                  "samples a second of a waveform whose bytes do not say it: pb840-wave")
      ->check(CLI::PositiveNumber);
  decode.add_option("FILE", arguments.decode.file, "what to read; - is standard input")->required();
}

void add_devices(CLI::App& command, DevicesRequest& request) {
  command.add_option("--port", request.ports, "only this one; several times: these");
  command.add_option("--ask", request.ask,
                     "write to ports that are silent, as the driver of this protocol does: pb840, "
                     "medibus, modbus, cms50, alaris, base-a. Without it nothing is written");
  command.add_option("--line", request.question.line, "with --ask: BAUD,FRAME, as in 9600,8N1");
  command.add_option("--unit", request.question.unit, "with --ask modbus: the unit; else 1")
      ->check(CLI::Range(1, 247));
  command.add_option("--map", request.question.map, "with --ask modbus: lfp-1 or lvp-1; else both");
  command.add_option("--seconds", request.seconds, "listen at most so long on one line setting")
      ->check(CLI::Range(0.1, 600.0));
  command.add_option("--out", request.out, "write the same into this file, too");
  command.add_flag("--json", request.json, "JSON, one object a port");
  command.add_option("--sysfs", request.sysfs, "where sysfs is (for tests)");
  command.add_option("--dev", request.dev, "where the devices are (for tests)");
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
  CLI::App* devices_command = app.add_subcommand(
      "devices", "USB ports, what speaks there, and stanzas for the configuration");
  add_devices(*devices_command, arguments.devices);
  CLI::App* decode_command = app.add_subcommand("decode", "bytes to readings, without a device");
  const auto protocols = lamplight::driver::registry();
  const auto decoded = lamplight::driver::decode_registry();
  add_decode(*decode_command, arguments, decoded);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (describe_command->parsed()) return describe(arguments, protocols);
  if (check_command->parsed()) return lamplight::driver::check(arguments.protocol, protocols);
  if (devices_command->parsed()) return lamplight::driver::devices(arguments.devices, protocols);
  if (run_command->parsed()) return lamplight::sdk::run_driver(protocols, arguments.protocol);
  return lamplight::driver::decode(arguments.decode, decoded);
}
