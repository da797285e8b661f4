#include "drivers/sdk/fact_filter.h"

namespace lamplight::sdk {

bool FactFilter::is_news(const Fact& fact) {
  std::string key(name_of(fact.kind));
  key += ' ';
  key += fact.name;
  std::string said(fact.text);
  if (fact.present) said += *fact.present ? '+' : '-';
  const auto known = said_.find(key);
  if (known != said_.end()) {
    if (known->second == said) return false;
    known->second = said;
    return true;
  }
  if (fact.present == false || said_.size() == kFactsMax) return false;
  said_.emplace(std::move(key), std::move(said));
  return true;
}

void FactFilter::forget(FactKind kind) {
  const std::string prefix = std::string(name_of(kind)) + ' ';
  std::erase_if(said_, [&](const auto& entry) { return entry.first.starts_with(prefix); });
}

}  // namespace lamplight::sdk
