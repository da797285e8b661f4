#include "drivers/main/check.h"

#include <array>
#include <cstdio>
#include <string>

#include "drivers/sdk/run.h"

namespace lamplight::driver {
namespace {

constexpr size_t kConfigureMax = 1 << 20;
constexpr int kRefused = 1;
constexpr int kUsage = 2;

}  // namespace

int check(std::string_view protocol, std::span<const sdk::Protocol> protocols) {
  std::string json;
  std::array<char, 4096> block{};
  while (const size_t got = std::fread(block.data(), 1, block.size(), stdin)) {
    json.append(block.data(), got);
    if (json.size() > kConfigureMax) return kUsage;
  }
  const auto checked = sdk::check_configure(protocols, protocol, json);
  if (checked) return 0;
  std::puts(checked.error().c_str());
  return kRefused;
}

}  // namespace lamplight::driver
