// Fuzz target `register_map`: any text as a vendor's register map. It is taken or refused with
// place and remedy; what is taken names only blocks that it has, and binds to a role or says why
// not.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "drivers/modbus/register_map.h"
#include "rules/model/assert.h"

using namespace lamplight;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto map = modbus::parse_map(text, "fuzz.toml");
  if (!map) {
    LL_ASSERT(map.error().starts_with("fuzz.toml:"));
    LL_ASSERT(map.error().find("\n  fix: ") != std::string::npos);
    return 0;
  }
  LL_ASSERT(!map->blocks.empty());
  for (const auto& row : map->registers) {
    const modbus::Block& block = map->blocks.at(static_cast<size_t>(row.block));
    LL_ASSERT(row.address >= block.first && row.address + row.length <= block.first + block.count);
#ifdef LL_PLANTED_BUG  // proves that the target reaches the rows of a whole good map
    LL_ASSERT(block.count == 4 || block.count >= 20);  // as all of the corpus
#endif
  }
  for (const Role role : {Role::pump, Role::ventilator}) {
    modbus::RegisterMap copy = *map;
    const auto bound = modbus::bind_to_role(copy, role);
    LL_ASSERT(bound || !bound.error().empty());
  }
  return 0;
}
