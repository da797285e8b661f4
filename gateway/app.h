// lamplightd: the one loop. It journals every input in the ring, steps the core, and carries out
// what the core wants: sound first, then people at the box, then the disk, then the network.
//
// Threads, and this is the whole list: core (this loop: epoll, engine, children, core.sock) and
// store (StoreThread: SQLite, and writing the log). They exchange values over two bounded queues
// and log lines over one ring; nothing else is shared. Nothing on the core thread waits for a
// disk, a child or a client.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/clock.h"
#include "gateway/control.h"
#include "gateway/core/core.h"
#include "gateway/input_ring.h"
#include "gateway/load.h"
#include "gateway/log.h"
#include "gateway/notify.h"
#include "gateway/poller.h"
#include "gateway/store/thread.h"
#include "gateway/supervisor.h"

namespace lamplight {

class App final : public SupervisorSink, public ControlSink {
 public:
  // `programs`: the directory of our other executables. `signals`: a signalfd of SIGTERM, SIGINT
  // and SIGCHLD, which the caller has blocked before any thread began.
  App(Loaded loaded, config::Path programs, int signals);
  ~App() override;

  // The exit status: 0 after a clean stop, 1 when another lamplightd watches this home.
  int run();

 private:
  // start.cc: from nothing to live monitoring.
  bool open_ring();
  void place_black_boxes();
  void keep_poison();
  void start_store();
  std::optional<store::Opened> await_store(Duration at_most);
  void refuse_state_dir(const store::InUse& in_use);
  core::Setup core_setup() const;
  bool ring_is_complete(const store::Opened& opened) const;
  bool start_core(const store::Opened& opened);
  void listen();

  // late_store.cc: the store that has not answered yet.
  void start_provisional();
  void open_late(const store::Opened& opened);

  // app.cc: the loop.
  void loop_once();
  void on_signals();
  void on_store_answers();
  void on_time();
  void read_wall();
  core::WallChange clock_now();
  engine::ProfileSet profiles_at(WallTime label) const;
  bool is_clock_older() const;
  void feed_watchdog();
  Duration wait_time();
  void begin_stop(const std::string& why);
  bool is_stopped();

  // steps.cc: inputs in, effects out.
  void input(const core::Input& input) override;
  void step(const core::Input& input);
  void carry_out();
  void finish_pending();
  void push_jobs();

  // SupervisorSink, ControlSink.
  void uplink_said(std::string_view json) override;
  std::string uplink_configure() override;
  std::string uplink_goodbye();
  void log(LogLevel level, std::string text) override;
  MonoTime now() override;
  void act(const core::BedsideAct& act) override { input(act); }
  void sounder(const core::SounderReport& report) override { input(report); }
  std::string read_out(std::string_view what) override;
  std::string annunciate_now() override { return core_->annunciate_json(); }

  config::Config config_;
  config::Path programs_;
  int signals_;
  std::string boot_;
  WallClock wall_;
  LogRing log_ring_;
  Log log_;
  LogRing store_log_ring_{64};  // store thread only
  Log store_log_;
  Notifier notifier_;
  Poller poller_;
  std::optional<InputRing> ring_;
  engine::Program program_;
  std::optional<core::Core> core_;
  std::optional<store::StoreThread> store_;
  std::optional<Supervisor> supervisor_;
  std::optional<Control> control_;

  MonoTime last_now_;
  MonoTime last_step_;
  bool fresh_ = false;                   // a poison start
  MonoTime provisional_since_ = kNever;  // the store has not answered Opened yet
  int64_t newest_wall_ns_ = 0;
  core::Effects effects_;
  bool is_provisional() const { return provisional_since_ != kNever; }
  bool is_busy_ = false;                        // with one input
  std::deque<core::Input> pending_;             // found while busy
  std::deque<store::Job> jobs_;                 // the store's queue was full
  std::vector<store::Answer> early_answers_;    // came with Opened
  std::vector<std::byte> body_;                 // of the record being journaled
  std::optional<core::WallChange> last_clock_;  // told to the core
  bool clock_older_told_ = false;
  MonoTime label_due_, second_due_, watchdog_due_;
  uint64_t store_turns_ = 0;
  std::string status_;
  bool stopping_ = false;
  bool is_second_ = false;  // another lamplightd writes this state_dir
  MonoTime stop_deadline_;
};

}  // namespace lamplight
