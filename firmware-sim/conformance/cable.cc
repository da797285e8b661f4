#include "firmware-sim/conformance/cable.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace lamplight::conformance {
namespace {

constexpr Duration kLate = milliseconds(1500);  // past every sane response timeout
constexpr Duration kBabbleEvery = milliseconds(50);
constexpr size_t kEvidenceBytes = 96;
constexpr size_t kDeliveriesKept = 8192;

struct Terminal {
  int master = -1;
  int slave = -1;
  std::string path;
};

Result<Terminal> make_terminal() {
  Terminal t;
  t.master = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  std::array<char, 128> name{};
  const bool is_made = t.master >= 0 && ::grantpt(t.master) == 0 && ::unlockpt(t.master) == 0 &&
                       ::ptsname_r(t.master, name.data(), name.size()) == 0;
  if (is_made) t.slave = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (t.slave < 0) {
    const std::string why = std::strerror(errno);
    if (t.master >= 0) ::close(t.master);
    return failure("no pseudo-terminal: " + why + "; is /dev/pts mounted?");
  }
  termios raw{};
  ::tcgetattr(t.slave, &raw);
  ::cfmakeraw(&raw);
  ::tcsetattr(t.slave, TCSANOW, &raw);
  t.path = name.data();
  return t;
}

void close_if_open(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

}  // namespace

Cable::~Cable() {
  unplug();
  close_if_open(device_);
  close_if_open(device_slave_);
}

Status Cable::open(std::string link) {
  link_ = std::move(link);
  const auto terminal = make_terminal();
  if (!terminal) return failure(terminal.error());
  device_ = terminal->master;
  device_slave_ = terminal->slave;
  device_end_ = terminal->path;
  return plug();
}

void Cable::unplug() {
  if (driver_ >= 0) ::unlink(link_.c_str());
  close_if_open(driver_);
  late_.clear();
}

Status Cable::plug() {
  if (driver_ >= 0) return {};
  const auto terminal = make_terminal();
  if (!terminal) return failure(terminal.error());
  // Opened and closed once: from now on the absence of a reader shows as a hang-up.
  ::close(terminal->slave);
  driver_ = terminal->master;
  ::unlink(link_.c_str());
  if (::symlink(terminal->path.c_str(), link_.c_str()) == 0) return {};
  return failure("no link " + link_ + ": " + std::strerror(errno));
}

std::vector<pollfd> Cable::wanted() const {
  // A terminal without a reader says HUP all the time; then there is nothing to wait for.
  return {{device_, POLLIN, 0}, {is_read() ? driver_ : -1, POLLIN, 0}};
}

MonoTime Cable::deadline() const {
  const MonoTime late = late_.empty() ? kNever : late_.front().due;
  return disturbance_ == Disturbance::babble ? std::min(late, babbles_at_) : late;
}

bool Cable::is_read() const {
  pollfd p{driver_, POLLIN, 0};
  return driver_ >= 0 && ::poll(&p, 1, 0) >= 0 && (p.revents & POLLHUP) == 0;
}

void Cable::advance(MonoTime now) {
  while (!late_.empty() && late_.front().due <= now) {
    deliver(now, late_.front().bytes);
    late_.pop_front();
  }
  from_device(now);
  from_driver();
  if (disturbance_ != Disturbance::babble || babbles_at_ > now) return;
  std::vector<uint8_t> noise(1 + random_() % 20);
  for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random_() >> 8);
  deliver(now, noise);
  babbles_at_ = now + kBabbleEvery;
}

void Cable::from_device(MonoTime now) {
  std::array<uint8_t, 4096> buffer{};
  const ssize_t got = ::read(device_, buffer.data(), buffer.size());
  if (got <= 0) return;
  std::span<const uint8_t> bytes(buffer.data(), static_cast<size_t>(got));
  switch (disturbance_) {
    case Disturbance::silence:
      return;
    case Disturbance::truncate:
      bytes = bytes.first(bytes.size() / 2);
      break;
    case Disturbance::late:
      late_.push_back({now + kLate, {bytes.begin(), bytes.end()}});
      return;
    case Disturbance::none:
    case Disturbance::babble:
      break;
  }
  deliver(now, bytes);
}

void Cable::from_driver() {
  if (!is_read()) return;
  std::array<uint8_t, 4096> buffer{};
  const ssize_t got = ::read(driver_, buffer.data(), buffer.size());
  if (got <= 0) return;
  from_driver_ += static_cast<uint64_t>(got);
  // A full terminal loses bytes, as a line does.
  (void)!::write(device_, buffer.data(), static_cast<size_t>(got));
}

void Cable::deliver(MonoTime now, std::span<const uint8_t> bytes) {
  if (bytes.empty() || !is_read()) return;
  const ssize_t put = ::write(driver_, bytes.data(), bytes.size());
  if (put <= 0) return;
  to_driver_ += static_cast<uint64_t>(put);
  newest_.insert(newest_.end(), bytes.begin(), bytes.begin() + put);
  while (newest_.size() > kEvidenceBytes) newest_.pop_front();
  delivered_.push_back(now);
  if (delivered_.size() > kDeliveriesKept) delivered_.pop_front();
}

MonoTime Cable::delivery_before(MonoTime t) const {
  const auto after = std::upper_bound(delivered_.begin(), delivered_.end(), t);
  return after == delivered_.begin() ? MonoTime{} : *(after - 1);
}

std::string Cable::evidence() const {
  std::string text;
  for (const uint8_t byte : newest_) {
    std::array<char, 4> hex{};
    std::snprintf(hex.data(), hex.size(), "%02X ", byte);
    text += hex.data();
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace lamplight::conformance
