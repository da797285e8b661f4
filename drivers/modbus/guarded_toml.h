// toml++ 3.3, header-only, which asserts (or, without asserts, runs on into undefined behaviour) on
// text that is merely wrong: here it throws TomlGaveUp instead. Include this, never toml++ itself.
// The gateway's configuration does the same in gateway/config/tree.cc: no code is shared with it.
#pragma once

namespace lamplight::modbus {
struct TomlGaveUp {};
[[noreturn]] inline void give_up() { throw TomlGaveUp(); }
}  // namespace lamplight::modbus

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#undef NDEBUG  // with it, toml++ takes its asserts out
#define TOML_ASSERT(condition) ((condition) ? void() : lamplight::modbus::give_up())
#include <toml++/impl/preprocessor.h>
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE lamplight::modbus::give_up()
#include <toml++/toml.h>
