// `lamplight decode` and `lamplight devices`: they run lamplight-driver, which stands beside this
// program.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "gateway/cli/commands.h"

namespace lamplight::cli {
namespace {

constexpr const char* kUsage =
    "usage: lamplight decode FORMAT [--hex] [--map MAP] [--rate N] FILE\n"
    "Raw bytes of a device as readings, one JSON object a line, and what was counted at the end.\n"
    "  FILE        what to read; - is standard input; a saved black box is known by itself\n"
    "              modbus reads text, one reply a line: UNIT FUNCTION ADDRESS COUNT : HEX, where\n"
    "              HEX is the COUNT registers of the reply without its frame, and ADDRESS counts\n"
    "              from 0:    1 4 100 2 : 4C01 0007\n"
    "              All others read the bytes of the port as they came\n"
    "  --hex       the input is text of hexadecimal bytes\n"
    "  --map MAP   of Modbus: a shipped register map's name, or a file\n"
    "  --rate N    samples a second of a waveform whose bytes do not say it: pb840-wave\n"
    "It ends with 0 when a frame was good, 1 when none was, 2 when nothing could be read.\n";

std::string driver_program() {
  std::array<char, 4096> self = {};
  const ssize_t size = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
  const std::string program(self.data(), size > 0 ? static_cast<size_t>(size) : 0);
  return program.substr(0, program.rfind('/') + 1) + "lamplight-driver";
}

// Becomes the program; returns only on failure.
void become(const std::string& program, std::vector<std::string> words) {
  words.insert(words.begin(), "lamplight-driver");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
}

// What the driver complains of when it is asked for a format that nobody has: it names them all.
std::string formats_of(const std::string& program) {
  std::array<int, 2> ends = {};
  if (::pipe(ends.data()) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    become(program, {"decode", "?", "-"});
    ::_exit(kUnusable);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer = {};
  for (ssize_t n = 0; child > 0 && (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  ::close(ends[0]);
  if (child > 0) ::waitpid(child, nullptr, 0);
  constexpr std::string_view kBefore = "known: ";
  const size_t at = text.find(kBefore);
  return at == std::string::npos ? "" : text.substr(at + kBefore.size());
}

int complain_of_driver(const std::string& program, int error) {
  complain("cannot run " + program + ": " + std::generic_category().message(error) +
           ". It belongs beside lamplight: install or copy lamplight-driver there, or build the "
           "target lamplight-driver");
  return kUnusable;
}

}  // namespace

int devices(const std::vector<std::string>& words) {
  const std::string program = driver_program();
  std::vector<std::string> all = {"devices"};
  all.insert(all.end(), words.begin(), words.end());
  become(program, all);
  return complain_of_driver(program, errno);
}

int decode(const std::vector<std::string>& words) {
  const std::string program = driver_program();
  if (::access(program.c_str(), X_OK) != 0) return complain_of_driver(program, errno);
  bool is_help = false;
  for (const std::string& word : words) is_help = is_help || word == "--help" || word == "-h";
  const std::string help = kUsage + ("  FORMAT      " + formats_of(program));
  if (is_help) {
    print(help);
    return kGood;
  }
  if (words.empty()) {
    complain("no format and no file\n" + help);
    return kUnusable;
  }
  std::vector<std::string> all = {"decode"};
  all.insert(all.end(), words.begin(), words.end());
  become(program, all);
  return complain_of_driver(program, errno);
}

}  // namespace lamplight::cli
