#include "gateway/store/db.h"

#include <sqlite3.h>

#include <utility>

#include "rules/model/assert.h"

namespace lamplight::store {
namespace {

DbFault fault_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return DbFault::full;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return DbFault::read_only;
    case SQLITE_IOERR:
      return DbFault::io;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DbFault::damaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DbFault::busy;
    case SQLITE_CONSTRAINT:
      return DbFault::refused;
    default:
      return DbFault::other;
  }
}

const char* words_of(DbFault fault) {
  switch (fault) {
    case DbFault::full:
      return "disk full";
    case DbFault::read_only:
      return "cannot write";
    case DbFault::io:
      return "I/O error";
    case DbFault::damaged:
      return "file damaged";
    case DbFault::busy:
      return "file locked by another process";
    case DbFault::refused:
      return "row refused";
    case DbFault::other:
      return "database error";
  }
  return "database error";
}

DbError error_of(sqlite3* handle, int code) {
  const DbFault fault = fault_of(code);
  const char* detail = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  const char* file = handle != nullptr ? sqlite3_db_filename(handle, "main") : nullptr;
  std::string what = words_of(fault);
  what += ": ";
  what += detail;
  if (file != nullptr && *file != '\0') {
    what += " (";
    what += file;
    what += ')';
  }
  return {fault, std::move(what)};
}

// A path as a URI: everything but unreserved characters is escaped.
std::string uri_of(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    if (plain) {
      uri += c;
    } else {
      static constexpr char kHex[] = "0123456789ABCDEF";
      const auto u = static_cast<unsigned char>(c);
      uri += '%';
      uri += kHex[u >> 4];
      uri += kHex[u & 15];
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

Result<Db, DbError> Db::open(const std::string& path, OpenAs how, const char* vfs) {
  const int access =
      how == OpenAs::writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (how == OpenAs::immutable ? SQLITE_OPEN_URI : 0);
  sqlite3* handle = nullptr;
  const std::string name = how == OpenAs::immutable ? uri_of(path) : path;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, vfs);
  Db db(handle);  // closes the handle, which SQLite also makes on failure
  if (code != SQLITE_OK) return failure(error_of(handle, code));
  // Readers do not block a WAL writer; only recovery and a first open can, for an instant.
  sqlite3_busy_timeout(handle, 50);
  return db;
}

Db::Db(Db&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      prepared_(std::exchange(other.prepared_, {})),
      error_(std::exchange(other.error_, std::nullopt)),
      wal_pages_(other.wal_pages_) {}

Db& Db::operator=(Db&& other) noexcept {
  if (this == &other) return *this;
  close();
  handle_ = std::exchange(other.handle_, nullptr);
  prepared_ = std::exchange(other.prepared_, {});
  error_ = std::exchange(other.error_, std::nullopt);
  wal_pages_ = other.wal_pages_;
  return *this;
}

Db::~Db() { close(); }

void Db::close() {
  for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  prepared_.clear();
  sqlite3_close_v2(handle_);
  handle_ = nullptr;
}

void Db::fail(int code) {
  if (!error_) error_ = error_of(handle_, code);
}

DbStatus Db::take_error() {
  if (!error_) return {};
  return failure(*std::exchange(error_, std::nullopt));
}

sqlite3_stmt* Db::prepare(const char* sql) {
  const auto found = prepared_.find(sql);
  if (found != prepared_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    fail(code);
    return nullptr;
  }
  prepared_.emplace(sql, statement);
  return statement;
}

void Db::run(const char* sql) {
  if (error_) return;
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::optional<int64_t> Db::integer(const char* sql) {
  Query query(*this, sql);
  if (!query.next() || query.is_null(0)) return std::nullopt;
  return query.integer(0);
}

std::string Db::text(const char* sql) {
  Query query(*this, sql);
  return query.next() ? query.text(0) : std::string();
}

int64_t Db::last_rowid() const { return sqlite3_last_insert_rowid(handle_); }
int Db::changes() const { return sqlite3_changes(handle_); }

void Db::begin() {
  // The hook is set here and not at open: the connection may have moved since.
  sqlite3_wal_hook(
      handle_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Db*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
  run("BEGIN IMMEDIATE");
}

DbStatus Db::commit() {
  run("COMMIT");
  if (!error_) return {};
  DbError error = *std::exchange(error_, std::nullopt);
  // Some errors have rolled back already; a second ROLLBACK would only hide the reason.
  if (sqlite3_get_autocommit(handle_) == 0) {
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  return failure(std::move(error));
}

Query::Query(Db& db, const char* sql)
    : db_(db), statement_(db.error_ ? nullptr : db.prepare(sql)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(int64_t value) {
  ++bound_;
  if (statement_ != nullptr) sqlite3_bind_int64(statement_, bound_, value);
  return *this;
}

Query& Query::bind(std::string_view text) {
  ++bound_;
  if (statement_ == nullptr) return *this;
  const char* data = text.data() != nullptr ? text.data() : "";
  sqlite3_bind_text64(statement_, bound_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Query& Query::bind(std::span<const std::byte> blob) {
  ++bound_;
  if (statement_ == nullptr) return *this;
  if (blob.empty()) {
    sqlite3_bind_zeroblob(statement_, bound_, 0);
  } else {
    sqlite3_bind_blob64(statement_, bound_, blob.data(), blob.size(), SQLITE_STATIC);
  }
  return *this;
}

Query& Query::bind_null() {
  ++bound_;
  if (statement_ != nullptr) sqlite3_bind_null(statement_, bound_);
  return *this;
}

bool Query::next() {
  if (statement_ == nullptr || db_.error_) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) db_.fail(code);
  sqlite3_reset(statement_);
  return false;
}

int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Query::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string() : std::string(data, static_cast<size_t>(size));
}

std::span<const std::byte> Query::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::span<const std::byte>()
                         : std::span(data, static_cast<size_t>(size));
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

}  // namespace lamplight::store
