// The inside of Core: its parts, and the handlers of inputs grouped by file. One step is: the input
// becomes engine inputs and system events (inputs.cc, start.cc, remote.cc), the engine runs once
// (turn.cc), events become rows, batches close, and what may leave leaves (finish.cc).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/core/alarm_body.h"
#include "gateway/core/batcher.h"
#include "gateway/core/command.h"
#include "gateway/core/core.h"
#include "gateway/core/outbox.h"
#include "gateway/core/recorder.h"
#include "gateway/core/state.h"
#include "rules/engine/binding.h"
#include "rules/engine/engine.h"
#include "rules/model/limits.h"
#include "rules/model/text.h"

namespace lamplight::core {

// What one input asks of the engine, all at one instant.
struct Turn {
  std::vector<engine::InputSample> samples;
  std::vector<engine::DeviceFrame> frames;
  std::vector<engine::Command> commands;
  std::vector<engine::TechnicalChange> technical;
  std::optional<engine::ProfileSet> profiles;
  engine::Gap gap = engine::Gap::none;
  void clear() {
    samples.clear();
    frames.clear();
    commands.clear();
    technical.clear();
    profiles.reset();
    gap = engine::Gap::none;
  }
};

// Who waits for the engine's word on a command of this step.
struct Asked {
  bool remote = false;
  std::string id{};  // remote
  bool expiry_unchecked = false;
  BedsideAct
      act{};  // bedside; its reason as it may be published, its button empty if there is none
};

// What a person at the bedside is told.
struct BedsideAnswer {
  BedsideAct act;
  std::string_view why;              // empty: done
  std::optional<Duration> lasts;     // still, or, of too_long, at most
  std::vector<std::string> buttons;  // there are, where the one that was meant is none
  std::string left_to;
};

// A bedside act that is done and waits to be durable.
struct Confirming {
  BedsideAnswer answer;
  Lane lane = Lane::alarm;
  uint64_t seq = 0;
  MonoTime emitted;
};

struct Core::Parts final : Documents {
  Parts(Setup s, engine::Program p);

  const Setup setup;
  const engine::Program program;
  const engine::Binding binding;
  State state;
  Recorder recorder;
  Batcher batcher;
  Outbox outbox;
  CommandMemory memory;
  std::optional<engine::Engine> engine;
  engine::EffectList list;
  Turn turn;

  // Start.
  store::Opened opened;
  Restore how = Restore::resume;
  bool resume = false;              // the ring's inputs bring the state up to date
  std::optional<Snapshot> pending;  // of another boot, or not trusted: used by Booted
  MonoTime replay_state_after{INT64_MIN};
  bool replaying = false;

  // Of the step under way.
  std::map<uint64_t, Asked> asked;  // by tag
  std::vector<Closed> closed;
  std::vector<store::RecordGap> told_again;  // gaps that the replay has told
  std::vector<store::RecordGap> given_up;    // batches that the store never took
  bool annunciate = false;
  std::vector<uint64_t> reminded;  // occurrences of which the room is to be reminded

  // Only publishing and answering need these.
  std::vector<Confirming> confirming;
  std::vector<MonoTime> watched_until;             // by device
  std::vector<std::map<SignalId, Sample>> newest;  // by device: what screens show
  std::vector<Follow> follow;                      // gathered for Effects
  std::vector<Answered> answers;
  std::vector<store::Job> jobs;
  std::vector<LogLine> log;
  bool stall_asked = false;  // the input that says so is on its way
  bool recovery_asked = false;
  uint64_t ignored_messages = 0;

  // start.cc
  void restore(const store::Opened& from, Restore mode, bool ring_complete);
  bool has_same_devices(const State& from) const;
  engine::EngineConfig engine_config() const;
  [[nodiscard]] Status try_engine() const;
  void tell_unreadable(const std::string& why);
  void remember_commands();
  MonoTime replay_from() const;
  Booted boot_input(MonoTime now, const WallChange& clock) const;
  void replay_fresh_start();
  void move_to_clock_of(const Booted& b);
  void on_booted(const Booted& b);
  uint64_t first_occurrence(uint64_t next_alarm) const;
  void start_engine(const Booted& b);
  uint64_t floor_of(Lane lane, bool uncertain, Booted& b) const;
  void note_boot(const Booted& b);
  void tell_technical(bool is_synchronised);

  // inputs.cc
  void visit(const Input& input);
  void on_samples(const SamplesIn& in);
  void on_child(const ChildChange& child);
  void rebatch(MonoTime now, const Input& input);
  std::vector<Sample> usable(const SamplesIn& in) const;
  void feed_engine(const Sample& sample);
  void on_link(const LinkChange& link);
  void note_uplink(bool up, const std::string& why);
  void end_uplink(MonoTime at);
  void note_clock_unset(bool unset, const std::string& why);
  void on_wall(const WallChange& change);
  void on_technical(const TechnicalChange& change);
  void note_disk_low(bool low, const std::string& why);
  void on_store_change(const StoreChange& change);
  void on_shutdown(const Shutdown& shutdown);
  void on_sounder(const SounderReport& report);
  void set_technical(engine::Technical kind, bool on, DeviceNumber device = 0);

