// The exclusive lock of an open file, held until the file is closed. Somebody who was killed may
// seem to hold it a moment longer: his child has his files open until it has reached its exec. So
// "taken" is believed after a second only: without that, a restart right after a death would refuse
// to watch.
#pragma once

#include <functional>

namespace lamplight::store {

// 0, or errno: EWOULDBLOCK if another process holds it throughout. `pause` is called between two of
// the hundred tries; without one it is 10 ms.
[[nodiscard]] int lock_file(int fd, const std::function<void()>& pause = {});

}  // namespace lamplight::store
