// Keeping what killed us, for the people who have to find out why.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

#include "gateway/input_ring.h"

namespace lamplight {
namespace {

namespace fs = std::filesystem;

struct Kept {
  fs::path path;
  fs::file_time_type written;
};

std::vector<Kept> kept_in(const fs::path& state_dir, std::error_code& error) {
  std::vector<Kept> kept;
  for (const auto& entry : fs::directory_iterator(state_dir, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("poison-", 0) != 0) continue;
    std::error_code gone;
    kept.push_back({entry.path(), fs::last_write_time(entry.path(), gone)});
  }
  return kept;
}

int next_number(const std::vector<Kept>& kept, const std::string& prefix) {
  int newest = 0;
  for (const Kept& file : kept) {
    const std::string name = file.path.filename().string();
    if (name.rfind(prefix, 0) != 0) continue;
    int number = 0;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
    newest = std::max(newest, number);
  }
  return newest + 1;
}

}  // namespace

Status set_aside_poison(const fs::path& from, const fs::path& state_dir, std::string_view boot) {
  std::error_code error;
  std::vector<Kept> kept = kept_in(state_dir, error);
  const std::string prefix = "poison-" + std::string(boot) + "-";
  const fs::path to = state_dir / (prefix + std::to_string(next_number(kept, prefix)));
  fs::copy_file(from, to, error);
  if (error) return failure("cannot keep " + to.string() + ": " + error.message());
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, error);
  kept.push_back({to, fs::last_write_time(to, error)});
  std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) {
    return a.written != b.written ? a.written > b.written : a.path > b.path;
  });
  for (size_t i = limits::kPoisonFilesKept; i < kept.size(); ++i) fs::remove(kept[i].path, error);
  fs::remove(from, error);
  return {};
}

}  // namespace lamplight
