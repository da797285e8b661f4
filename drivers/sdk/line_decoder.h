// The part that all line protocols share: cutting lines, the partial first one, the counters. A
// decoder derives from it and judges one whole line at a time.
#pragma once

#include <string_view>

#include "drivers/sdk/decoder.h"
#include "drivers/sdk/line_splitter.h"

namespace lamplight::sdk {

enum class LineVerdict : uint8_t {
  good,     // told to the sink
  bad,      // broken: counted
  no_data,  // no error either: a heading, or the rest of a line that began before us
};

// kMax: the longest line; longer ones are bad.
template <size_t kMax>
class LineDecoder : public Decoder {
 public:
  void feed(Bytes bytes, MonoTime at, Sink& sink) final {
    lines_.feed(
        bytes, [&](std::string_view text) { count(text.size(), on_line(text, at, sink)); },
        [&](size_t length) {
          on_overlong();
          count(length, LineVerdict::bad);
        });
  }
  void end(Sink&) final {
    counters_.bytes_skipped += lines_.drop();
    is_first_line_ = true;
  }

 protected:
  // For a good line: calls sink.frame(at), then tells what the line says.
  virtual LineVerdict on_line(std::string_view text, MonoTime at, Sink& sink) = 0;
  // A line longer than kMax came and was dropped: for whoever counts lines.
  virtual void on_overlong() {}
  // In both: the stream's first line, which usually began before the port was opened.
  bool is_first_line() const { return is_first_line_; }

 private:
  void count(size_t length, LineVerdict verdict) {
    is_first_line_ = false;
    if (verdict == LineVerdict::good) {
      ++counters_.frames_good;
      return;
    }
    counters_.bytes_skipped += length;
    if (verdict == LineVerdict::bad) ++counters_.frames_bad;
  }

  LineSplitter<kMax> lines_;
  bool is_first_line_ = true;
};

}  // namespace lamplight::sdk
