#include "gateway/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "drivers/sdk/wire/codec.h"
#include "gateway/bedside_words.h"
#include "gateway/json_object.h"
#include "gateway/outbox_channel.h"
#include "rules/model/json_writer.h"
#include "rules/model/limits.h"
#include "rules/model/text.h"

namespace lamplight {
namespace {

constexpr Duration kHeartbeat = milliseconds(500);  // the sounder's; others hear it as well
constexpr size_t kOutboxBytes = 1024 * 1024;
constexpr size_t kOutboxesBytes = 4 * 1024 * 1024;  // of all clients together
constexpr size_t kClientsMax = 64;
constexpr size_t kSilentMax = 48;  // the rest is for those that have said hello
constexpr Duration kLookEvery = seconds(5);
constexpr Duration kHelloPatience = seconds(2);
constexpr int kDatagramsPerTurn = 64;
constexpr uint64_t kListenerKey = 0;
// Of a read-out in one message; the rest of the datagram is for the id and the other members.
constexpr size_t kAnswerMax = limits::kDatagramMax - 1024;

enum class ClientRole : uint8_t { none, cli, web, sounder };

ClientRole client_role(std::string_view word) {
  if (word == "cli") return ClientRole::cli;
  if (word == "web") return ClientRole::web;
  return word == "sounder" ? ClientRole::sounder : ClientRole::none;
}

std::string_view name_of(core::FollowKind kind) {
  switch (kind) {
    case core::FollowKind::annunciate:
      return "annunciate";
    case core::FollowKind::event:
      return "events";
    case core::FollowKind::durable:
      return "durable";
    case core::FollowKind::batch:
      return "vitals";
    case core::FollowKind::link:
      return "links";
  }
  return "";
}
constexpr std::array kKinds = {core::FollowKind::annunciate, core::FollowKind::event,
                               core::FollowKind::durable, core::FollowKind::batch,
                               core::FollowKind::link};

uint32_t bit(core::FollowKind kind) { return 1U << static_cast<uint32_t>(kind); }

uint64_t inode_of(const std::filesystem::path& path) {
  struct stat file{};
  return ::stat(path.c_str(), &file) == 0 ? static_cast<uint64_t>(file.st_ino) : 0;
}

// `json` is one object; the caller's id, if it gave one, becomes its first member.
std::string with_id(std::optional<int64_t> id, std::string_view json) {
  if (!id) return std::string(json);
  std::string text = "{\"id\":" + std::to_string(*id);
  if (json.size() > 2) text += ',';
  return text += json.substr(1);
}

}  // namespace

struct Control::Client {
  uint64_t key = 0;
  OutboxChannel out;
  MonoTime since;
  bool may_act = false;
  ClientRole role = ClientRole::none;  // none: it has not said hello
  uint32_t follows = 0;
  bool gone = false;
  struct Ticket {
    uint64_t ticket;
    std::optional<int64_t> id;
  };
  std::vector<Ticket> tickets;  // acts whose answers are due
};

Control::Control(ControlSink& sink, std::string welcome, bool has_sounder)
    : sink_(sink),
      welcome_(std::move(welcome)),
      sounders_(has_sounder, sink.now()),
      buffer_(limits::kDatagramMax + 1) {}

Control::~Control() {
  if (listener_ < 0) return;
  ::close(listener_);
  std::error_code error;
  std::filesystem::remove(path_, error);
}

Status Control::listen(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = socket.string();
  if (text.size() >= sizeof address.sun_path) return failure(text + " is too long for a socket");
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  path_ = socket;  // from here on it is tried again
  next_look_ = sink_.now() + kLookEvery;
  std::error_code gone;
  std::filesystem::remove(socket, gone);  // of a process that died; the ring's lock is ours
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool bound = fd >= 0 &&
                     ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::chmod(text.c_str(), 0660) == 0 && ::listen(fd, 16) == 0;
  if (!bound) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return failure("cannot listen on " + text + ": " + why);
  }
  group_ = acting_group();
  if (group_) (void)!::chown(text.c_str(), static_cast<uid_t>(-1), *group_);
  listener_ = fd;
  inode_ = inode_of(path_);
  next_beat_ = sink_.now() + kHeartbeat;
  poller_.add(listener_, kListenerKey);
  return {};
}

