// What must hold in the morning: what lies in a port's black box comes out as a file, around the
// alarm that somebody asks about, and that file decodes to exactly what the bytes decode to.
#include "drivers/sdk/wire/black_box.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gateway/clock.h"

namespace lamplight {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using wire::BlackBox;
using wire::BoxKind;

struct Said {
  std::string text;
  int code = -1;
};

class Box : public testing::Test {
 protected:
  Box() : dir_(fs::path(testing::TempDir()) / ("blackbox" + std::to_string(::getpid()))) {
    fs::remove_all(dir_);
    fs::create_directories(dir_ / "run/blackbox");
    fs::create_directories(dir_ / "out");
  }
  ~Box() override { fs::remove_all(dir_); }

  std::unique_ptr<BlackBox> ring(const std::string& port) {
    auto box = BlackBox::open((dir_ / "run/blackbox" / (port + ".ring")).string(),
                              BlackBox::kBytesMin, R"({"driver":"masimo"})", mono_now());
    EXPECT_TRUE(box.has_value());
    return std::move(*box);
  }
  Said run(const std::string& words) const {
    const std::string command = std::string(LL_CLI) + " " + words + " 2>&1";
    Said said;
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    char buffer[4096];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) said.text += buffer;
    said.code = WEXITSTATUS(::pclose(pipe));
    return said;
  }
  Said box(const std::string& words) const {
    return run("--run-dir " + (dir_ / "run").string() + " --state-dir " + dir_.string() +
               " blackbox " + words);
  }
  std::string out(const std::string& name) const { return (dir_ / "out" / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(out(name), std::ios::binary) << text;
  }

  fs::path dir_;
};

std::string line(int spo2) {
  return "02/22/16 22:47:45 SN=0000000001 SPO2=0" + std::to_string(spo2) +
         "% BPM=097 PI=03.60% ALARM=0000 EXC=000800\r\n";
}

TEST_F(Box, WhatIsSavedDecodesToWhatTheBytesDecodeTo) {
  std::string all;
  {
    auto ring = this->ring("oxi");
    ring->record(BoxKind::opened, mono_now(), std::string_view());
    for (int i = 0; i < 40; ++i) {
      // Torn at odd places, and one line garbled, as a night is.
      std::string bytes = line(80 + i % 20);
      if (i == 7) bytes[60] = '\x80';
      all += bytes;
      const auto middle = static_cast<size_t>(i);
      ring->record(BoxKind::read, mono_now(), std::string_view(bytes).substr(0, middle));
      ring->record(BoxKind::read, mono_now(), std::string_view(bytes).substr(middle));
      ring->record(BoxKind::wrote, mono_now(), std::string_view("\x11"));
    }
  }
  const Said saved = box("save --out " + out(""));
  EXPECT_EQ(saved.code, 0) << saved.text;
  EXPECT_THAT(saved.text, HasSubstr("blackbox-oxi.jsonl: 122 records"));
  write("raw", all);
  const Said replayed = run("decode masimo " + out("blackbox-oxi.jsonl"));
  const Said raw = run("decode masimo " + out("raw"));
  EXPECT_EQ(replayed.code, 0);
  EXPECT_EQ(replayed.text, raw.text);
  EXPECT_THAT(raw.text, HasSubstr(R"({"frames_good":39,"frames_bad":1,)"));
}

// A night becomes a regression test: the simulator sends the same bytes over a port again.
TEST_F(Box, TheSimulatorSendsASavedBoxAgainByteForByte) {
  const std::string all = line(84) + "junk\x80\r\n" + line(97);
  {
    auto ring = this->ring("oxi");
    const MonoTime start = mono_now();
    ring->record(BoxKind::opened, start, std::string_view());
    for (size_t i = 0; i < all.size(); i += 10) {
      ring->record(BoxKind::read, start + milliseconds(static_cast<int64_t>(i)),
                   std::string_view(all).substr(i, 10));
    }
  }
  ASSERT_EQ(box("save --out " + out("")).code, 0);
  const std::string link = out("port");
  const pid_t child = ::fork();
  if (child == 0) {
    if (::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(126);
    ::execl(LL_SIM, LL_SIM, "replay", out("blackbox-oxi.jsonl").c_str(), "--at", "pty", "--link",
            link.c_str(), nullptr);
    ::_exit(127);
  }
  int fd = -1;
  for (int i = 0; i < 200 && fd < 0; ++i) {
    fd = ::open(link.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) ::poll(nullptr, 0, 20);
  }
  ASSERT_GE(fd, 0);
  std::string heard;
  for (pollfd wait{fd, POLLIN, 0}; heard.size() < all.size() && ::poll(&wait, 1, 3000) == 1;) {
    char buffer[256];
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) break;
    heard.append(buffer, static_cast<size_t>(got));
  }
  EXPECT_EQ(heard, all);
  ::close(fd);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(Box, OfModbusTheAnswersAreKeptAndTheErrorsBesideThem) {
  const std::string live =
      "1 4 100 43 : "
      "4C010007000013880000000000000002012C0000000800000008000002150000FFFF0000000101C2"
      "01BE000004E2000007D0000002EEFFFFFFFF000004E200000000019080000050002800040001000100050001"
      "0007";
  {
    auto ring = this->ring("bus");
    ring->record(BoxKind::asked, mono_now(), std::string_view(live));
    ring->record(BoxKind::asked, mono_now(), std::string_view("1 4 100 44 ! timeout"));
  }
  EXPECT_EQ(box("save --port bus --out " + out("")).code, 0);
  std::ifstream file(out("blackbox-bus.jsonl"));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(text, HasSubstr(R"("asked":"1 4 100 44 ! timeout")"));
  const Said decoded = run("decode modbus --map lfp-1 " + out("blackbox-bus.jsonl"));
  EXPECT_THAT(decoded.text, HasSubstr(R"("signal":"rate","value":44.6)"));
  EXPECT_THAT(decoded.text, HasSubstr(R"({"frames_good":1,"frames_bad":0,)"));
}

TEST_F(Box, OnlyTheAskedSpanIsSavedAndNothingIsSaid) {
  {
    auto ring = this->ring("oxi");
    ring->record(BoxKind::read, mono_now() - minutes(30), std::string_view("old"));
    ring->record(BoxKind::read, mono_now() - seconds(5), std::string_view("new"));
  }
  EXPECT_THAT(box("save --since \"10 min\" --out " + out("")).text, HasSubstr(": 2 records"));
  const Said none = box("save --since \"2 h\" --until \"1 h\" --out " + out(""));
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.text, HasSubstr("nothing was read or written in that time"));
  EXPECT_THAT(box("list").text, HasSubstr("oxi: "));
  const Said wrong = box("save --since \"1 h\" --until \"2 h\" --out " + out(""));
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.text, HasSubstr("lies before --since"));
}

