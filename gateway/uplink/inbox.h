// The two queues between the threads of this process, and what stands in them. From the main
// thread and the library's callbacks to the supervisor, and from the supervisor to the main
// thread. Their bounds: what the core may have outstanding, and what a broker can throw at us.
#pragma once

#include <string>
#include <variant>

#include "gateway/uplink/client.h"
#include "gateway/uplink/messages.h"
#include "gateway/uplink/queue.h"

namespace lamplight::uplink {

// The main thread stops reading from the core above this; acknowledgements always find room.
inline constexpr size_t kFromCoreMax = 1024;
inline constexpr size_t kArrivedMax = 1024;
inline constexpr size_t kInboxMax = 4096;
inline constexpr size_t kToCoreMax = 4096;
inline constexpr size_t kCommandsToCoreMax = 256;  // at 16 KiB each

using Inbox = Queue<std::variant<FromCore, ClientEvent>>;
using Outbox = Queue<std::string>;  // an empty text means: the supervisor is done

}  // namespace lamplight::uplink
