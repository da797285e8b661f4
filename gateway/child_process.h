// Starting a child with a wire connection on its fd 3. It dies with the thread that started it
// (PDEATHSIG), inherits nothing but standard error and fd 3, and is in no way waited for here.
// Core thread only: the kernel ties the death signal to the starting thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "drivers/sdk/wire/channel.h"
#include "rules/model/result.h"

namespace lamplight {

struct ChildProcess {
  pid_t pid = -1;
  wire::Channel channel;  // our end
};

// `command[0]` is the path of the program. A program that cannot be executed is seen as a child
// that exits with 127 at once.
[[nodiscard]] Result<ChildProcess> start_child(const std::vector<std::string>& command);

// "exited with 3", "was killed by signal 9"
std::string describe_exit(int wait_status);

}  // namespace lamplight