TEST_F(Box, MistakesAreSaidWithARemedy) {
  EXPECT_EQ(box("list").code, 2);
  EXPECT_THAT(box("list").text, HasSubstr("say --run-dir DIR, or --config FILE"));
  ring("oxi");
  EXPECT_THAT(box("save --port pump").text, HasSubstr("of the port \"pump\""));
  EXPECT_THAT(box("save --out /nowhere/at/all").text, HasSubstr("name a directory with --out"));
  EXPECT_EQ(box("save --since yesterday").code, 2);
  EXPECT_EQ(box("save --occurrence 3").code, 2);  // no journal here
  EXPECT_EQ(box("save --occurrence 3 --since now").code, 2);
  write("torn", R"({"blackbox":1,"port":"oxi"})"
                "\n{\"t\":1,\"read\":\"0\"}\n");
  const Said torn = run("decode masimo " + out("torn"));
  EXPECT_EQ(torn.code, 2);
  EXPECT_THAT(torn.text, HasSubstr("line 2"));
  write("short", R"({"blackbox":1,"port":"oxi"})"
                 "\n{\"t\":1,\"read\":\"0D0");
  const Said cut = run("decode masimo " + out("short"));
  EXPECT_EQ(cut.code, 2);
  EXPECT_THAT(cut.text, HasSubstr("line 2 is cut off"));
}

}  // namespace
}  // namespace lamplight
