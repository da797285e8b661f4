#include "firmware-sim/conformance/simulator.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace lamplight::conformance {
namespace {

void close_both(const std::array<int, 2>& pipe) {
  for (const int fd : pipe) ::close(fd);
}

// Beside this program, where an installation has it, else wherever PATH finds it.
std::string own_simulator() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = self.parent_path() / "lamplight-sim";
  return std::filesystem::exists(beside, error) ? beside.string() : "lamplight-sim";
}

}  // namespace

Simulator::~Simulator() {
  if (words_fd_ >= 0) ::close(words_fd_);
  if (answers_fd_ >= 0) ::close(answers_fd_);
}

Status Simulator::start(const std::string& at, const std::string& folder) {
  std::array<int, 2> words{}, answers{};
  if (::pipe2(words.data(), O_CLOEXEC) != 0) return failure("no pipe for the simulator");
  if (::pipe2(answers.data(), O_CLOEXEC) != 0) {
    close_both(words);
    return failure("no pipe for the simulator");
  }
  std::vector<std::string> command;
  if (settings_.is_vendors()) {
    command = {"/bin/sh", "-c", "exec " + settings_.simulator + " --at '" + at + "'"};
  } else {
    truth_path_ = folder + "/truth.jsonl";
    const std::string program =
        settings_.sim_program.empty() ? own_simulator() : settings_.sim_program;
    command = {program,
               "device",
               settings_.device,
               "--at",
               at,
               "--quiet-devices",
               "--truth",
               truth_path_,
               "--role",
               std::string(name_of(settings_.role))};
  }
  const Status started =
      process_.start(command, {{words[0], STDIN_FILENO}, {answers[1], STDOUT_FILENO}});
  ::close(words[0]);
  ::close(answers[1]);
  words_fd_ = words[1];
  answers_fd_ = answers[0];
  ::fcntl(answers_fd_, F_SETFL, O_NONBLOCK);
  return started;
}

void Simulator::send(const std::string& word) {
  const std::string line = word + "\n";
  // SIGPIPE is ignored; a simulator that is gone is noticed by is_running().
  (void)!::write(words_fd_, line.data(), line.size());
}

void Simulator::advance() {
  read_answers();
  if (has_truth()) read_truth();
}

void Simulator::read_answers() {
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  while ((got = ::read(answers_fd_, buffer.data(), buffer.size())) > 0) {
    pending_.append(buffer.data(), static_cast<size_t>(got));
  }
  for (size_t end = 0; (end = pending_.find('\n')) != std::string::npos;) {
    const std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    const size_t at = line.find(" at ");
    if (line.starts_with("port ") && at != std::string::npos) said_at_ = line.substr(at + 4);
    if (!line.starts_with('{')) continue;
    answers_.push_back(parse_answer(line, settings_.role));
    if (answers_.back().shows) merge(*answers_.back().shows);
  }
}

void Simulator::read_truth() {
  if (!truth_.is_open()) truth_.open(truth_path_);
  std::array<char, 8192> buffer{};
  while (truth_.is_open()) {
    truth_.clear();
    truth_.read(buffer.data(), buffer.size());
    if (truth_.gcount() == 0) break;
    half_line_.append(buffer.data(), static_cast<size_t>(truth_.gcount()));
  }
  size_t from = 0;
  for (size_t end = 0; (end = half_line_.find('\n', from)) != std::string::npos; from = end + 1) {
    const auto frame =
        parse_truth(std::string_view(half_line_).substr(from, end - from), settings_.role);
    if (frame) merge(frame->shown);
  }
  half_line_.erase(0, from);
}

void Simulator::merge(const Shown& news) {
  for (const auto& [signal, value] : news.values) {
    shown_.values[signal] = value;
    ++frames_[signal];
  }
  if (!news.values.empty()) shown_.reason = news.reason;
  if (!news.conditions) return;
  shown_.conditions = news.conditions;
  ++condition_frames_;
}

std::optional<Answer> Simulator::take_answer() {
  if (answers_.empty()) return std::nullopt;
  Answer answer = std::move(answers_.front());
  answers_.pop_front();
  return answer;
}

uint64_t Simulator::frames_of(SignalId signal) const {
  const auto found = frames_.find(signal);
  return found == frames_.end() ? 0 : found->second;
}

void Simulator::asked(SignalId signal, int32_t value) {
  shown_.values[signal] = value;
  ++frames_[signal];
}

}  // namespace lamplight::conformance
