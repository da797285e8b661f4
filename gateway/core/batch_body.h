// The payload of a vitals or wave batch: per signal every sample as columns. Built from what the
// store keeps (device, signal, measured_at, value, quality, reason), ordered by device and signal,
// so that the live copy and one read back years later are the same bytes.
#pragma once

#include <span>
#include <string>

#include "gateway/core/body.h"
#include "gateway/core/core.h"
#include "gateway/store/messages.h"
#include "rules/model/catalogue.h"

namespace lamplight::core {

// `devices` give ids by number; a sample of a device that is not configured any more is left out.
std::string batch_body(const Head& head, std::span<const store::BatchSample> samples,
                       std::span<const DeviceSetup> devices);

// A sample's value as JSON: number in the unit, word of an enumeration, true or false; null
// missing.
void write_value(JsonWriter& out, const SignalInfo& info, const Sample& sample);

// An upper estimate of what one sample adds to the payload.
size_t payload_bytes(const Sample& sample);

}  // namespace lamplight::core
