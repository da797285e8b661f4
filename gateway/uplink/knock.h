// Does somebody listen at host:port? Paho reports a refused TCP connection and a failed TLS
// handshake with the same words; this tells them apart. Blocks up to `wait_ms` after the name is
// resolved; supervisor thread, after a failed TLS try only.
#pragma once

#include <cstdint>
#include <string>

namespace lamplight::uplink {
bool somebody_listens(const std::string& host, uint16_t port, int wait_ms);
}  // namespace lamplight::uplink