  // devices.cc
  void on_fact(const DeviceFact& fact);
  void on_device_link(const DeviceFact& fact, size_t index);
  void on_note(const DeviceFact& fact, size_t index);
  void tell_note(size_t index, const std::string& name, const std::string& text, bool present);
  void on_happening(const DeviceFact& fact, size_t index);
  // The first of its name, to be told at once; those of the next 10 s are counted, and told as one
  // with their number and the newest text. Above the bound of names it becomes kOtherNotes.
  bool is_first(size_t index, std::string& name, const std::string& text);
  void on_identity(const DeviceFact& fact, size_t index);
  void tell_happening(size_t index, const std::string& name, const std::string& text,
                      uint64_t count);
  void begin_device(size_t index);
  void lose_device(size_t index, const std::string& why);
  void set_fact(size_t index, bool DeviceState::* fact, bool value);
  void count_numbers(DeviceState& device, std::span<const Sample> samples);
  void note_loss(DeviceState& device);
  void note_unseen_loss(size_t index, Duration silent_for);
  void tell_loss(DeviceState& device, bool same_boot = true);
  std::vector<DeviceState> known_devices(std::vector<DeviceState> before) const;
  void restart_devices(bool same_boot);
  void tell_due(bool all);
  MonoTime told_due() const;
  void device_event(std::string_view event, size_t index, const Recorder::Fields& fields);

  // bedside.cc
  void on_bedside(const BedsideAct& act);
  std::string carer(const std::string& by);
  std::string at_home(const std::string& by) const;
  std::string publishable(const std::string& text) const;
  std::optional<uint16_t> find_button(std::string_view name) const;
  std::optional<engine::AlarmIndex> find_occurrence(uint64_t occurrence) const;
  std::string left_to(const engine::Event& event) const;
  void keep_act(const engine::Event& event);
  bool still_stands(const StandingAct& act) const;
  void drop_ended_acts();
  const StandingAct* act_on(uint64_t occurrence, ActKind kind) const;
  BedsideAnswer answer_to(const BedsideAct& act, const engine::Event& event) const;
  std::optional<Duration> lasts(const BedsideAct& act, engine::RejectWhy why) const;
  void refuse_bedside(const BedsideAnswer& answer, uint64_t seq);
  void confirm(MonoTime now);

  // remote.cc
  void on_command(const RemoteCommand& command);
  void reject(const Decoded& decoded, Why why, bool expiry_unchecked);
  void ask_engine(engine::Command command, Asked who);
  uint64_t rejected_event(const engine::Event& event, const Asked& who, Why why);
  void answered_by_engine(const engine::Event& event, Lane lane, uint64_t seq);

  // turn.cc
  void step(MonoTime now, const Input& input, bool is_replay);
  void run_engine();
  void record_engine_events();
  void note_signalled(const engine::Event& event);
  void remind(const engine::Event& event);
  void window_event(const engine::Event& event);
  uint64_t system_event(std::string_view event, const Recorder::Fields& fields);
  void gap(const store::RecordGap& gap);
  bool is_uplink_lost(MonoTime now) const;
  MonoTime uplink_due() const;
  void derive(MonoTime now);
  MonoTime engine_time(MonoTime t) const { return {t.ns + state.engine_offset_ns}; }
  MonoTime boot_time(MonoTime t) const {
    return t == kNever ? t : MonoTime{t.ns - state.engine_offset_ns};
  }

  // finish.cc
  void close_batches(MonoTime now, bool all);
  void finish(MonoTime now, Effects& effects);
  void flush_rows(MonoTime now, bool force);
  store::Snapshot snapshot() const;
  void on_durable(const store::Durable& durable);
  void on_answer(MonoTime now, const store::Answer& answer, Effects& effects);
  void watch_store(MonoTime now, Effects& effects);
  MonoTime next_deadline() const;

  // annunciate.cc
  std::string annunciate_json() const;

  // documents.cc
  std::string status(MonoTime now) override;
  std::string alarms(MonoTime now, bool durable) override;
  std::string device(size_t index, MonoTime now) override;
  void write_document_head(JsonWriter& out, MonoTime now) const;
  void write_alarm(JsonWriter& out, engine::AlarmIndex index, MonoTime now, bool names) const;
  void write_device(JsonWriter& out, size_t index) const;
  // standing.cc
  void write_quiet(JsonWriter& out, const engine::AlarmView& view, MonoTime now, bool names) const;
  void write_standing(JsonWriter& out, MonoTime now, bool names) const;
  std::string readout_status(MonoTime now) const;
  std::string readout_alarms(MonoTime now, bool names) const;
  std::string readout_vitals(MonoTime now) const;
  Sample as_of(MonoTime now, SignalId id, Sample sample) const;
  std::string readout_devices(MonoTime now) const;
  std::string last_will() const;

  const DeviceSetup* find_device(DeviceNumber number) const {
    return number >= 1 && number <= setup.devices.size() ? &setup.devices[number - 1u] : nullptr;
  }
};

// Text of others in our events.
inline constexpr size_t kEventTextMax = 200;
inline std::string cut(const std::string& text) {
  return std::string(cut_text(text, kEventTextMax));
}

// Uplink silence at home until the technical alarm (alarms design, section 6).
inline constexpr Duration kUplinkLostAfter = seconds(35);
// A connection that has stood so long has delivered: the core begins each with a message, and the
// uplink gives one up on which nothing is acknowledged for 3 s (kProgressWait there).
inline constexpr Duration kUplinkHolds = seconds(10);
inline constexpr Duration kWatchLease = seconds(60);
inline constexpr Duration kSnapshotEvery = seconds(10);

}  // namespace lamplight::core
