#include "gateway/uplink/connection.h"

#include <algorithm>
#include <utility>

#include "rules/model/assert.h"

namespace lamplight::uplink {
namespace {

constexpr const char* kLiveLost = "live_lost";

}  // namespace

Connection::Connection(Conn conn, ClientFactory& factory, Report& report, uint64_t seed)
    : conn_(conn), factory_(factory), report_(report), reconnect_(seed) {}

void Connection::allow(MonoTime now, bool allowed) {
  if (allowed_ == allowed) return;
  allowed_ = allowed;
  if (allowed) {
    tick(now);
  } else if (client_ != nullptr) {
    end(now, End::outage, LinkState::lost, kLiveLost);
  } else {
    // Both went down together: that was an outage, not a kick.
    reconnect_.unreachable(now);
  }
}

void Connection::tick(MonoTime now) {
  if (leaving_) {
    if (now >= give_up_) client_.reset();
    return;
  }
  switch (state_) {
    case State::resting:
      if (allowed_ && now >= reconnect_.next_try()) try_connect(now);
      break;
    case State::connecting:
      if (now >= give_up_) end(now, End::outage, LinkState::lost, "unreachable");
      break;
    case State::up:
      if (now >= no_progress_) trouble(now, "no_progress");
      break;
  }
}

MonoTime Connection::deadline() const {
  if (leaving_) return client_ == nullptr ? kNever : give_up_;
  switch (state_) {
    case State::resting:
      return allowed_ ? reconnect_.next_try() : kNever;
    case State::connecting:
      return give_up_;
    case State::up:
      return no_progress_;
  }
  return kNever;
}

void Connection::try_connect(MonoTime now) {
  LL_ASSERT(client_ == nullptr);
  ++generation_;
  library_says_.clear();
  state_ = State::connecting;
  give_up_ = now + kConnectWait;
  auto made = factory_.make(conn_, generation_);
  const Status started = made ? (*made)->connect() : Status(failure(made.error()));
  if (made) client_ = std::move(*made);
  if (started) return;
  report_.log("cannot begin to connect: " + started.error());
  end(now, End::outage, LinkState::lost, "unreachable");
}

void Connection::on_event(MonoTime now, const ClientEvent& event) {
  if (event.generation != generation_ || client_ == nullptr) return;
  using What = ClientEvent::What;
  switch (event.what) {
    case What::accepted:
      return accepted(now);
    case What::connect_failed:
      return connect_failed(now);
    case What::ended:
      return trouble(now, event.code != 0 ? "kicked" : "closed");
    case What::acknowledged:
      return acknowledged(now, event.ticket);
    case What::publish_failed:
      return trouble(now, "publish_failed");
    case What::subscribed:
      if (subscribing_ > 0) --subscribing_;
      return progress(now);
    case What::subscribe_failed:
      return trouble(now, "subscribe_failed");
    case What::arrived:
      return report_.command(event.message);
    case What::disconnected:
      if (leaving_) client_.reset();
      return;
  }
}

void Connection::accepted(MonoTime now) {
  if (state_ != State::connecting) return;
  state_ = State::up;
  give_up_ = kNever;
  reconnect_.accepted(now);
  if (conn_ == Conn::live) {
    for (const std::string& topic : factory_.topics()) {
      const Status asked = client_->subscribe(topic);
      if (!asked) return trouble(now, "subscribe_failed");
      ++subscribing_;
    }
    progress(now);
  }
  say(LinkState::connected, "");
}

void Connection::connect_failed(MonoTime now) {
  if (state_ != State::connecting) return;
  const ConnectFailure failed = client_->connect_failure();
  library_says_ = failed.text;
  using Kind = ConnectFailure::Kind;
  switch (failed.kind) {
    case Kind::unreachable:
      return end(now, End::outage, LinkState::lost, "unreachable");
    case Kind::kicked:
      return end(now, End::rejection, LinkState::refused, "kicked");
    case Kind::refused:
      return end(now, End::rejection, LinkState::refused, "connack " + std::to_string(failed.code));
    case Kind::certificate: {
      const std::string why = clock_older_ ? "clock_unset" : "certificate";
      return end(now, End::rejection, LinkState::refused, why);
    }
  }
}

void Connection::publish(MonoTime now, Publish message) {
  if (message.generation != generation_ || state_ != State::up || leaving_) return;
  if (parts_.size() + message.payload.size() > kPayloadMax) return trouble(now, "overflow");
  if (message.more) {
    parts_ += message.payload;
    return;
  }
  if (!parts_.empty()) message.payload.insert(0, std::exchange(parts_, {}));
  if (in_flight_.size() + waiting_.size() >= kHeldMax) return trouble(now, "overflow");
  waiting_.push_back(std::move(message));
  fill_window(now);
}

void Connection::fill_window(MonoTime now) {
  while (state_ == State::up && !waiting_.empty() && in_flight_.size() < kWindow) {
    Publish next = std::move(waiting_.front());
    waiting_.pop_front();
    send(now, next);
  }
}

void Connection::send(MonoTime now, const Publish& message) {
  const bool was_idle = in_flight_.empty() && subscribing_ == 0;
  const uint64_t ticket = ++last_ticket_;
  in_flight_.push_back({ticket, message.receipt, message.payload.size()});
  if (was_idle) progress(now);
  const Status sent = client_->publish(message, ticket);
  if (sent) return;
  report_.log("cannot publish: " + sent.error());
  trouble(now, "publish_failed");
}

void Connection::acknowledged(MonoTime now, uint64_t ticket) {
  const auto at = std::find_if(in_flight_.begin(), in_flight_.end(),
                               [&](const InFlight& one) { return one.ticket == ticket; });
  if (at == in_flight_.end()) return;
  const Receipt receipt = std::move(at->receipt);
  in_flight_.erase(at);
  progress(now);
  if (ticket == goodbye_ticket_) return disconnect(now);
  report_.tell(published(conn_, generation_, receipt));
  if (!leaving_) fill_window(now);
}

void Connection::progress(MonoTime now) {
  no_progress_ = kNever;
  if (subscribing_ == 0 && in_flight_.empty()) return;
  const size_t bytes = in_flight_.empty() ? 0 : in_flight_.front().bytes;
  no_progress_ =
      now + kProgressWait + seconds(static_cast<int64_t>(bytes / kSlowestBytesPerSecond));
}

void Connection::trouble(MonoTime now, const std::string& why) {
  if (state_ == State::connecting) return connect_failed(now);
  end(now, End::loss, LinkState::lost, why);
}

// The one answer to everything: destroy, wait, begin again with the next generation.
void Connection::end(MonoTime now, End how, LinkState state, const std::string& why) {
  forget_generation();
  if (leaving_) return;
  switch (how) {
    case End::outage:
      reconnect_.unreachable(now);
      break;
    case End::rejection:
      reconnect_.rejected(now);
      break;
    case End::loss:
      reconnect_.lost(now);
      break;
  }
  say(state, why);
}

void Connection::forget_generation() {
  client_.reset();
  state_ = State::resting;
  subscribing_ = 0;
  in_flight_.clear();
  waiting_.clear();
  parts_.clear();
  no_progress_ = kNever;
  give_up_ = kNever;
}

void Connection::say(LinkState state, const std::string& why) {
  log_once(state, why);
  if (state != LinkState::connected && state == said_state_ && why == said_why_) return;
  said_state_ = state;
  said_why_ = why;
  report_.tell(link(conn_, state, generation_, why));
}

// Each reason of an outage once, and its end; a lost live connection speaks for both.
void Connection::log_once(LinkState state, const std::string& why) {
  const std::string name = std::string(name_of(conn_)) + " connection ";
  if (state == LinkState::connected) {
    if (!logged_whys_.empty()) report_.log(name + "up again");
    return logged_whys_.clear();
  }
  if (why == kLiveLost || !logged_whys_.insert(why).second) return;
  report_.log(name + std::string(name_of(state)) + ": " + why +
              (library_says_.empty() ? "" : " (" + library_says_ + ")"));
}

void Connection::go_offline(MonoTime now, const Offline* goodbye) {
  leaving_ = true;
  waiting_.clear();
  if (state_ != State::up) return forget_generation();
  if (goodbye == nullptr) return disconnect(now);
  give_up_ = now + kGoodbyeWait;
  goodbye_ticket_ = last_ticket_ + 1;
  send(now, {.conn = conn_,
             .generation = generation_,
             .receipt = {},
             .topic = goodbye->topic,
             .qos = 1,
             .retain = true,
             .expiry_s = {},
             .payload = goodbye->payload});
}

void Connection::disconnect(MonoTime now) {
  give_up_ = now + kDisconnectWait;
  if (client_ != nullptr && !client_->disconnect()) client_.reset();
}

}  // namespace lamplight::uplink