void Control::on_ready() {
  for (const Poller::Event& event : poller_.wait({})) {
    if (event.key == kListenerKey) {
      accept_all();
      continue;
    }
    const auto found = std::find_if(clients_.begin(), clients_.end(),
                                    [&](const auto& c) { return c->key == event.key; });
    if (found == clients_.end() || (*found)->gone) continue;
    Client& client = **found;
    if (event.writable) {
      if (!client.out.flush()) {
        drop(client, "does not read");
        continue;
      }
      poller_.want_write(client.out.fd(), client.key, client.out.has_waiting());
    }
    hear_all(client);
  }
  sweep();
}

void Control::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    wire::Channel channel(fd);
    const auto peer = channel.peer();
    if (!peer || !make_room()) {
      const auto words = logged_.say(sink_.now(), "a client of core.sock was turned away");
      if (words) sink_.log(LogLevel::warn, *words);
      continue;
    }
    auto client = std::make_unique<Client>();
    client->key = next_key_++;
    client->since = sink_.now();
    client->may_act = may_act(fd, *peer, group_);
    client->out = OutboxChannel(std::move(channel), kOutboxBytes);
    poller_.add(fd, client->key);
    clients_.push_back(std::move(client));
  }
}

// A socket that somebody deleted is open to nobody: it is made again, and clients stay. So is one
// that could not be made at start, which whoever called listen() has said.
void Control::keep_socket(MonoTime now) {
  if (path_.empty() || now < next_look_) return;
  next_look_ = now + kLookEvery;
  if (listener_ >= 0 && inode_of(path_) == inode_) return;
  std::error_code error;
  if (std::filesystem::create_directories(path_.parent_path(), error)) {
    std::filesystem::permissions(path_.parent_path(), std::filesystem::perms{0755}, error);
  }
  const int before = listener_;
  const Status again = listen(std::filesystem::path(path_));
  if (before < 0) {
    if (again) sink_.log(LogLevel::warn, "core.sock could be made at last");
    return;
  }
  if (again) {
    poller_.remove(before);
    ::close(before);
  }
  const auto words = logged_.say(now, again ? "core.sock was deleted and is made again"
                                            : "core.sock was deleted: " + again.error());
  if (words) sink_.log(LogLevel::error, *words);
}

// Those who say nothing make room for the next, the oldest of them first.
bool Control::make_room() {
  sweep();
  size_t silent = 0;
  Client* oldest = nullptr;  // clients are in the order of their coming
  for (const auto& client : clients_) {
    if (client->role != ClientRole::none) continue;
    if (oldest == nullptr) oldest = client.get();
    ++silent;
  }
  if (silent < kSilentMax && clients_.size() < kClientsMax) return true;
  if (oldest == nullptr) return false;
  drop(*oldest, "did not say hello");
  sweep();
  return true;
}

void Control::drop_silent(MonoTime now) {
  for (const auto& client : clients_) {
    const bool is_silent = client->role == ClientRole::none;
    if (is_silent && now - client->since >= kHelloPatience) drop(*client, "did not say hello");
  }
}

void Control::hear_all(Client& client) {
  for (int i = 0; i < kDatagramsPerTurn && !client.gone; ++i) {
    const wire::Received received = client.out.channel().receive(buffer_);
    if (received.transfer == wire::Transfer::would_block) return;
    if (received.transfer != wire::Transfer::done) return drop(client, "");
    const auto message = wire::decode(received.datagram);
    if (!message || message->type != wire::MessageType::json) {
      refuse(client, nullptr, "a datagram that breaks the wire format");
      return drop(client, "broke the wire format");
    }
    hear(client, message->json);
  }
}

