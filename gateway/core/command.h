// Commands of the care team (gateway design, section 9): the strict decoder of one JSON text, and
// the memory of ids already answered. Whatever the text is, decoding gives a command or one of the
// contract's words why not, and the id wherever one can be read.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/core/input.h"
#include "gateway/store/messages.h"
#include "rules/model/lane.h"

namespace lamplight::core {

enum class CommandType : uint8_t {
  accept,
  reject,
  withdraw,
  acknowledge,
  message,
  watch,
  resend_from,
  set_plan,
  bedside_only,  // pause, resume, stand-down, press, release: never from afar
};

enum class Why : uint8_t {
  none,
  retained,
  malformed,
  too_large,
  unknown_type,
  unknown_occurrence,
  closed,
  expired,
  other_store,
  not_at_bedside,
  unsupported,
};
std::string_view name_of(Why why);

struct RemoteAct {
  std::string id;
  CommandType type = CommandType::acknowledge;
  uint64_t occurrence = 0;
  std::string store_id;
  std::string actor;
  std::string role;
  Lane lane = Lane::alarm;  // resend-from
  uint64_t seq = 0;
  std::string device;  // watch
  std::optional<int64_t> expires_ns;
};

struct Decoded {
  std::optional<std::string> id;  // readable even if the rest is not
  Why why = Why::none;            // none: `act` is complete
  RemoteAct act;
};
// Judges form only: retained and size first, then the fields. Expiry, store and occurrence are for
// who knows the time and the alarms.
Decoded decode_command(const RemoteCommand& command);

// {"v":1,"id":"c-81","outcome":"done","why":null,"seq":3120}
struct Answer {
  std::optional<std::string> id;
  std::string_view outcome;
  Why why = Why::none;
  std::optional<uint64_t> seq = {};
  bool expiry_unchecked = false;
};
std::string answer_json(const Answer& answer);

// Ids answered: of the last 24 h, and the last kRememberedCommandsMax whatever their age. A flood
// beyond kHardMax forgets the oldest.
class CommandMemory {
 public:
  struct Entry {
    std::optional<uint64_t> seq;  // the first answer's
    Lane lane = Lane::alarm;      // in which that row lies
  };
  void remember(MonoTime now, const std::string& id, Entry entry);
  const Entry* find(const std::string& id) const;
  size_t size() const { return by_id_.size(); }

  static constexpr size_t kHardMax = 100'000;

 private:
  struct Aged {
    MonoTime at;
    std::string id;
  };
  std::unordered_map<std::string, Entry> by_id_;
  std::deque<Aged> order_;
};

}  // namespace lamplight::core
