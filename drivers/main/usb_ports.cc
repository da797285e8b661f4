#include "drivers/main/usb_ports.h"

#include <algorithm>
#include <fstream>

namespace lamplight::driver {
namespace {

namespace fs = std::filesystem;

std::string line_in(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  // What an adapter says of itself is anything; it goes to a terminal and into a comment of TOML.
  std::erase_if(line, [](char c) { return c < ' ' || c > '~'; });
  return line;
}

// The USB device that `node` hangs on: the nearest directory above it with an idVendor.
fs::path usb_device_of(const fs::path& node) {
  std::error_code error;
  fs::path at = fs::canonical(node, error);
  if (error) return {};
  for (; at.has_relative_path(); at = at.parent_path()) {
    if (fs::exists(at / "idVendor", error)) return at;
  }
  return {};
}

// The link in `dir` that leads to `device`.
std::string link_to(const fs::path& dir, const fs::path& device) {
  std::error_code error;
  const fs::path wanted = fs::weakly_canonical(device, error);
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    if (fs::weakly_canonical(entry.path(), error) == wanted) found.push_back(entry.path().string());
  }
  std::ranges::sort(found);
  return found.empty() ? std::string() : found.front();
}

}  // namespace

std::vector<UsbPort> usb_ports(const fs::path& sysfs, const fs::path& dev) {
  std::vector<UsbPort> ports;
  std::error_code error;
  for (const bool is_hid : {false, true}) {
    const fs::path all = sysfs / "class" / (is_hid ? "hidraw" : "tty");
    for (const auto& entry : fs::directory_iterator(all, error)) {
      const fs::path usb = usb_device_of(entry.path() / "device");
      if (usb.empty()) continue;  // no adapter: a console, a virtual terminal
      UsbPort port;
      port.name = entry.path().filename().string();
      port.device = (dev / port.name).string();
      port.is_hid = is_hid;
      if (!is_hid) port.by_id = link_to(dev / "serial" / "by-id", port.device);
      port.vendor = line_in(usb / "idVendor");
      port.product = line_in(usb / "idProduct");
      port.serial = line_in(usb / "serial");
      port.text = line_in(usb / "manufacturer");
      const std::string product = line_in(usb / "product");
      if (!port.text.empty() && !product.empty()) port.text += ' ';
      port.text += product;
      ports.push_back(std::move(port));
    }
  }
  std::ranges::sort(ports, {}, &UsbPort::name);
  return ports;
}

}  // namespace lamplight::driver
