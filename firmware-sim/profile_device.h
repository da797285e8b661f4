// What LFP-1 and LVP-1 share (profile specification, section 3): identity, the head of the live
// block, snapshots with a heartbeat, the event ring, latched alarms, the communication watchdog.
#pragma once

#include <array>
#include <deque>

#include "firmware-sim/modbus_device.h"

namespace lamplight::sim {

struct AlarmBit {
  std::string_view condition;
  int bit;
};

struct ProfileLayout {
  uint16_t kind = 0;         // 1 feeding pump, 2 ventilator
  uint16_t live_length = 0;  // without the pad
  uint16_t capabilities = 0;
  int since_read_at = 0;
  std::string_view model;
  std::string_view serial;
  std::span<const AlarmBit> bits;
};

class ProfileDevice : public ModbusDevice {
 public:
  ProfileDevice(DeviceSetup setup, Patient& patient, Truth& truth, Outlet& outlet,
                const ProfileLayout& layout);
  const Abilities& abilities() const override { return abilities_; }

 protected:
  MonoTime own_deadline() const override { return next_snapshot_; }
  void own_tick(MonoTime now) override;
  void power_up(MonoTime now) override;
  void steered(MonoTime now) override;
  RegisterBlock* find_block(uint16_t first, uint16_t count) override;
  void being_read(MonoTime now, RegisterBlock& block) override;
  void append_facts(const RegisterBlock& block, std::string& facts) override;

  // The device's life up to `now`: counters, states, own alarm decisions.
  virtual void live(MonoTime now) = 0;
  // Registers 118 and up.
  virtual void fill(MonoTime now, RegisterBlock& live_block) = 0;
  virtual int32_t state_when_running(MonoTime now) const = 0;

  // One snapshot: a consistent copy, heartbeat one further.
  void refresh(MonoTime now);
  // A signal's reading as its register holds it, noted as a fact of this snapshot.
  uint16_t note_u16(std::string_view signal, MonoTime now);
  uint16_t note_s16(std::string_view signal, MonoTime now);
  uint32_t note_u32(std::string_view signal, MonoTime now);
  bool says(std::string_view condition) const;  // present, from whomever
  virtual bool is_on_mains() const { return !says("mains_lost"); }
  bool is_told(std::string_view condition) const;  // present by a word
  void judge(std::string_view condition, bool present, MonoTime now);
  // The first sign that a word asks for.
  static std::optional<int32_t> sign_of(const ProfileDevice& device, std::span<const Sign> signs,
                                        std::string_view signal);
  int32_t state(MonoTime now) const;
  MonoTime powered_at() const { return powered_at_; }

 private:
  struct RingEntry {
    uint32_t seq;
    uint32_t at;
    uint16_t bit;
    uint16_t action;
  };
  void make_identity();
  void wrap_counters(MonoTime now) override;
  void update_alarms(MonoTime now);
  void add_event(MonoTime now, int bit, int action);
  void fill_head(MonoTime now);
  void fill_ring();
  void make_facts(MonoTime now);
  uint32_t uptime(MonoTime now) const;
  std::optional<int32_t> note(std::string_view signal, int32_t low, int32_t high, MonoTime now);
  std::string option(std::string_view name, std::string_view otherwise) const;

  ProfileLayout layout_;
  Abilities abilities_;
  RegisterBlock identity_{"identity", 0, std::vector<uint16_t>(40)};
  RegisterBlock live_;
  RegisterBlock ring_{"ring", 200, std::vector<uint16_t>(66)};
  MonoTime next_snapshot_;
  MonoTime powered_at_;
  MonoTime last_read_;
  uint16_t heartbeat_ = 0;
  uint32_t uptime_more_ = 0;  // tenths of a second, when its counter was moved
  uint32_t present_ = 0;
  uint32_t latched_ = 0;
  std::array<MonoTime, 32> ended_{};
  uint32_t seq_ = 530;
  std::deque<RingEntry> events_;
  bool was_silenced_ = false;
  int32_t state_was_ = -1;
  MonoTime state_since_;
  uint16_t flags_ = 0;
  uint16_t watchdog_s_ = 60;
  std::vector<std::pair<SignalId, std::optional<int32_t>>> noted_;
  std::vector<std::pair<SignalId, std::optional<int32_t>>> told_;  // values last sent
  std::string facts_;        // of the live block, as it is now
  uint16_t facts_sent_ = 0;  // heartbeat of the snapshot last sent in full
  bool sent_once_ = false;
};

}  // namespace lamplight::sim
