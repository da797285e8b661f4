// Whatever a network sends as a command: a decision, an answer that is JSON, and never a crash.
#include <cstdint>
#include <cstdlib>

#include "gateway/core/command.h"
#include "gateway/core/uplink_message.h"

using namespace lamplight::core;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Decoded decoded = decode_command({text, false, false});
  if (decoded.why == Why::none && (decoded.act.id.empty() || decoded.act.actor.empty())) abort();
  if (decoded.why == Why::none && decoded.id != decoded.act.id) abort();
#ifdef LL_PLANTED_BUG  // proves that the target reaches the fields of a whole command
  if (decoded.why == Why::none && decoded.act.type == CommandType::resend_from) abort();
#endif
  const Decoded retained = decode_command({text, true, false});
  if (retained.why != Why::retained || retained.id != decoded.id) abort();
  for (const Why why : {decoded.why, retained.why}) {
    const std::string answer =
        answer_json({.id = decoded.id, .outcome = "rejected", .why = why, .seq = size});
    if (answer.front() != '{' || answer.back() != '}') abort();
  }
  CommandMemory memory;
  if (decoded.id) memory.remember(lamplight::MonoTime{1}, *decoded.id, {.seq = 7});
  if (decoded.id && memory.find(*decoded.id)->seq != 7U) abort();
  // The same bytes as a message of the uplink process.
  static_cast<void>(decode_uplink(text));
  return 0;
}
