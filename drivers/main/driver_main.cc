#include "drivers/sdk/driver_main.h"

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "drivers/main/check.h"
#include "drivers/main/decode.h"
#include "drivers/sdk/run.h"

namespace lamplight::sdk {
namespace {

using driver::DecodeRequest;

constexpr int kUsage = 2;

void print_usage(const char* program, std::FILE* to) {
  std::fprintf(to,
               "Usage: %s describe\n"
               "       %s check [PROTOCOL]\n"
               "       %s run [PROTOCOL]\n"
               "       %s decode PROTOCOL [--hex] [--map M] [--rate N] FILE|-\n\n"
               "describe  what this driver can do, as one JSON object\n"
               "check     could a port work like this? The message configure on standard input\n"
               "run       reads a port for lamplightd, which starts it with a connection on fd 3\n"
               "decode    bytes to readings, a JSON object a line, without a device\n"
               "  --hex     FILE is text of hexadecimal bytes, white space ignored\n"
               "  --map M   a register map's name or file, for protocols that have them\n"
               "  --rate N  samples a second of a waveform whose bytes do not say it\n\n"
               "Secondary notification only: stay within hearing of the bedside devices.\n",
               program, program, program, program);
}

int wrong(const char* program, const std::string& why) {
  std::fprintf(stderr, "%s: %s; `%s --help` shows how\n", program, why.c_str(), program);
  return kUsage;
}

// The arguments of `decode`, or what is wrong with them.
Result<DecodeRequest> parse_decode(std::span<char* const> words) {
  DecodeRequest request;
  std::vector<std::string> names;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--hex") {
      request.is_hex = true;
    } else if (word == "--map" || word == "--rate") {
      if (i + 1 == words.size()) return failure(word + " needs a value");
      const std::string value = words[++i];
      if (word == "--map") {
        request.options.map = value;
        continue;
      }
      int rate = 0;
      const auto end = std::from_chars(value.data(), value.data() + value.size(), rate);
      if (end.ec != std::errc() || end.ptr != value.data() + value.size() || rate <= 0) {
        return failure("--rate is a whole number above 0, not '" + value + "'");
      }
      request.options.rate = rate;
    } else if (word.size() > 1 && word[0] == '-') {
      return failure("no option " + word);
    } else {
      names.push_back(word);
    }
  }
  if (names.size() != 2) return failure("decode needs a PROTOCOL and a FILE (or -)");
  request.protocol = names[0];
  request.file = names[1];
  return request;
}

}  // namespace

int driver_main(int argc, char** argv, std::span<const Protocol> protocols) {
  const char* program = argc > 0 ? argv[0] : "driver";
  const std::span<char* const> words(argv + (argc > 0 ? 1 : 0), argc > 0 ? argc - 1U : 0U);
  for (const std::string word : words) {
    if (word != "--help" && word != "-h") continue;
    print_usage(program, stdout);
    return 0;
  }
  const std::string command = words.empty() ? "" : words[0];
  if (command == "describe" && words.size() == 1) {
    std::puts(describe(protocols).c_str());
    return 0;
  }
  if (command == "check" && words.size() <= 2) {
    return driver::check(words.size() == 2 ? words[1] : "", protocols);
  }
  if (command == "run" && words.size() <= 2) {
    return run_driver(protocols, words.size() == 2 ? words[1] : "");
  }
  if (command == "decode") {
    const auto request = parse_decode(words.subspan(1));
    return request ? driver::decode(*request, protocols) : wrong(program, request.error());
  }
  return wrong(program, command.empty() ? "say describe, check, run or decode"
                                        : "cannot do '" + command + "' with these words");
}

}  // namespace lamplight::sdk
