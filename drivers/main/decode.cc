#include "drivers/main/decode.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "drivers/main/hex_text.h"
#include "drivers/main/recording.h"
#include "drivers/sdk/decode_report.h"

namespace lamplight::driver {
namespace {

constexpr int kNothingGood = 1;
constexpr int kUsage = 2;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string format_names(std::span<const sdk::Protocol> protocols) {
  std::string names;
  for (const sdk::Protocol& protocol : protocols) {
    for (const sdk::DecodeFormat& format : protocol.formats) {
      if (!names.empty()) names += ", ";
      names += format.name;
    }
  }
  return names;
}

int unreadable(const std::string& file, const std::string& why) {
  std::fprintf(stderr, "cannot read %s: %s\n", file.c_str(), why.c_str());
  return kUsage;
}

// Reads `input` to its end through the decoder. A saved black box says for itself that it is one.
int run(std::FILE* input, const DecodeRequest& request, const sdk::DecodeFormat& format,
        sdk::Decoder& decoder) {
  std::string out;
  sdk::DecodeReport report(out);
  HexText hex;
  std::optional<Recording> recording;
  std::array<uint8_t, 4096> buffer{};
  bool has_bytes = false;
  while (true) {
    const size_t got = std::fread(buffer.data(), 1, buffer.size(), input);
    if (got == 0) break;
    const auto piece = std::span(buffer).first(got);
    if (!has_bytes && Recording::begins(piece)) recording.emplace();
    has_bytes = true;
    size_t length = got;
    if (recording) {
      const Status played = recording->feed(piece, decoder, report);
      if (!played) return unreadable(request.file, played.error());
      length = 0;
    } else if (request.is_hex) {
      const auto bytes = hex.decode(piece);
      if (!bytes) return unreadable(request.file, bytes.error());
      length = *bytes;
    }
    if (!recording) decoder.feed(piece.first(length), MonoTime{}, report);
    std::fwrite(out.data(), 1, out.size(), stdout);
    out.clear();
  }
  if (std::ferror(input) != 0) return unreadable(request.file, std::strerror(errno));
  const Status ended = recording ? recording->end() : hex.end();
  if (!ended) return unreadable(request.file, ended.error());
  decoder.end(report);
  report.totals(decoder.counters());
  std::fwrite(out.data(), 1, out.size(), stdout);
  if (std::fflush(stdout) != 0) return unreadable("standard output", std::strerror(errno));
  // Nothing came in: nothing was wrong with it.
  if (!has_bytes || decoder.counters().frames_good > 0) return 0;
  std::fprintf(stderr, "%s: no frame was good; its input is %.*s\n", request.protocol.c_str(),
               static_cast<int>(format.input.size()), format.input.data());
  return kNothingGood;
}

}  // namespace

const sdk::DecodeFormat* find_format(std::string_view name,
                                     std::span<const sdk::Protocol> protocols) {
  for (const sdk::Protocol& protocol : protocols) {
    for (const sdk::DecodeFormat& format : protocol.formats) {
      if (format.name == name) return &format;
    }
  }
  return nullptr;
}

int decode(const DecodeRequest& request, std::span<const sdk::Protocol> protocols) {
  const sdk::DecodeFormat* format = find_format(request.protocol, protocols);
  if (format == nullptr) {
    std::fprintf(stderr, "unknown protocol '%s'; known: %s\n", request.protocol.c_str(),
                 format_names(protocols).c_str());
    return kUsage;
  }
  if (request.options.rate && !format->takes_rate) {
    // Taken and ignored it would pass for understood.
    std::fprintf(stderr, "%s: --rate is for waveforms whose bytes do not say it: leave it out\n",
                 request.protocol.c_str());
    return kUsage;
  }
  const auto decoder = format->make(request.options);
  if (!decoder) {
    std::fprintf(stderr, "%s: %s\n", request.protocol.c_str(), decoder.error().c_str());
    return kUsage;
  }
  if (request.file == "-") return run(stdin, request, *format, **decoder);
  const std::unique_ptr<std::FILE, FileCloser> input(std::fopen(request.file.c_str(), "rb"));
  if (!input) return unreadable(request.file, std::strerror(errno));
  return run(input.get(), request, *format, **decoder);
}

}  // namespace lamplight::driver
