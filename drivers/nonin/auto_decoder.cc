#include "drivers/nonin/auto_decoder.h"

#include "drivers/nonin/ascii_decoder.h"
#include "drivers/nonin/df13_decoder.h"
#include "drivers/nonin/df8_decoder.h"
#include "drivers/nonin/wave_decoder.h"

namespace lamplight::nonin {
namespace {

class Nobody : public sdk::Sink {
 public:
  void frame(MonoTime) override {}
  void sample(SignalId, sdk::Reading) override {}
  void fact(const sdk::Fact&) override {}
};

}  // namespace

AutoDecoder::AutoDecoder() { listen_anew(); }

void AutoDecoder::listen_anew() {
  candidates_ = {{{std::make_unique<Df13Decoder>(), 1},
                  {std::make_unique<AsciiDecoder>(), 1},
                  {std::make_unique<WaveDecoder>(WaveFormat::df2), 6},
                  {std::make_unique<WaveDecoder>(WaveFormat::df7), 6},
                  {std::make_unique<Df8Decoder>(), 3}}};
  chosen_ = nullptr;
  bytes_heard_ = 0;
}

void AutoDecoder::feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  if (chosen_ == nullptr) bytes = choose(bytes, at, sink);
  if (chosen_ != nullptr) chosen_->feed(bytes, at, sink);
  update_counters();
}

// Byte by byte, so that the choice does not depend on how the stream was cut. Returns the rest.
sdk::Bytes AutoDecoder::choose(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) {
  Nobody nobody;
  for (size_t i = 0; i < bytes.size(); ++i) {
    ++bytes_heard_;
    for (Candidate& candidate : candidates_) {
      sdk::Sink& listener = candidate.frames_needed == 1 ? sink : nobody;
      candidate.decoder->feed(bytes.subspan(i, 1), at, listener);
      if (candidate.decoder->counters().frames_good < candidate.frames_needed) continue;
      chosen_ = candidate.decoder.get();
      return bytes.subspan(i + 1);
    }
  }
  return {};
}

void AutoDecoder::end(sdk::Sink& sink) {
  if (chosen_ != nullptr) chosen_->end(sink);
  update_counters();
  before_ = counters_;
  listen_anew();
}

void AutoDecoder::update_counters() {
  counters_ = before_;
  if (chosen_ == nullptr) {
    counters_.bytes_skipped += bytes_heard_;
    return;
  }
  const sdk::Counters& now = chosen_->counters();
  counters_.frames_good += now.frames_good;
  counters_.frames_bad += now.frames_bad;
  counters_.bytes_skipped += now.bytes_skipped;
}

}  // namespace lamplight::nonin
