// Draeger Medibus and Medibus.X: responses to the questions of the driver, in two channels of one
// stream. A response that is no whole number of records is dropped whole. An alarm without a name
// in the catalogue is `other`, told with the device's own text. Real-time traces are taken out of
// the stream and not told: nothing is written that would start them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/medibus/codes.h"
#include "drivers/medibus/framer.h"
#include "drivers/medibus/realtime.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::medibus {

// Who we say we are. A line that brings our own words back says so too.
inline constexpr std::string_view kOurName = "LAMPLIGHT";

// Who must answer the device: the asker.
class Listener {
 public:
  Listener() = default;
  virtual ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual void on_message(bool is_command, uint8_t code) = 0;
  virtual void on_nak() = 0;
};

class Decoder : public sdk::Decoder {
 public:
  static constexpr size_t kAlarmsMax = 64;  // at once, on a page

  // `listener` may be nullptr; it must outlive the decoder. With one nothing is believed, nor a
  // good frame, before the other side has said who it is, and that it is not us.
  explicit Decoder(Listener* listener = nullptr);
  void feed(sdk::Bytes bytes, MonoTime at, sdk::Sink& sink) override;
  void end(sdk::Sink& sink) override;

 private:
  struct Active {
    uint8_t code = 0;
    std::string note;  // "alarm_cp1_9a"
    bool operator==(const Active&) const = default;
  };
  struct Condition {
    std::string_view name;
    SignalId signal;
  };
  using PageAlarms = std::vector<Active>;

  bool is_believed() const { return listener_ == nullptr || is_somebody_; }
  void on_message(const Message& message, MonoTime at, sdk::Sink& sink);
  void publish(const Message& message, sdk::Sink& sink);
  void publish_measured(Page page, std::string_view data, sdk::Sink& sink) const;
  void publish_alarms(Page page, std::string_view data, sdk::Sink& sink);
  void tell_conditions(sdk::Sink& sink) const;
  void publish_settings(std::string_view data, sdk::Sink& sink) const;
  void publish_texts(std::string_view data, sdk::Sink& sink) const;

  Listener* listener_;
  Framer framer_;
  Realtime realtime_;
  std::array<PageAlarms, 2> active_;
  std::array<bool, 2> is_damaged_{};  // the page's last answer could not be read
  bool is_somebody_ = false;          // of this conversation
  std::vector<Condition> conditions_;
  SignalId state_;
};

std::vector<SignalId> signals_sent();

}  // namespace lamplight::medibus
