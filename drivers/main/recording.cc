#include "drivers/main/recording.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "drivers/main/hex_text.h"

namespace lamplight::driver {
namespace {

using nlohmann::json;

constexpr std::string_view kBeginning = R"({"blackbox":)";

std::string text_at(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

bool Recording::begins(std::span<const uint8_t> first) {
  return first.size() >= kBeginning.size() &&
         std::equal(kBeginning.begin(), kBeginning.end(), first.begin());
}

Status Recording::feed(std::span<const uint8_t> piece, sdk::Decoder& decoder, sdk::Sink& sink) {
  for (const uint8_t byte : piece) {
    if (byte != '\n') {
      line_ += static_cast<char>(byte);
      if (line_.size() > kLineMax)
        return failure("line " + std::to_string(number_ + 1) + ": endless");
      continue;
    }
    ++number_;
    const Status played = play(decoder, sink);
    line_.clear();
    if (!played) return failure("line " + std::to_string(number_) + ": " + played.error());
  }
  return {};
}

Status Recording::end() const {
  if (line_.empty()) return {};
  return failure("line " + std::to_string(number_ + 1) + " is cut off");
}

Status Recording::play(sdk::Decoder& decoder, sdk::Sink& sink) {
  const json record = json::parse(line_, nullptr, false);
  if (!record.is_object()) return failure("no JSON object");
  const auto time = record.find("t");
  if (time == record.end()) return {};  // the head
  if (!time->is_number_integer()) return failure("\"t\" must be a whole number");
  const MonoTime at{time->get<int64_t>()};
  if (record.contains("read")) {
    std::string hex = text_at(record, "read");
    HexText text;
    std::vector<uint8_t> bytes(hex.begin(), hex.end());
    const auto length = text.decode(bytes);
    if (!length) return failure(length.error());
    if (const Status whole = text.end(); !whole) return whole;
    decoder.feed(std::span(bytes).first(*length), at, sink);
  } else if (record.contains("lost")) {
    decoder.end(sink);
  } else if (record.contains("asked")) {
    std::string line = text_at(record, "asked");
    // A question without an answer is no line of the decoder's.
    if (line.find(':') == std::string::npos) return {};
    line += '\n';
    decoder.feed({reinterpret_cast<const uint8_t*>(line.data()), line.size()}, at, sink);
  }
  return {};
}

}  // namespace lamplight::driver
