// What `lamplight-sim list` prints: every kind of device with what it can say and suffer, the
// signals that can be set, and the words.
#pragma once

#include <string>

namespace lamplight::sim {

std::string catalogue_text();

}  // namespace lamplight::sim
