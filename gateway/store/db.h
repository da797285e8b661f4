// SQLite behind two small types: a connection that remembers its first error, and a query that is
// reset when it leaves scope (a statement left open pins the WAL for ever). Errors are sticky:
// after one, every operation does nothing until take_error(), so a transaction reads as a list of
// steps with one check at its end. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/model/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace lamplight::store {

// What went wrong, by what a caller can do about it.
enum class DbFault : uint8_t { full, read_only, io, damaged, busy, refused, other };

struct DbError {
  DbFault fault = DbFault::other;
  std::string what;  // one sentence, SQLite's words included
};
using DbStatus = Result<void, DbError>;

enum class OpenAs : uint8_t {
  writer,     // created when absent
  reader,     // shares the file with a running writer
  immutable,  // nobody writes: for copies and read-only media
};

class Query;

class Db {
 public:
  // Neither reads nor writes the file yet; that comes with the first statement.
  [[nodiscard]] static Result<Db, DbError> open(const std::string& path, OpenAs how,
                                                const char* vfs);
  Db(Db&& other) noexcept;
  Db& operator=(Db&& other) noexcept;
  ~Db();

  bool ok() const { return !error_.has_value(); }
  // The first error since the last call, which it ends.
  [[nodiscard]] DbStatus take_error();
  void run(const char* sql);  // one statement without result, not cached
  std::optional<int64_t> integer(const char* sql);
  std::string text(const char* sql);
  int64_t last_rowid() const;
  int changes() const;
  // Pages in the write-ahead log after the last commit.
  int wal_pages() const { return wal_pages_; }

  void begin();  // IMMEDIATE
  // Commits, or rolls back after any error since begin().
  [[nodiscard]] DbStatus commit();

 private:
  friend class Query;
  explicit Db(sqlite3* handle) : handle_(handle) {}
  void close();
  void fail(int code);
  sqlite3_stmt* prepare(const char* sql);

  sqlite3* handle_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> prepared_;  // by the literal's address
  std::optional<DbError> error_;
  int wal_pages_ = 0;
};

// One use of a prepared statement. `sql` must be a literal: statements are kept by its address.
class Query {
 public:
  Query(Db& db, const char* sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Values bind in order; what they point at must live until the query ends.
  Query& bind(int64_t value);
  Query& bind(int value) { return bind(static_cast<int64_t>(value)); }
  Query& bind(uint64_t value) { return bind(static_cast<int64_t>(value)); }
  Query& bind(std::string_view text);
  Query& bind(std::span<const std::byte> blob);
  Query& bind_null();
  template <class T>
  Query& bind(const std::optional<T>& value) {
    return value ? bind(static_cast<int64_t>(*value)) : bind_null();
  }

  bool next();  // true: a row is there; false: the end, or an error the connection keeps
  void run() {
    while (next()) {
    }
  }

  int64_t integer(int column) const;
  uint64_t unsigned_integer(int column) const { return static_cast<uint64_t>(integer(column)); }
  std::string text(int column) const;
  std::span<const std::byte> blob(int column) const;  // until the next call of next()
  bool is_null(int column) const;

 private:
  Db& db_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

}  // namespace lamplight::store
