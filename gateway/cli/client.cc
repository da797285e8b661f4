#include "gateway/cli/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "drivers/sdk/wire/codec.h"
#include "rules/model/limits.h"

namespace lamplight::cli {
namespace {

using Json = nlohmann::ordered_json;

// The core answers acknowledgements after at most 500 ms; a loop turn is far below a second.
constexpr Duration kAnswerWithin = seconds(5);

std::string why_not(const std::string& path, int error) {
  const std::string place = path + ": ";
  switch (error) {
    case ENOENT:
      return place +
             "no such socket. Is lamplightd running? If its run_dir is another one, say --run-dir "
             "DIR or --config FILE";
    case ECONNREFUSED:
      return place + "nobody listens. lamplightd has ended or is just being restarted; try again";
    case EACCES:
      return place + "not allowed. Be root or in the group lamplight";
    default:
      return place + std::generic_category().message(error);
  }
}

[[nodiscard]] Result<wire::Channel> open_socket(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure(path + ": path too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0) return failure(why_not(path, errno));
  wire::Channel channel(fd);
  // A connect to a local socket is done at once or not at all, non-blocking or not.
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failure(why_not(path, errno));
  }
  return channel;
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Client::Client(wire::Channel channel)
    : channel_(std::move(channel)), buffer_(limits::kDatagramMax) {}

Result<Client> Client::connect(const std::string& run_dir) {
  const std::string path = run_dir + "/core.sock";
  auto channel = open_socket(path);
  if (!channel) return failure(channel.error());
  Client client(std::move(*channel));
  const auto sent = client.send(R"({"type":"hello","role":"cli","name":"lamplight","wire":[1,0]})");
  if (!sent) return failure(sent.error());
  std::string message;
  switch (client.receive(kAnswerWithin, message)) {
    case Next::message:
      break;
    case Next::nothing:
      return failure(path + ": lamplightd does not answer");
    case Next::gone:
      return failure(path + ": lamplightd closed the connection");
  }
  const Json answer = Json::parse(message, nullptr, false);
  if (answer.is_object() && text_of(answer, "type") == "welcome") return client;
  return failure(path + ": lamplightd refuses us: " +
                 (answer.is_object() ? text_of(answer, "reason") : message));
}

Status Client::send(std::string_view json) {
  std::vector<uint8_t> out(limits::kDatagramMax);
  const auto datagram = wire::encode_json(json, out);
  if (!datagram) return failure("too long a message");
  if (channel_.send(*datagram) == wire::Transfer::done) return {};
  return failure("lamplightd closed the connection");
}

Client::Next Client::receive(Duration at_most, std::string& message) {
  pollfd fd{channel_.fd(), POLLIN, 0};
  while (true) {
    const wire::Received got = channel_.receive(buffer_);
    if (got.transfer == wire::Transfer::done) {
      const auto decoded = wire::decode(got.datagram);
      if (!decoded || decoded->type != wire::MessageType::json) return Next::gone;
      if (decoded->json == R"({"type":"heartbeat"})") continue;
      message = std::string(decoded->json);
      return Next::message;
    }
    if (got.transfer != wire::Transfer::would_block) return Next::gone;
    const int ready = ::poll(&fd, 1, static_cast<int>(at_most.ms()));
    if (ready == 0) return Next::nothing;
    if (ready < 0 && errno != EINTR) return Next::gone;
  }
}

Client::Next Client::next(Duration at_most, std::string& message) {
  if (kept_.empty()) return receive(at_most, message);
  message = std::move(kept_.front());
  kept_.pop_front();
  return Next::message;
}

Result<std::string> Client::ask(std::string_view members) {
  const int64_t id = ++id_;
  std::string request = "{\"id\":" + std::to_string(id) + ",";
  request += members;
  request += '}';
  if (auto sent = send(request); !sent) return failure(sent.error());
  return answer_to(id);
}

Result<std::string> Client::answer_to(int64_t id) {
  std::string message;
  while (true) {
    switch (receive(kAnswerWithin, message)) {
      case Next::message:
        break;
      case Next::nothing:
        return failure("lamplightd does not answer");
      case Next::gone:
        return failure("lamplightd closed the connection");
    }
    const Json answer = Json::parse(message, nullptr, false);
    const bool is_ours = answer.is_object() && answer.contains("id") && answer["id"] == id;
    if (!is_ours) {
      kept_.push_back(message);
      continue;
    }
    if (text_of(answer, "type") == "answer") return message;
    return failure("refused: " + text_of(answer, "reason"));
  }
}

Result<std::string> Client::query(std::string_view what) {
  auto answer = ask("\"type\":\"query\",\"what\":\"" + std::string(what) + "\"");
  std::string parts;  // of a result that is longer than a datagram
  while (answer) {
    const Json parsed = Json::parse(*answer, nullptr, false);
    if (parsed.contains("result")) return parsed["result"].dump();
    if (!parsed.contains("part")) return failure("lamplightd gave no result");
    parts += text_of(parsed, "part");
    if (!parsed.value("more", false)) return parts;
    answer = answer_to(id_);
  }
  return answer;
}

}  // namespace lamplight::cli
