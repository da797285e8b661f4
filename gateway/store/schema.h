// Opening either of the two files: settings, schema and their proof. Exactly the schema of the
// gateway design, section 5; `user_version` says which one a file has. Store thread only.
#pragma once

#include <string>

#include "gateway/store/db.h"

namespace lamplight::store {

inline constexpr int kSchemaVersion = 1;

enum class FileKind : uint8_t {
  record,     // synchronous = FULL: a commit survives power
  telemetry,  // synchronous = NORMAL: a commit survives the process
};

// Creates the file when it is absent. Settings are read back; one that did not take is an error.
// A file of another version is `refused`: it is never changed in place.
[[nodiscard]] Result<Db, DbError> open_writer(const std::string& path, FileKind kind,
                                              const char* vfs);

// The write-ahead log is cut back to this after a checkpoint.
inline constexpr int64_t kWalBytesKept = 4 * 1024 * 1024;

}  // namespace lamplight::store
