// The command line's end of core.sock: says hello, asks, follows. Blocks in poll() up to the time
// it is given; one thread. Errors are sentences that say which socket and what to try.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sdk/wire/channel.h"
#include "rules/model/result.h"
#include "rules/model/time.h"

namespace lamplight::cli {

class Client {
 public:
  // Connects and waits for `welcome`.
  [[nodiscard]] static Result<Client> connect(const std::string& run_dir);

  // Sends {"id":…, members…} and waits for the answer with that id; what comes meanwhile is kept
  // for next(). The text of the answer, or why there is none ("refused: …").
  [[nodiscard]] Result<std::string> ask(std::string_view members);
  // The `result` of a query, as JSON text.
  [[nodiscard]] Result<std::string> query(std::string_view what);

  enum class Next : uint8_t { message, nothing, gone };
  // The next message that is no heartbeat.
  Next next(Duration at_most, std::string& message);

 private:
  explicit Client(wire::Channel channel);
  [[nodiscard]] Status send(std::string_view json);
  [[nodiscard]] Result<std::string> answer_to(int64_t id);
  Next receive(Duration at_most, std::string& message);

  wire::Channel channel_;
  std::vector<uint8_t> buffer_;
  std::deque<std::string> kept_;
  int64_t id_ = 0;
};

}  // namespace lamplight::cli
