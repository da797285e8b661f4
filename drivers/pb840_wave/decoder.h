// The waveform port of Puritan Bennett 840/980: "BS, S:n," · "flow, pressure" fifty times a second
// · "BE". A line is a frame. Pressure and flow are told at each sample; what follows from a breath
// is told at its BE, and only if nothing of it was lost: a second BS, a foreign line or a sample
// that is none make it incomplete.
//
// Each breath has a number. The one that was told last, said again, is a device that stands still:
// its readings are stale.
//
// The port sends a breath when it is over. Its samples are stamped from the instant at which the
// breath before began to arrive, which is when this one began; never later than the read.
#pragma once

#include <optional>
#include <vector>

#include "drivers/pb840_wave/breath.h"
#include "drivers/sdk/line_decoder.h"

namespace lamplight::pb840_wave {

inline constexpr size_t kLineMax = 64;
inline constexpr int kSamplesPerSecond = 50;

struct Signals {
  Signals();
  SignalId p_now, flow, pip, peep, vti, vte, rate;
};

class Decoder : public sdk::LineDecoder<kLineMax> {
 public:
  explicit Decoder(int samples_per_second = kSamplesPerSecond)
      : samples_per_second_(samples_per_second) {}

 private:
  sdk::LineVerdict on_line(std::string_view text, MonoTime at, sdk::Sink& sink) override;
  void on_overlong() override;
  void forget();
  void on_begin(int32_t number, MonoTime at, sdk::Sink& sink);
  void on_end(MonoTime at, sdk::Sink& sink);
  void on_sample(const Sample& sample, MonoTime at, sdk::Sink& sink);
  void tell(SignalId signal, const sdk::Reading& reading, sdk::Sink& sink) const;
  MonoTime sample_time(MonoTime at);

  const int samples_per_second_;
  const Signals signals_;
  Breath breath_;
  bool is_open_ = false;             // a BS has come and no BE yet
  bool is_whole_ = false;            // nothing of it was lost
  bool is_repeated_ = false;         // it bears the number of the one before
  int32_t number_ = 0;               // of this breath
  std::optional<int32_t> done_;      // of the last one that was told
  std::optional<MonoTime> arrived_;  // the first line of this breath
  std::optional<MonoTime> began_;    // this breath, as the one before tells
  MonoTime told_{};                  // of the last sample
};

std::vector<SignalId> signals_sent();

}  // namespace lamplight::pb840_wave
