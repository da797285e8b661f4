// From nothing to live monitoring: the ring, the store in its own thread, what was known before,
// what was missed, and only then the children. It waits for the store for half a second at most.
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "gateway/app.h"
#include "gateway/test_switches.h"
#include "rules/engine/profile.h"
#include "rules/model/json_writer.h"

namespace lamplight {
namespace {

constexpr char kRingFile[] = "input.ring";
constexpr char kPoisonFile[] = "input.poison";

}  // namespace

// False: another lamplightd watches this home, and two would both sound and both record.
bool App::open_ring() {
  const config::Path& dir = config_.gateway.run_dir;
  std::error_code error;
  // Those who may act reach core.sock in it; its own mode says who they are.
  if (std::filesystem::create_directories(dir, error)) {
    std::filesystem::permissions(dir, std::filesystem::perms{0755}, error);
  }
  auto ring = InputRing::open(dir / kRingFile, boot_);
  if (!ring && ring.error().is_owned) {
    log_.line(LogLevel::error, ring.error().what);
    return false;
  }
  if (!ring) {
    log_.line(LogLevel::error, ring.error().what + ": a restart will know less");
    ring_ = InputRing::unsaved(boot_);
  } else {
    ring_ = *std::move(ring);
  }
  fresh_ = ring_->unfinished_starts() > 0;
  if (fresh_) keep_poison();
  ring_->begin_start();
  return true;
}

// Where the drivers keep their newest raw bytes: beside the input journal, in memory. Without the
// directory there are none, and nothing else changes.
void App::place_black_boxes() {
  if (config_.gateway.black_box == 0) return;
  const config::Path dir = config_.gateway.run_dir / "blackbox";
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error) {
    log_.line(LogLevel::warn, "no black boxes: " + dir.string() + ": " + error.message());
    return;
  }
  // What a patient's devices said is nobody's business but the gateway's own people's.
  std::filesystem::permissions(dir, std::filesystem::perms{0750}, error);
  for (config::PortKeys& port : config_.ports) {
    port.black_box = dir / (port.name + ".ring");
    port.black_box_bytes = config_.gateway.black_box;
  }
}

// The ring that killed us twice is copied away by a child of its own, because the disk may hang,
// and begins anew here. No thread has been started yet, so the child may do as it likes.
void App::keep_poison() {
  log_.line(LogLevel::error,
            "the last start died before it had caught up: its inputs are set aside, not replayed");
  const config::Path ring = config_.gateway.run_dir / kRingFile;
  const config::Path kept = config_.gateway.run_dir / kPoisonFile;
  std::error_code error;
  std::filesystem::copy_file(ring, kept, std::filesystem::copy_options::overwrite_existing, error);
  ring_->reset();
  if (error || ::fork() != 0) return;
  // Without exec it would own the ring for as long as the disk hangs, and no next start could.
  ring_.reset();
  hang_with_state_dir();
  const Status set_aside = set_aside_poison(kept, config_.gateway.state_dir, boot_);
  ::_exit(set_aside ? 0 : 1);
}

void App::start_store() {
  std::error_code error;
  std::filesystem::create_directories(config_.gateway.state_dir, error);
  store::StoreThread::Setup setup;
  setup.store.dir = config_.gateway.state_dir.string();
  setup.store.home = config_.home;
  setup.store.boot = boot_;
  setup.store.record_quota = static_cast<uint64_t>(config_.store.record_quota);
  setup.store.telemetry_quota = static_cast<uint64_t>(config_.store.telemetry_quota);
  setup.store.free_floor = static_cast<uint64_t>(config_.store.free_floor);
  setup.store.vfs = test_vfs();
  for (const OwnDevice& device : Supervisor::devices_of(config_)) {
    setup.store.devices.push_back({device.id, device.role});
  }
  setup.lock_dir = true;
  setup.store.log = [this](const std::string& line) {
    store_log_.line(LogLevel::warn, line);
    store_log_ring_.drain(STDERR_FILENO);
  };
  setup.now = [] { return mono_now(); };
  setup.drain_log = [this] { log_ring_.drain(STDERR_FILENO); };
  store_.emplace(std::move(setup));
}

std::optional<store::Opened> App::await_store(Duration at_most) {
  const MonoTime until = mono_now() + at_most;
  for (;;) {
    // Opened is the first answer there is; what comes with it waits for the core.
    for (store::Answer& answer : store_->take()) early_answers_.push_back(std::move(answer));
    if (!early_answers_.empty()) {
      if (const auto* in_use = std::get_if<store::InUse>(&early_answers_.front())) {
        refuse_state_dir(*in_use);
        return std::nullopt;
      }
      auto opened = std::get<store::Opened>(std::move(early_answers_.front()));
      early_answers_.erase(early_answers_.begin());
      return opened;
    }
    const Duration left = until - mono_now();
    pollfd ready{.fd = store_->answers_fd(), .events = POLLIN, .revents = 0};
    if (left.ns <= 0 || ::poll(&ready, 1, static_cast<int>(left.ms() + 1)) < 0) {
      return std::nullopt;
    }
  }
}

