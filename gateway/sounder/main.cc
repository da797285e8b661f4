// lamplight-sounder: sound and light at home, and the alarm that monitoring itself has stopped.
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "gateway/sounder/alsa_device.h"
#include "gateway/sounder/app.h"
#include "gateway/sounder/render.h"
#include "gateway/sounder/wav.h"

namespace {

using namespace lamplight::sounder;

constexpr int kUsage = 2;
constexpr double kSecondsMax = 3600;
constexpr char kFooter[] =
    "Lamplight is a secondary notification; stay within hearing of the bedside devices.";

struct Words {
  std::string wav;
  std::string light;
  std::string sound = "high";
  std::string melody = "single";
  double seconds = 0;
  Setup setup;
};

// "nan" is no number between two others, though CLI11's own range lets it pass.
CLI::Validator between(double least, double most) {
  const std::string words = CLI::detail::to_string(least) + " to " + CLI::detail::to_string(most);
  return CLI::Validator(
      [=](const std::string& word) {
        double value = 0;
        const bool is_good =
            CLI::detail::lexical_cast(word, value) && value >= least && value <= most;
        return is_good ? std::string() : word + " is not " + words;
      },
      words);
}

void add_render_options(CLI::App& app, Words& words) {
  auto* render = app.add_option("--render", words.wav,
                                "write a sound to this WAV file (48 kHz, 16 bit, mono) and exit");
  render->type_name("FILE");
  app.add_option("--priority", words.sound, "which sound; default high")
      ->check(CLI::IsMember(std::vector(kSoundNames.begin() + 1, kSoundNames.end())))
      ->needs(render)
      ->type_name("");
  app.add_option("--melody", words.melody, "whose alarm it is; default single: one pitch")
      ->check(CLI::IsMember(std::vector(kMelodyNames.begin(), kMelodyNames.end())))
      ->needs(render)
      ->type_name("");
  app.add_option("--seconds", words.seconds, "how long; default: two bursts and pauses")
      ->check(between(0.01, kSecondsMax))
      ->needs(render)
      ->type_name("");
  app.add_option("--light", words.light, "write the light's changes to this CSV file (ms,colour)")
      ->needs(render)
      ->type_name("FILE");
}

void add_run_options(CLI::App& app, Setup& setup) {
  app.add_option("--run-dir", setup.run_dir, "directory of core.sock; default /run/lamplight")
      ->type_name("DIR");
  app.add_option("--device", setup.device, "ALSA device, as for aplay -D; default \"default\"")
      ->type_name("NAME");
  app.add_option("--leds", setup.leds,
                 "directory of the LEDs lamplight:red, lamplight:green, lamplight:blue; default "
                 "/sys/class/leds")
      ->type_name("DIR");
  app.add_flag("--melodies", setup.melodies,
               "each kind of alarm has its melody: ventilation, oxygen, feeding, equipment");
}

bool write(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file) return true;
  std::fprintf(stderr, "lamplight-sounder: cannot write %s\n", path.c_str());
  return false;
}

int render(const Words& words) {
  const Rendering what{.sound = *sound_of(words.sound),
                       .melody = *melody_of(words.melody),
                       .f0_hz = words.setup.f0_hz,
                       .seconds = words.seconds};
  if (!write(words.wav, wav_file(render_sound(what)))) return 1;
  if (words.light.empty()) return 0;
  return write(words.light, render_light(what)) ? 0 : 1;
}

// Lateness is heard. Where we may not, we play as everybody else does; should we ever spin, the
// kernel ends us after a second, and not the box.
void ask_for_priority() {
  constexpr rlim_t kSecondUs = 1'000'000;
  const rlimit limit{.rlim_cur = kSecondUs, .rlim_max = kSecondUs};
  const sched_param priority{.sched_priority = 1};
  if (::setrlimit(RLIMIT_RTTIME, &limit) != 0) return;
  (void)::sched_setscheduler(0, SCHED_RR, &priority);
}

int play(const Setup& setup) {
  ask_for_priority();
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGTERM, SIGINT}) sigaddset(&wanted, number);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  const int signals = ::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
  return App(setup, alsa_device(setup.device), signals).run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Lamplight's sound and light at home: sounds what lamplightd says, and that monitoring has "
      "stopped\nwhen lamplightd says nothing for 1.5 s.");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("lamplight-sounder ") + LL_VERSION);
  Words words;
  add_run_options(app, words.setup);
  add_render_options(app, words);
  app.add_option("--f0", words.setup.f0_hz, "pitch without a melody, in Hz; default 523.25")
      ->check(between(kF0LeastHz, kF0MostHz))
      ->type_name("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return words.wav.empty() ? play(words.setup) : render(words);
}
