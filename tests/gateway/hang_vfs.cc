// A disk that hangs, for lamplightd_test: the SQLite file system "hang" is the real one, except
// that sync waits while the file named by LL_TEST_HANG exists, and open while that name with
// ".open" behind it does. Registered before main(), used when LL_TEST_VFS names it.
#include <poll.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

// The real file system has one table of methods for databases and another for all other files.
struct Patched {
  const sqlite3_io_methods* real = nullptr;
  sqlite3_io_methods methods;
};
Patched g_patched[4];
sqlite3_vfs* g_real = nullptr;
sqlite3_vfs g_hang;

void wait_while_there(const std::string& path) {
  while (::access(path.c_str(), F_OK) == 0) ::poll(nullptr, 0, 10);
}

std::string hang_file() {
  const char* path = std::getenv("LL_TEST_HANG");
  return path == nullptr ? "/nowhere" : path;
}

int hang_sync(sqlite3_file* file, int flags) {
  wait_while_there(hang_file());
  for (const Patched& p : g_patched) {
    if (file->pMethods == &p.methods) return p.real->xSync(file, flags);
  }
  return SQLITE_IOERR;
}

int hang_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  wait_while_there(hang_file() + ".open");
  const int result = g_real->xOpen(g_real, name, file, flags, out);
  if (result != SQLITE_OK || file->pMethods == nullptr) return result;
  for (Patched& p : g_patched) {
    if (p.real != nullptr && p.real != file->pMethods) continue;
    if (p.real == nullptr) {
      p.real = file->pMethods;
      p.methods = *file->pMethods;
      p.methods.xSync = hang_sync;
    }
    file->pMethods = &p.methods;
    return result;
  }
  return SQLITE_CANTOPEN;
}

const bool g_registered = [] {
  g_real = sqlite3_vfs_find(nullptr);
  g_hang = *g_real;
  g_hang.zName = "hang";
  g_hang.pNext = nullptr;
  g_hang.xOpen = hang_open;
  return sqlite3_vfs_register(&g_hang, 0) == SQLITE_OK;
}();

}  // namespace