void Control::hear(Client& client, std::string_view json) {
  const auto message = JsonObject::parse(json);
  if (!message) {
    refuse(client, nullptr, "text that is no JSON");
    return drop(client, "broke the wire format");
  }
  const std::string type = message->text("type");
  if (type == "hello") return hear_hello(client, *message);
  if (client.role == ClientRole::none) return refuse(client, &*message, "hello comes first");
  const bool is_sounder = client.role == ClientRole::sounder && client.may_act;
  if (is_sounder && (type == "heartbeat" || type == "signalled" || type == "selftest")) {
    return hear_sounder(client, type, *message);
  }
  if (type == "heartbeat") return;
  if (type == "query") return hear_query(client, *message);
  if (type == "follow") return hear_follow(client, *message);
  const auto kind = act_kind_of(type);
  if (kind && client.role != ClientRole::sounder) return hear_act(client, *kind, *message);
  refuse(client, &*message, "not for this role to say");
}

void Control::hear_hello(Client& client, const JsonObject& message) {
  const auto versions = message.integers("wire");
  client.role = client_role(message.text("role"));
  if (client.role == ClientRole::none || versions.empty() ||
      versions.front() != wire::kVersionMajor) {
    // Drivers and the uplink speak on the fd 3 that the core gave them, never here.
    refuse(client, &message, client.role == ClientRole::none ? "role" : "wire version");
    return drop(client, "");
  }
  send(client, welcome_);
}

void Control::hear_query(Client& client, const JsonObject& message) {
  const std::string what = message.text("what");
  const std::string result = sink_.read_out(what);
  if (result.empty()) return refuse(client, &message, "no such read-out");
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("answer").key("outcome").string("done");
  json.key("what").string(what).key("result").raw(result).end_object();
  const auto id = message.integer("id");
  if (text.size() <= kAnswerMax) return send(client, with_id(id, text));
  const auto parts = pieces_for_json(result, kAnswerMax);
  for (size_t i = 0; i < parts.size(); ++i) {
    std::string part;
    JsonWriter out(part);
    out.begin_object().key("type").string("answer").key("outcome").string("done");
    out.key("what").string(what).key("part").string(parts[i]);
    out.key("more").boolean(i + 1 < parts.size()).end_object();
    send(client, with_id(id, part));
  }
}

void Control::hear_follow(Client& client, const JsonObject& message) {
  uint32_t wanted = 0;
  for (const std::string& word : message.words("what")) {
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](core::FollowKind k) { return name_of(k) == word; });
    if (kind == kKinds.end()) return refuse(client, &message, "no such thing to follow: " + word);
    wanted |= bit(*kind);
  }
  client.follows = wanted;
  send(client, with_id(message.integer("id"), R"({"type":"answer","outcome":"done"})"));
  if ((wanted & bit(core::FollowKind::annunciate)) != 0) send(client, sink_.annunciate_now());
}

void Control::hear_act(Client& client, core::ActKind kind, const JsonObject& message) {
  if (!client.may_act) return refuse(client, &message, "only root and the group lamplight may act");
  HeardAct heard = bedside_act_of(kind, message);
  if (!heard.act) return refuse(client, &message, heard.why_not);
  const uint64_t ticket = next_ticket_++;
  client.tickets.push_back({ticket, message.integer("id")});
  heard.act->client = ticket;
  sink_.act(*heard.act);
}

// Every word of it says that it lives.
void Control::hear_sounder(Client& client, std::string_view type, const JsonObject& message) {
  const MonoTime now = sink_.now();
  if (type == "heartbeat") return sounders_.heartbeat(client.key, now);
  if (type == "signalled") return sounders_.signalled(client.key, now);
  sink_.sounder(sounders_.tested(client.key, message.text("when"),
                                 message.text("outcome") == "passed", message.text("text"), now));
}

