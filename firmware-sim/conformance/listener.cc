#include "firmware-sim/conformance/listener.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "firmware-sim/conformance/clock.h"
#include "rules/model/json_writer.h"

namespace lamplight::conformance {
namespace {

constexpr Duration kHeartbeatEvery = seconds(1);
constexpr Duration kKilledAfter = seconds(5);  // silence for which the core kills a driver
// Numbers on the wire are the core's and may change: here they are never those of the catalogue.
constexpr SignalId kSignalOffset = 500;
constexpr const char* kId = "dut1";

bool is_in_domain(const SignalInfo& info, int32_t value) {
  const bool is_switch = info.kind == SignalKind::boolean;
  const size_t choices = is_switch ? 2 : info.enumerators.size();
  const bool is_number = !is_switch && info.kind != SignalKind::enumeration;
  if (is_number) return std::abs(int64_t{value}) <= limits::kSampleAbsMax;
  return value >= 0 && static_cast<size_t>(value) < choices;
}

}  // namespace

void Listener::begin(wire::Channel core, const std::string& at, MonoTime now) {
  core_ = std::move(core);
  is_welcome_ = false;
  is_up_.reset();
  next_number_ = 0;
  latest_.clear();
  heard_at_ = now;
  heartbeat_at_ = now + kHeartbeatEvery;
  say(configure_json(at));
}

std::string Listener::configure_json(const std::string& at) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("configure").key("port").begin_object();
  const std::string path = std::filesystem::absolute(settings_.driver).string();
  json.key("name").string("port1");
  json.key("driver").string(settings_.protocol.empty() ? path : settings_.protocol);
  json.key("at").string(at).key("period_ms").integer(settings_.period.ms()).end_object();
  json.key("devices").begin_array().begin_object();
  json.key("id").string(kId).key("role").string(name_of(settings_.role));
  if (settings_.unit) json.key("unit").integer(*settings_.unit);
  if (!settings_.map.empty()) json.key("map").string(settings_.map);
  json.key("number").integer(kDevice).end_object().end_array();
  json.key("options").begin_object();
  for (const auto& [key, value] : settings_.options) {
    const bool is_bare =
        value == "true" || value == "false" ||
        (!value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; }));
    is_bare ? json.key(key).raw(value) : json.key(key).string(value);
  }
  json.end_object().end_object();
  return text;
}

std::string Listener::welcome_json(const Settings& settings) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("welcome").key("boot").string("conformance");
  json.key("devices").begin_object().key(kId).integer(kDevice).end_object();
  json.key("signals").begin_object();
  for (size_t i = 0; i < catalogue().size(); ++i) {
    const auto id = static_cast<SignalId>(i);
    if (signal_info(id).role == settings.role) json.key(path_of(id)).integer(id + kSignalOffset);
  }
  json.end_object().end_object();
  return text;
}

void Listener::say(std::string_view json) {
  std::vector<uint8_t> out(limits::kDatagramMax);
  const auto datagram = wire::encode_json(json, out);
  if (datagram) core_.send(*datagram);
}

void Listener::advance(MonoTime now) {
  while (core_.is_open()) {
    const wire::Received got = core_.receive(buffer_);
    if (got.transfer == wire::Transfer::closed) core_.close();
    if (got.transfer != wire::Transfer::done) break;
    now = mono_now();  // not before the message came, or a fresh reading would be of the future
    if (now - heard_at_ > kKilledAfter) {
      broke(Breach::heartbeat_missed, std::to_string((now - heard_at_).ms()) + " ms of silence");
    }
    heard_at_ = now;
    const auto message = wire::decode(got.datagram);
    if (!message) {
      broke(Breach::wire_format, std::string(wire::name_of(message.error())));
      continue;
    }
    message->type == wire::MessageType::json ? hear_json(now, message->json)
                                             : hear_samples(now, message->samples);
  }
  if (now < heartbeat_at_ || !core_.is_open()) return;
  heartbeat_at_ = now + kHeartbeatEvery;
  say(R"({"type":"heartbeat"})");
}

