// Which serial and HID ports this box has, and what USB says of each: read from sysfs and from the
// by-id links of udev, under roots that a test may replace. Nothing is opened.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lamplight::driver {

struct UsbPort {
  std::string name;             // "ttyUSB0"
  std::string device;           // "/dev/ttyUSB0"
  std::string by_id;            // "/dev/serial/by-id/usb-…": stays with the adapter; empty: none
  std::string vendor, product;  // "0403", "6001"
  std::string text;             // "FTDI FT232R USB UART"
  std::string serial;           // of the adapter, not of the device behind it
  bool is_hid = false;
};

// In the order of their names.
std::vector<UsbPort> usb_ports(const std::filesystem::path& sysfs,
                               const std::filesystem::path& dev);

}  // namespace lamplight::driver
