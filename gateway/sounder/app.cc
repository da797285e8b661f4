#include "gateway/sounder/app.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "gateway/sounder/clock.h"

namespace lamplight::sounder {
namespace {

constexpr int kTurnMs = 5;
constexpr Duration kBeatEvery = milliseconds(500);
constexpr Duration kOpenEvery = seconds(1);
constexpr Duration kFirstTestAfter = milliseconds(700);  // the chirp has been played, or was not
constexpr Duration kTestEvery = hours(24);

void log(const std::string& text) { std::fprintf(stderr, "lamplight-sounder: %s\n", text.c_str()); }

}  // namespace

App::App(const Setup& setup, std::unique_ptr<AudioDevice> device, int signals)
    : setup_(setup),
      device_(std::move(device)),
      signals_(signals),
      conductor_(setup.f0_hz),
      player_(conductor_, *device_, mono_now()),
      leds_(setup.leds),
      link_(setup.run_dir + "/core.sock"),
      watch_(mono_now()),
      next_test_(mono_now() + kFirstTestAfter) {}

int App::run() {
  // Before the card is opened: one that hangs in that is the watchdog's matter too.
  notifier_.send("READY=1");
  keep_device(mono_now());
  player_.once(Sound::chirp, mono_now());
  while (!is_ended()) {
    std::array<pollfd, 2> ready{{{.fd = signals_, .events = POLLIN, .revents = 0},
                                 {.fd = link_.fd(), .events = POLLIN, .revents = 0}}};
    (void)::poll(ready.data(), ready.size(), kTurnMs);
    turn(mono_now());
  }
  (void)leds_.show(Colour::dark);
  device_->close();
  return 0;
}

bool App::is_ended() const {
  signalfd_siginfo info{};
  return ::read(signals_, &info, sizeof info) == sizeof info;
}

void App::turn(MonoTime now) {
  hear_core(now);
  decide(now);
  keep_device(now);
  show_light(now);
  keep_time(now);
  feed_watchdog(now);
}

void App::hear_core(MonoTime now) {
  if (link_.connect(now)) {
    watch_.disconnected();
    is_new_core_ = true;
    link_.say(hello());
    link_.say(follow());
  }
  if (!link_.is_open()) return;
  if (!link_.hear([&](std::string_view json) { take(json, now); })) watch_.disconnected();
}

void App::take(std::string_view json, MonoTime now) {
  const auto message = read(json);
  if (!message) return;
  if (std::holds_alternative<Welcome>(*message)) {
    if (is_first_test_done_) tell_test();
  } else if (const auto* refused = std::get_if<Refused>(&*message)) {
    log("lamplightd refuses: " + refused->reason);
  } else if (std::holds_alternative<Heartbeat>(*message)) {
    if (!watch_.heartbeat(now)) link_.say(follow());
  } else if (const auto* state = std::get_if<State>(&*message)) {
    state_ = *state;
    watch_.state(now);
    if (std::exchange(is_new_core_, false)) tell_what_goes_on();
    if (state->remind) player_.once(Sound::reminder, now);
  }
}

// What shall sound and be seen now. Without a core nothing that was known is true any more.
void App::decide(MonoTime now) {
  const bool gone = watch_.is_gone(now);
  if (std::exchange(is_gone_, gone) != gone) {
    log(gone ? "monitoring has stopped: no heartbeat of lamplightd" : "lamplightd is watching");
  }
  Wish wish = wish_of(state_, setup_.melodies);
  if (gone) wish = {.sound = Sound::two_tone, .melody = Melody::single, .newest = 0};
  if (wish != conductor_.wish()) {
    if (const Status heard = player_.want(wish, now); !heard) lose_device(heard.error(), now);
  }
  const Light light = gone ? light_of(Priority::high, false) : state_.light;
  if (light == light_) return;
  light_ = light;
  light_since_ = now;
}

void App::keep_device(MonoTime now) {
  if (!device_->is_open() && now >= next_open_) {
    next_open_ = now + kOpenEvery;
    if (const Status opened = device_->open(); !opened) return lose_device(opened.error(), now);
    player_.begin(now);
  }
  if (const Status played = player_.turn(now); !played) return lose_device(played.error(), now);
  for (const Conductor::Begun& begun : conductor_.take_begun()) {
    const bool heard = device_->is_open() && begun.sound >= Sound::low;
    if (heard && !is_gone_) link_.say(signalled(begun.sound, state_));
  }
  if (!device_->is_open() || device_trouble_.empty()) return;
  log("the sound device plays again");
  device_trouble_.clear();
  if (is_first_test_done_) test("change");
}

void App::lose_device(const std::string& why, MonoTime now) {
  device_->close();
  next_open_ = now + kOpenEvery;
  if (std::exchange(device_trouble_, why) == why) return;
  log(why);
  if (is_first_test_done_) test("change");
}

void App::show_light(MonoTime now) {
  const Status shown = leds_.show(colour_at(light_, now - light_since_));
  const std::string trouble = shown ? "" : shown.error();
  if (std::exchange(light_trouble_, trouble) == trouble) return;
  if (!trouble.empty()) log(trouble);
  if (is_first_test_done_) test("change");
}

void App::keep_time(MonoTime now) {
  if (now >= next_beat_) {
    next_beat_ = now + kBeatEvery;
    link_.say(heartbeat());
  }
  if (now < next_test_) return;
  next_test_ = now + kTestEvery;
  test(std::exchange(is_first_test_done_, true) ? "daily" : "start");
}

// Only from the end of a whole turn.
void App::feed_watchdog(MonoTime now) {
  const auto period = notifier_.watchdog();
  if (!period || now < next_feed_) return;
  next_feed_ = now + Duration{std::min(period->ns / 4, seconds(1).ns)};
  notifier_.send("WATCHDOG=1");
}

// The device takes samples at its pace and the LEDs take a value: a player that is stuck and a lamp
// that cannot be written have told so by now, or do here. Ears are not part of it.
void App::test(const char* when) {
  if (const Status lit = leds_.test(); !lit) light_trouble_ = lit.error();
  last_test_ = {
      .when = when, .passed = device_trouble_.empty() && light_trouble_.empty(), .text = {}};
  last_test_.text = last_test_.passed ? "sound device " + setup_.device + " plays" +
                                            (leds_.exist() ? ", light works" : ", no light")
                    : device_trouble_.empty() ? light_trouble_
                                              : device_trouble_;
  log("self-test (" + last_test_.when + ") " + (last_test_.passed ? "passed: " : "failed: ") +
      last_test_.text);
  tell_test();
}

// Up to 30 s lie between two bursts: a core that is back must not wait for the next one to know
// that what must sound already does. Another sound begins with a burst of its own.
void App::tell_what_goes_on() {
  const Sound sound = conductor_.wish().sound;
  const bool goes_on = wish_of(state_, setup_.melodies).sound == sound && sound >= Sound::low;
  if (goes_on && device_->is_open()) link_.say(signalled(sound, state_));
}

void App::tell_test() { link_.say(self_test(last_test_)); }

}  // namespace lamplight::sounder
