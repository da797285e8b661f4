// The chain that makes a changed or missing journal row visible: each row's hash covers the row
// before it in its lane. SHA-256 by libsodium. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "rules/model/lane.h"
#include "rules/model/time.h"

namespace lamplight::store {

using Hash = std::array<std::byte, 32>;

// SHA-256 of prev_hash · lane · 0 · seq · t · body, integers as 8 bytes little-endian; `previous`
// is empty for the first row of a lane.
Hash chain_hash(std::span<const std::byte> previous, Lane lane, uint64_t seq, MonoTime t,
                std::string_view body);

// First 8 bytes of the SHA-256 over the parts: tells a damaged state blob from a sound one.
std::array<std::byte, 8> checksum(std::span<const std::byte> a, std::span<const std::byte> b);

}  // namespace lamplight::store
