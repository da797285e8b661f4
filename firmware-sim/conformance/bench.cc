#include "firmware-sim/conformance/bench.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "firmware-sim/conformance/clock.h"
#include "rules/model/json_writer.h"

namespace lamplight::conformance {
namespace {

constexpr Duration kAnswerPatience = seconds(5);
constexpr Duration kStartPatience = seconds(10);
constexpr Duration kBackOff = milliseconds(200);
constexpr int64_t kNsPerMs = 1'000'000;

int poll_ms(MonoTime now, MonoTime deadline) {
  if (deadline <= now) return 0;
  return static_cast<int>(std::min<int64_t>((deadline - now).ns / kNsPerMs + 1, 1000));
}

std::string condition_word(SignalId id, bool is_present) {
  const SignalInfo& info = signal_info(id);
  std::string word;
  JsonWriter json(word);
  json.begin_object();
  if (info.name == "silenced") {
    json.key("silenced").boolean(is_present);
  } else {
    json.key("condition").string(info.name.substr(6)).key("present").boolean(is_present);
  }
  json.end_object();
  return word;
}

}  // namespace

std::vector<std::string> run_command(const Settings& settings) {
  std::vector<std::string> command = {std::filesystem::absolute(settings.driver).string(), "run"};
  if (!settings.protocol.empty()) command.push_back(settings.protocol);
  return command;
}

Bench::Bench(const Settings& settings, const Description& description)
    : settings_(settings),
      description_(description),
      now_(mono_now()),
      simulator_(settings),
      listener_(settings, description) {}

Bench::~Bench() {
  driver_.kill();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

Status Bench::open_port() {
  std::string pattern = (std::filesystem::temp_directory_path() / "ll-kit-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return failure("no folder " + pattern);
  folder_ = pattern;
  // A contact has no bytes: the simulator serves its lines itself.
  if (!settings_.at.empty() || settings_.role == Role::contact) {
    at_ = settings_.at.empty() ? "lines:" + folder_ + "/lines" : settings_.at;
    return simulator_.start(at_, folder_);
  }
  cable_ = std::make_unique<Cable>(settings_.seed);
  if (Status s = cable_->open(folder_ + "/port"); !s) return s;
  at_ = "serial:" + cable_->driver_end();
  return simulator_.start("serial:" + cable_->device_end(), folder_);
}

Status Bench::start() {
  if (Status s = open_port(); !s) return s;
  if (!settings_.is_vendors()) {
    if (!until(kStartPatience, [&] { return !simulator_.said_at().empty(); })) {
      return failure("lamplight-sim did not start; its words stand above");
    }
    // Speed and frame of the line are the device's; the path is the cable's.
    const size_t mark = simulator_.said_at().find('?');
    if (!is_cable()) at_ = simulator_.said_at();
    if (is_cable() && mark != std::string::npos) at_ += simulator_.said_at().substr(mark);
  } else if (!simulator_.is_running()) {
    return failure("the simulator ended at once");
  }
  if (Status s = start_driver(); !s) return s;
  if (!until(kStartPatience, [&] { return listener_.is_welcome(); })) {
    return failure("the driver said no hello within 10 s" +
                   (last_death_.empty() ? "" : "; it " + last_death_) +
                   "; it must read `configure` on fd 3 and answer `hello`");
  }
  return hear_first_reading();
}

// Without one every later line would fail, each after its patience, and name the wrong cause.
Status Bench::hear_first_reading() {
  const Duration limit = settings_.limits.reconnect;
  if (until(limit, [&] { return listener_.has_reading(); })) return {};
  const std::string& why = listener_.down_why();
  return failure("no reading within " + std::to_string(limit.ms()) + " ms" +
                 (why.empty() ? "" : "; the driver says: " + why) +
                 "; does it need an --option? Its `describe` lists them");
}

Status Bench::start_driver() {
  auto both = wire::Channel::pair();
  if (!both) return failure("no socket pair");
  // As from the core: its end blocks unless the driver wants it otherwise.
  ::fcntl(both->second.fd(), F_SETFL, 0);
  if (Status s = driver_.start(run_command(settings_), {{both->second.fd(), 3}}); !s) return s;
  listener_.begin(std::move(both->first), at_, mono_now());
  return {};
}

void Bench::turn(MonoTime deadline) {
  std::vector<pollfd> wait = {{listener_.fd(), POLLIN, 0}, {simulator_.fd(), POLLIN, 0}};
  deadline = std::min(deadline, listener_.deadline());
  if (cable_) {
    const auto ends = cable_->wanted();
    wait.insert(wait.end(), ends.begin(), ends.end());
    deadline = std::min(deadline, cable_->deadline());
  }
  // The truth log is a file, which cannot be waited for.
  if (simulator_.has_truth()) deadline = std::min(deadline, now_ + milliseconds(20));
  ::poll(wait.data(), wait.size(), poll_ms(now_, deadline));
  now_ = mono_now();
  if (cable_) cable_->advance(now_);
  now_ = mono_now();
  listener_.advance(now_);
  simulator_.advance();
}

bool Bench::until(Duration patience, const std::function<bool()>& is_done) {
  now_ = mono_now();
  const MonoTime deadline = now_ + patience;
  while (!is_done()) {
    if (now_ >= deadline || !simulator_.is_running()) return false;
    revive();
    turn(deadline);
  }
  return true;
}

void Bench::revive() {
  if (driver_.pid() >= 0 && !driver_.is_running()) {
    ++deaths_;
    last_death_ = driver_.end();
    listener_.leave();  // or its hang-up would keep poll awake
    revive_at_ = now_ + kBackOff;
  }
  if (now_ < revive_at_) return;
  revive_at_ = kNever;
  (void)start_driver();
}

bool Bench::leave(Duration patience) {
  listener_.leave();
  now_ = mono_now();
  for (const MonoTime until = now_ + patience; now_ < until && driver_.is_running();) turn(until);
  return !driver_.is_running();
}

void Bench::spend(Duration time) {
  until(time, [] { return false; });
}

Answer Bench::say(const std::string& word) {
  while (simulator_.take_answer()) continue;
  word_at_ = mono_now();
  simulator_.send(word);
  std::optional<Answer> answer;
  until(kAnswerPatience, [&] { return (answer = simulator_.take_answer()).has_value(); });
  if (!answer) return {.error = "the simulator did not answer within 5 s"};
  return *answer;
}

Answer Bench::set(const std::map<SignalId, int32_t>& values) {
  std::string word;
  JsonWriter json(word);
  json.begin_object().key("set").begin_object();
  for (const auto& [signal, value] : values) {
    const SignalInfo& info = signal_info(signal);
    json.key(info.name);
    if (info.kind == SignalKind::enumeration) {
      json.string(info.enumerators[static_cast<size_t>(value)]);
    } else {
      json.decimal(value, info.decimals);
    }
  }
  json.end_object().end_object();
  const Answer answer = say(word);
  if (answer.is_ok && !answer.shows && !simulator_.has_truth()) {
    for (const auto& [signal, value] : values) simulator_.asked(signal, value);
  }
  return answer;
}

Answer Bench::tell(SignalId condition, bool is_present) {
  return say(condition_word(condition, is_present));
}

void Bench::unplug() {
  if (cable_) return cable_->unplug();
  say(R"({"link":"unplug"})");
}

Status Bench::plug() {
  if (cable_) return cable_->plug();
  const Answer answer = say(R"({"link":"plug"})");
  if (answer.is_ok) return {};
  return failure(answer.error);
}

std::string Bench::evidence() const { return cable_ ? cable_->evidence() : ""; }

}  // namespace lamplight::conformance
