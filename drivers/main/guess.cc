#include "drivers/main/guess.h"

#include <algorithm>
#include <array>

#include "drivers/main/decode.h"

namespace lamplight::driver {
namespace {

constexpr std::array<Speaker, 9> kSpeakers = {{
    {"masimo", "masimo", "", "9600,8N1", 4},
    {"nonin-df2", "nonin", "df2", "9600,8N1", 4},
    {"nonin-df7", "nonin", "df7", "9600,8N1", 4},
    {"nonin-df8", "nonin", "df8", "9600,8N1", 4},
    {"nonin-df13", "nonin", "df13", "9600,8N1", 4},
    {"nonin-ascii", "nonin", "ascii", "9600,8N1", 4},
    {"nellcor", "nellcor", "", "9600,8N1", 6},
    {"cms50", "cms50", "uart", "19200,8O1", 2},
    {"pb840-wave", "pb840-wave", "", "38400,8N1", 10},
}};

}  // namespace

std::span<const Speaker> speakers() { return kSpeakers; }

std::vector<std::string_view> speaking_lines() {
  std::vector<std::string_view> lines;
  for (const Speaker& each : kSpeakers) {
    if (std::ranges::find(lines, each.line) == lines.end()) lines.push_back(each.line);
  }
  return lines;
}

Guess::Guess(std::string_view line, std::span<const sdk::Protocol> protocols) {
  for (const Speaker& each : kSpeakers) {
    const sdk::DecodeFormat* format =
        each.line == line ? find_format(each.format, protocols) : nullptr;
    if (format == nullptr) continue;
    auto decoder = format->make({});
    if (!decoder) continue;
    candidates_.push_back({&each, std::move(*decoder), std::make_unique<Acquaintance>()});
  }
}

void Guess::feed(sdk::Bytes bytes, MonoTime at) {
  bytes_ += bytes.size();
  for (Candidate& each : candidates_) each.decoder->feed(bytes, at, *each.heard);
}

std::optional<FoundDevice> Guess::best() const {
  const Candidate* best = nullptr;
  const auto explained = [&](const Candidate& each) {
    return bytes_ - std::min(bytes_, each.decoder->counters().bytes_skipped);
  };
  for (const Candidate& each : candidates_) {
    const sdk::Counters& counters = each.decoder->counters();
    // A stream is joined in the middle, so a part of it may be nobody's; a guess that leaves a
    // third unexplained, or meets as many broken frames as good ones, is none.
    const bool is_likely = counters.frames_good >= kFramesLeast &&
                           counters.frames_good > counters.frames_bad &&
                           counters.bytes_skipped * 3 <= bytes_ && each.heard->role();
    if (!is_likely) continue;
    if (best == nullptr || explained(each) > explained(*best)) best = &each;
  }
  if (best == nullptr) return std::nullopt;
  FoundDevice found;
  found.driver = best->speaker->driver;
  found.line = best->speaker->line;
  if (!best->speaker->option.empty()) {
    found.options.emplace_back("format", '"' + std::string(best->speaker->option) + '"');
  }
  found.role = *best->heard->role();
  found.identity = best->heard->identity();
  found.frames_good = best->decoder->counters().frames_good;
  return found;
}

}  // namespace lamplight::driver
