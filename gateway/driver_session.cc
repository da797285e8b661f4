#include "gateway/driver_session.h"

#include <algorithm>
#include <utility>

#include "gateway/json_object.h"
#include "rules/model/json_writer.h"
#include "rules/model/limits.h"
#include "rules/model/text.h"

namespace lamplight {
namespace {

constexpr int kLogLinesAMinute = 30;
constexpr size_t kTextMax = 300;

std::string cut(std::string text) {
  text.resize(cut_text(text, kTextMax).size());
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

bool is_in_domain(const SignalInfo& info, int32_t value) {
  switch (info.kind) {
    case SignalKind::boolean:
      return value == 0 || value == 1;
    case SignalKind::enumeration:
      return value >= 0 && static_cast<size_t>(value) < info.enumerators.size();
    case SignalKind::numeric:
    case SignalKind::waveform:
      break;
  }
  return value >= -limits::kSampleAbsMax && value <= limits::kSampleAbsMax;
}

std::optional<core::FactKind> fact_kind(std::string_view fact, std::string_view name) {
  using core::FactKind;
  if (fact == "link") {
    if (name == "up") return FactKind::link_up;
    if (name == "down") return FactKind::link_down;
  }
  if (fact == "identity") return FactKind::identity;
  if (fact == "note") return FactKind::note;
  if (fact == "restarted") return FactKind::restarted;
  if (fact == "gap") return FactKind::gap;
  if (fact == "refused") return FactKind::refused;
  if (fact == "counters") return FactKind::counters;
  return std::nullopt;
}

std::string refused_json(std::string_view reason) {
  std::string json;
  JsonWriter(json)
      .begin_object()
      .key("type")
      .string("refused")
      .key("reason")
      .string(reason)
      .end_object();
  return json;
}

LogLevel level_of(std::string_view word) {
  if (word == "debug") return LogLevel::debug;
  if (word == "warn") return LogLevel::warn;
  return word == "error" ? LogLevel::error : LogLevel::info;
}

}  // namespace

std::string_view fault_of(const Sample& sample, Role role, MonoTime now) {
  if (sample.signal >= catalogue().size()) return "a signal that the catalogue lacks";
  const SignalInfo& info = signal_info(sample.signal);
  if (info.role != role) return "a signal of another role";
  if (sample.measured_at > now) return "a time in the future";
  if (sample.measured_at.ns < 0) return "a time before the box was up";
  if (sample.quality == Quality::missing) {
    const bool conclusion = sample.reason == Reason::never || sample.reason == Reason::not_watching;
    return conclusion ? "a reason that only the core may conclude" : "";
  }
  return is_in_domain(info, sample.value) ? "" : "a value outside its domain";
}

DriverSession::DriverSession(const config::PortKeys& port, const std::vector<OwnDevice>& devices,
                             std::string boot)
    : port_(port), devices_(devices), boot_(std::move(boot)) {}

std::string DriverSession::configure_json() const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("configure").key("port").begin_object();
  json.key("name").string(port_.name).key("driver").string(port_.driver);
  json.key("at").string(config::to_string(port_.address));
  json.key("period_ms").integer(port_.period.ms());
  if (!port_.black_box.empty()) {
    json.key("black_box").string(port_.black_box.string());
    json.key("black_box_bytes").integer(port_.black_box_bytes);
  }
  json.end_object();
  json.key("devices").begin_array();
  for (size_t i = 0; i < devices_.size(); ++i) {
    const config::DeviceKeys& keys = port_.devices[i];
    json.begin_object().key("id").string(keys.id).key("role").string(name_of(keys.role));
    if (keys.unit) json.key("unit").integer(*keys.unit);
    if (!keys.map.empty()) json.key("map").string(keys.map);
    if (!keys.serial.empty()) json.key("serial").string(keys.serial);
    json.key("number").integer(devices_[i].number).end_object();
  }
  json.end_array().key("options").begin_object();
  for (const config::Option& option : port_.options) json.key(option.key).raw(option.json);
  json.end_object().end_object();
  return text;
}

std::string DriverSession::welcome_json() const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("welcome").key("boot").string(boot_);
  json.key("devices").begin_object();
  std::array<bool, kRoleCount> wanted{};
  for (const OwnDevice& device : devices_) {
    json.key(device.id).integer(device.number);
    wanted[static_cast<size_t>(device.role)] = true;
  }
  json.end_object().key("signals").begin_object();
  for (size_t id = 0; id < catalogue().size(); ++id) {
    const auto signal = static_cast<SignalId>(id);
    if (!wanted[static_cast<size_t>(signal_info(signal).role)]) continue;
    json.key(path_of(signal)).integer(signal);
  }
  json.end_object().end_object();
  return text;
}

