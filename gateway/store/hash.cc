#include "gateway/store/hash.h"

#include <sodium.h>

#include <algorithm>

namespace lamplight::store {
namespace {

const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::array<std::byte, 8> little_endian(uint64_t value) {
  std::array<std::byte, 8> bytes = {};
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
  return bytes;
}

class Sha256 {
 public:
  Sha256() { crypto_hash_sha256_init(&state_); }
  void add(std::span<const std::byte> bytes) {
    if (!bytes.empty()) crypto_hash_sha256_update(&state_, raw(bytes), bytes.size());
  }
  Hash finish() {
    Hash hash = {};
    crypto_hash_sha256_final(&state_, reinterpret_cast<unsigned char*>(hash.data()));
    return hash;
  }

 private:
  crypto_hash_sha256_state state_;
};

}  // namespace

Hash chain_hash(std::span<const std::byte> previous, Lane lane, uint64_t seq, MonoTime t,
                std::string_view body) {
  Sha256 sha;
  sha.add(previous);
  sha.add(std::as_bytes(std::span(name_of(lane))));
  sha.add(std::array{std::byte{0}});
  sha.add(little_endian(seq));
  sha.add(little_endian(static_cast<uint64_t>(t.ns)));
  sha.add(std::as_bytes(std::span(body)));
  return sha.finish();
}

std::array<std::byte, 8> checksum(std::span<const std::byte> a, std::span<const std::byte> b) {
  Sha256 sha;
  sha.add(little_endian(a.size()));
  sha.add(a);
  sha.add(b);
  const Hash hash = sha.finish();
  std::array<std::byte, 8> out = {};
  std::copy_n(hash.begin(), out.size(), out.begin());
  return out;
}

}  // namespace lamplight::store
