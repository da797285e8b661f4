#include "drivers/sdk/decode_command.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "drivers/sdk/decode_report.h"
#include "drivers/sdk/hex_text.h"

namespace lamplight::sdk {
namespace {

constexpr int kUsage = 2;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

const DecodeFormat* find_format(std::string_view name, std::span<const Protocol> protocols) {
  for (const Protocol& protocol : protocols) {
    for (const DecodeFormat& format : protocol.formats) {
      if (format.name == name) return &format;
    }
  }
  return nullptr;
}

std::string format_names(std::span<const Protocol> protocols) {
  std::string names;
  for (const Protocol& protocol : protocols) {
    for (const DecodeFormat& format : protocol.formats) {
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

// Reads `input` to its end through the decoder.
int run(std::FILE* input, const DecodeRequest& request, Decoder& decoder) {
  std::string out;
  DecodeReport report(out);
  HexText hex;
  std::array<uint8_t, 4096> buffer{};
  while (true) {
    const size_t got = std::fread(buffer.data(), 1, buffer.size(), input);
    if (got == 0) break;
    size_t length = got;
    if (request.is_hex) {
      const auto bytes = hex.decode(std::span(buffer).first(got));
      if (!bytes) return unreadable(request.file, bytes.error());
      length = *bytes;
    }
    decoder.feed(std::span(buffer).first(length), MonoTime{}, report);
    std::fwrite(out.data(), 1, out.size(), stdout);
    out.clear();
  }
  if (std::ferror(input) != 0) return unreadable(request.file, std::strerror(errno));
  const Status ended = hex.end();
  if (!ended) return unreadable(request.file, ended.error());
  decoder.end(report);
  report.totals(decoder.counters());
  std::fwrite(out.data(), 1, out.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : unreadable("standard output", std::strerror(errno));
}

}  // namespace

int decode(const DecodeRequest& request, std::span<const Protocol> protocols) {
  const DecodeFormat* format = find_format(request.protocol, protocols);
  if (format == nullptr) {
    std::fprintf(stderr, "unknown protocol '%s'; known: %s\n", request.protocol.c_str(),
                 format_names(protocols).c_str());
    return kUsage;
  }
  const auto decoder = format->make(request.options);
  if (!decoder) {
    std::fprintf(stderr, "%s: %s\n", request.protocol.c_str(), decoder.error().c_str());
    return kUsage;
  }
  if (request.file == "-") return run(stdin, request, **decoder);
  const std::unique_ptr<std::FILE, FileCloser> input(std::fopen(request.file.c_str(), "rb"));
  if (!input) return unreadable(request.file, std::strerror(errno));
  return run(input.get(), request, **decoder);
}

}  // namespace lamplight::sdk
