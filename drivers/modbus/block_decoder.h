// One good reply of one block → samples, by the map alone. Pure. What only the Lamplight
// profiles know (tags, heartbeat, event ring) is profile.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drivers/modbus/notes.h"
#include "drivers/modbus/register_map.h"
#include "drivers/modbus/registers.h"
#include "drivers/sdk/decoder.h"

namespace lamplight::modbus {

// What is to be said of a block besides its registers.
struct Verdict {
  Reason all_missing = Reason::none;  // every sample of the block is Missing for this reason
  bool other_alarm = false;           // an alarm without a name of its own
  std::vector<SignalId> present;      // conditions to call present whatever their bit says
};

class BlockDecoder {
 public:
  // `map` is bound to `role` and must outlive the decoder.
  BlockDecoder(const RegisterMap& map, Role role);

  // `values` holds at least the block's count of registers, or of bits one a word.
  void decode(int block, Registers values, const Verdict& verdict, sdk::Sink& sink);

  // From now on these signals, named without the role, are missing whatever their register says.
  void not_fitted(const std::vector<std::string_view>& names);

  // The link is up again: who the device is, is told anew.
  void link_is_up();

  // How many values were missing for being outside their range since the start.
  uint64_t out_of_range() const { return out_of_range_; }

 private:
  struct Row {
    const RegisterRow* row = nullptr;
    SignalId signal = 0;
    bool is_fitted = true;
  };
  struct Text {
    const RegisterRow* row = nullptr;
    std::string told;  // last
  };
  struct Condition {
    const ConditionRow* row = nullptr;
    SignalId signal = 0;
  };
  // `values` from the row's address on, in the word order it has now.
  sdk::Reading reading_of(const RegisterRow& row, WordOrder order, Registers values);
  void numbers(int block, Registers values, const Verdict& verdict, sdk::Sink& sink);
  void texts(int block, Registers values, sdk::Sink& sink);
  void conditions(int block, Registers values, const Verdict& verdict, sdk::Sink& sink);
  void state(const StateRow& row, Registers values, const Verdict& verdict, sdk::Sink& sink);

  const RegisterMap& map_;
  std::vector<Row> rows_;
  std::vector<Text> texts_;
  std::vector<Condition> conditions_;
  std::optional<SignalId> state_signal_;
  SignalId other_ = 0;
  uint64_t out_of_range_ = 0;
  Notes notes_;
};

}  // namespace lamplight::modbus