void Listener::hear_json(MonoTime now, std::string_view json) {
  const auto message = parse_driver_message(json);
  if (!message) return broke(Breach::wire_format, message.error());
  if (message->type == "hello") {
    const bool is_good =
        message->role == "driver" && !message->wire.empty() && message->wire[0] == 1;
    if (!is_good || is_welcome_) broke(Breach::hello, std::string(json));
    name_ = message->name;
    is_welcome_ = true;
    heartbeat_at_ = now + kHeartbeatEvery;
    return say(welcome_json(settings_));
  }
  if (message->type == "log") {
    last_log_ = message->text;
    return;
  }
  if (!is_welcome_) return broke(Breach::hello, "before hello: " + std::string(json));
  if (message->type == "fact") return hear_fact(*message);
  if (message->type == "heartbeat" || message->type == "raw") return;
  broke(Breach::unknown_message, std::string(json.substr(0, 120)));
}

void Listener::hear_fact(const DriverMessage& message) {
  if (message.device != kDevice) {
    return broke(Breach::other_device, "a fact of device " + std::to_string(message.device));
  }
  if (message.fact == "link" && (message.name == "up" || message.name == "down")) {
    is_up_ = message.name == "up";
    if (!*is_up_) down_why_ = message.text;
    return;
  }
  if (message.fact == "identity") {
    identity_[message.name] = message.text;
    return;
  }
  if (message.fact == "gap") {
    if (message.last) next_number_ = std::max<uint32_t>(next_number_, *message.last + 1);
    return;
  }
  constexpr std::array<std::string_view, 4> kOthers = {"note", "restarted", "refused", "counters"};
  if (std::ranges::find(kOthers, message.fact) == kOthers.end()) {
    broke(Breach::unknown_message, "the fact \"" + message.fact + "\"");
  }
}

void Listener::hear_samples(MonoTime now, const wire::SamplesView& view) {
  if (!is_welcome_) return broke(Breach::hello, "samples before hello");
  if (view.device() != kDevice) {
    return broke(Breach::other_device, "samples of device " + std::to_string(view.device()));
  }
  for (size_t i = 0; i < view.size(); ++i) {
    Sample sample = view[i];
    ++samples_;
    if (sample.number != next_number_) {
      broke(Breach::number_hole, std::to_string(sample.number) + " came where " +
                                     std::to_string(next_number_) + " was due");
    }
    next_number_ = sample.number + 1;
    const int id = sample.signal - kSignalOffset;
    if (id < 0 || static_cast<size_t>(id) >= catalogue().size() ||
        signal_info(static_cast<SignalId>(id)).role != settings_.role) {
      broke(Breach::unknown_signal, "number " + std::to_string(sample.signal));
      continue;
    }
    sample.signal = static_cast<SignalId>(id);
    judge(now, sample);
    latest_[sample.signal] = {sample, now};
    if (heard_.size() < kHeardMax) heard_.push_back({sample, now});
  }
}

void Listener::judge(MonoTime now, const Sample& sample) {
  const std::string path = path_of(sample.signal);
  const SignalInfo& info = signal_info(sample.signal);
  if (!description_.signals.contains(sample.signal)) broke(Breach::unlisted_signal, path);
  if (sample.measured_at > now) broke(Breach::future_time, path);
  if (const Heard* before = latest(sample.signal);
      before != nullptr && sample.measured_at < before->sample.measured_at) {
    broke(Breach::time_went_back, path);
  }
  const bool is_missing = sample.quality == Quality::missing;
  if (!is_missing && !is_in_domain(info, sample.value)) {
    broke(Breach::outside_domain, path + " = " + std::to_string(sample.value));
  }
  if (is_missing && (sample.reason == Reason::never || sample.reason == Reason::not_watching)) {
    broke(Breach::core_only_reason, path + ": " + std::string(name_of(sample.reason)));
  }
}

const Heard* Listener::latest(SignalId signal) const {
  const auto found = latest_.find(signal);
  return found == latest_.end() ? nullptr : &found->second;
}

bool Listener::has_reading() const {
  return std::ranges::any_of(
      latest_, [](const auto& one) { return one.second.sample.quality != Quality::missing; });
}

void Listener::broke(Breach which, std::string how) {
  Case& one = breaches_[static_cast<size_t>(which)];
  if (one.count++ == 0) one.first = std::move(how);
}

}  // namespace lamplight::conformance
