// What must hold for whoever enrols a device: what speaks is known by what it says, what is silent
// is written to only when that is asked for, and what comes out can be put into the configuration.
#include <gmock/gmock.h>
#include <sys/file.h>

#include <filesystem>
#include <fstream>

#include "drivers/main/guess.h"
#include "drivers/main/registry.h"
#include "drivers/main/usb_ports.h"
#include "tests/drivers/recorder.h"
#include "tests/drivers/sim_process.h"

namespace lamplight {
namespace {

namespace fs = std::filesystem;
using driver::Guess;
using testing::HasSubstr;
using testing::Not;

// A box with adapters: directories and links as the kernel and udev make them.
class Box {
 public:
  Box() : root_(fs::path(testing::TempDir()) / ("box" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_ / "dev/serial/by-id");
    fs::create_directories(root_ / "sys/class/tty/tty0");  // a console: no adapter
    fs::create_directories(root_ / "sys/class/hidraw");
  }
  ~Box() { fs::remove_all(root_); }

  // `target`: what the device node really is.
  std::string plug(const std::string& name, const std::string& target, bool has_link = true) {
    const fs::path usb = root_ / "sys/devices/usb1" / ("1-" + name);
    fs::create_directories(usb / "if0" / name);
    std::ofstream(usb / "idVendor") << "0403\n";
    std::ofstream(usb / "idProduct") << "6001\n";
    std::ofstream(usb / "manufacturer") << "FTDI\n";
    std::ofstream(usb / "product") << "UART\n";
    std::ofstream(usb / "serial") << "A50" + name + "\n";
    const std::string kind = name.starts_with("hidraw") ? "hidraw" : "tty";
    fs::create_directories(root_ / "sys/class" / kind / name);
    fs::create_directory_symlink(usb / "if0" / name, root_ / "sys/class" / kind / name / "device");
    fs::create_symlink(target, root_ / "dev" / name);
    const fs::path link = root_ / "dev/serial/by-id" / ("usb-FTDI_" + name);
    if (has_link && kind == "tty") fs::create_symlink("../../" + name, link);
    return link.string();
  }
  std::string sysfs() const { return (root_ / "sys").string(); }
  std::string dev() const { return (root_ / "dev").string(); }

  struct Said {
    std::string text;
    int code = -1;
  };
  Said devices(const std::string& words) const {
    const std::string command = std::string(LL_DRIVER) + " devices --sysfs " + sysfs() + " --dev " +
                                dev() + " " + words + " 2>/dev/null";
    Said said;
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    char buffer[4096];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) said.text += buffer;
    said.code = WEXITSTATUS(::pclose(pipe));
    return said;
  }

