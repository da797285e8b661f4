// The program lamplight-driver as a child, with the test as its core on fd 3.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "drivers/sdk/wire/channel.h"
#include "drivers/sdk/wire/codec.h"
#include "rules/model/catalogue.h"
#include "tests/drivers/pty.h"

namespace lamplight::test {

// The core's side of one driver process.
class Driver {
 public:
  explicit Driver(const char* protocol) {
    auto made = wire::Channel::pair();
    EXPECT_TRUE(made.has_value());
    core_ = std::move(made->first);
    const int child_end = made->second.release();
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(child_end, 3);
      if (child_end == 3) ::fcntl(3, F_SETFD, 0);
      ::execl(LL_DRIVER, LL_DRIVER, "run", protocol, nullptr);
      ::_exit(127);
    }
    ::close(child_end);
  }
  ~Driver() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  void say(const std::string& json) {
    std::array<uint8_t, 8192> out{};
    const auto datagram = wire::encode_json(json, out);
    ASSERT_TRUE(datagram.has_value());
    ASSERT_EQ(core_.send(*datagram), wire::Transfer::done);
  }
  void configure(const std::string& driver, const std::string& at, const std::string& more = "",
                 Role role = Role::oximeter) {
    say(R"({"type":"configure","port":{"name":"oxi","driver":")" + driver + R"(","at":")" + at +
        R"("},"devices":[{"id":"ox1","role":")" + std::string(name_of(role)) + "\"" + more +
        R"(}],"options":{}})");
  }
  void welcome() {
    std::string signals;
    for (size_t i = 0; i < catalogue().size(); ++i) {
      const auto id = static_cast<SignalId>(i);
      if (!signals.empty()) signals += ',';
      signals += '"' + path_of(id) + "\":" + std::to_string(i);
    }
    say(R"({"type":"welcome","boot":"b","devices":{"ox1":3},"signals":{)" + signals + "}}");
  }

  // Reads until `is_it` says so of a JSON text or a sample, or nothing comes for 5 s.
  bool hear(const std::function<bool(std::string_view, const Sample&)>& is_it) {
    std::vector<uint8_t> buffer(limits::kDatagramMax);
    while (wait_for(core_.fd(), POLLIN)) {
      const auto got = core_.receive(buffer);
      if (got.transfer != wire::Transfer::done) return false;
      const auto message = wire::decode(got.datagram);
      EXPECT_TRUE(message.has_value());
      if (!message) return false;
      if (message->type == wire::MessageType::json && is_it(message->json, {})) return true;
      bool is_found = false;
      for (size_t i = 0; i < message->samples.size(); ++i) {
        const Sample sample = message->samples[i];
        EXPECT_EQ(message->samples.device(), 3);
        EXPECT_EQ(sample.number, next_number_++);
        is_found = is_found || is_it({}, sample);
      }
      if (is_found) return true;
    }
    return false;
  }
  bool hear(const std::string& part) {
    return hear([&](std::string_view text, const Sample&) {
      return text.find(part) != std::string_view::npos;
    });
  }
  bool hear_spo2(Quality quality, int32_t value, Reason reason) {
    return hear_sample("oximeter.spo2", quality, value, reason);
  }
  bool hear_sample(std::string_view path, Quality quality, int32_t value, Reason reason) {
    const auto wanted = find_signal(path);
    return hear([&](std::string_view text, const Sample& sample) {
      return text.empty() && sample.signal == wanted && sample.quality == quality &&
             sample.value == value && sample.reason == reason;
    });
  }

  void leave() { core_.close(); }
  int exit_code() {
    int status = -1;
    EXPECT_EQ(::waitpid(child_, &status, 0), child_);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  wire::Channel core_;
  pid_t child_ = -1;
  uint32_t next_number_ = 0;
};

}  // namespace lamplight::test
