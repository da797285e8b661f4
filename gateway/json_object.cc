#include "gateway/json_object.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace lamplight {

struct JsonObject::Value {
  nlohmann::json json;

  const nlohmann::json* find(const char* key) const {
    const auto found = json.find(key);
    return found == json.end() ? nullptr : &*found;
  }
};

JsonObject::JsonObject(std::unique_ptr<Value> value) : value_(std::move(value)) {}
JsonObject::JsonObject(JsonObject&& other) noexcept = default;
JsonObject::~JsonObject() = default;

std::optional<JsonObject> JsonObject::parse(std::string_view text) {
  auto value = std::make_unique<Value>();
  value->json = nlohmann::json::parse(text, nullptr, false);
  if (!value->json.is_object()) return std::nullopt;
  return JsonObject(std::move(value));
}

std::string JsonObject::text(const char* key) const {
  const auto* found = value_->find(key);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<int64_t> JsonObject::integer(const char* key) const {
  const auto* found = value_->find(key);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() && found->get<uint64_t>() > INT64_MAX) return std::nullopt;
  return found->get<int64_t>();
}

uint64_t JsonObject::count(const char* key) const {
  const int64_t value = integer(key).value_or(0);
  return value < 0 ? 0 : static_cast<uint64_t>(value);
}

bool JsonObject::flag(const char* key, bool otherwise) const {
  const auto* found = value_->find(key);
  return found != nullptr && found->is_boolean() ? found->get<bool>() : otherwise;
}

size_t JsonObject::length(const char* key) const {
  const auto* found = value_->find(key);
  return found != nullptr && found->is_array() ? found->size() : 0;
}

std::vector<std::string> JsonObject::words(const char* key) const {
  std::vector<std::string> words;
  const auto* found = value_->find(key);
  if (found == nullptr || !found->is_array()) return words;
  for (const auto& item : *found) {
    if (item.is_string()) words.push_back(item.get<std::string>());
  }
  return words;
}

std::vector<std::string> JsonObject::names(const char* key) const {
  std::vector<std::string> names = words(key);
  const auto* found = value_->find(key);
  if (found == nullptr) return names;
  for (const auto& [name, item] : found->items()) {
    if (found->is_object()) names.push_back(name);
    if (!item.is_object()) continue;
    const auto inner = item.find("name");
    if (inner != item.end() && inner->is_string()) names.push_back(inner->get<std::string>());
  }
  return names;
}

std::vector<std::optional<int64_t>> JsonObject::integers(const char* key) const {
  std::vector<std::optional<int64_t>> all;
  const auto* found = value_->find(key);
  if (found == nullptr || !found->is_array()) return all;
  for (const auto& item : *found) {
    all.push_back(item.is_number_integer() ? std::optional(item.get<int64_t>()) : std::nullopt);
  }
  return all;
}

}  // namespace lamplight
