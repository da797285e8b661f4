// lamplight-sounder: sound and light at home, and the alarm that monitoring itself has stopped.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

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
  double f0_hz = kF0Hz;
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
                       .f0_hz = words.f0_hz,
                       .seconds = words.seconds};
  if (!write(words.wav, wav_file(render_sound(what)))) return 1;
  if (words.light.empty()) return 0;
  return write(words.light, render_light(what)) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Lamplight's sound and light at home.");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("lamplight-sounder ") + LL_VERSION);
  Words words;
  add_render_options(app, words);
  app.add_option("--f0", words.f0_hz, "pitch without a melody, in Hz; default 523.25")
      ->check(between(kF0LeastHz, kF0MostHz))
      ->type_name("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return render(words);
}
