// Result<T, E> and Status: the only way an expected failure travels. The only file that names
// tl::expected, so that std::expected can replace it here. Every function that returns one is
// declared [[nodiscard]].
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace lamplight {

template <class T, class E = std::string>
using Result = tl::expected<T, E>;

// Success, or a message that says what went wrong and what to do.
using Status = tl::expected<void, std::string>;

template <class E>
[[nodiscard]] auto failure(E error) {
  return tl::unexpected<E>(std::move(error));
}
[[nodiscard]] inline auto failure(const char* error) { return tl::unexpected<std::string>(error); }

}  // namespace lamplight