 private:
  fs::path root_;
};

// "serial:/dev/pts/5?9600,8N1" → "/dev/pts/5"
std::string path_in(const std::string& at) {
  const size_t begin = at.find(':') + 1;
  return at.substr(begin, at.find('?') - begin);
}

// Everything that has been written to the device so far.
std::string written_to(const test::Pty& pty) {
  ::fcntl(pty.master(), F_SETFL, O_NONBLOCK);
  std::string all;
  char buffer[512];
  for (ssize_t got = 0; (got = ::read(pty.master(), buffer, sizeof buffer)) > 0;) {
    all.append(buffer, static_cast<size_t>(got));
  }
  return all;
}

TEST(UsbPorts, AreThoseBehindAnAdapterWithWhatUsbSaysOfThem) {
  Box box;
  const std::string link = box.plug("ttyUSB0", "/dev/null");
  box.plug("ttyUSB1", "/dev/null", false);
  box.plug("hidraw0", "/dev/null");
  const auto ports = driver::usb_ports(box.sysfs(), box.dev());
  ASSERT_EQ(ports.size(), 3U);
  EXPECT_EQ(ports[0].name, "hidraw0");
  EXPECT_TRUE(ports[0].is_hid);
  EXPECT_EQ(ports[1].device, box.dev() + "/ttyUSB0");
  EXPECT_EQ(ports[1].vendor + ":" + ports[1].product, "0403:6001");
  EXPECT_EQ(ports[1].text, "FTDI UART");
  EXPECT_EQ(ports[1].serial, "A50ttyUSB0");
  EXPECT_FALSE(ports[2].is_hid);
}

// What an adapter says of itself ends no line of the configuration and moves no cursor.
TEST(UsbPorts, WordsOfAnAdapterCarryNoControlCharacters) {
  Box box;
  box.plug("ttyUSB0", "/dev/null");
  std::ofstream(box.sysfs() + "/devices/usb1/1-ttyUSB0/product") << "\x1B[2JU\rA\xFFRT\x7F\n";
  const auto ports = driver::usb_ports(box.sysfs(), box.dev());
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_EQ(ports[0].text, "FTDI [2JUART");
}

TEST(Guess, KnowsEachSpeakerByItsBytesAndNoOther) {
  const auto protocols = driver::registry();
  const std::string masimo =
      "02/22/16 22:47:45 SN=0000000001 SPO2=098% BPM=097 PI=03.60% ALARM=0000 EXC=000800\r\n";
  const std::string nellcor = "12-NOV-98 14:00:05  100  120   50\r\n";
  const std::string ascii = "SPO2=097 HR=072\r\n";
  const auto guessed = [&](std::string_view line, const std::string& bytes) {
    Guess guess(line, protocols);
    guess.feed(test::bytes_of(bytes), MonoTime{1});
    const auto best = guess.best();
    return best ? best->driver : std::string("nothing");
  };
  EXPECT_EQ(guessed("9600,8N1", masimo.substr(30) + masimo + masimo), "masimo");
  EXPECT_EQ(guessed("9600,8N1", nellcor + nellcor), "nellcor");
  EXPECT_EQ(guessed("9600,8N1", ascii + ascii), "nonin");
  EXPECT_EQ(guessed("19200,8O1", "\x87\x32\x06\x48\x62\x87\x32\x06\x48\x62\x87\x32\x06\x48\x62"),
            "cms50");
  EXPECT_EQ(guessed("38400,8N1", "BS, S:1,\n1.00, 5.00\n1.00, 5.00\nBE\n"), "pb840-wave");
  EXPECT_EQ(guessed("9600,8N1", masimo), "nothing");  // once is no proof
  EXPECT_EQ(guessed("9600,8N1", std::string(3000, 'U')), "nothing");
  EXPECT_EQ(guessed("9600,8N1", masimo + masimo + std::string(400, '\x80') + "\r\n"), "nothing");
}

TEST(Devices, WhatSpeaksIsFoundAndItsStanzaBindsItToItsAdapter) {
  Box box;
  test::Simulator sim("rad8");
  const std::string link = box.plug("ttyUSB0", path_in(sim.at()));
  const Box::Said said = box.devices("--seconds 4");
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.text, HasSubstr("USB 0403:6001 FTDI UART, serial number A50ttyUSB0"));
  EXPECT_THAT(said.text,
              HasSubstr("[[port]]\nname = \"oximeter\"\ndriver = \"masimo\"\nat = \"serial:" +
                        link + "?9600,8N1\"\n[[port.device]]\nid = \"ox1\"\n" +
                        "role = \"oximeter\"\nserial = \""));
}

TEST(Devices, ASilentPortIsListedAndNothingIsWrittenToIt) {
  Box box;
  const test::Pty silent;
  box.plug("ttyUSB0", silent.path(), false);
  const Box::Said said = box.devices("--seconds 0.2");
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.text, HasSubstr("silent: may be a polled device; ask it with --ask PROTOCOL"));
  EXPECT_THAT(said.text, HasSubstr("no link by-id"));
  EXPECT_THAT(said.text, Not(HasSubstr("[[port]]")));
  EXPECT_EQ(written_to(silent), "");
  // Told to, it asks, and nobody answers.
  const Box::Said asked = box.devices("--seconds 0.2 --ask alaris");
  EXPECT_THAT(asked.text, HasSubstr("no answer to alaris"));
  EXPECT_THAT(written_to(silent), HasSubstr("!INST_SERIALNO|457D\r"));
  EXPECT_EQ(box.devices("--ask masimo").code, 2);
}

TEST(Devices, APolledDeviceIsFoundWhenItIsAsked) {
  Box box;
  test::Simulator sim("asena");
  box.plug("ttyUSB0", path_in(sim.at()));
  const Box::Said said = box.devices("--seconds 0.5 --ask alaris --json");
  EXPECT_THAT(said.text, HasSubstr(R"("driver":"alaris","role":"pump","line":"38400,8N1")"));
  EXPECT_THAT(said.text, HasSubstr(R"("serial":"800600123")"));
}

TEST(Devices, AModbusUnitIsFoundWithItsMapAndSerialNumber) {
  Box box;
  test::Simulator sim("lfp1");
  box.plug("ttyUSB0", path_in(sim.at()));
  const Box::Said said = box.devices("--seconds 1 --ask modbus --line 19200,8E1 --map lfp-1");
  EXPECT_THAT(said.text, HasSubstr("map = \"lfp-1\"\nserial = \"LFP-000123\"\n"));
  EXPECT_THAT(said.text, HasSubstr("unit = 1\n"));
}

TEST(Devices, ABusyPortNamesItsOwner) {
  Box box;
  test::Simulator sim("rad8");
  box.plug("ttyUSB0", path_in(sim.at()));
  const int other = ::open(path_in(sim.at()).c_str(), O_RDWR | O_NOCTTY);
  ASSERT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  const Box::Said said = box.devices("--seconds 0.2");
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.text, HasSubstr("in use by"));
  ::close(other);
}

}  // namespace
}  // namespace lamplight
