// Which protocol a stream is, by listening alone: every decoder whose device speaks unasked hears
// the same bytes, and the one that can explain nearly all of them is it. Pure.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "drivers/main/found_device.h"

namespace lamplight::driver {

// A format whose device speaks by itself, and the line on which it does.
struct Speaker {
  std::string_view format;  // of `lamplight decode`
  std::string_view driver;  // of the configuration
  std::string_view option;  // the port's `format`, where the driver has several; empty: none
  std::string_view line;    // "9600,8N1"
  int seconds;              // in which it has spoken twice
};
// Lines in the order in which they are tried.
std::span<const Speaker> speakers();
std::vector<std::string_view> speaking_lines();

class Guess {
 public:
  static constexpr uint64_t kFramesLeast = 2;

  // Hears with the formats of `line`. `protocols` must outlive the guess.
  Guess(std::string_view line, std::span<const sdk::Protocol> protocols);
  void feed(sdk::Bytes bytes, MonoTime at);
  // The one that explains the bytes, once it has explained enough of them.
  std::optional<FoundDevice> best() const;
  uint64_t bytes() const { return bytes_; }

 private:
  struct Candidate {
    const Speaker* speaker;
    std::unique_ptr<sdk::Decoder> decoder;
    std::unique_ptr<Acquaintance> heard;
  };
  std::vector<Candidate> candidates_;
  uint64_t bytes_ = 0;
};

}  // namespace lamplight::driver
