#include "firmware-sim/line.h"

#include <algorithm>
#include <utility>

#include "firmware-sim/clock.h"
#include "rules/model/json_writer.h"

namespace lamplight::sim {

std::string hex_of(std::span<const uint8_t> bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const uint8_t b : bytes) {
    out += kHex[b >> 4];
    out += kHex[b & 15];
  }
  return out;
}

Line::Line(std::string name, LineSettings settings, Truth& truth)
    : name_(std::move(name)), settings_(std::move(settings)), truth_(truth) {}

std::string Line::at() const {
  if (!port_->is_serial()) return port_->address();
  return port_->address() + "?" + std::to_string(settings_.baud) + "," + settings_.frame;
}

Duration Line::byte_time() const {
  // Start, data, parity, stop: 10 bits in 8N1, 11 with parity.
  const int bits = settings_.frame.size() > 1 && settings_.frame[1] == 'N' ? 10 : 11;
  return {int64_t{1'000'000'000} * bits / settings_.baud};
}

MonoTime Line::deadline() const { return queue_.empty() ? kNever : queue_.begin()->first; }

void Line::flush_due(MonoTime now) {
  while (!queue_.empty() && queue_.begin()->first <= now) {
    const MonoTime due = queue_.begin()->first;
    Outgoing out = std::move(queue_.begin()->second);
    queue_.erase(queue_.begin());
    write(due, std::move(out));
  }
}

void Line::send(MonoTime now, const Device& from, Frame frame, const Delivery& how) {
  Outgoing out;
  out.from = &from;
  out.spacing = how.spacing;
  out.peer = frame.peer;
  out.is_intact = frame.is_intact;
  out.gives_way = frame.gives_way;
  out.fault = from.fault();
  out.facts = std::move(frame.facts);
  out.bytes = std::move(frame.bytes);
  MonoTime due = now + how.delay;
  if (is_paced()) {
    out.spacing = std::max(out.spacing, byte_time());
    due = std::max(due, out.gives_way ? pause_for(from) : busy_until_);
    if (!out.gives_way) {
      busy_until_ = due + out.spacing * static_cast<int64_t>(out.bytes.size());
    }
  }
  if (how.pause.ns > 0 && out.bytes.size() > 1) {
    Outgoing rest = out;
    const size_t half = out.bytes.size() / 2;
    rest.bytes.erase(rest.bytes.begin(), rest.bytes.begin() + static_cast<ptrdiff_t>(half));
    rest.is_announced = false;
    out.bytes.resize(half);
    put(due + how.pause, std::move(rest));
  }
  put(due, std::move(out));
  flush_due(now);
}

void Line::put(MonoTime due, Outgoing out) { queue_.emplace(due, std::move(out)); }

void Line::host_speaks(MonoTime now, size_t bytes) {
  if (!is_paced()) return;
  constexpr int64_t kSilenceTenths = 35;  // 3.5 characters: serial line guide V1.02, 2.5.1.1
  host_until_ = std::max(host_until_, now) + byte_time() * static_cast<int64_t>(bytes);
  const Duration silence{byte_time().ns * kSilenceTenths / 10};
  busy_until_ = std::max(busy_until_, host_until_ + silence);
  cut_strays(now, nullptr);
}

MonoTime Line::pause_for(const Device& stray) const {
  return speaker_ == &stray ? host_until_ : std::max(host_until_, speaks_until_);
}

void Line::cut_strays(MonoTime now, const Device* speaker) {
  std::erase_if(queue_, [&](const auto& queued) {
    const Outgoing& out = queued.second;
    if (!out.gives_way || out.from == speaker) return false;
    std::string facts;
    JsonWriter(facts).key("bytes").integer(static_cast<int64_t>(out.bytes.size() - out.offset));
    truth_.record(now, out.from->name(), "cut", facts);
    return true;
  });
}

void Line::write(MonoTime due, Outgoing out) {
  const std::span<const uint8_t> all(out.bytes);
  if (out.is_announced && !out.gives_way) {
    cut_strays(due, out.from);
    speaker_ = out.from;
    speaks_until_ = due + out.spacing * static_cast<int64_t>(all.size());
  }
  const bool drips = out.spacing.ns > 0 && all.size() - out.offset > 1;
  const auto part = drips ? all.subspan(out.offset, 1) : all.subspan(out.offset);
  // The clock just before the bytes leave: whoever receives them cannot be earlier than this.
  const MonoTime at = out.is_announced ? sim::now() : due;
  const Sent sent = port_->write(out.peer, part);
  if (out.is_announced) {
    record(at, out, sent);
    out.is_announced = false;
  }
  if (!drips || sent != Sent::written) return;
  ++out.offset;
  // By the line's clock, not by when we woke: frames would stretch into the ones behind them.
  const Duration spacing = out.spacing;
  put(due + spacing, std::move(out));
}

void Line::record(MonoTime now, const Outgoing& out, Sent sent) {
  facts_.clear();
  JsonWriter w(facts_);
  w.key("bytes").integer(static_cast<int64_t>(out.bytes.size()));
  if (sent != Sent::written) w.key("why").string(name_of(sent));
  if (out.fault != Fault::none) w.key("fault").string(name_of(out.fault));
  if (!out.is_intact) w.key("intact").boolean(false);
  if (settings_.logs_bytes || !out.is_intact) w.key("hex").string(hex_of(out.bytes));
  if (!out.facts.empty()) {
    facts_ += ',';
    facts_ += out.facts;
  }
  truth_.record(now, out.from->name(), sent == Sent::written ? "sent" : "not_sent", facts_);
}

void Line::unplug(MonoTime now) {
  port_->unplug();
  for (auto& [due, out] : queue_) {
    if (out.is_announced) record(now, out, Sent::unplugged);
  }
  queue_.clear();
  busy_until_ = host_until_ = now;
}

Status Line::plug(MonoTime) { return port_->plug(); }

void Line::swap_ports(Line& other) {
  std::swap(port_, other.port_);
  port_->deliver_to(*this);
  other.port_->deliver_to(other);
}

void Line::received(Peer peer, std::span<const uint8_t> bytes) {
  now_ = sim::now();
  std::string facts;
  JsonWriter(facts).key("hex").string(hex_of(bytes));
  for (Device* d : devices_) {
    truth_.record(now_, d->name(), "received", facts);
    d->receive(now_, peer, bytes);
  }
}

void Line::peer_came(Peer) {
  now_ = sim::now();
  for (Device* d : devices_) {
    truth_.record(now_, d->name(), "opened", "");
    d->connected(now_);
  }
}

}  // namespace lamplight::sim
