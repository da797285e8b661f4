#include "gateway/sounder/leds.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

namespace lamplight::sounder {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kNames = {"lamplight:red", "lamplight:green",
                                                    "lamplight:blue"};

std::string full_of(const fs::path& lamp) {
  std::ifstream file(lamp / "max_brightness");
  int full = 0;
  return file >> full && full > 0 ? std::to_string(full) : "1";
}

// Red, green, blue.
std::array<bool, 3> mixed(Colour colour) {
  switch (colour) {
    case Colour::dark:
      return {false, false, false};
    case Colour::red:
      return {true, false, false};
    case Colour::yellow:
      return {true, true, false};
    case Colour::cyan:
      return {false, true, true};
  }
  return {true, false, false};
}

}  // namespace

Leds::Leds(const fs::path& directory) {
  std::error_code error;
  std::set<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(directory, error)) entries.insert(entry.path());
  for (size_t i = 0; i < kNames.size(); ++i) {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const fs::path& entry) {
      const std::string name = entry.filename().string();
      return name == kNames[i] || name.starts_with(std::string(kNames[i]) + ":");
    });
    if (found != entries.end()) lamps_[i] = Lamp{*found / "brightness", full_of(*found)};
  }
}

bool Leds::exist() const {
  return std::any_of(lamps_.begin(), lamps_.end(), [](const auto& lamp) { return lamp; });
}

Status Leds::show(Colour colour) {
  if (shown_ == colour) return {};
  shown_ = colour;
  Status status;
  const std::array<bool, 3> lit = mixed(colour);
  for (size_t i = 0; i < lamps_.size(); ++i) {
    if (!lamps_[i]) continue;
    std::ofstream file(lamps_[i]->brightness);
    file << (lit[i] ? lamps_[i]->full : "0") << '\n' << std::flush;
    if (file || !status) continue;
    status = failure("cannot write " + lamps_[i]->brightness.string());
    shown_.reset();  // tried again next time
  }
  return status;
}

Status Leds::test() {
  const Colour colour = shown_.value_or(Colour::dark);
  shown_.reset();
  return show(colour);
}

}  // namespace lamplight::sounder
