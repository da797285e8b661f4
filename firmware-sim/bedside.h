// What has been said about one device: dictated readings, conditions by word and by the device's
// own decision, its silenced sound. A word about a condition is stronger than the device's own
// opinion and stays until the next word.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "firmware-sim/patient.h"
#include "rules/model/catalogue.h"

namespace lamplight::sim {

// The catalogue's id of a name that this source spells; asserts that it exists.
SignalId id_of(Role role, std::string_view name);

// What a condition said by a word does to what the device measures.
struct Sign {
  std::string_view condition;
  std::string_view signal;
  int32_t value;
};

class Bedside {
 public:
  explicit Bedside(Role role);

  void set(SignalId signal, int32_t from, int32_t to, MonoTime now, Duration over);
  void release(SignalId signal) { values_[signal].reset(); }
  // The dictated value, or nothing: the device measures for itself.
  std::optional<int32_t> dictated(SignalId signal, MonoTime now) const;

  // Both return whether the condition's presence changed.
  bool say(SignalId condition, bool present);
  bool decide(SignalId condition, bool present);
  bool is_present(SignalId condition) const { return conditions_[condition].present(); }
  bool is_said(SignalId condition) const { return conditions_[condition].said.value_or(false); }
  // In the catalogue's order.
  std::vector<SignalId> present_conditions() const;

  bool is_silenced = false;
  Role role() const { return role_; }

 private:
  struct Condition {
    std::optional<bool> said;
    bool decided = false;
    bool present() const { return said.value_or(decided); }
  };
  Role role_;
  std::vector<std::optional<Ramp>> values_;
  std::vector<Condition> conditions_;
};

// A limit that must be crossed for a while before the device calls it: its own alarm delay.
class SelfAlarm {
 public:
  explicit SelfAlarm(Duration delay) : delay_(delay) {}
  bool judge(MonoTime now, bool is_crossed) {
    if (!is_crossed) since_.reset();
    if (is_crossed && !since_) since_ = now;
    return since_ && now - *since_ >= delay_;
  }

 private:
  Duration delay_;
  std::optional<MonoTime> since_;
};

}  // namespace lamplight::sim
