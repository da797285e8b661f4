// A sounder with one mistake, so that the judge can be seen to find it. A program of the tests
// only: the product has no way to sound wrong.
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gateway/sounder/pcm.h"
#include "gateway/sounder/wav.h"

namespace {

using namespace lamplight::sounder;

// From pulse `i` on, everything is later.
void delay(Burst& burst, size_t i, int64_t by) {
  for (; i < burst.pulses.size(); ++i) burst.pulses[i].start += by;
  burst.end += by;
}

const std::map<std::string, std::function<void(Burst&)>>& mistakes() {
  static const std::map<std::string, std::function<void(Burst&)>> all = {
      {"none", [](Burst&) {}},
      {"spacing", [](Burst& b) { delay(b, 6, samples_of_ms(12)); }},
      {"close", [](Burst& b) { delay(b, 1, samples_of_ms(-55)); }},
      {"gap", [](Burst& b) { delay(b, 3, samples_of_ms(40)); }},
      {"count", [](Burst& b) { b.pulses.pop_back(); }},
      {"length", [](Burst& b) { b.length += samples_of_ms(60); }},
      {"sharp", [](Burst& b) { b.ramp /= 2; }},
      {"slow", [](Burst& b) { b.ramp *= 3; }},
      {"pitch", [](Burst& b) { b.pulses[4].f0_hz = 1100; }},
      {"pause", [](Burst& b) { b.period -= samples_of_ms(2600); }},
      {"pure", [](Burst& b) { b.pulses[0].f0_hz = 1990; }},
  };
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || !mistakes().contains(argv[1])) {
    std::fputs("usage: planted_sounder MISTAKE FILE.wav\n", stderr);
    return 2;
  }
  Burst burst = burst_of(Sound::high, Melody::single, kF0Hz);
  mistakes().at(argv[1])(burst);
  std::vector<double> sums(static_cast<size_t>(2 * kRate * 84 / 10));
  for (const int64_t at : {int64_t{0}, burst.period}) {
    add({.burst = burst, .origin = at}, 0, sums);
  }
  std::vector<int16_t> samples;
  for (const double sum : sums) samples.push_back(to_16_bit(sum));
  std::ofstream(argv[2], std::ios::binary) << wav_file(samples);
  return 0;
}
