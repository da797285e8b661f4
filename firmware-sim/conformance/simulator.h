// The simulated device as a process: lamplight-sim with one device, or a vendor's command. Words go
// to its standard input, answers come from its standard output, and lamplight-sim's truth log tells
// what each frame said. Only lines that begin with '{' are answers. Never blocks.
#pragma once

#include <deque>
#include <fstream>
#include <string>

#include "firmware-sim/conformance/messages.h"
#include "firmware-sim/conformance/process.h"
#include "firmware-sim/conformance/settings.h"

namespace lamplight::conformance {

class Simulator {
 public:
  explicit Simulator(const Settings& settings) : settings_(settings) {}
  ~Simulator();

  // `at`: where the device shall be; `folder`: for the truth log.
  [[nodiscard]] Status start(const std::string& at, const std::string& folder);
  int fd() const { return answers_fd_; }
  bool is_running() { return process_.is_running(); }
  // "serial:/dev/pts/5?9600,8N1": where it says that it is; empty until it has.
  const std::string& said_at() const { return said_at_; }

  void send(const std::string& word);
  // Reads what has come.
  void advance();
  // The oldest answer not yet taken.
  std::optional<Answer> take_answer();

  // What the device shows at present: by its truth log, or by its answers.
  const Shown& shown() const { return shown_; }
  // How many frames have told of this signal, and when the newest did.
  uint64_t frames_of(SignalId signal) const;
  // How many frames have told of conditions.
  uint64_t frames_of_conditions() const { return condition_frames_; }
  bool has_truth() const { return !settings_.is_vendors(); }
  void asked(SignalId signal, int32_t value);

 private:
  void read_answers();
  void read_truth();
  void merge(const Shown& news);

  const Settings& settings_;
  Process process_;
  int words_fd_ = -1;
  int answers_fd_ = -1;
  std::string pending_;
  std::deque<Answer> answers_;
  std::string said_at_;
  std::string truth_path_;
  std::ifstream truth_;
  std::string half_line_;
  Shown shown_;
  std::map<SignalId, uint64_t> frames_;
  uint64_t condition_frames_ = 0;
};

}  // namespace lamplight::conformance
