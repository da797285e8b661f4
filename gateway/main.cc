// lamplightd: watches a home's devices, decides alarms, keeps every event.
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

#include "gateway/app.h"
#include "gateway/load.h"

namespace {

using namespace lamplight;

constexpr int kMistakes = 1;
constexpr int kUsage = 2;
constexpr char kFooter[] =
    "Lamplight is a secondary notification; stay within hearing of the bedside devices.";

// Blocked before any thread begins, so that every thread inherits it.
int take_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&wanted, number);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return ::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
}

int run(const std::string& file, bool check) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  auto result = load(file, check ? LoadFor::check : LoadFor::run, self.parent_path());
  std::fputs(result.messages.c_str(), stderr);
  if (!result.is_readable) return kUsage;
  if (!result.loaded) return kMistakes;
  if (check) {
    std::printf("%s: configuration, rules, plan and register maps are good\n", file.c_str());
    return 0;
  }
  ::umask(027);  // the record is nobody else's to read
  const int signals = take_signals();
  auto app = std::make_unique<App>(*std::move(result.loaded), self.parent_path(), signals);
  const int status = app->run();
  // Without destructors: a store thread that hangs in the disk must not hold us.
  ::_exit(status);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The Lamplight gateway: watches medical devices at home and decides alarms.");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("lamplightd ") + LL_VERSION);
  std::string file;
  bool check = false;
  app.add_option("--config", file, "the configuration file (TOML)")->required();
  app.add_flag("--check", check,
               "check configuration, rules, plan and register maps, and exit: 0 good, 1 not");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return run(file, check);
}
