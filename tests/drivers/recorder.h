// A sink that remembers all it was told, and the helpers that every decoder test needs: feeding
// in pieces, and the captured bytes that live outside the repository.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sdk/decoder.h"
#include "rules/model/catalogue.h"

namespace lamplight::test {

struct Heard {
  uint64_t frame = 0;
  std::string name;  // of the signal, or "kind name" of the fact
  sdk::Reading reading = sdk::Reading::ok(0);
  std::string text;  // of facts: text and presence
  MonoTime at{};
  bool operator==(const Heard&) const = default;
};

class Recorder : public sdk::Sink {
 public:
  Recorder() = default;
  Recorder(Recorder&& other) noexcept
      : frames(other.frames), heard(std::move(other.heard)), at_(other.at_) {}

  void frame(MonoTime at) override {
    ++frames;
    at_ = at;
  }
  void sample(SignalId signal, sdk::Reading reading) override {
    heard.push_back({frames, std::string(signal_info(signal).name), reading, {}, at_});
  }
  void fact(const sdk::Fact& fact) override {
    std::string text(fact.text);
    if (fact.present) text += *fact.present ? "+" : "-";
    heard.push_back({frames, std::string(name_of(fact.kind)) + " " + std::string(fact.name),
                     sdk::Reading::ok(0), text, at_});
  }

  std::vector<sdk::Reading> readings(std::string_view name) const {
    std::vector<sdk::Reading> found;
    for (const Heard& each : heard) {
      if (each.name == name) found.push_back(each.reading);
    }
    return found;
  }
  std::optional<sdk::Reading> last(std::string_view name) const {
    const auto all = readings(name);
    return all.empty() ? std::nullopt : std::optional(all.back());
  }
  bool is_present(std::string_view condition) const {
    return last("alarm." + std::string(condition)) == sdk::Reading::ok(1);
  }
  // All conditions last said to be present, in alphabetical order.
  std::vector<std::string> present(Role role = Role::oximeter) const {
    std::vector<std::string> names;
    for (const SignalInfo& info : catalogue()) {
      if (info.role != role || !info.name.starts_with("alarm.")) continue;
      const std::string name(info.name.substr(6));
      if (is_present(name)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string last_text(std::string_view name) const {
    std::string text;
    for (const Heard& each : heard) {
      if (each.name == name) text = each.text;
    }
    return text;
  }

  uint64_t frames = 0;
  std::vector<Heard> heard;

 private:
  MonoTime at_{};
};

inline sdk::Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

struct Decoded {
  Recorder sink;
  sdk::Counters counters;
};

// A new decoder, fed in pieces of `piece` bytes, to the end.
template <class MakeDecoder>
void decode_into(MakeDecoder make, sdk::Bytes bytes, size_t piece, Decoded& into) {
  auto decoder = make();
  for (size_t at = 0; at < bytes.size(); at += piece) {
    decoder->feed(bytes.subspan(at, std::min(piece, bytes.size() - at)), MonoTime{7}, into.sink);
  }
  decoder->end(into.sink);
  into.counters = decoder->counters();
}

}  // namespace lamplight::test
