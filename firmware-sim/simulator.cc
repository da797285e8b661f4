#include "firmware-sim/simulator.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "firmware-sim/clock.h"
#include "firmware-sim/kinds.h"
#include "firmware-sim/steering.h"
#include "firmware-sim/wiring.h"
#include "rules/model/assert.h"
#include "rules/model/json_writer.h"

namespace lamplight::sim {
namespace {

constexpr Duration kTruthFlushEvery = milliseconds(200);  // of a buffered log
constexpr Duration kLoopRest = seconds(10);               // between two rounds of a scenario

}  // namespace

class Simulator::StopWatch final : public Watcher {
 public:
  explicit StopWatch(Simulator& simulator) : simulator_(simulator) {}
  void ready(uint32_t) override { simulator_.stopped_ = true; }

 private:
  Simulator& simulator_;
};

Simulator::Simulator(SimulatorSettings settings)
    : settings_(std::move(settings)),
      started_(sim::now()),
      now_(started_),
      ends_(settings_.runs_for.ns > 0 ? started_ + settings_.runs_for : kNever),
      truth_(settings_.truth_buffered),
      patient_(settings_.seed, started_),
      random_(settings_.seed + 77),
      control_(loop_, [this](std::string_view line) { return handle(line); }),
      scenario_origin_(started_) {}

Simulator::~Simulator() = default;

Status Simulator::start() {
  if (!settings_.truth_path.empty()) {
    if (Status s = truth_.open(settings_.truth_path); !s) return s;
  }
  if (Status s = make_lines(); !s) return s;
  if (Status s = make_devices(); !s) return s;
  if (settings_.scenario) {
    if (Status s = bed_.can_play(*settings_.scenario); !s) return s;
  }
  record_start();
  for (const auto& line : lines_) {
    if (Status s = line->plug(now_); !s) return s;
    print_ports(*line);
  }
  write_ports_file();
  if (!settings_.ctl_path.empty()) {
    if (Status s = control_.listen(settings_.ctl_path); !s) return s;
  }
  if (settings_.talks_on_stdin) control_.serve(STDIN_FILENO, STDOUT_FILENO);
  for (const ChangeRequest& c : settings_.changes) {
    changing_.push_back({c, now_ + c.every, false});
  }
  return {};
}

void Simulator::record_start() {
  std::string facts;
  JsonWriter w(facts);
  w.key("seed").integer(static_cast<int64_t>(settings_.seed)).key("devices").begin_object();
  for (const auto& d : devices_) w.key(d->name()).string(d->kind());
  w.end_object();
  truth_.record(now_, "", "start", facts);
}

Status Simulator::make_lines() {
  for (const PortRequest& request : settings_.ports) {
    const DeviceRequest* first = nullptr;
    for (const DeviceRequest& d : settings_.devices) {
      if (d.port == request.name && first == nullptr) first = &d;
    }
    if (first == nullptr) {
      return failure("nothing is on the bus " + request.name +
                     "; give a device --device ROLE=KIND@" + request.name +
                     " or leave the bus out");
    }
    const Kind* kind = find_kind(first->kind);
    LL_ASSERT(kind != nullptr);
    LineSettings line{kind->baud, std::string(kind->frame), settings_.paces, settings_.logs_bytes};
    lines_.push_back(make_line(*kind, request, std::move(line), truth_));
    auto port = make_port(loop_, *lines_.back(), request);
    if (!port) return failure(port.error());
    lines_.back()->use(std::move(*port));
  }
  return {};
}

Status Simulator::make_devices() {
  for (const DeviceRequest& request : settings_.devices) {
    DeviceSetup setup;
    setup.role = request.role;
    setup.kind = request.kind;
    setup.unit = request.unit;
    setup.seed = settings_.seed * 1000 + static_cast<uint64_t>(request.role) + 1;
    setup.decides_alarms = !settings_.quiet_devices;
    setup.started = started_;
    setup.clock_at_start = wall_seconds();
    setup.options = request.options;
    const auto line = std::find_if(lines_.begin(), lines_.end(),
                                   [&](const auto& l) { return l->name() == request.port; });
    LL_ASSERT(line != lines_.end());
    devices_.push_back(make_device(std::move(setup), patient_, truth_, **line));
    (*line)->attach(*devices_.back());
  }
  return {};
}

void Simulator::print_ports(const Line& line) {
  for (const Device* d : line.devices()) {
    const std::string address = line.address();
    std::printf("port %s %s %s at %s\n", std::string(d->name()).c_str(), d->kind().c_str(),
                address.c_str(), line.at().c_str());
    std::string facts;
    JsonWriter w(facts);
    w.key("present").boolean(true).key("at").string(line.at());
    truth_.record(now_, d->name(), "link", facts);
  }
  std::fflush(stdout);
}

void Simulator::write_ports_file() {
  if (settings_.ports_path.empty()) return;
  std::string text;
  JsonWriter w(text);
  w.begin_object();
  for (const auto& line : lines_) {
    for (const Device* d : line->devices()) {
      w.key(d->name()).begin_object();
      w.key("kind").string(d->kind()).key("at").string(line->at());
      w.key("unit").integer(d->unit()).end_object();
    }
  }
  w.end_object();
  text += '\n';
  // Written beside and renamed: a reader that waits for the file never sees half of it.
  const std::string beside = settings_.ports_path + ".new";
  std::FILE* f = std::fopen(beside.c_str(), "w");
  if (f == nullptr) {
    std::fprintf(stderr, "lamplight-sim: cannot write %s\n", beside.c_str());
    return;
  }
  std::fwrite(text.data(), 1, text.size(), f);
  std::fclose(f);
  std::rename(beside.c_str(), settings_.ports_path.c_str());
}

std::optional<Role> Simulator::only_role() const {
  if (devices_.size() != 1) return std::nullopt;
  return devices_[0]->role();
}

std::string Simulator::handle(std::string_view line) {
  now_ = sim::now();
  patient_.advance(now_);
  auto words = parse_steering(line, only_role());
  Status done;
  if (words) {
    for (const Word& word : *words) {
      if (done) done = apply(word);
    }
  } else {
    done = failure(words.error());
  }
  record_word(line, done);
  tick();  // the word's consequences are on their way before its answer
  return done ? answer_ok() : answer_error(done.error());
}

void Simulator::record_word(std::string_view text, const Status& done) {
  std::string facts;
  JsonWriter w(facts);
  w.key("text").string(text);
  if (!done) w.key("error").string(done.error());
  truth_.record(now_, "", "word", facts);
}

Line& Simulator::line_of(Role role) {
  for (const auto& line : lines_) {
    for (const Device* d : line->devices()) {
      if (d->role() == role) return *line;
    }
  }
  LL_ASSERT(false);
  return *lines_[0];
}

Status Simulator::apply(const Word& word) {
  const auto* const swap = std::get_if<SwapWord>(&word);
  const auto* const link = std::get_if<LinkWord>(&word);
  if (swap == nullptr && link == nullptr) return bed_.apply(word, now_);
  if (Status s = bed_.can_do(word); !s) return s;
  return link != nullptr ? apply_to_line(*link) : apply_to_both(*swap);
}

Status Simulator::apply_to_line(const LinkWord& word) {
  Line& line = line_of(word.role);
  if (!word.plugged) {
    line.unplug(now_);
    for (const Device* d : line.devices()) {
      truth_.record(now_, d->name(), "link", "\"present\":false");
    }
    return {};
  }
  if (line.port().is_plugged()) return {};
  if (Status s = line.plug(now_); !s) return s;
  print_ports(line);
  write_ports_file();
  return {};
}

Status Simulator::apply_to_both(const SwapWord& word) {
  Line& first = line_of(word.first);
  Line& second = line_of(word.second);
  if (&first == &second) return failure("both are on one bus: there are no two plugs to swap");
  const auto scheme = [](const Line& line) {
    const std::string address = line.address();
    return address.substr(0, address.find(':'));
  };
  if (scheme(first) != scheme(second)) {
    return failure("the plugs do not fit: one is " + scheme(first) + ", the other " +
                   scheme(second));
  }
  for (const Role role : {word.first, word.second}) {
    if (Status s = apply_to_line({role, false}); !s) return s;
  }
  first.swap_ports(second);
  for (const Role role : {word.first, word.second}) {
    if (Status s = apply_to_line({role, true}); !s) return s;
  }
  return {};
}

void Simulator::play_scenario() {
  if (!settings_.scenario) return;
  const auto& events = settings_.scenario->events;
  while (next_event_ < events.size() && scenario_origin_ + events[next_event_].at <= now_) {
    const ScenarioEvent& event = events[next_event_++];
    const Status done = apply(event.word);
    record_word(event.text, done);
    if (!done) {
      std::fprintf(stderr, "lamplight-sim: line %d of the scenario: %s\n", event.line,
                   done.error().c_str());
    }
  }
  if (settings_.loops && next_event_ == events.size() && !events.empty()) {
    scenario_origin_ = scenario_origin_ + events.back().at + kLoopRest;
    next_event_ = 0;
  }
}

void Simulator::play_changes() {
  for (Changing& c : changing_) {
    if (c.next > now_) continue;
    c.is_high = !c.is_high;
    const SetWord word{c.request.signal, c.is_high ? c.request.high : c.request.low, {}, false};
    if (Device* d = bed_.find(signal_info(word.signal).role)) {
      std::string facts;
      const SignalInfo& info = signal_info(word.signal);
      JsonWriter(facts).key("signal").string(info.name).key("value").decimal(word.value,
                                                                             info.decimals);
      truth_.record(now_, d->name(), "change", facts);
      (void)d->apply(word, now_);
    }
    // Half to one and a half periods: no phase lock with anybody's poll.
    c.next = now_ + Duration{random_.between(c.request.every.ns / 2, c.request.every.ns * 3 / 2)};
  }
}

void Simulator::tick() {
  patient_.advance(now_);
  for (const auto& d : devices_) {
    if (d->deadline() <= now_) d->tick(now_);
  }
  for (const auto& line : lines_) line->flush_due(now_);
}

MonoTime Simulator::deadline() const {
  MonoTime next = ends_;
  for (const auto& d : devices_) next = std::min(next, d->deadline());
  for (const auto& l : lines_) next = std::min(next, l->deadline());
  for (const Changing& c : changing_) next = std::min(next, c.next);
  if (settings_.scenario && next_event_ < settings_.scenario->events.size()) {
    next = std::min(next, scenario_origin_ + settings_.scenario->events[next_event_].at);
  }
  return next;
}

void Simulator::run(int stop_fd) {
  StopWatch stop(*this);
  const uint64_t id = loop_.add(stop_fd, EPOLLIN, stop);
  MonoTime flush_at = started_;
  while (!stopped_ && now_ < ends_) {
    now_ = sim::now();
    play_scenario();
    play_changes();
    tick();
    if (truth_.is_buffered() && flush_at <= now_) {
      truth_.flush();
      flush_at = now_ + kTruthFlushEvery;
    }
    loop_.wait(truth_.is_buffered() ? std::min(deadline(), flush_at) : deadline());
    now_ = sim::now();
  }
  loop_.remove(id, stop_fd);
  truth_.record(sim::now(), "", "stop", "");
  truth_.flush();
}

}  // namespace lamplight::sim
