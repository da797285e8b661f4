// Who is at the other end of core.sock.
#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "gateway/control.h"

namespace lamplight {
namespace {

constexpr char kGroup[] = "lamplight";

bool is_in_group(int fd, gid_t primary, gid_t wanted) {
  if (primary == wanted) return true;
#ifdef SO_PEERGROUPS
  std::array<gid_t, 256> groups{};
  auto bytes = static_cast<socklen_t>(sizeof groups);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) != 0) return false;
  const auto end = groups.begin() + bytes / sizeof(gid_t);
  return std::find(groups.begin(), end, wanted) != end;
#else
  return false;
#endif
}

}  // namespace

std::optional<gid_t> acting_group() {
  const group* found = ::getgrnam(kGroup);
  return found == nullptr ? std::nullopt : std::optional(found->gr_gid);
}

bool may_act(int fd, const wire::PeerCredentials& peer, std::optional<gid_t> group) {
  if (peer.uid == 0 || peer.uid == ::geteuid()) return true;
  return group && is_in_group(fd, peer.gid, *group);
}

}  // namespace lamplight
