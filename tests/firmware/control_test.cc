// What must hold: whoever steers a simulator gets one answer a line, whatever they send and
// however they leave, and the simulator goes on.
#include "firmware-sim/control.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "firmware-sim/clock.h"

namespace lamplight::sim {
namespace {

struct Steered {
  Loop loop;
  std::vector<std::string> heard;
  ControlSocket control{loop, [this](std::string_view line) {
                          heard.emplace_back(line);
                          return "{\"ok\":true}\n";
                        }};
  void turn() { loop.wait(sim::now() + milliseconds(1)); }
};

std::array<int, 2> pair_of_sockets() {
  std::array<int, 2> fds{};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), 0);
  return fds;
}

std::string read_now(int fd) {
  char buffer[256];
  const ssize_t n = read(fd, buffer, sizeof buffer);
  return n > 0 ? std::string(buffer, static_cast<size_t>(n)) : "";
}

TEST(Control, AnswersLineByLineHoweverTheyAreCut) {
  Steered s;
  const auto fds = pair_of_sockets();
  s.control.serve(fds[0], fds[0]);
  for (const char* part : {"set spo", "2 84\nplug ", "pump\n\n  \n"}) {
    ASSERT_GT(write(fds[1], part, strlen(part)), 0);
    s.turn();
  }
  EXPECT_THAT(s.heard, testing::ElementsAre("set spo2 84", "plug pump"));
  EXPECT_EQ(read_now(fds[1]), "{\"ok\":true}\n{\"ok\":true}\n");
  close(fds[1]);
  s.turn();
  close(fds[0]);
}

TEST(Control, AnEndlessLineEndsItsConversationOnly) {
  Steered s;
  const auto fds = pair_of_sockets();
  s.control.serve(fds[0], fds[0]);
  const std::string much(4096, 'x');
  for (int i = 0; i < 20; ++i) {
    (void)!write(fds[1], much.data(), much.size());
    s.turn();
  }
  EXPECT_TRUE(s.heard.empty());
  const auto next = pair_of_sockets();
  s.control.serve(next[0], next[0]);
  ASSERT_EQ(write(next[1], "plug pump\n", 10), 10);
  s.turn();
  EXPECT_THAT(s.heard, testing::ElementsAre("plug pump"));
  close(next[0]);
  close(next[1]);
  close(fds[0]);
  close(fds[1]);
}

TEST(Control, WordsFromAFileAreReadAtOnce) {
  Steered s;
  std::string name = testing::TempDir() + "ll_sim_words_XXXXXX";
  const int fd = mkstemp(name.data());
  ASSERT_GE(fd, 0);
  unlink(name.c_str());
  ASSERT_EQ(write(fd, "plug pump\nset spo2 84", 21), 21);
  lseek(fd, 0, SEEK_SET);
  const auto fds = pair_of_sockets();
  s.control.serve(fd, fds[0]);
  EXPECT_THAT(s.heard, testing::ElementsAre("plug pump", "set spo2 84"));
  const int null = open("/dev/null", O_RDONLY);
  s.control.serve(null, fds[0]);
  close(null);
  close(fd);
  close(fds[0]);
  close(fds[1]);
}

TEST(Control, ASecondSimulatorOnTheSamePathIsRefusedAndADeadOneReplaced) {
  const std::string path = testing::TempDir() + "ll_sim_two_" + std::to_string(getpid());
  Steered first;
  ASSERT_TRUE(first.control.listen(path));
  Steered second;
  const Status refused = second.control.listen(path);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), testing::HasSubstr("already listens"));
}

TEST(Control, WordsWithoutQuotesAreOneLineAndQuotedOnesALineEach) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(lines_of_words({"set", "spo2", "97"}), Lines{"set spo2 97"});
  EXPECT_EQ(lines_of_words({"set spo2 97"}), Lines{"set spo2 97"});
  EXPECT_EQ(lines_of_words({"set spo2 97", "plug pump"}), (Lines{"set spo2 97", "plug pump"}));
  EXPECT_EQ(lines_of_words({"{\"a\":1}", "{}"}), (Lines{"{\"a\":1}", "{}"}));
  EXPECT_EQ(lines_of_words({}), Lines{});
}

TEST(Control, TalkingToNobodySaysWhatToStart) {
  const Status s = talk("/nonexistent/ctl", {"plug pump"}, [](const std::string&) {});
  ASSERT_FALSE(s);
  EXPECT_THAT(s.error(), testing::HasSubstr("start one with --ctl /nonexistent/ctl"));
}

}  // namespace
}  // namespace lamplight::sim
