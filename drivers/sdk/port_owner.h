// Who holds the flock of a file, for the message "in use by …".
#pragma once

#include <string>

namespace lamplight::sdk {
// "lamplight-driver (process 123)", or "another process" where the kernel does not say. `fd` is
// any descriptor of the file.
std::string lock_owner(int fd);
// The same, by path: for a file that cannot be opened.
std::string lock_owner(const std::string& path);
}  // namespace lamplight::sdk
