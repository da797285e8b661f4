// core.sock: the sounder, the command line and the web page. Who may say what is decided by what
// the kernel says of the peer: root, our own user and the group lamplight may act, others only
// ask. Followers get what happens in the turn in which it happens; one that does not read is cut
// off rather than waited for. Core thread only. Messages: drivers/sdk/wire/messages.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sdk/wire/channel.h"
#include "gateway/core/effects.h"
#include "gateway/core/input.h"
#include "gateway/log.h"
#include "gateway/once_a_minute.h"
#include "gateway/poller.h"
#include "gateway/sounder_watch.h"
#include "rules/model/result.h"

namespace lamplight {

class ControlSink {
 public:
  ControlSink() = default;
  virtual ~ControlSink() = default;
  ControlSink(const ControlSink&) = delete;
  ControlSink& operator=(const ControlSink&) = delete;

  virtual void act(const core::BedsideAct& act) = 0;
  virtual void sounder(const core::SounderReport& report) = 0;
  // One JSON object; empty: there is no such read-out.
  virtual std::string read_out(std::string_view what) = 0;
  // What a follower of `annunciate` has to know first: one complete message.
  virtual std::string annunciate_now() = 0;
  virtual void log(LogLevel level, std::string text) = 0;
  virtual MonoTime now() = 0;
};

class Control {
 public:
  // `sink` must outlive it. `welcome`: the answer to every hello, one JSON message. `has_sounder`:
  // one must be connected.
  Control(ControlSink& sink, std::string welcome, bool has_sounder);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // A socket that cannot be made now is tried again every few seconds.
  [[nodiscard]] Status listen(const std::filesystem::path& socket);
  int poll_fd() const { return poller_.fd(); }
  void on_ready();
  void on_time();  // at or after next_due(): heartbeats
  MonoTime next_due() const { return next_beat_; }

  void broadcast(const core::Follow& follow);
  void answer(const core::Answered& answered);
  // One JSON object: the sounders at home, as the read-outs show them.
  std::string sounder_json();
  // A new core has heard nothing of the sounders.
  void tell_sounders_again() { sounders_.report_again(); }

 private:
  struct Client;
  void accept_all();
  bool make_room();
  void drop_silent(MonoTime now);
  void bound_outboxes();
  void keep_socket(MonoTime now);
  void hear_all(Client& client);
  void hear(Client& client, std::string_view json);
  void hear_hello(Client& client, const class JsonObject& message);
  void hear_query(Client& client, const class JsonObject& message);
  void hear_follow(Client& client, const class JsonObject& message);
  void hear_act(Client& client, core::ActKind kind, const class JsonObject& message);
  void hear_sounder(Client& client, std::string_view type, const class JsonObject& message);
  void refuse(Client& client, const class JsonObject* message, std::string_view why);
  void send(Client& client, std::string_view json);
  void drop(Client& client, std::string_view why);
  void sweep();

  ControlSink& sink_;
  std::string welcome_;
  Poller poller_;
  int listener_ = -1;
  std::filesystem::path path_;
  uint64_t inode_ = 0;  // of the socket in the file system
  MonoTime next_look_;
  std::optional<gid_t> group_;
  std::vector<std::unique_ptr<Client>> clients_;
  uint64_t next_key_ = 1;
  uint64_t next_ticket_ = 1;
  MonoTime next_beat_;
  SounderWatch sounders_;
  OnceAMinute logged_;
  std::vector<uint8_t> buffer_;
};

// The group whose members may act, if this box has it. May read files: once, at start.
std::optional<gid_t> acting_group();

// May this peer act at the bedside, or only ask? `fd` for its supplementary groups.
bool may_act(int fd, const wire::PeerCredentials& peer, std::optional<gid_t> group);

}  // namespace lamplight
