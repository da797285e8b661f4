// Inputs in, effects out: the one path by which anything reaches the core.
#include <algorithm>
#include <utility>

#include "gateway/app.h"
#include "gateway/test_switches.h"
#include "rules/model/assert.h"
#include "rules/model/json_writer.h"

namespace lamplight {
namespace {

LogLevel level_of(core::LogLevel level) {
  switch (level) {
    case core::LogLevel::debug:
      return LogLevel::debug;
    case core::LogLevel::info:
      return LogLevel::info;
    case core::LogLevel::warn:
      return LogLevel::warn;
    case core::LogLevel::error:
      return LogLevel::error;
  }
  return LogLevel::error;
}

// The core does not know who sounds; whoever reads what rings must.
std::string with_sounder(std::string document, const std::string& sounder) {
  document.pop_back();
  return document + ",\"sounder\":" + sounder + "}";
}

}  // namespace

// Strictly rising, so that every record of the ring has an instant of its own.
MonoTime App::now() {
  last_now_ = std::max(mono_now(), last_now_ + nanoseconds(1));
  return last_now_;
}

void App::input(const core::Input& input) {
  if (is_busy_ || !core_) {
    // Only what the app itself finds out while it carries effects out; samples come from outside.
    LL_ASSERT(!std::holds_alternative<core::SamplesIn>(input));
    pending_.push_back(input);
    return;
  }
  const auto* samples = std::get_if<core::SamplesIn>(&input);
  if (samples == nullptr || samples->samples.size() <= core::kInputSamplesMax) {
    step(input);
  } else {
    for (size_t at = 0; at < samples->samples.size(); at += core::kInputSamplesMax) {
      const size_t count = std::min(core::kInputSamplesMax, samples->samples.size() - at);
      step(core::SamplesIn{samples->device, samples->samples.subspan(at, count)});
    }
  }
  finish_pending();
}

void App::finish_pending() {
  while (!pending_.empty() && !is_busy_) {
    const core::Input next = std::move(pending_.front());
    pending_.pop_front();
    step(next);
  }
}

void App::step(const core::Input& input) {
  is_busy_ = true;
  const MonoTime at = now();
  last_step_ = at;
  body_.clear();
  core::encode_input(input, body_);
  ring_->append(at, body_);
  assert_unless_harmless(input);
  core_->step(at, input, effects_);
  carry_out();
  is_busy_ = false;
}

void App::carry_out() {
  if (control_) {
    for (const core::Follow& follow : effects_.followers) control_->broadcast(follow);
    for (const core::Answered& answered : effects_.answers) control_->answer(answered);
  }
  // The seqs of a provisional core are its own: the record never sees them (late_store.cc).
  if (is_provisional()) effects_.jobs.clear();
  for (store::Job& job : effects_.jobs) jobs_.push_back(std::move(job));
  push_jobs();
  if (supervisor_) {
    for (const std::string& json : effects_.uplink) supervisor_->send_uplink(json);
  }
  for (core::Input& found : effects_.journal) pending_.push_back(std::move(found));
  for (const core::LogLine& line : effects_.log) log_.line(level_of(line.level), line.text);
  effects_.clear();
}

// Journal rows wait here when the store's queue is full; a batch is dropped and called a gap.
void App::push_jobs() {
  while (!jobs_.empty() && store_) {
    store::Job& job = jobs_.front();
    if (!store_->push(job)) {
      const auto* batch = std::get_if<store::AppendBatch>(&job);
      if (batch == nullptr) return;
      store::RecordGap gap;
      gap.lane = batch->lane;
      gap.first = gap.last = batch->seq;
      gap.t0 = gap.t1 = batch->t;
      for (const store::BatchSample& sample : batch->samples) {
        gap.t0 = std::min(*gap.t0, sample.sample.measured_at);
      }
      gap.why = "overflow";
      pending_.push_back(core::GapFound{std::move(gap)});
    }
    jobs_.pop_front();
  }
}

void App::uplink_said(std::string_view json) {
  if (is_busy_ || !core_) return;  // the supervisor reads only when the loop asks it to
  is_busy_ = true;
  core_->on_uplink(now(), json, effects_);
  carry_out();
  is_busy_ = false;
  finish_pending();
}

void App::on_store_answers() {
  std::vector<store::Answer> answers = std::exchange(early_answers_, {});
  for (store::Answer& answer : store_->take()) answers.push_back(std::move(answer));
  for (const store::Answer& answer : answers) {
    if (const auto* opened = std::get_if<store::Opened>(&answer)) {
      open_late(*opened);
      continue;
    }
    if (const auto* in_use = std::get_if<store::InUse>(&answer)) {
      refuse_state_dir(*in_use);
      return;
    }
    is_busy_ = true;
    core_->on_store(now(), answer, effects_);
    carry_out();
    is_busy_ = false;
    finish_pending();
  }
  push_jobs();
}

std::string App::read_out(std::string_view what) {
  if (what == "status") return with_sounder(core_->status_json(now()), control_->sounder_json());
  if (what == "alarms") {
    return with_sounder(core_->alarms_json(now(), true), control_->sounder_json());
  }
  if (what == "vitals") return core_->vitals_json(now());
  if (what == "devices") return core_->devices_json(now());
  if (what == "links") return supervisor_->links_json(now());
  return {};
}

void App::log(LogLevel level, std::string text) { log_.line(level, text); }

std::string App::uplink_configure() {
  const config::BrokerKeys& broker = *config_.broker;
  const std::string topics = "lamplight/v1/" + config_.home + "/";
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("configure").key("home").string(config_.home);
  json.key("protocol").string(broker.protocol == config::MqttProtocol::v5 ? "5" : "3.1.1");
  json.key("host").string(broker.host).key("port").integer(broker.port);
  json.key("insecure").boolean(broker.insecure);
  if (broker.ca) json.key("ca").string(broker.ca->path.string());
  if (broker.cert) json.key("cert").string(broker.cert->path.string());
  if (broker.key) json.key("key").string(broker.key->path.string());
  json.key("will").begin_object().key("topic").string(topics + "status");
  json.key("payload").string(core_->last_will_json()).end_object();
  json.key("subscribe").begin_array().string(topics + "command").string(topics + "stored");
  json.end_array().key("clock_older").boolean(is_clock_older()).end_object();
  return text;
}

// The uplink publishes this as retained status, disconnects and ends; kill -9 leaves it to the
// will.
std::string App::uplink_goodbye() {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("offline");
  json.key("topic").string("lamplight/v1/" + config_.home + "/status");
  json.key("payload").string(core_->last_will_json()).end_object();
  return text;
}

}  // namespace lamplight
