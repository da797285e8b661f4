// lamplight-sounder as a process: one thread, one loop with a turn every 5 ms. It hears the core,
// watches its heartbeat, keeps the device and the light supplied, and reports itself. Nothing in
// it waits: a card that is gone is tried again each second, and the light goes on without it. A
// loop that stands still all the same is begun again by systemd, which each second hears of a turn.
#pragma once

#include <memory>
#include <string>

#include "gateway/notify.h"
#include "gateway/sounder/conductor.h"
#include "gateway/sounder/core_link.h"
#include "gateway/sounder/core_watch.h"
#include "gateway/sounder/device.h"
#include "gateway/sounder/leds.h"
#include "gateway/sounder/messages.h"
#include "gateway/sounder/player.h"

namespace lamplight::sounder {

struct Setup {
  std::string run_dir = "/run/lamplight";
  std::string device = "default";
  std::string leds = "/sys/class/leds";
  bool melodies = false;
  double f0_hz = kF0Hz;
};

class App {
 public:
  // `signals`: a signalfd of SIGTERM and SIGINT, which end run() well.
  App(const Setup& setup, std::unique_ptr<AudioDevice> device, int signals);

  // The exit status.
  int run();

 private:
  bool is_ended() const;
  void turn(MonoTime now);
  void hear_core(MonoTime now);
  void take(std::string_view json, MonoTime now);
  void decide(MonoTime now);
  void keep_device(MonoTime now);
  void lose_device(const std::string& why, MonoTime now);
  void show_light(MonoTime now);
  void keep_time(MonoTime now);
  void feed_watchdog(MonoTime now);
  void test(const char* when);
  void tell_test();
  void tell_what_goes_on();

  Setup setup_;
  std::unique_ptr<AudioDevice> device_;
  int signals_;
  Conductor conductor_;
  Player player_;
  Leds leds_;
  CoreLink link_;
  CoreWatch watch_;
  State state_;
  bool is_new_core_ = false;  // it has not said its state yet
  bool is_gone_ = false;      // the core, as told to the log
  Light light_;
  MonoTime light_since_;
  std::string device_trouble_;  // empty: none
  std::string light_trouble_;
  SelfTest last_test_;
  bool is_first_test_done_ = false;
  MonoTime next_open_, next_beat_, next_test_, next_feed_;
  Notifier notifier_;
};

}  // namespace lamplight::sounder