DriverSession::Heard DriverSession::hear(MonoTime now, wire::Bytes datagram) {
  Heard heard;
  const auto message = wire::decode(datagram);
  if (!message) {
    ++refused_messages_;
    heard.end = "broke the wire format: " + std::string(wire::name_of(message.error()));
    heard.reply = refused_json(wire::name_of(message.error()));
    return heard;
  }
  const bool has_samples = message->type == wire::MessageType::samples;
  switch (flood_.judge(now, has_samples ? message->samples.size() : 0, datagram.size())) {
    case FloodMeter::Verdict::take:
      break;
    case FloodMeter::Verdict::drop:
      return heard;
    case FloodMeter::Verdict::kill:
      heard.end = "flooded at ten times the limit";
      return heard;
  }
  if (has_samples) {
    hear_samples(now, message->samples, heard);
  } else {
    hear_json(now, message->json, heard);
  }
  return heard;
}

void DriverSession::hear_json(MonoTime now, std::string_view json, Heard& heard) {
  const auto message = JsonObject::parse(json);
  if (!message) {
    ++refused_messages_;
    heard.end = "sent text that is no JSON";
    heard.reply = refused_json("not_json");
    return;
  }
  const std::string type = message->text("type");
  if (type == "hello") return hear_hello(*message, heard);
  if (type == "log") return hear_log(now, *message, heard);
  if (!welcome_) return refuse(now, "before hello: " + cut(type), heard);
  if (type == "heartbeat") return;
  if (type == "fact") return hear_fact(now, *message, heard);
  if (type == "raw") return;  // the row allows it; the black box is a ring of the driver's
  refuse(now, "not for a driver to say: " + cut(type), heard);
}

void DriverSession::hear_hello(const JsonObject& message, Heard& heard) {
  const auto versions = message.integers("wire");
  if (versions.empty() || versions.front() != wire::kVersionMajor) {
    heard.end = "speaks another wire version";
  } else if (message.text("role") != "driver") {
    heard.end = "says that it is no driver";
  }
  if (heard.end) {
    ++refused_messages_;
    heard.reply = refused_json(*heard.end);
    return;
  }
  name_ = cut(message.text("name"));
  welcome_ = true;
  heard.reply = welcome_json();
}

void DriverSession::hear_log(MonoTime now, const JsonObject& message, Heard& heard) {
  if (now - log_window_ >= minutes(1)) {
    log_window_ = now;
    log_lines_ = 0;
  }
  if (++log_lines_ > kLogLinesAMinute) return;
  heard.log_level = level_of(message.text("level"));
  heard.log = cut(message.text("text"));
  if (log_lines_ == kLogLinesAMinute) heard.log += " (its log is now quiet for a minute)";
}

void DriverSession::hear_fact(MonoTime now, const JsonObject& message, Heard& heard) {
  const OwnDevice* device = own(message.integer("device").value_or(-1));
  if (device == nullptr) return refuse(now, "a fact of a device that is not its own", heard);
  const auto kind = fact_kind(message.text("fact"), message.text("name"));
  if (!kind) return refuse(now, "an unknown fact", heard);
  core::DeviceFact fact;
  fact.device = device->number;
  fact.kind = *kind;
  fact.name = cut(message.text("name"));
  fact.text = cut(message.text(*kind == core::FactKind::gap ? "why" : "text"));
  fact.present = message.flag("present", true);
  // A note without `present` has no end: it happened.
  const bool has_present = message.flag("present", true) == message.flag("present", false);
  fact.happened = *kind == core::FactKind::note && !has_present;
  fact.first = message.count("first");
  fact.last = message.count("last");
  fact.frames_good = message.count("frames_good");
  fact.frames_bad = message.count("frames_bad");
  fact.bytes_skipped = message.count("bytes_skipped");
  heard.fact = std::move(fact);
}

void DriverSession::hear_samples(MonoTime now, const wire::SamplesView& view, Heard& heard) {
  const OwnDevice* device = own(view.device());
  if (!welcome_ || device == nullptr) {
    refused_samples_ += view.size();
    return refuse(
        now, welcome_ ? "samples of a device that is not its own" : "samples before hello", heard);
  }
  samples_.clear();
  for (size_t i = 0; i < view.size(); ++i) {
    const Sample sample = view[i];
    const std::string_view fault = fault_of(sample, device->role, now);
    if (fault.empty()) {
      samples_.push_back(sample);
    } else {
      ++refused_samples_;
      refuse(now, "a sample with " + std::string(fault), heard);
    }
  }
  heard.device = device->number;
  heard.samples = samples_;
}

void DriverSession::refuse(MonoTime now, std::string_view what, Heard& heard) {
  ++refused_messages_;
  heard.reply = refused_json(what);
  if (const auto words = logged_.say(now, "refused: " + std::string(what))) {
    heard.log_level = LogLevel::warn;
    heard.log = *words;
  }
}

const OwnDevice* DriverSession::own(int64_t number) const {
  const auto found = std::find_if(devices_.begin(), devices_.end(),
                                  [&](const OwnDevice& d) { return d.number == number; });
  return found == devices_.end() ? nullptr : &*found;
}

}  // namespace lamplight
