#include "drivers/sdk/reading.h"

namespace lamplight::sdk {

std::string_view name_of(FactKind kind) {
  switch (kind) {
    case FactKind::identity:
      return "identity";
    case FactKind::note:
      return "note";
    case FactKind::restarted:
      return "restarted";
    case FactKind::refused:
      return "refused";
  }
  return "note";
}

}  // namespace lamplight::sdk
