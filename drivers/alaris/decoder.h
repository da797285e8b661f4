// What an Alaris/Asena GH, GS or CC answers. Of INF: the serial number, alarm, mode, rate, volume
// and pressure. Its rate is what it is set to: a pump on hold still names one, so it is `rate_set`
// and never `rate`.
#pragma once

#include <vector>

#include "drivers/alaris/frame.h"
#include "drivers/sdk/conversation.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::alaris {

// Places in the plan of protocol.h.
inline constexpr size_t kAskSerial = 0, kAskStatus = 1;

class Decoder : public sdk::Decoder {
 public:
  // `conversation` may be nullptr: then every answer is believed. It must outlive the decoder. With
  // one only a status that is believed is a good frame: that alone says that the pump can be read.
  explicit Decoder(sdk::Conversation* conversation = nullptr);
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  struct Condition {
    std::string_view word;
    SignalId signal;
  };
  bool on_text(std::string_view text, MonoTime at, sdk::Sink& sink);
  bool is_believed(size_t question, MonoTime at, sdk::Sink& sink);
  void publish(const Fields& fields, sdk::Sink& sink) const;
  void publish_alarm(std::string_view word, sdk::Sink& sink) const;

  sdk::Conversation* conversation_;
  Framer framer_;
  const SignalId state_, rate_set_, delivered_, pressure_, other_;
  std::vector<Condition> conditions_;
};

std::vector<SignalId> signals_sent();

}  // namespace lamplight::alaris
