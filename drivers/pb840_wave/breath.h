// One breath as it comes, sample by sample, and what follows from all of it. Nothing is kept but
// sums and the last five pressures, so a breath without end costs nothing.
//
// PIP = highest pressure · PEEP = median of the last five pressures · VTi = integral of the flow
// to its first lasting reversal · VTe = integral after it, outwards · rate = one breath in the
// time of its samples (protocols reference 2.2). Lasting: kLasting samples in a row do not go in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace lamplight::pb840_wave {

// One line of the port: 0.01 L/min, inwards positive, and 0.01 cmH2O.
struct Sample {
  int32_t flow = 0;
  int32_t pressure = 0;
};

// In the catalogue's steps. Nothing: this breath does not say.
struct Derived {
  std::optional<int32_t> pip, peep;  // 0.1 cmH2O
  std::optional<int32_t> vti, vte;   // 0.1 mL
  std::optional<int32_t> rate;       // 0.1 /min
};

class Breath {
 public:
  static constexpr int kSamplesMax = 3000;  // 60 s
  static constexpr int kLasting = 3;        // 60 ms: shorter ones are the valves, not the child
  // The port keeps back what comes after the first 8 s of a long breath.
  static constexpr int kWholeSeconds = 8;

  void begin() { *this = Breath(); }
  void add(const Sample& sample);
  bool is_too_long() const { return count_ > kSamplesMax; }
  int count() const { return count_; }
  Derived derive(int samples_per_second) const;

 private:
  static constexpr size_t kLast = 5;

  int count_ = 0;
  int32_t highest_ = 0;
  std::array<int32_t, kLast> last_{};  // pressures, a ring
  int64_t in_ = 0;                     // sums of flow, 0.01 L/min
  int64_t out_ = 0;
  int64_t pending_ = 0;  // since the flow stopped going in, not yet lasting
  int not_in_ = 0;       // samples in a row
  bool has_gone_in_ = false;
  bool is_reversed_ = false;
};

}  // namespace lamplight::pb840_wave
