// Which of Nonin's formats is it? Listens with all of them until one has seen enough good frames,
// then is that one. DF13 and ASCII prove themselves with their first frame, so nothing of theirs is
// lost; the others lose the frames that proved them. After end() it listens anew.
#pragma once

#include <array>
#include <memory>

#include "drivers/sdk/decoder.h"

namespace lamplight::nonin {

class AutoDecoder : public sdk::Decoder {
 public:
  AutoDecoder();
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;
  // It is DF13: it speaks only when somebody measures.
  bool is_spot_check() const {
    return chosen_ != nullptr && chosen_ == candidates_[0].decoder.get();
  }

 private:
  struct Candidate {
    std::unique_ptr<sdk::Decoder> decoder;
    uint64_t frames_needed = 0;
  };
  void listen_anew();
  sdk::Bytes choose(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink);
  void update_counters();

  std::array<Candidate, 5> candidates_;
  sdk::Decoder* chosen_ = nullptr;  // one of the candidates
  uint64_t bytes_heard_ = 0;        // while undecided
  sdk::Counters before_;            // of the streams that have ended
};

}  // namespace lamplight::nonin
