// Reads one JSON object from another process: a missing key and a key of another type are the
// same, absent, so that no message can throw. Keeps the JSON library out of every other file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lamplight {

class JsonObject {
 public:
  // Nothing unless the text is exactly one object.
  static std::optional<JsonObject> parse(std::string_view text);
  JsonObject(JsonObject&& other) noexcept;
  ~JsonObject();

  // Empty when absent.
  std::string text(const char* key) const;
  std::optional<int64_t> integer(const char* key) const;
  uint64_t count(const char* key) const;  // 0 when absent or negative
  bool flag(const char* key, bool otherwise) const;
  size_t length(const char* key) const;  // of a list; 0 when absent
  // The strings of a list; what is none is skipped.
  std::vector<std::string> words(const char* key) const;
  // The same, for lists whose items may be objects with a "name", and for the keys of an object.
  std::vector<std::string> names(const char* key) const;
  // The numbers of a list, absent where an item is none.
  std::vector<std::optional<int64_t>> integers(const char* key) const;

 private:
  struct Value;
  explicit JsonObject(std::unique_ptr<Value> value);
  std::unique_ptr<Value> value_;
};

}  // namespace lamplight
