// What a Fresenius pump of the Base A family answers: [module] status `;` variables, each a letter
// and hexadecimal digits. The rate is the set one; what the numbers of mode and alarm mean is not
// public, so any alarm is `other` with its number and the mode is a note.
#pragma once

#include <optional>
#include <vector>

#include "drivers/base_a/frame.h"
#include "drivers/base_a/protocol.h"
#include "drivers/sdk/conversation.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::base_a {

class Decoder : public sdk::Decoder {
 public:
  // Believes all and answers nobody.
  Decoder();
  // In a conversation, which must outlive the decoder: then only frames with values of this module
  // that are believed are good frames, for they alone say that the pump is there.
  Decoder(sdk::Conversation& conversation, std::optional<int> module);
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  bool on_text(std::string_view text, MonoTime at, sdk::Sink& sink);
  bool is_believed(char status, bool has_values, MonoTime at, sdk::Sink& sink);
  void publish(std::string_view values, sdk::Sink& sink) const;
  void publish_one(char letter, uint32_t value, std::string_view digits, sdk::Sink& sink) const;

  sdk::Conversation* conversation_ = nullptr;
  std::optional<int> module_;
  Places places_;
  Framer framer_;
  const SignalId rate_set_, delivered_, other_, system_error_;
};

std::vector<SignalId> signals_sent();

}  // namespace lamplight::base_a
