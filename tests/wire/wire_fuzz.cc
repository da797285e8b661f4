// Fuzz target `wire`: no datagram may crash the core, and what is accepted must mean exactly one
// thing: writing the accepted samples again gives the same bytes.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "drivers/sdk/wire/codec.h"
#include "rules/model/assert.h"

namespace {

using namespace lamplight;

void check_samples(const wire::SamplesView& view, wire::Bytes datagram) {
  if (view.size() > limits::kSamplesPerDatagramMax) return;  // the writer stops there
  std::vector<uint8_t> out(limits::kDatagramMax);
  wire::SamplesWriter writer(view.device(), out);
  for (size_t i = 0; i < view.size(); ++i) {
    const Sample sample = view[i];
    LL_ASSERT((sample.quality == Quality::missing) == (sample.reason != Reason::none));
    LL_ASSERT(static_cast<int>(sample.reason) < kReasonCount);
    LL_ASSERT(writer.add(sample));
  }
  LL_ASSERT(std::ranges::equal(writer.finish(), datagram));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const wire::Bytes datagram(data, size);
  const auto message = wire::decode(datagram);
  if (!message) {
    LL_ASSERT(!wire::name_of(message.error()).empty());
    return 0;
  }
#ifdef LL_PLANTED_BUG
  // A bug a shallow target would miss: it needs a whole valid message of two samples.
  if (message->samples.size() == 2 && message->samples[0].quality == Quality::missing &&
      message->samples[1].quality == Quality::low) {
    std::abort();
  }
#endif
  if (message->type == wire::MessageType::samples) {
    check_samples(message->samples, datagram);
    return 0;
  }
  std::vector<uint8_t> out(limits::kDatagramMax);
  const auto again = wire::encode_json(message->json, out);
  LL_ASSERT(again.has_value());
  LL_ASSERT(std::ranges::equal(*again, datagram));
  return 0;
}