std::string Control::sounder_json() {
  const SounderWatch::View view = sounders_.view(sink_.now());
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("connected").integer(static_cast<int64_t>(view.connected));
  json.key("heard_ms").integer(view.heard_ago.ms()).key("trouble").string(view.trouble);
  json.end_object();
  return text;
}

void Control::refuse(Client& client, const JsonObject* message, std::string_view why) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("refused").key("reason").string(why).end_object();
  send(client, with_id(message == nullptr ? std::nullopt : message->integer("id"), text));
  const auto words = logged_.say(sink_.now(), "core.sock: refused: " + std::string(why));
  if (words) sink_.log(LogLevel::warn, *words);
}

void Control::answer(const core::Answered& answered) {
  for (const auto& client : clients_) {
    auto& tickets = client->tickets;
    const auto found = std::find_if(tickets.begin(), tickets.end(),
                                    [&](const auto& t) { return t.ticket == answered.client; });
    if (found == tickets.end()) continue;
    const std::optional<int64_t> id = found->id;
    tickets.erase(found);
    send(*client, with_id(id, answered.json));
    return;
  }
}

void Control::broadcast(const core::Follow& follow) {
  if (follow.kind == core::FollowKind::annunciate) {
    const auto message = JsonObject::parse(follow.json);
    sounders_.must_sound(message && message->length("audible") > 0, sink_.now());
  }
  for (const auto& client : clients_) {
    if ((client->follows & bit(follow.kind)) != 0) send(*client, follow.json);
  }
}

void Control::send(Client& client, std::string_view json) {
  if (client.gone) return;
  const bool had_waiting = client.out.has_waiting();
  if (const auto sent = client.out.send(json); !sent) {
    if (sent.error().is_fatal) return drop(client, sent.error().why);
    const auto words = logged_.say(sink_.now(), "core.sock: a message was not fit to be sent: " +
                                                    std::string(sent.error().why));
    if (words) sink_.log(LogLevel::error, *words);
    return;
  }
  if (client.out.has_waiting()) bound_outboxes();
  if (client.gone) return;
  if (client.out.has_waiting() != had_waiting) {
    poller_.want_write(client.out.fd(), client.key, client.out.has_waiting());
  }
}

// The one that is farthest behind pays.
void Control::bound_outboxes() {
  size_t bytes = 0;
  Client* fattest = nullptr;
  for (const auto& client : clients_) {
    const size_t waiting = client->out.waiting_bytes();
    bytes += waiting;
    if (fattest == nullptr || waiting > fattest->out.waiting_bytes()) fattest = client.get();
  }
  if (bytes > kOutboxesBytes) drop(*fattest, "does not read what it is sent");
}

// Only marked here: the caller may be walking over the clients.
void Control::drop(Client& client, std::string_view why) {
  if (client.gone) return;
  client.gone = true;
  client.follows = 0;
  sounders_.went(client.key, sink_.now());
  poller_.remove(client.out.fd());
  client.out.close();
  if (why.empty()) return;
  const auto words = logged_.say(sink_.now(), "a client of core.sock " + std::string(why));
  if (words) sink_.log(LogLevel::warn, *words);
}

void Control::sweep() {
  std::erase_if(clients_, [](const auto& client) { return client->gone; });
}

void Control::on_time() {
  const MonoTime now = sink_.now();
  if (now < next_beat_) return;
  next_beat_ = now + kHeartbeat;
  drop_silent(now);
  keep_socket(now);
  if (const auto report = sounders_.on_time(now)) sink_.sounder(*report);
  for (const auto& client : clients_) {
    const bool is_sounder = client->role == ClientRole::sounder;
    if (is_sounder || (client->role != ClientRole::none && client->follows != 0)) {
      send(*client, R"({"type":"heartbeat"})");
    }
  }
  sweep();
}

}  // namespace lamplight