// Two would both sound, both record and push each other off the broker.
void App::refuse_state_dir(const store::InUse& in_use) {
  log_.line(LogLevel::error,
            "state_dir " + config_.gateway.state_dir.string() + " is in use by " + in_use.holder);
  is_second_ = true;
}

core::Setup App::core_setup() const {
  core::Setup setup;
  setup.home = config_.home;
  setup.boot = boot_;
  setup.version = LL_VERSION;
  setup.has_broker = config_.broker.has_value();
  if (config_.broker) setup.vitals_every = config_.broker->vitals_every;
  for (const config::PortKeys& port : config_.ports) {
    for (const config::DeviceKeys& device : port.devices) {
      setup.devices.push_back({.number = static_cast<DeviceNumber>(setup.devices.size() + 1),
                               .id = device.id,
                               .role = device.role,
                               .port = port.name});
    }
  }
  return setup;
}

// Whether the ring still holds every input after the snapshot.
bool App::ring_is_complete(const store::Opened& opened) const {
  if (!ring_->existed()) return !opened.same_boot;
  if (!opened.same_boot || !opened.snapshot) return ring_->newest_lost() == MonoTime{0};
  return ring_->newest_lost() <= opened.snapshot->mono;
}

// A core that knows what was known, has heard again what the last one heard, and is told that
// nobody watched in between. True: it has heard the inputs of this process as well, which there
// are only when the store is late.
bool App::start_core(const store::Opened& opened) {
  const MonoTime provisional_boot = std::exchange(provisional_since_, kNever);
  newest_wall_ns_ = opened.newest_wall_ns;
  core_.emplace(core_setup(), program_);
  core_->restore(opened, fresh_ ? core::Restore::fresh : core::Restore::resume,
                 ring_is_complete(opened));
  const std::vector<InputRing::Record> records = ring_->records();
  if (!records.empty()) last_now_ = std::max(last_now_, records.back().now);
  const MonoTime from = core_->replay_from();
  std::vector<Sample> samples;
  size_t replayed = 0;
  bool was_provisional = provisional_boot != kNever;
  for (const InputRing::Record& record : records) {
    if (from == kNever || record.now <= from) continue;
    const auto input = core::decode_input(record.body, samples);
    if (!input) {
      log_.line(LogLevel::error, "an input of the ring cannot be read: " + input.error());
      break;
    }
    assert_unless_harmless(*input);
    const auto* booted = std::get_if<core::Booted>(&*input);
    was_provisional =
        was_provisional || (booted != nullptr && booted->kind == core::BootKind::provisional);
    core_->replay(record.now, *input, effects_);
    carry_out();
    ++replayed;
  }
  // What the last core still had to find out, this one finds out by itself.
  pending_.clear();
  if (replayed > 0) log_.line(LogLevel::info, std::to_string(replayed) + " inputs heard again");
  // A death before the next snapshot must not hear a provisional beginning again.
  if (was_provisional) ring_->reset();
  // Where the ring is read for its samples alone ours is passed over, and we begin now.
  if (provisional_boot != kNever && core_->watching_since() == provisional_boot) return true;
  const MonoTime at = now();
  step(core_->boot_input(at, clock_now()));
  finish_pending();
  return false;
}

// The label of a beginning; the next one is due in a minute.
core::WallChange App::clock_now() {
  const WallClock::Reading reading = wall_.read();
  last_clock_ = core::WallChange{.wall = reading.label,
                                 .profiles = profiles_at(reading.label),
                                 .synchronised = reading.synchronised};
  label_due_ = last_now_ + minutes(1);
  return *last_clock_;
}

engine::ProfileSet App::profiles_at(WallTime label) const {
  const CivilTime civil = civil_time(label);
  return engine::active_profiles(program_,
                                 {.weekday = civil.weekday, .second_of_day = civil.second_of_day});
}

void App::listen() {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("welcome").key("boot").string(boot_);
  json.key("version").string(LL_VERSION).key("home").string(config_.home);
  json.key("devices").begin_object();
  for (const OwnDevice& device : Supervisor::devices_of(config_)) {
    json.key(device.id).integer(device.number);
  }
  json.end_object().key("signals").begin_object();
  for (size_t id = 0; id < catalogue().size(); ++id) {
    json.key(path_of(static_cast<SignalId>(id))).integer(static_cast<int64_t>(id));
  }
  json.end_object().end_object();
  control_.emplace(*this, std::move(text), config_.gateway.sounder);
  const Status listening = control_->listen(config_.gateway.run_dir / "core.sock");
  if (!listening) {
    log_.line(LogLevel::error, listening.error() + ": nobody can ask or acknowledge until it can");
  }
  // What was open when we died rings, and whoever comes to sound it is watched for doing so.
  control_->broadcast({core::FollowKind::annunciate, core_->annunciate_json()});
}

}  // namespace lamplight
